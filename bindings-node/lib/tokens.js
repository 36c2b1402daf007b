'use strict';

// Tokens of a server, made and taken back by SQL.

const native = require('./native.js');
const { under } = require('./abort.js');
const { failure } = require('./error.js');
const { callOptions, check, required } = require('./options.js');
const { Token, date } = require('./token.js');

const CLAUSES = { name: 'string', user: 'string', ttlDays: 'number', enabled: 'boolean', provider: 'string', extraInfo: 'string' };

class Tokens {
  #handle;

  constructor(handle) {
    if (!(handle instanceof native.ConnectionHandle)) throw failure('INVALID_ARGUMENT', 'these are the tokens of a connection');
    this.#handle = handle;
  }

  async create(token, options) {
    const { signal } = callOptions('tokens.create', options, ['signal']);
    const request = clauses(token);
    return new Token(await under(signal, (cancel) => this.#handle.createToken(request, cancel)));
  }

  async list(options) {
    const { signal } = callOptions('tokens.list', options, ['signal']);
    const rows = await under(signal, (cancel) => this.#handle.listTokens(cancel));
    return rows.map((row) => ({ ...row, createdAt: date(row.createdAt), expiresAt: date(row.expiresAt) }));
  }

  enable(name, options) {
    return this.#change('enable', name, options, (cancel) => this.#handle.setTokenEnabled(name, true, cancel));
  }

  disable(name, options) {
    return this.#change('disable', name, options, (cancel) => this.#handle.setTokenEnabled(name, false, cancel));
  }

  setTtl(name, days, options) {
    return this.#change('setTtl', name, options, (cancel) => {
      required('days', days, 'number');
      return this.#handle.setTokenTtl(name, days, cancel);
    });
  }

  drop(name, options) {
    return this.#change('drop', name, options, (cancel) => this.#handle.dropToken(name, cancel));
  }

  async #change(call, name, options, work) {
    const { signal } = callOptions(`tokens.${call}`, options, ['signal']);
    required('name', name, 'string');
    await under(signal, work);
  }
}

/** What is to be made; `null` counts as not given. */
function clauses(token) {
  if (typeof token !== 'object' || token === null) {
    throw failure('INVALID_ARGUMENT', 'token is not an object that describes one', { option: 'token' });
  }
  const request = {};
  for (const [clause, value] of Object.entries(token)) {
    if (!Object.hasOwn(CLAUSES, clause)) throw failure('INVALID_ARGUMENT', `a token has no ${clause}`, { option: clause });
    check(clause, value, typeof value === CLAUSES[clause], `a ${CLAUSES[clause]}`);
    request[clause] = value ?? undefined;
  }
  for (const clause of ['name', 'user']) required(clause, request[clause], 'string');
  return request;
}

module.exports = { Tokens };
