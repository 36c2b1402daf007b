'use strict';

// The pool.

const native = require('./native.js');
const { under } = require('./abort.js');
const { connectionOf } = require('./connection.js');
const { failure, fromNative } = require('./error.js');
const { askingForCode, callOptions, connectOptions, isOptions, objectOf } = require('./options.js');
const { sourceOf } = require('./sources.js');
const { execute, query } = require('./statement.js');

class Pool {
  #handle;
  #conversions;
  /** Functions of the program that the addon asks by way of weak references: they live as long as this. */
  #asked;

  constructor(address, options) {
    if (isOptions(address)) {
      options = { ...address, ...options };
      address = undefined;
    }
    const { tokenSource, ...rest } = objectOf('a pool', options);
    const { values, signal, conversions, giveCode } = connectOptions(address, rest);
    if ((signal ?? undefined) !== undefined) {
      throw failure('INVALID_ARGUMENT', 'a pool takes no signal: close() ends it', { option: 'signal' });
    }
    const source = (tokenSource ?? undefined) === undefined ? undefined : sourceOf(tokenSource);
    // A source that was named and is not there is a credential that is missing, of which the core says what it means.
    if (source === undefined && Object.hasOwn(options ?? {}, 'tokenSource')) values.push({ name: 'tokenSource' });
    try {
      this.#handle = native.openPool(values, source?.handle, giveCode && askingForCode(giveCode));
    } catch (error) {
      throw fromNative(error);
    }
    this.#conversions = conversions;
    this.#asked = [source?.asked, giveCode];
  }

  async acquire(options) {
    const { signal, timeoutMs } = callOptions('acquire', options, ['signal', 'timeoutMs']);
    const handle = await under(signal, (cancel) => this.#handle.acquire(timeoutMs, cancel), this);
    return connectionOf(handle, this.#conversions, this);
  }

  query(sql, options) {
    return query(this, this.#handle, sql, options, this.#conversions);
  }

  execute(sql, options) {
    return execute(this, this.#handle, sql, options, this.#conversions);
  }

  async ready(options) {
    const { signal, timeoutMs } = callOptions('ready', options, ['signal', 'timeoutMs']);
    await under(signal, (cancel) => this.#handle.ready(timeoutMs, cancel), this);
  }

  rotate() {
    this.#handle.rotate();
  }

  revoke() {
    this.#handle.revoke();
  }

  status() {
    return this.#handle.status();
  }

  async close(options) {
    const { timeoutMs } = callOptions('close', options, ['timeoutMs']);
    await under(undefined, () => this.#handle.close(timeoutMs), this);
  }

  get name() {
    return this.#handle.name;
  }

  get closed() {
    return this.#handle.closed;
  }

  get tokenSecondsLeft() {
    return this.#handle.tokenSecondsLeft;
  }

  toJSON() {
    const { name, closed, tokenSecondsLeft } = this;
    return { name, closed, status: this.status(), tokenSecondsLeft };
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    return `Pool ${inspect(this.toJSON(), options)}`;
  }
}

if (Symbol.asyncDispose) {
  Pool.prototype[Symbol.asyncDispose] = function () {
    return this.close();
  };
}

module.exports = { Pool };
