'use strict';

// Options objects -> what the addon takes. Names and values of connection options are judged by the core.

const native = require('./native.js');
const { failure } = require('./error.js');
const { Token } = require('./token.js');
const { weakly } = require('./weakly.js');

const CONVERSIONS = {
  bigint: ['bigint', 'number', 'string'],
  timestamps: ['date', 'bigint'],
};

/** Whether a first argument is options instead of an address. */
function isOptions(value) {
  return typeof value === 'object' && value !== null && !(value instanceof URL);
}

/** The options of a call; `null` and `undefined` are none. */
function objectOf(call, options) {
  const given = options ?? {};
  if (typeof given === 'object' && !Array.isArray(given)) return given;
  throw failure('INVALID_ARGUMENT', `${call} takes its options as an object, not as ${described(given)}`, { option: 'options' });
}

function described(value) {
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

/** Splits the options of `connect` into those of the core, the signal, how values are shown, and who gives one-time codes. */
function connectOptions(address, options) {
  const { signal, bigint, timestamps, ...rest } = objectOf('a connection', options);
  let giveCode;
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value === 'function' && native.findOption(name)?.name === 'totp_code') {
      if (giveCode) throw failure('OPTION_DUPLICATE', 'totp_code was given twice', { option: 'totp_code' });
      giveCode = value;
      delete rest[name];
    }
  }
  const values = optionValues(rest, native.findOption);
  if (address !== undefined) values.unshift({ name: 'address', value: text('address', address, native.findOption) });
  return { values, signal, conversions: conversions({ bigint, timestamps }, {}), giveCode };
}

/** Options of a registry, in which `find` looks one up by its name, as the addon takes them. */
function optionValues(options, find) {
  // Without a value for undefined and null: the core says what that means.
  const value = (name, given) => ((given ?? undefined) === undefined ? undefined : text(name, given, find));
  return Object.entries(options).map(([name, given]) => ({ name, value: value(name, given) }));
}

/** Checks the options of a call of which only these exist; `null` counts as not given. */
function callOptions(call, options, names) {
  const chosen = {};
  for (const [name, value] of Object.entries(objectOf(call, options))) {
    if (!names.includes(name)) throw failure('INVALID_ARGUMENT', `${call} has no option ${name}`, { option: name });
    chosen[name] = value ?? undefined;
  }
  const { timeoutMs } = chosen;
  check('timeoutMs', timeoutMs, typeof timeoutMs === 'number', 'a number of milliseconds');
  return chosen;
}

/** Asks `give`, which may be asynchronous. Of an exception only its type is told: its text may hold the code. */
function askingForCode(give) {
  return weakly(give, { problem: 'the callback for the one-time code was collected with its pool' }, async (ask) => {
    try {
      const code = await ask();
      if (typeof code === 'string') return { code };
      return { problem: 'the callback for the one-time code returned no string' };
    } catch (error) {
      return { problem: `the callback for the one-time code threw ${error?.constructor?.name ?? typeof error}` };
    }
  });
}

/** Checks the options of a statement; what is not said there is as the connection says. */
function queryOptions(options, connection) {
  const { signal, timeoutMs, reqId, idempotent, bigint, timestamps, ...unknown } = objectOf('a query', options);
  for (const name of Object.keys(unknown)) {
    throw failure('INVALID_ARGUMENT', `a query has no option ${name}`, { option: name });
  }
  check('timeoutMs', timeoutMs, typeof timeoutMs === 'number', 'a number of milliseconds');
  check('reqId', reqId, typeof reqId === 'number' || typeof reqId === 'bigint', 'a number or BigInt');
  check('idempotent', idempotent, typeof idempotent === 'boolean', 'true or false');
  return {
    signal,
    timeoutMs: timeoutMs ?? undefined,
    reqId: reqId ?? undefined,
    idempotent: idempotent ?? undefined,
    conversions: conversions({ bigint, timestamps }, connection),
  };
}

function conversions(given, defaults) {
  const chosen = {};
  for (const [name, words] of Object.entries(CONVERSIONS)) {
    chosen[name] = given[name] ?? defaults[name] ?? words[0];
    check(name, chosen[name], words.includes(chosen[name]), words.map((word) => `'${word}'`).join(' or '));
  }
  return chosen;
}

function check(name, value, holds, wanted) {
  if (value !== undefined && value !== null && !holds) {
    throw failure('INVALID_ARGUMENT', `${name} is not ${wanted}`, { option: name });
  }
}

/** Checks the type of an argument that has to be there. */
function required(name, value, type) {
  if (typeof value !== type) throw failure('INVALID_ARGUMENT', `${name} is not a ${type}`, { option: name });
}

function text(name, value, find) {
  if (Array.isArray(value)) return value.map((part) => text(name, part, find)).join(',');
  if (value instanceof URL) return value.href;
  if (value instanceof Uint8Array) return binary(name, value, find);
  if (value instanceof Token && find(name)?.name === 'bearer_token') return value.reveal();
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      throw failure('INVALID_ARGUMENT', `${name} is of type ${typeof value}; a text, number or boolean is needed`, {
        option: name,
      });
  }
}

// A certificate, key or list: PEM, DER or PKCS#12.
function binary(name, bytes, find) {
  if (find(name)?.takesBytes) return bytes;
  throw failure('INVALID_ARGUMENT', `${name} is not given as bytes; a text is needed`, { option: name });
}

module.exports = { askingForCode, callOptions, check, connectOptions, isOptions, objectOf, optionValues, queryOptions, required };
