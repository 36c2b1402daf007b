'use strict';

// Events, the logger, metrics.

const native = require('./native.js');
const { failure, fromNative } = require('./error.js');
const { check, objectOf, required } = require('./options.js');

/** As in connection.js: users get these objects from functions only. */
const INSIDE = Symbol('inside');

function subscribe(options) {
  const { names, severity, pool, signal } = checked('subscribe', options, ['names', 'severity', 'pool', 'signal']);
  return new Subscription(INSIDE, { names, severity, pool }, signal);
}

/** What rings refers to its owner weakly, so that a forgotten subscription ends by itself. */
function feedFor(owner, { names = [], severity, pool }, heard) {
  const weak = new WeakRef(owner);
  const bell = () => {
    const alive = weak.deref();
    if (alive) heard(alive);
  };
  try {
    return new native.EventFeed(names, severity ?? undefined, pool ?? undefined, bell);
  } catch (error) {
    throw fromNative(error);
  }
}

/** Subscriptions that somebody waits for: nobody else may refer to the loop that does. */
const awaited = new Set();

class Subscription {
  #feed;
  #signal;
  #onAbort;
  #closed = false;
  /** Resolvers of those who wait, the first one first. */
  #waiting = [];

  constructor(inside, filter, signal) {
    if (inside !== INSIDE) throw failure('INVALID_ARGUMENT', 'a subscription is made by subscribe()');
    if (signal !== undefined && signal !== null) this.#listen(signal);
    this.#feed = feedFor(this, filter, (alive) => alive.#serve());
    if (this.#signal?.aborted) this.close();
  }

  #listen(signal) {
    if (!(signal instanceof AbortSignal)) {
      throw failure('INVALID_ARGUMENT', 'signal is not an AbortSignal', { option: 'signal' });
    }
    const weak = new WeakRef(this);
    this.#signal = signal;
    this.#onAbort = () => weak.deref()?.close();
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Hands what is there to those who wait. */
  #serve() {
    while (this.#waiting.length > 0) {
      const next = this.#take();
      if (next === undefined) return;
      this.#waiting.shift()(next);
    }
    awaited.delete(this);
  }

  /** The iterator's next result; undefined if there is nothing yet. */
  #take() {
    let event;
    try {
      event = this.#feed.take();
    } catch (error) {
      const known = fromNative(error);
      if (known.code !== 'CLOSED') throw known;
      return { done: true, value: undefined };
    }
    return event ? { done: false, value: dated(event) } : undefined;
  }

  next() {
    if (this.#waiting.length === 0) {
      const next = this.#take();
      if (next !== undefined) return Promise.resolve(next);
    }
    awaited.add(this);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  ready() {
    return this.#waiting.length > 0 ? null : (this.#take()?.value ?? null);
  }

  async return(value) {
    this.close();
    return { done: true, value };
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#feed.close();
    this.#serve();
  }

  get closed() {
    return this.#closed;
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

if (Symbol.asyncDispose) {
  Subscription.prototype[Symbol.asyncDispose] = async function () {
    this.close();
  };
}

function dated(event) {
  return Object.freeze({ ...event, time: new Date(event.time), fields: Object.freeze({ ...event.fields }) });
}

const METHODS = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' };

/** The logger in use, with its feed. */
let log = null;

class Log {
  #logger;
  #feed;

  constructor(logger, severity) {
    this.#logger = logger;
    this.#feed = feedFor(this, { severity }, (alive) => alive.drain());
  }

  /** Logs what has come. What a logger throws is its own matter; the next event comes all the same. */
  drain() {
    let failed;
    for (;;) {
      let event;
      try {
        event = this.#feed.take();
      } catch {
        break;
      }
      if (!event) break;
      try {
        const { name, fields, text, time } = event;
        this.#logger[METHODS[event.severity]](text, { event: name, time: new Date(time), ...fields });
      } catch (error) {
        failed ??= error;
      }
    }
    if (failed) process.emitWarning(`a logger for events failed: ${failed}`, 'TdsecWarning');
  }

  close() {
    this.drain();
    this.#feed.close();
  }
}

function setLogger(logger, options) {
  const { severity } = checked('setLogger', options, ['severity']);
  if (logger !== null && logger !== undefined) {
    const missing = Object.values(METHODS).find((method) => typeof logger[method] !== 'function');
    if (missing) throw failure('INVALID_ARGUMENT', `the logger has no method ${missing}`, { option: 'logger' });
  }
  const next = logger ? new Log(logger, severity) : null;
  log?.close();
  if (!log && next) process.on('exit', atExit);
  if (log && !next) process.off('exit', atExit);
  log = next;
}

function atExit() {
  log?.drain();
}

function metrics() {
  return native.metrics();
}

async function serveMetrics(address = '127.0.0.1:9464', options = undefined) {
  const { dangerAnyAddress } = checked('serveMetrics', options, ['dangerAnyAddress']);
  required('address', address, 'string');
  try {
    return new MetricsServer(INSIDE, await native.serveMetrics(address, dangerAnyAddress === true));
  } catch (error) {
    throw fromNative(error);
  }
}

class MetricsServer {
  #handle;

  constructor(inside, handle) {
    if (inside !== INSIDE) throw failure('INVALID_ARGUMENT', 'a metrics server is made by serveMetrics()');
    this.#handle = handle;
  }

  get address() {
    return this.#handle.address;
  }

  close() {
    this.#handle.close();
  }
}

if (Symbol.asyncDispose) {
  MetricsServer.prototype[Symbol.asyncDispose] = async function () {
    this.close();
  };
}

const TYPES = { severity: 'string', pool: 'string', dangerAnyAddress: 'boolean' };

function checked(call, options, known) {
  const given = objectOf(call, options);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw failure('INVALID_ARGUMENT', `there is no option ${unknown}`, { option: unknown });
  for (const [name, type] of Object.entries(TYPES)) check(name, given[name], typeof given[name] === type, `a ${type}`);
  return { ...given, names: listOfNames(given.names ?? []) };
}

function listOfNames(names) {
  const list = typeof names === 'string' || !(Symbol.iterator in Object(names)) ? undefined : [...names];
  if (list?.every((name) => typeof name === 'string')) return list;
  throw failure('INVALID_ARGUMENT', 'names is not a list of names', { option: 'names' });
}

/** Media type of what metrics() gives. */
const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

module.exports = { subscribe, setLogger, metrics, serveMetrics, Subscription, MetricsServer, METRICS_CONTENT_TYPE };
