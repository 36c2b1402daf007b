'use strict';

// A token with its times; the token itself stays in the addon until somebody asks for it.

const native = require('./native.js');
const { failure } = require('./error.js');

class Token {
  #handle;

  constructor(handle) {
    if (!(handle instanceof native.TokenHandle)) throw failure('INVALID_ARGUMENT', 'a token is made by tokens.create()');
    this.#handle = handle;
  }

  reveal() {
    return this.#handle.reveal();
  }

  get fingerprint() {
    return this.#handle.fingerprint;
  }

  get issuedAt() {
    return date(this.#handle.issuedAt);
  }

  get expiresAt() {
    return date(this.#handle.expiresAt);
  }

  toJSON() {
    const { fingerprint, issuedAt, expiresAt } = this;
    return { fingerprint, issuedAt, expiresAt };
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    return `Token ${inspect(this.toJSON(), options)}`;
  }
}

/** Milliseconds of the addon as a Date. */
function date(time) {
  return time === null || time === undefined ? null : new Date(time);
}

module.exports = { Token, date };
