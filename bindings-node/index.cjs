'use strict';

const { connect, Connection } = require('./lib/connection.js');
const { Pool } = require('./lib/pool.js');
const { sources } = require('./lib/sources.js');
const { Result } = require('./lib/result.js');
const { Batch } = require('./lib/batch.js');
const { Timestamp } = require('./lib/timestamp.js');
const { Token } = require('./lib/token.js');
const { Tokens } = require('./lib/tokens.js');
const { TdsecError } = require('./lib/error.js');
const observe = require('./lib/observe.js');

module.exports = { connect, Connection, Pool, sources, Result, Batch, Timestamp, Token, Tokens, TdsecError, ...observe };
