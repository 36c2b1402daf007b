'use strict';

// One statement, on a connection or by a pool: both have the same `query` in the addon.

const { Abort } = require('./abort.js');
const { failure } = require('./error.js');
const { queryOptions } = require('./options.js');
const { Result } = require('./result.js');

/** The result of `sql`, run by `server` with this handle; what `options` do not say is as in `defaults`. */
async function query(server, handle, sql, options, defaults) {
  if (typeof sql !== 'string') throw failure('INVALID_ARGUMENT', 'the statement is not a string');
  const { signal, timeoutMs, reqId, idempotent, conversions } = queryOptions(options, defaults);
  const abort = new Abort(signal, server);
  try {
    return new Result(await handle.query(sql, timeoutMs, reqId, idempotent, abort.cancel), abort, conversions);
  } catch (error) {
    abort.release();
    throw abort.error(error);
  }
}

/** The number of rows that `sql` changed. */
async function execute(server, handle, sql, options, defaults) {
  const result = await query(server, handle, sql, options, defaults);
  await result.close();
  return result.affectedRows;
}

module.exports = { query, execute };
