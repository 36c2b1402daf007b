'use strict';

// `connect` and the connection.

const native = require('./native.js');
const { Abort } = require('./abort.js');
const { failure, fromNative } = require('./error.js');
const { connectOptions, queryOptions } = require('./options.js');
const { Result } = require('./result.js');

/** Stands for the constructors' first argument: users get these objects from functions only. */
const INSIDE = Symbol('inside');

async function connect(address, options) {
  if (isOptions(address)) return connect(undefined, { ...address, ...options });
  const { values, signal, conversions, askCode } = connectOptions(address, options ?? {});
  const abort = new Abort(signal);
  try {
    const handle = await native.connect(values, abort.cancel, askCode);
    return new Connection(INSIDE, handle, conversions);
  } catch (error) {
    throw abort.error(error);
  } finally {
    abort.release();
  }
}

function isOptions(value) {
  return typeof value === 'object' && value !== null && !(value instanceof URL);
}

class Connection {
  #handle;
  #conversions;

  constructor(inside, handle, conversions) {
    if (inside !== INSIDE) throw failure('INVALID_ARGUMENT', 'a connection is made by connect()');
    this.#handle = handle;
    this.#conversions = conversions;
  }

  async query(sql, options) {
    if (typeof sql !== 'string') throw failure('INVALID_ARGUMENT', 'the statement is not a string');
    const { signal, timeoutMs, reqId, conversions } = queryOptions(options ?? {}, this.#conversions);
    const abort = new Abort(signal);
    try {
      return new Result(await this.#handle.query(sql, timeoutMs, reqId, abort.cancel), abort, conversions);
    } catch (error) {
      abort.release();
      throw abort.error(error);
    }
  }

  async execute(sql, options) {
    const result = await this.query(sql, options);
    await result.close();
    return result.affectedRows;
  }

  database() {
    return settle(this.#handle.database());
  }

  status() {
    return settle(this.#handle.status());
  }

  close() {
    return settle(this.#handle.close());
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

module.exports = { connect, Connection };
