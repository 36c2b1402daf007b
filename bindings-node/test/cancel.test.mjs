// AbortSignal: how soon, in which phase, and what is left usable.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { after, before, test } from 'node:test'

import { connect } from '../index.mjs'
import { SOON_MS, promptness, startServer } from './support.mjs'

let server
let connection
before(async () => {
  server = await startServer()
  await server.holdBackSlowMarker()
  connection = await connect(server.url, server.options)
})
after(async () => {
  await connection.close()
  server.stop()
})

const turn = () => new Promise((resolve) => setTimeout(resolve, 10))

/** How long a promise takes to be rejected with CANCELLED after the abort. */
async function aborted(start) {
  const abort = new AbortController()
  const reason = new Error('the user changed their mind')
  const promise = start(abort.signal)
  const rejected = assert.rejects(promise, (error) => {
    assert.equal(error.code, 'CANCELLED')
    assert.equal(error.cause, reason)
    return true
  })
  await turn()
  const began = performance.now()
  abort.abort(reason)
  await rejected
  return performance.now() - began
}

test(`a query that waits is rejected within ${SOON_MS} ms and the connection stays usable`, async () => {
  assert.ok((await promptness(() => aborted((signal) => connection.query("SELECT 'slow_marker'", { signal })))) < SOON_MS)
  assert.ok((await promptness(() => aborted((signal) => connection.execute("SELECT 'slow_marker'", { signal })))) < SOON_MS)
  assert.equal((await (await connection.query('SELECT 1')).rows()).length, 1)
})

test(`reading rows is rejected within ${SOON_MS} ms`, async () => {
  const endless = (signal) => connection.query('SELECT * FROM tdsec_gen(1000000000, 5)', { signal })
  const read = async (signal) => {
    for await (const row of await endless(signal)) void row
  }
  assert.ok((await promptness(() => aborted(read))) < SOON_MS)
  assert.ok((await promptness(() => aborted(async (signal) => (await endless(signal)).rows()))) < SOON_MS)
  const batches = async (signal) => {
    for await (const batch of (await endless(signal)).batches()) void batch
  }
  assert.ok((await promptness(() => aborted(batches))) < SOON_MS)
  assert.equal((await (await connection.query('SELECT 1')).rows()).length, 1)
})

test(`connecting is rejected within ${SOON_MS} ms, and the socket closed`, async () => {
  const slow = await startServer()
  await slow.addFault({ action: 'conn', count: 0 }, { kind: 'delay', ms: 20000 })
  assert.ok((await promptness(() => aborted((signal) => connect(slow.url, { ...slow.options, signal })))) < SOON_MS)
  slow.stop()
})

test('a signal that was aborted before keeps anything from being sent', async () => {
  const before = (await server.stats()).requests.query
  const reason = { why: 'tests' }
  await assert.rejects(connection.query("SELECT 'never'", { signal: AbortSignal.abort(reason) }), { code: 'CANCELLED', cause: reason, mayHaveRun: false })
  assert.equal((await server.stats()).requests.query, before)
})

test('an abort after the end changes nothing, and no listener stays on the signal', async () => {
  const abort = new AbortController()
  const rows = await (await connection.query('SELECT * FROM tdsec_gen(100, 2)', { signal: abort.signal })).rows()
  await connection.execute('CREATE DATABASE IF NOT EXISTS aborts', { signal: abort.signal })
  await assert.rejects(connection.query('SELEC 1', { signal: abort.signal }))
  assert.equal(rows.length, 100)
  assert.deepEqual(getEventListeners(abort.signal, 'abort'), [])
  abort.abort()
})

test('the abort of one query leaves the others alone', async () => {
  const abort = new AbortController()
  const cancelled = assert.rejects(connection.query("SELECT 'slow_marker'", { signal: abort.signal }), { code: 'CANCELLED' })
  const others = Array.from({ length: 20 }, async (_, i) => (await (await connection.query(`SELECT * FROM tdsec_gen(${i + 1}, 2)`)).rows()).length)
  abort.abort()
  await cancelled
  assert.deepEqual(await Promise.all(others), Array.from({ length: 20 }, (_, i) => i + 1))
})
