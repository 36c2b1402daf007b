'use strict';

// Columns of a batch: typed arrays over the addon's buffer (layout: src/pack.rs), and JavaScript values made of them.

const { failure } = require('./error.js');
const { Timestamp } = require('./timestamp.js');

const HEADER = 2;
const WORDS = 7;
const ASCII = 1;
const INVALID_TEXT = 2;

const ARRAYS = {
  BOOL: Uint8Array,
  TINYINT: Int8Array,
  SMALLINT: Int16Array,
  INT: Int32Array,
  BIGINT: BigInt64Array,
  FLOAT: Float32Array,
  DOUBLE: Float64Array,
  TIMESTAMP: BigInt64Array,
  'TINYINT UNSIGNED': Uint8Array,
  'SMALLINT UNSIGNED': Uint16Array,
  'INT UNSIGNED': Uint32Array,
  'BIGINT UNSIGNED': BigUint64Array,
};

/** What every column has. The subclasses have `value(row)` for a row that is not NULL. */
class Column {
  constructor(info, place) {
    this.name = info.name;
    this.type = info.type;
    this.rows = place.rows;
    this.nulls = place.nulls === 0 ? null : new Uint8Array(place.buffer, place.nulls, place.rows);
  }

  isNull(row) {
    return this.nulls !== null && this.nulls[row] !== 0;
  }

  get(row) {
    if (!Number.isInteger(row) || row < 0 || row >= this.rows) {
      throw failure('INVALID_ARGUMENT', `there is no row ${row} in a batch of ${this.rows}`);
    }
    return this.isNull(row) ? null : this.value(row);
  }

  toArray() {
    return this.slice(0, this.rows);
  }

  /** The values of some rows. */
  slice(from, to) {
    const { nulls } = this;
    const out = new Array(to - from);
    for (let row = from; row < to; row++) {
      out[row - from] = nulls !== null && nulls[row] !== 0 ? null : this.value(row);
    }
    return out;
  }
}

class NumberColumn extends Column {
  constructor(info, place) {
    super(info, place);
    this.values = new ARRAYS[info.type](place.buffer, place.values, place.rows);
  }

  value(row) {
    return this.values[row];
  }

  slice(from, to) {
    const { nulls, values } = this;
    const out = new Array(to - from);
    if (nulls === null) for (let row = from; row < to; row++) out[row - from] = values[row];
    else for (let row = from; row < to; row++) out[row - from] = nulls[row] === 0 ? values[row] : null;
    return out;
  }
}

class BoolColumn extends NumberColumn {
  value(row) {
    return this.values[row] !== 0;
  }

  slice(from, to) {
    return Column.prototype.slice.call(this, from, to);
  }
}

class BigIntColumn extends NumberColumn {
  #as;

  constructor(info, place, conversions) {
    super(info, place);
    this.#as = conversions.bigint;
  }

  value(row) {
    const value = this.values[row];
    if (this.#as === 'bigint') return value;
    if (this.#as === 'string') return value.toString();
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw failure('VALUE_OUT_OF_RANGE', `row ${row} of column "${this.name}" is not exact as a number; use bigint: 'bigint'`);
  }

  slice(from, to) {
    return this.#as === 'bigint' ? super.slice(from, to) : Column.prototype.slice.call(this, from, to);
  }
}

/** Furthest instant from 1970 that a Date holds, in milliseconds. */
const FURTHEST = 8.64e15;

class TimestampColumn extends NumberColumn {
  #precision;
  #asBigInt;
  #low;
  #high;

  constructor(info, place, conversions) {
    super(info, place);
    this.#precision = place.precision;
    this.#asBigInt = conversions.timestamps === 'bigint';
    this.#low = new Uint32Array(place.buffer, place.values, 2 * place.rows);
    this.#high = new Int32Array(place.buffer, place.values, 2 * place.rows);
  }

  value(row) {
    if (this.#asBigInt) return this.values[row];
    if (this.#precision === 'ms') {
      // Without a BigInt on the way. Exact as far as a Date reaches; further away not, but still further away.
      const epoch = this.#high[2 * row + 1] * 4294967296 + this.#low[2 * row];
      if (Math.abs(epoch) <= FURTHEST) return new Date(epoch);
    }
    return new Timestamp(this.values[row], this.#precision);
  }

  slice(from, to) {
    return this.#asBigInt ? super.slice(from, to) : Column.prototype.slice.call(this, from, to);
  }
}

class VariableColumn extends Column {
  constructor(info, place) {
    super(info, place);
    this.offsets = new Int32Array(place.buffer, place.offsets, place.rows + 1);
    this.data = Buffer.from(place.buffer, place.data, place.length);
  }

  bytes(row) {
    return this.isNull(row) ? null : this.data.subarray(this.offsets[row], this.offsets[row + 1]);
  }
}

class BinaryColumn extends VariableColumn {
  // A copy: a value that is kept must not keep the whole batch in memory.
  value(row) {
    return Buffer.from(this.data.subarray(this.offsets[row], this.offsets[row + 1]));
  }
}

/** Longest text decoded at once. Values are slices of it and keep it in memory, so it is short. */
const CHUNK = 16 * 1024;

class TextColumn extends VariableColumn {
  #index;
  #units;
  #ascii;
  #invalid;

  constructor(info, place) {
    super(info, place);
    this.#index = place.index;
    this.#ascii = (place.flags & ASCII) !== 0;
    this.#invalid = (place.flags & INVALID_TEXT) !== 0;
    this.#units = place.units === 0 ? this.offsets : new Int32Array(place.buffer, place.units, place.rows + 1);
  }

  value(row) {
    const { offsets } = this;
    return this.#invalid ? this.#checked(row) : this.#decode(offsets[row], offsets[row + 1]);
  }

  slice(from, to) {
    if (this.#invalid) return super.slice(from, to);
    const { nulls, offsets } = this;
    const units = this.#units;
    const out = new Array(to - from);
    for (let first = from; first < to; ) {
      let last = first + 1;
      while (last < to && offsets[last + 1] - offsets[first] <= CHUNK) last++;
      const text = this.#decode(offsets[first], offsets[last]);
      const base = units[first];
      for (let row = first; row < last; row++) {
        out[row - from] = nulls !== null && nulls[row] !== 0 ? null : text.slice(units[row] - base, units[row + 1] - base);
      }
      first = last;
    }
    return out;
  }

  #decode(start, end) {
    return this.#ascii ? this.data.latin1Slice(start, end) : this.data.utf8Slice(start, end);
  }

  #checked(row) {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes(row));
    } catch (cause) {
      const sentence = `row ${row} of column ${this.#index} ("${this.name}") is not UTF-8`;
      throw failure('INVALID_UTF8', sentence, { cause });
    }
  }
}

class DecimalColumn extends TextColumn {
  constructor(info, place) {
    super(info, place);
    this.precision = info.precision;
    this.scale = info.scale;
    const words = info.type === 'DECIMAL' ? 2 : 1;
    this.unscaled = new BigInt64Array(place.buffer, place.values, words * place.rows);
  }
}

const CLASSES = {
  BOOL: BoolColumn,
  BIGINT: BigIntColumn,
  'BIGINT UNSIGNED': BigIntColumn,
  TIMESTAMP: TimestampColumn,
  VARCHAR: TextColumn,
  NCHAR: TextColumn,
  JSON: TextColumn,
  DECIMAL: DecimalColumn,
  DECIMAL64: DecimalColumn,
};

/** The columns over a block that the addon packed. */
function unpack(words, infos, precision, conversions) {
  const { buffer } = words;
  const header = new Float64Array(buffer, words.byteOffset, HEADER + WORDS * infos.length);
  const rows = header[0];
  const columns = infos.map((info, index) => {
    const [values, nulls, offsets, units, data, length, flags] = header.subarray(HEADER + WORDS * index);
    const place = { buffer, index, rows, precision, values, nulls, offsets, units, data, length, flags };
    const Class = CLASSES[info.type] ?? (info.type in ARRAYS ? NumberColumn : BinaryColumn);
    return new Class(info, place, conversions);
  });
  return { rows, columns };
}

module.exports = { unpack };
