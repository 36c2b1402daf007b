'use strict';

// Keeps the event loop turning while values are made: a promise that is resolved already does not let timers run.

/** Longest work between two turns of the loop, in milliseconds. */
const BUDGET = 1;

let turnedAt = 0;
let queue = Promise.resolve();

/** To be called where the loop is known to have just turned. */
function turned() {
  turnedAt = performance.now();
}

/** Undefined while there is time left in this turn, else a promise for the next turn. */
function nextTurn() {
  if (performance.now() - turnedAt < BUDGET) return undefined;
  // One after the other: of several readers, each gets a turn of its own.
  queue = queue.then(() => new Promise((resolve) => setImmediate(resolve))).then(turned);
  return queue;
}

/** How many values to make at once, so that a part takes a fraction of the budget, the user's own work included. */
class Slices {
  #size = 64;
  #since = 0;

  next() {
    const now = performance.now();
    const taken = now - this.#since;
    if (taken > BUDGET / 2) this.#size = Math.max(8, this.#size >> 1);
    else if (taken < BUDGET / 4) this.#size = Math.min(4096, this.#size << 1);
    this.#since = now;
    return this.#size;
  }
}

module.exports = { turned, nextTurn, Slices };
