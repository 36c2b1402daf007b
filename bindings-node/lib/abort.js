'use strict';

// AbortSignal -> the addon's switch that drops what is under way.

const native = require('./native.js');
const { failure, fromNative } = require('./error.js');

/** The link between a user's signal, if there is one, and what runs under it. */
class Abort {
  #signal;
  #onAbort;
  /** For the addon; undefined without a signal. */
  cancel;

  constructor(signal) {
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

  /** Stops listening. Idempotent. */
  release() {
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  /** The error for a rejection of the addon; the signal's reason is its cause. */
  error(error) {
    return fromNative(error, this.#signal?.aborted ? this.#signal.reason : undefined);
  }
}

/** What `work(cancel)` gives, which ends when the signal is aborted. */
async function under(signal, work) {
  const abort = new Abort(signal);
  try {
    return await work(abort.cancel);
  } catch (error) {
    throw abort.error(error);
  } finally {
    abort.release();
  }
}

module.exports = { Abort, under };
