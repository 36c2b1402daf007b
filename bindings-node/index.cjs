'use strict';

const { connect, Connection } = require('./lib/connection.js');
const { Result } = require('./lib/result.js');
const { Batch } = require('./lib/batch.js');
const { Timestamp } = require('./lib/timestamp.js');
const { TdsecError } = require('./lib/error.js');

module.exports = { connect, Connection, Result, Batch, Timestamp, TdsecError };
