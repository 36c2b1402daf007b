'use strict';

// `connect` and the connection.

const native = require('./native.js');
const { under } = require('./abort.js');
const { failure, fromNative } = require('./error.js');
const { askingForCode, connectOptions, isOptions } = require('./options.js');
const { execute, query } = require('./statement.js');
const { Tokens } = require('./tokens.js');

/** Stands for the constructors' first argument: users get these objects from functions only. */
const INSIDE = Symbol('inside');

async function connect(address, options) {
  if (isOptions(address)) return connect(undefined, { ...address, ...options });
  const { values, signal, conversions, giveCode } = connectOptions(address, options);
  const askCode = giveCode && askingForCode(giveCode);
  // It is asked once at most, by the endpoint that was reached, before the connection is there.
  const handle = await under(signal, (cancel) => native.connect(values, cancel, askCode), giveCode);
  return connectionOf(handle, conversions);
}

/** A connection, opened directly or lent by `pool`. */
function connectionOf(handle, conversions, pool) {
  return new Connection(INSIDE, handle, conversions, pool);
}

class Connection {
  #handle;
  #conversions;
  /** Not collected, and so not closed, while it has lent this. */
  #pool;

  constructor(inside, handle, conversions, pool) {
    if (inside !== INSIDE) throw failure('INVALID_ARGUMENT', 'a connection is made by connect()');
    this.#handle = handle;
    this.#conversions = conversions;
    this.#pool = pool;
  }

  query(sql, options) {
    return query(this, this.#handle, sql, options, this.#conversions);
  }

  execute(sql, options) {
    return execute(this, this.#handle, sql, options, this.#conversions);
  }

  database() {
    return settle(this.#handle.database());
  }

  status() {
    return settle(this.#handle.status());
  }

  close() {
    this.#pool = undefined;
    return settle(this.#handle.close());
  }

  get tokens() {
    return new Tokens(this.#handle);
  }

  get serverVersion() {
    return this.#handle.serverVersion;
  }

  get endpoint() {
    return this.#handle.endpoint;
  }

  get tls() {
    return tlsSummary(this.#handle.tls);
  }

  get closed() {
    return this.#handle.closed;
  }

  toJSON() {
    const { endpoint, serverVersion, tls, closed } = this;
    return { endpoint, serverVersion, tls, closed };
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    return `Connection ${inspect(this.toJSON(), options)}`;
  }
}

if (Symbol.asyncDispose) {
  Connection.prototype[Symbol.asyncDispose] = function () {
    return this.close();
  };
}

async function settle(promise) {
  try {
    return await promise;
  } catch (error) {
    throw fromNative(error);
  }
}

function tlsSummary(tls) {
  if (!tls) return null;
  const dated = (facts) => ({ ...facts, notBefore: new Date(facts.notBefore), notAfter: new Date(facts.notAfter) });
  return { ...tls, certificates: tls.certificates.map(dated), clientCertificates: tls.clientCertificates.map(dated) };
}

module.exports = { connect, connectionOf, Connection };
