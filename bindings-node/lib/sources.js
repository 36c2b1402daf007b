'use strict';

// Where the tokens of a pool come from. Kinds and their options are the core's; a function of the program is one of them.

const native = require('./native.js');
const { failure, fromNative } = require('./error.js');
const { callOptions, objectOf, optionValues, required } = require('./options.js');
const { Token } = require('./token.js');
const { weakly } = require('./weakly.js');

/** What an object of a callback may have, by the documented names. */
const DOCUMENTED = ['token', 'expiresAt', 'ttl', 'ttlMs', 'issuedAt'];

/** Of each source what the addon has of it, `handle`, and the functions it asks, which have to live as long: `asked`. */
const parts = new WeakMap();

class TokenSource {
  constructor(handle, asked) {
    if (!(handle instanceof native.SourceHandle)) {
      throw failure('INVALID_ARGUMENT', 'a token source is made by a function of `sources`');
    }
    parts.set(this, { handle, asked });
  }

  get kind() {
    return parts.get(this).handle.kind;
  }

  toJSON() {
    return { kind: this.kind };
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    return `TokenSource ${inspect(this.toJSON(), options)}`;
  }
}

/** The parts of a source, of one in a text, or of a function that gives tokens. */
function sourceOf(source) {
  if (typeof source === 'string') return parts.get(sources.parse(source));
  if (typeof source === 'function') return parts.get(sources.callback(source));
  const known = typeof source === 'object' && source !== null ? parts.get(source) : undefined;
  if (known === undefined) {
    throw failure('INVALID_ARGUMENT', 'tokenSource is none of `sources`, nor a text or a function', { option: 'tokenSource' });
  }
  return known;
}

function made(make, asked = []) {
  try {
    return new TokenSource(make(), asked);
  } catch (error) {
    throw fromNative(error);
  }
}

const sources = {
  callback(give, options) {
    required('give', give, 'function');
    const { timeoutMs } = callOptions('sources.callback', options, ['timeoutMs']);
    return made(() => native.callbackSource(askingForToken(give), timeoutMs), [give]);
  },

  chain(...links) {
    const given = links.map(sourceOf);
    return made(() => native.chainSources(given.map(({ handle }) => handle)), given.flatMap(({ asked }) => asked));
  },

  parse(text) {
    required('text', text, 'string');
    return made(() => native.parseSource(text));
  },
};
for (const { name, mainOption } of native.sourceKinds()) {
  sources[name] = (options) => {
    const alone = typeof options === 'string' && mainOption;
    const given = alone ? { [mainOption]: options } : objectOf(`sources.${name}`, options);
    const values = optionValues(given, (option) => native.findSourceOption(name, option));
    return made(() => native.source(name, values));
  };
}
Object.freeze(sources);

/** Asks `give`, which may be asynchronous; never rejects. */
function askingForToken(give) {
  return weakly(give, { unavailable: 'the callback was collected with its pool' }, async (ask) => {
    try {
      return issued(await ask());
    } catch (error) {
      return { unavailable: `the callback threw ${described(error)}` };
    }
  });
}

/** What was given; of what is none, only its type is told. */
function issued(value) {
  if (typeof value === 'string') return { fields: [{ name: 'token', value, isGiven: true }] };
  if (typeof value !== 'object' || value === null) {
    return { invalid: `the callback gave ${value === null ? 'null' : `a value of type ${typeof value}`}, no token` };
  }
  const given = value instanceof Token ? revealed(value) : value;
  const fields = [];
  // Those of a class may be no properties of its own. What names mean, the core says.
  for (const name of new Set([...Object.keys(given), ...DOCUMENTED.filter((name) => name in given)])) {
    const part = given[name] ?? undefined;
    if (name !== 'ttlMs') fields.push({ name, value: plain(part), isGiven: part !== undefined });
    else if (part === undefined) continue;
    else if (!(part >= 0) || typeof part !== 'number') {
      return { invalid: 'the callback: ttlMs is not a number of milliseconds from 0 on' };
    } else fields.push({ name: 'ttl', value: part / 1000, isGiven: true });
  }
  return { fields };
}

function revealed(value) {
  return { token: value.reveal(), expiresAt: value.expiresAt, issuedAt: value.issuedAt };
}

/** A text or number; undefined for what is none. */
function plain(value) {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'no date' : value.toISOString();
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

/** Class and message of an exception; what else is thrown is not shown, it may hold the token. */
function described(error) {
  if (!(error instanceof Error)) return `a value of type ${typeof error}`;
  const name = error.constructor?.name || 'Error';
  return typeof error.message === 'string' && error.message !== '' ? `${name}: ${error.message}` : name;
}

module.exports = { sources, sourceOf };
