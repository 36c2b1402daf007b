'use strict';

// One statement, on a connection or by a pool: both have the same `query` in the addon.

const { Abort } = require('./abort.js');
const { queryOptions, required } = require('./options.js');
const { Result } = require('./result.js');

/** The result of `sql`, run by `server` with this handle; what `options` do not say is as in `defaults`. */
async function query(server, handle, sql, options, defaults) {
  required('sql', sql, 'string');
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
