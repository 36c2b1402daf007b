// When things end: processes, connections, results, and what nobody waits for any more.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import * as esm from '../index.mjs'
import { eventually, run, startServer } from './support.mjs'

const { connect, TdsecError } = esm
const MANY = 'SELECT * FROM tdsec_gen(1000000, 3)'

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

test('a process ends by itself, whether connections are closed, left open or have unread results', async () => {
  for (const state of ['closed', 'open', 'unread']) {
    const { added } = await run('exit', server, { args: [state], limit: 20_000 })
    assert.deepEqual(added, [0, 0, 0, 0, 0, 0], `${state}: no handler of signals, exits or errors is added`)
  }
  assert.ok(await eventually(async () => (await server.stats()).connections_open === 1), 'only the connection of this test is left')
})

test('a promise that waits for the server keeps the process until it is answered', async () => {
  await server.addFault({ action: 'query', sql_contains: 'answered_late' }, { kind: 'delay', ms: 300 })
  assert.deepEqual(await run('exit', server, { args: ['waiting'] }), { columns: 1 })
})

test('what is closed says so, and closing twice is fine', async () => {
  const other = await connect(server.url, server.options)
  const result = await other.query(MANY)
  await result.close()
  await result.close()
  await assert.rejects(result.batches().next(), { code: 'CLOSED' })
  const unread = await other.query('SELECT * FROM tdsec_gen(100000, 3)')
  await Promise.all([other.close(), other.close()])
  assert.equal(other.closed, true)
  for (const use of [() => other.query('SELECT 1'), () => other.execute('SELECT 1'), () => other.status(), () => other.database(), () => unread.rows()]) {
    await assert.rejects(use(), { name: 'TdsecError', code: 'CLOSED', kind: 'usage' })
  }
  await unread.close()
})

test('closing ends what waits', async () => {
  const other = await connect(server.url, server.options)
  await server.addFault({ action: 'query', sql_contains: 'closed_meanwhile' }, { kind: 'delay', ms: 20000 })
  const queries = async () => (await server.stats()).requests.query ?? 0
  const before = await queries()
  const waiting = assert.rejects(other.query("SELECT 'closed_meanwhile'"), { code: 'CLOSED', mayHaveRun: true })
  assert.ok(await eventually(async () => (await queries()) > before), 'the server has the statement')
  await other.close()
  await waiting
})

test('leaving a loop early frees the rest on the server and leaves the connection usable', async () => {
  const freed = async () => (await server.stats()).requests.free_result ?? 0
  const before = await freed()
  for await (const row of await connection.query(MANY)) if (row) break
  for await (const row of (await connection.query(MANY)).arrays()) if (row) break
  for await (const batch of (await connection.query(MANY)).batches()) if (batch) break
  await assert.rejects(async () => {
    for await (const row of await connection.query(MANY)) if (row) throw new Error('of the loop')
  }, /of the loop/)
  assert.ok(await eventually(async () => (await freed()) === before + 4), 'each of the four is freed once')
  assert.equal((await (await connection.query('SELECT 1')).rows()).length, 1)
})

test('the rows of a result are read once', async () => {
  const result = await connection.query('SELECT * FROM tdsec_gen(10, 2)')
  assert.equal((await result.rows()).length, 10)
  for (const again of [() => result.batches(), () => result.arrays(), () => result[Symbol.asyncIterator]()]) {
    assert.throws(again, { code: 'RESULT_CONSUMED' })
  }
  await assert.rejects(result.rows(), { code: 'RESULT_CONSUMED' })
})

/** Runs a program that collects garbage; `seen` looks at its server before it ends: what it reported, and whether that holds. */
async function collecting(program, argument, seen) {
  const other = await startServer()
  const env = { ...process.env, TDSEC_URL: other.url, TDSEC_TOKEN: other.token, TDSEC_TLS_CA: other.ca }
  const path = fileURLToPath(new URL(`programs/${program}.mjs`, import.meta.url))
  const child = spawn(process.execPath, ['--expose-gc', path, String(argument)], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const exit = new Promise((resolve) => child.once('exit', resolve))
  let reported
  for await (const line of createInterface({ input: child.stdout })) {
    reported = JSON.parse(line)
    break
  }
  const holds = await eventually(async () => seen(await other.stats()))
  child.stdin.end()
  assert.equal(await exit, 0, `${program} ${argument}`)
  other.stop()
  return { reported, holds }
}

test('unread results that the garbage collector takes are freed on the server', async () => {
  const count = 20
  const freed = await collecting('collected', count, ({ requests }) => requests.free_result >= count)
  assert.deepEqual(freed, { reported: { dropped: count }, holds: true })
})

const nothingOpen = ({ connections_open: open }) => open === 0

test('a function that refers to the pool that asks it keeps neither: both are collected, and the pool closes', async () => {
  for (const way of ['function', 'callback', 'source', 'chain', 'code', 'unused', 'connection']) {
    assert.deepEqual(await collecting('circles', way, nothingOpen), { reported: { collected: true }, holds: true }, way)
  }
})

test('a pool goes on asking for tokens while it has lent a connection or reads a result, whoever refers to it', async () => {
  const expected = { lent: { kept: true, closed: true }, result: { kept: true, columns: 3 }, reading: { kept: true } }
  for (const [use, reported] of Object.entries(expected)) {
    assert.deepEqual(await collecting('circles', use, nothingOpen), { reported, holds: true }, use)
  }
})

test('a pool that nobody but a waiting call refers to gets its token and serves the call', async () => {
  assert.deepEqual((await collecting('circles', 'waiting', nothingOpen)).reported, { value: 1, rows: 0 })
})

test('promises that nobody sees are never an unhandled rejection', async () => {
  const other = await startServer()
  const flags = ['--unhandled-rejections=strict']
  const { code } = await run('dropped', other, { flags, env: { CONTROL: other.control } })
  assert.equal(code, 'CONNECTION_LOST')
  other.stop()
})

test('threads load the addon too, and ending one in the middle of its queries harms nobody', async () => {
  await server.holdBackSlowMarker()
  const seen = await run('workers', server)
  assert.deepEqual(seen, { counts: [1000, 2000, 3000], ended: 5, after: 5000 })
  assert.ok(await eventually(async () => (await server.stats()).connections_open === 1), 'the connections of the threads are closed')
  await server.clearFaults()
})

test('import and require give one package', async () => {
  const cjs = createRequire(import.meta.url)('../index.cjs')
  assert.deepEqual(Object.keys(cjs).sort(), Object.keys(esm).filter((name) => name !== 'default').sort())
  for (const name of Object.keys(cjs)) assert.equal(cjs[name], esm[name])
  const required = await cjs.connect(server.url, server.options)
  await assert.rejects(required.query('SELEC 1'), (error) => error instanceof TdsecError)
  await required.close()
})

test('a connection and a result are disposed of by `await using`', async () => {
  if (!Symbol.asyncDispose) return
  const other = await connect(server.url, server.options)
  const result = await other.query(MANY)
  await result[Symbol.asyncDispose]()
  await assert.rejects(result.batches().next(), { code: 'CLOSED' })
  await other[Symbol.asyncDispose]()
  assert.equal(other.closed, true)
})
