'use strict';

// AbortSignal -> the addon's switch that drops what is under way; what the collector has to leave until that has ended.

const native = require('./native.js');
const { failure, fromNative } = require('./error.js');

/**
 * The link between a user's signal, if there is one, and what runs under it. `server`, a connection or pool, is not collected
 * before its end: a pool that is asked for something asks functions of the program in turn, which it alone keeps alive.
 */
class Abort {
  #signal;
  #onAbort;
  #server;
  /** For the addon; undefined without a signal. */
  cancel;

  constructor(signal, server) {
    this.#server = server;
    if (signal === undefined || signal === null) return;
    if (!(signal instanceof AbortSignal)) {
      throw failure('INVALID_ARGUMENT', 'signal is not an AbortSignal', { option: 'signal' });
    }
    if (signal.aborted) throw failure('CANCELLED', 'the signal was aborted before', { cause: signal.reason });
    const cancel = new native.Cancel();
    this.cancel = cancel;
    this.#signal = signal;
    this.#onAbort = () => cancel.cancel();
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** It has ended: stops listening. Idempotent. */
  release() {
    this.#server = undefined;
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  /** The error for a rejection of the addon; the signal's reason is its cause. */
  error(error) {
    return fromNative(error, this.#signal?.aborted ? this.#signal.reason : undefined);
  }
}

/** What `work(cancel)` of `server` gives, which ends when the signal is aborted. */
async function under(signal, work, server) {
  const abort = new Abort(signal, server);
  try {
    return await work(abort.cancel);
  } catch (error) {
    throw abort.error(error);
  } finally {
    abort.release();
  }
}

module.exports = { Abort, under };
