// What a user of the npm package notices, against the test server over TLS with a token.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'

import { connect } from '../index.mjs'

const root = new URL('../../', import.meta.url)
const started = []

async function start(...flags) {
  const child = spawn(fileURLToPath(new URL('target/debug/tdsec-testserver', root)), flags, { stdio: ['ignore', 'pipe', 'inherit'] })
  started.push(child)
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line)
}

let server
let connection
const options = () => ({ bearerToken: server.token, tlsCa: server.ca })

before(async () => {
  server = await start()
  connection = await connect(server.url, options())
})
after(async () => {
  await connection.close()
  for (const child of started) child.kill()
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
  const impostor = await start('--tls', 'zoo:self-signed')
  await assert.rejects(connect(impostor.url, { bearerToken: 'bait' }), { code: 'TLS_SELF_SIGNED' })
  const stats = await (await fetch(`${impostor.control}/stats`)).json()
  assert.deepEqual([stats.connections_total, stats.bytes_received, stats.logins.length], [1, 0, 0])
})

test('a refused token is not repeated in the error, nor shown by inspect', async () => {
  await assert.rejects(connect(server.url, { ...options(), bearerToken: 'wrong-token' }), (error) => {
    assert.equal(error.code, 'TOKEN_REFUSED')
    assert.ok(!inspect(error).includes('wrong-token'))
    return true
  })
  assert.ok(!inspect(connection, { depth: 10, showHidden: true }).includes(server.token))
})

test('an aborted query rejects at once and leaves the connection usable', async () => {
  const rule = { when: { action: 'query', sql_contains: 'slow_marker' }, do: { kind: 'delay', ms: 3000 } }
  await fetch(`${server.control}/faults`, { method: 'POST', body: JSON.stringify(rule) })
  const began = performance.now()
  await assert.rejects(connection.query("SELECT 'slow_marker'", { signal: AbortSignal.timeout(100) }), { code: 'CANCELLED' })
  assert.ok(performance.now() - began < 1500)
  await fetch(`${server.control}/faults`, { method: 'DELETE' })
  assert.equal((await connection.query('SELECT 1')).columns.length, 1)
})

test('require gives the same package', () => {
  assert.equal(typeof createRequire(import.meta.url)('../index.cjs').connect, 'function')
})
