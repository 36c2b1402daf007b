'use strict';

// Where the tokens of a pool come from. Kinds and their options are the core's; a function of the program is one of them.

const native = require('./native.js');
const { failure, fromNative } = require('./error.js');
const { callOptions, optionValues } = require('./options.js');
const { Token } = require('./token.js');

/** What the addon has of a source. */
const handles = new WeakMap();

class TokenSource {
  constructor(handle) {
    if (!(handle instanceof native.SourceHandle)) {
      throw failure('INVALID_ARGUMENT', 'a token source is made by a function of `sources`');
    }
    handles.set(this, handle);
  }

  get kind() {
    return handles.get(this).kind;
  }

  toJSON() {
    return { kind: this.kind };
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    return `TokenSource ${inspect(this.toJSON(), options)}`;
  }
}

/** What the addon has of a source, or of one in a text. */
function sourceOf(source) {
  if (typeof source === 'string') return handles.get(sources.parse(source));
  const handle = typeof source === 'object' && source !== null ? handles.get(source) : undefined;
  if (handle === undefined) {
    throw failure('INVALID_ARGUMENT', 'the token source is none of `sources`, nor a text', { option: 'tokenSource' });
  }
  return handle;
}

function made(make) {
  try {
    return new TokenSource(make());
  } catch (error) {
    throw fromNative(error);
  }
}

const sources = {
  callback(give, options) {
    if (typeof give !== 'function') throw failure('INVALID_ARGUMENT', 'the callback is not a function');
    const { timeoutMs } = callOptions('sources.callback', options, ['timeoutMs']);
    return made(() => native.callbackSource(asking(give), timeoutMs));
  },

  chain(...links) {
    const given = links.map(sourceOf);
    return made(() => native.chainSources(given));
  },

  parse(text) {
    if (typeof text !== 'string') throw failure('INVALID_ARGUMENT', 'the text of a token source is not a string');
    return made(() => native.parseSource(text));
  },
};
for (const { name } of native.sourceKinds()) {
  sources[name] = (options) => {
    const values = optionValues(options ?? {}, (option) => native.findSourceOption(name, option));
    return made(() => native.source(name, values));
  };
}
Object.freeze(sources);

/** Asks `give`, which may be asynchronous; never rejects. */
function asking(give) {
  return async () => {
    try {
      return issued(await give());
    } catch (error) {
      return { unavailable: `the callback threw ${described(error)}` };
    }
  };
}

/** What was given; of what is none, only its type is told. */
function issued(value) {
  if (typeof value === 'string') return { token: value };
  if (typeof value !== 'object' || value === null) {
    return { invalid: `the callback gave ${value === null ? 'null' : `a value of type ${typeof value}`}, no token` };
  }
  const { token, expiresAt, ttlMs, issuedAt } = value instanceof Token ? revealed(value) : value;
  if (typeof token !== 'string') return { invalid: 'the callback gave an object whose token is no string' };
  const times = { expiresAt: milliseconds(expiresAt), ttlMs: milliseconds(ttlMs), issuedAt: milliseconds(issuedAt) };
  for (const [name, time] of Object.entries(times)) {
    if (time !== undefined && typeof time !== 'number') return { invalid: `the callback: ${name} is no time` };
  }
  return { token, ...times };
}

function revealed(value) {
  return { token: value.reveal(), expiresAt: value.expiresAt, issuedAt: value.issuedAt };
}

function milliseconds(time) {
  return time instanceof Date ? time.getTime() : (time ?? undefined);
}

/** Class and message of an exception; what else is thrown is not shown, it may hold the token. */
function described(error) {
  if (!(error instanceof Error)) return `a value of type ${typeof error}`;
  const name = error.constructor?.name || 'Error';
  return typeof error.message === 'string' && error.message !== '' ? `${name}: ${error.message}` : name;
}

module.exports = { sources, sourceOf };
