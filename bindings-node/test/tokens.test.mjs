// Tokens made, listed, changed and dropped by calls; the scenarios have what is the same in every language.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { format, inspect } from 'node:util'

import { connect, Pool, Token, Tokens } from '../index.mjs'
import { eventually, startServer } from './support.mjs'

const DAY_MS = 86_400_000

let server
let connection
before(async () => {
  server = await startServer()
  connection = await connect(server.url, server.options)
})
afterEach(async () => {
  await server.clearFaults()
  for (const { name } of await connection.tokens.list()) if (name !== 't1') await connection.tokens.drop(name)
})
after(async () => {
  await connection.close()
  server.stop()
})

test('a new token tells its times, and itself only when asked', async () => {
  const began = Date.now()
  const token = await connection.tokens.create({ name: 'reports', user: 'root', ttlDays: 2 })
  assert.ok(token instanceof Token && connection.tokens instanceof Tokens)
  assert.equal(token.reveal().length, 63)
  assert.ok(token.issuedAt.getTime() >= began && token.issuedAt.getTime() <= Date.now())
  assert.equal(token.expiresAt - token.issuedAt, 2 * DAY_MS)
  assert.deepEqual(JSON.parse(JSON.stringify(token)).fingerprint, token.fingerprint)
  const deep = inspect({ token }, { depth: null, showHidden: true, getters: true })
  const everything = [deep, format('%o %O %j %s', token, token, token, token), String(token), JSON.stringify({ token })].join()
  assert.ok(!everything.includes(token.reveal()), everything)
  assert.match(inspect(token), new RegExp(`^Token \\{\\s+fingerprint: '${token.fingerprint}'`))
  assert.throws(() => structuredClone(token).reveal())
})

test('a token is given on without being shown', async () => {
  const token = await connection.tokens.create({ name: 'reports', user: 'root' })
  const other = await connect(server.url, { bearerToken: token, tlsCa: server.ca })
  assert.equal((await (await other.query('select 1')).rows()).length, 1)
  await other.close()
  const { sources } = await import('../index.mjs')
  const pool = new Pool(server.url, { tlsCa: server.ca, tokenSource: sources.callback(() => token) })
  await pool.ready()
  assert.ok(pool.tokenSecondsLeft > 86_000 && pool.tokenSecondsLeft <= 86_400, String(pool.tokenSecondsLeft))
  await pool.close()
  for (const options of [{ user: 'root', password: token }, { database: token }]) {
    await assert.rejects(connect(server.url, options), (error) => {
      assert.equal(error.code, 'INVALID_ARGUMENT')
      assert.ok(!inspect(error).includes(token.reveal()))
      return true
    })
  }
})

test('the list has dates, and null for what never ends', async () => {
  const clauses = { ttlDays: 0, enabled: false, provider: 'ops', extraInfo: 'x' }
  await connection.tokens.create({ name: 'reports', user: 'root', ...clauses })
  const [reports, first] = await connection.tokens.list()
  const { createdAt, ...rest } = reports
  assert.deepEqual(rest, { name: 'reports', user: 'root', provider: 'ops', enabled: false, expiresAt: null, extraInfo: 'x' })
  assert.ok(createdAt instanceof Date && first.expiresAt > first.createdAt)
})

test('an end that no Date holds is the last one it holds', async () => {
  const token = await connection.tokens.create({ name: 'reports', user: 'root', ttlDays: 2 ** 32 - 1 })
  assert.equal(token.expiresAt.getTime(), 8.64e15)
  assert.equal((await connection.tokens.list())[0].expiresAt.getTime(), 8.64e15)
})

test('what cannot be is refused before anything is sent, naming the argument', async () => {
  const { requests } = await server.stats()
  const { tokens } = connection
  const attempts = [
    [() => tokens.create(), 'token'],
    [() => tokens.create({ user: 'root' }), 'name'],
    [() => tokens.create({ name: 'a', user: 5 }), 'user'],
    [() => tokens.create({ name: 'a', user: 'root', ttl: 1 }), 'ttl'],
    [() => tokens.create({ name: 'a', user: 'root', enabled: 1 }), 'enabled'],
    [() => tokens.create({ name: 'a', user: 'root' }, { timeout: 1 }), 'timeout'],
    [() => tokens.create({ name: 'a', user: 'root' }, { signal: 'now' }), 'signal'],
    ...[-1, 1.5, NaN, 2 ** 32].map((days) => [() => tokens.create({ name: 'a', user: 'root', ttlDays: days }), 'ttlDays']),
    ...[-1, 1.5, NaN, 2 ** 32, '1', undefined].map((days) => [() => tokens.setTtl('t1', days), 'days']),
    [() => tokens.enable(), 'name'],
    [() => tokens.drop(null), 'name'],
  ]
  for (const [attempt, option] of attempts) {
    await assert.rejects(attempt(), (error) => {
      assert.equal(error.code, 'INVALID_ARGUMENT', attempt)
      assert.equal(error.option, option, `${attempt}: ${error.message}`)
      return true
    })
  }
  assert.equal((await server.stats()).requests.query, requests.query)
})

test('an abort ends a call, and the connection stays usable', async () => {
  const { requests } = await server.stats()
  await server.addFault({ action: 'query', sql_contains: 'show tokens', count: 1 }, { kind: 'no_answer' })
  const abort = new AbortController()
  const reason = new Error('enough')
  const rejected = assert.rejects(connection.tokens.list({ signal: abort.signal }), { code: 'CANCELLED', cause: reason })
  assert.ok(await eventually(async () => (await server.stats()).requests.query > requests.query))
  abort.abort(reason)
  await rejected
  assert.equal((await connection.tokens.list()).length, 1)
})

test('neither class is made by hand', () => {
  for (const make of [() => new Token('abc'), () => new Tokens({})]) assert.throws(make, { code: 'INVALID_ARGUMENT' })
})
