// What a user of the npm package notices, against the test server over TLS with a token.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'

import { connect } from '../index.mjs'
import { root, startServer } from './support.mjs'

let server
let connection

before(async () => {
  server = await startServer()
  connection = await connect(server.url, server.options)
})
after(async () => {
  await connection.close()
  server.stop()
})

test('rows come as objects and as arrays', async () => {
  const sql = 'SELECT * FROM tdsec_gen(5000, 5)'
  const objects = []
  for await (const row of await connection.query(sql)) objects.push(row)
  const arrays = []
  for await (const row of (await connection.query(sql)).arrays()) arrays.push(row)
  assert.equal(objects.length, 5000)
  assert.deepEqual(objects.map((row) => Object.values(row)), arrays)
})

test('batches hold every row', async () => {
  let rows = 0
  for await (const batch of (await connection.query('SELECT * FROM tdsec_gen(10000, 5)')).batches()) rows += batch.rows ?? batch.length
  assert.equal(rows, 10000)
})

test('updates tell the number of rows', async () => {
  await connection.execute('CREATE DATABASE IF NOT EXISTS node')
  await connection.execute('CREATE TABLE IF NOT EXISTS node.t (ts TIMESTAMP, v INT)')
  assert.equal(await connection.execute('INSERT INTO node.t VALUES (1700000000000, 1) (1700000001000, NULL)'), 2)
})

test('errors carry code, number, retry and remedy, as the list of codes says', async () => {
  const listed = JSON.parse(readFileSync(new URL('tests/vectors/error_codes.json', root)))
  await assert.rejects(connection.query('SELEC 1'), (error) => {
    const entry = listed.find((entry) => entry.name === error.code)
    assert.equal(error.code, 'SYNTAX_ERROR')
    assert.deepEqual([error.number, error.retry, error.remedy], [entry.number, entry.retry, entry.remedy])
    return true
  })
})

test('an impostor gets no byte', async () => {
  const impostor = await startServer('--tls', 'zoo:self-signed')
  await assert.rejects(connect(impostor.url, { bearerToken: 'bait' }), { code: 'TLS_SELF_SIGNED' })
  const stats = await impostor.stats()
  impostor.stop()
  assert.deepEqual([stats.connections_total, stats.bytes_received, stats.logins.length], [1, 0, 0])
})

test('a refused token is not repeated in the error, nor shown by inspect', async () => {
  await assert.rejects(connect(server.url, { ...server.options, bearerToken: 'wrong-token' }), (error) => {
    assert.equal(error.code, 'TOKEN_REFUSED')
    assert.ok(!inspect(error).includes('wrong-token'))
    return true
  })
  assert.ok(!inspect(connection, { depth: 10, showHidden: true }).includes(server.token))
})

test('an aborted query rejects at once and leaves the connection usable', async () => {
  await server.holdBackSlowMarker()
  const began = performance.now()
  await assert.rejects(connection.query("SELECT 'slow_marker'", { signal: AbortSignal.timeout(100) }), { code: 'CANCELLED' })
  assert.ok(performance.now() - began < 1500)
  await server.clearFaults()
  assert.equal((await connection.query('SELECT 1')).columns.length, 1)
})
