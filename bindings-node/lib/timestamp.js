'use strict';

// A point in time that a Date cannot hold.

const { failure } = require('./error.js');

const UNITS = { ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n };

class Timestamp {
  constructor(epoch, precision) {
    if (typeof epoch !== 'bigint') throw failure('INVALID_ARGUMENT', 'epoch is not a BigInt', { option: 'epoch' });
    if (!Object.hasOwn(UNITS, precision)) {
      throw failure('INVALID_ARGUMENT', "precision is not one of: 'ms', 'us', 'ns'", { option: 'precision' });
    }
    this.epoch = epoch;
    this.precision = precision;
  }

  toDate() {
    const [seconds, fraction] = split(this);
    return new Date(Number(seconds) * 1000 + Number((fraction * 1000n) / UNITS[this.precision]));
  }

  toISOString() {
    const [seconds, fraction] = split(this);
    const digits = UNITS[this.precision].toString().length - 1;
    const whole = new Date(Number(seconds) * 1000).toISOString();
    return `${whole.slice(0, -'.000Z'.length)}.${fraction.toString().padStart(digits, '0')}Z`;
  }

  toString() {
    return Number.isNaN(this.toDate().valueOf()) ? `${this.epoch} ${this.precision}` : this.toISOString();
  }

  toJSON() {
    return this.toString();
  }

  valueOf() {
    return this.epoch;
  }

  [Symbol.for('nodejs.util.inspect.custom')]() {
    return `Timestamp(${this})`;
  }
}

/** Whole seconds and the rest in units, the rest never negative. */
function split({ epoch, precision }) {
  const unit = UNITS[precision];
  const fraction = ((epoch % unit) + unit) % unit;
  return [(epoch - fraction) / unit, fraction];
}

module.exports = { Timestamp };
