'use strict';

// A result: read once, as rows or as batches.

const { Batch } = require('./batch.js');
const { failure } = require('./error.js');
const { nextTurn, Slices, turned } = require('./pace.js');
const { arraysOf, objectsOf } = require('./rows.js');

class Result {
  #handle;
  #abort;
  #conversions;
  #taken = false;

  constructor(handle, abort, conversions) {
    this.#handle = handle;
    this.#abort = abort;
    this.#conversions = conversions;
    this.columns = handle.columns;
    this.precision = handle.precision;
    this.isUpdate = handle.isUpdate;
    this.affectedRows = handle.affectedRows;
    if (this.isUpdate) abort.release();
  }

  [Symbol.asyncIterator]() {
    return new RowReader(this.#take(), objectsOf(this.columns));
  }

  arrays() {
    return new RowReader(this.#take(), arraysOf);
  }

  batches() {
    return this.#take();
  }

  async rows() {
    return this[Symbol.asyncIterator]().toArray();
  }

  toArray() {
    return this.rows();
  }

  async close() {
    this.#abort.release();
    this.#handle.close();
  }

  #take() {
    if (this.#taken) throw failure('RESULT_CONSUMED', 'the rows of this result were read, or are being read, already');
    this.#taken = !this.isUpdate;
    return new BatchReader(this.#handle, this.#abort, this.columns, this.precision, this.#conversions);
  }
}

if (Symbol.asyncDispose) {
  Result.prototype[Symbol.asyncDispose] = function () {
    return this.close();
  };
}

/** Reads a result as batches. While one is worked on, the next is packed on another thread. */
class BatchReader {
  #handle;
  #abort;
  #columns;
  #precision;
  #conversions;
  #ahead = null;
  #last = Promise.resolve();
  #done = false;

  constructor(handle, abort, columns, precision, conversions) {
    this.#handle = handle;
    this.#abort = abort;
    this.#columns = columns;
    this.#precision = precision;
    this.#conversions = conversions;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    // In order, even if called without waiting; after a failure as after any other end.
    const next = this.#last.then(() => this.#next());
    this.#last = next.catch(() => {});
    return next;
  }

  async #next() {
    if (this.#done) return { value: undefined, done: true };
    try {
      const words = await (this.#ahead ?? this.#start());
      if (words === null) {
        this.finish();
        return { value: undefined, done: true };
      }
      this.#ahead = this.#start();
      // A failure is reported when its turn comes.
      this.#ahead.catch(() => {});
      const value = new Batch(words, this.#columns, this.#precision, this.#conversions);
      return { value, done: false };
    } catch (error) {
      const reason = this.#abort.error(error);
      this.finish();
      throw reason;
    }
  }

  async return() {
    this.finish();
    return { value: undefined, done: true };
  }

  finish() {
    this.#done = true;
    this.#ahead = null;
    this.#abort.release();
    this.#handle.close();
  }

  async toArray() {
    const batches = [];
    for await (const batch of this) batches.push(batch);
    return batches;
  }

  async #start() {
    const words = await this.#handle.next();
    turned();
    return words;
  }
}

/** Reads a result row by row. Rows are made in slices, between which the event loop turns. */
class RowReader {
  #batches;
  #make;
  #batch = null;
  #at = 0;
  #rows = [];
  #index = 0;
  #refilling = null;
  #slices = new Slices();

  constructor(batches, make) {
    this.#batches = batches;
    this.#make = make;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    if (this.#index < this.#rows.length) {
      return Promise.resolve({ value: this.#rows[this.#index++], done: false });
    }
    return this.#nextSlice();
  }

  async #nextSlice() {
    // Only one refill at a time, even if `next` is called without waiting.
    this.#refilling ??= this.#refill().finally(() => (this.#refilling = null));
    const more = await this.#refilling;
    if (this.#index < this.#rows.length) return { value: this.#rows[this.#index++], done: false };
    return more ? this.#nextSlice() : { value: undefined, done: true };
  }

  /** Makes the next slice of rows; false at the end. */
  async #refill() {
    this.#rows = [];
    this.#index = 0;
    await nextTurn();
    while (this.#batch === null || this.#at === this.#batch.rows) {
      const { value, done } = await this.#batches.next();
      if (done) return false;
      this.#batch = value;
      this.#at = 0;
    }
    const from = this.#at;
    this.#at = Math.min(from + this.#slices.next(), this.#batch.rows);
    try {
      this.#rows = this.#make(this.#batch.columns, from, this.#at);
    } catch (error) {
      this.#batches.finish();
      this.#batch = null;
      throw error;
    }
    return true;
  }

  async return() {
    this.#rows = [];
    this.#index = 0;
    this.#batch = null;
    return this.#batches.return();
  }

  async toArray() {
    const all = [];
    while (await this.#refill()) for (const row of this.#rows) all.push(row);
    this.#rows = [];
    return all;
  }
}

module.exports = { Result };
