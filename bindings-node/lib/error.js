'use strict';

// Errors. Everything about a code comes from the core's table; nothing here looks at one.

const native = require('./native.js');

class TdsecError extends Error {
  constructor(fields, cause) {
    super(fields.message, cause === undefined ? undefined : { cause });
    this.code = fields.code;
    this.number = fields.number;
    this.kind = fields.kind;
    this.retry = fields.retry;
    this.remedy = fields.remedy;
    this.option = fields.option ?? null;
    this.serverCode = fields.serverCode ?? null;
    this.serverMessage = fields.serverMessage ?? null;
    this.mayHaveRun = fields.mayHaveRun ?? false;
  }
}
// As with the built-in errors: on the prototype, not in every listing of the fields.
Object.defineProperty(TdsecError.prototype, 'name', { value: 'TdsecError', configurable: true, writable: true });

/** What a promise of the addon was rejected with, as a TdsecError. `cause` wins over the causes the core states. */
function fromNative(error, cause) {
  if (error instanceof TdsecError) return error;
  let fields;
  try {
    fields = JSON.parse(error.message);
  } catch {
    // Not from the core: arguments were checked before, so this is a defect, such as a panic.
    return failure('INTERNAL', error?.message ?? String(error), { cause: error });
  }
  return new TdsecError(fields, cause ?? chain(fields.causes));
}

/** An error of the JavaScript layer under one of the core's codes. */
function failure(code, sentence, { option, cause } = {}) {
  return new TdsecError({ ...table().get(code), option, message: `[${code}] ${sentence}` }, cause);
}

function chain(texts) {
  return texts.reduceRight((cause, text) => {
    const error = new Error(text, cause && { cause });
    // It did not happen here.
    error.stack = String(error);
    return error;
  }, undefined);
}

let rows;
function table() {
  rows ??= new Map(native.errorCodes().map((row) => [row.code, row]));
  return rows;
}

module.exports = { TdsecError, fromNative, failure };
