'use strict';

// A batch: one block of rows as columns.

const { unpack } = require('./column.js');
const { failure } = require('./error.js');
const { arraysOf, objectsOf } = require('./rows.js');

class Batch {
  constructor(words, infos, precision, conversions) {
    const { rows, columns } = unpack(words, infos, precision, conversions);
    this.rows = rows;
    this.precision = precision;
    this.columns = columns;
  }

  column(nameOrIndex) {
    const column =
      typeof nameOrIndex === 'number'
        ? this.columns[nameOrIndex]
        : this.columns.find((column) => column.name === nameOrIndex);
    if (column === undefined) throw failure('INVALID_ARGUMENT', `the batch has no column ${nameOrIndex}`);
    return column;
  }

  toArray() {
    return objectsOf(this.columns)(this.columns, 0, this.rows);
  }

  toArrays() {
    return arraysOf(this.columns, 0, this.rows);
  }
}

module.exports = { Batch };
