// Pools and token sources, as a program meets them.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'

import { connect, Connection, Pool, serveMetrics, setLogger, sources, subscribe, Timestamp } from '../index.mjs'
import { SOON_MS, eventually, promptness, run, startServer } from './support.mjs'

let server
before(async () => {
  server = await startServer()
  await server.holdBackSlowMarker()
})
after(() => server.stop())

/** A pool for one test, closed at its end. */
function opened(t, options = {}) {
  const pool = new Pool(server.url, { ...server.options, ...options })
  t.after(() => pool.close({ timeoutMs: 0 }))
  return pool
}

/** The same with tokens of a source. */
function fed(t, tokenSource, options = {}) {
  const pool = new Pool(server.url, { tlsCa: server.ca, tokenSource, tokenJitter: '1ms', ...options })
  t.after(() => pool.close({ timeoutMs: 0 }))
  return pool
}

test('options that are no object are refused, not passed over', async (t) => {
  const pool = opened(t, { maxSize: 1 })
  for (const call of [() => pool.acquire(200), () => pool.ready('soon'), () => pool.query('SELECT 1', 5), () => pool.execute('SELECT 1', [5]), () => pool.close(100)]) {
    await assert.rejects(call, { code: 'INVALID_ARGUMENT', message: /as an object/ }, String(call))
  }
  assert.equal(pool.closed, false)
  assert.throws(() => new Pool(server.url, 5), { code: 'INVALID_ARGUMENT' })
})

const countOf = async (promise) => (await (await promise).rows()).length

test('connections are lent, behave as opened directly, and come back when closed', async (t) => {
  const pool = opened(t, { maxSize: 1, minIdle: 0, poolName: 'readings', bigint: 'string' })
  assert.equal(pool.name, 'readings')
  const connection = await pool.acquire()
  assert.ok(connection instanceof Connection)
  const [[count]] = await (await connection.query('SELECT COUNT(*) FROM tdsec_gen(7, 3)')).arrays().toArray()
  assert.equal(count, '7', 'values are shown as the options of the pool say')
  assert.deepEqual({ ...pool.status() }, { idle: 0, inUse: 1, opening: 0, stale: 0, waiting: 0, maxSize: 1, generation: 1 })
  await connection.close()
  assert.equal(connection.closed, true)
  await assert.rejects(connection.query('SELECT 1'), { code: 'CLOSED' })
  assert.deepEqual([pool.status().idle, pool.status().inUse], [1, 0])
  const again = await pool.acquire()
  if (Symbol.asyncDispose) await again[Symbol.asyncDispose]()
  else await again.close()
  assert.equal(pool.status().idle, 1)
})

test('statements of the pool itself need no connection in hand', async (t) => {
  const pool = opened(t, { maxSize: 2 })
  await pool.ready()
  assert.equal(await countOf(pool.query('SELECT * FROM tdsec_gen(20000, 3)')), 20000)
  await pool.execute('CREATE DATABASE IF NOT EXISTS pooled')
  await pool.execute('CREATE TABLE IF NOT EXISTS pooled.t (ts TIMESTAMP, v INT)')
  assert.equal(await pool.execute('INSERT INTO pooled.t VALUES (1700000000000, 1)', { idempotent: true }), 1)
  const many = Array.from({ length: 30 }, (_, i) => countOf(pool.query(`SELECT * FROM tdsec_gen(${i + 1}, 2)`)))
  assert.deepEqual(await Promise.all(many), Array.from({ length: 30 }, (_, i) => i + 1))
  const unread = await pool.query('SELECT * FROM tdsec_gen(100000, 3)')
  assert.equal(pool.status().inUse, 1)
  await unread.close()
  assert.ok(await eventually(() => pool.status().inUse === 0), 'closing the result gives the connection back')
})

test(`who waits for a connection is told of an abort within ${SOON_MS} ms, and takes none with it`, async (t) => {
  const pool = opened(t, { maxSize: 1 })
  const held = await pool.acquire()
  const attempt = async () => {
    const abort = new AbortController()
    const reason = new Error('the user changed their mind')
    const rejected = assert.rejects(pool.acquire({ signal: abort.signal }), (error) => {
      assert.deepEqual([error.code, error.cause], ['CANCELLED', reason])
      return true
    })
    assert.ok(await eventually(() => pool.status().waiting === 1))
    const began = performance.now()
    abort.abort(reason)
    await rejected
    const took = performance.now() - began
    assert.deepEqual(getEventListeners(abort.signal, 'abort'), [])
    return took
  }
  assert.ok((await promptness(attempt)) < SOON_MS)
  assert.ok(await eventually(() => pool.status().waiting === 0))
  await assert.rejects(pool.query('SELECT 1', { signal: AbortSignal.abort() }), { code: 'CANCELLED' })
  await assert.rejects(pool.ready({ signal: AbortSignal.timeout(20) }), { code: 'CANCELLED' })
  await held.close()
  assert.equal(await countOf(pool.query('SELECT 1')), 1)
})

test('who gets no connection in time is told so', async (t) => {
  const pool = opened(t, { maxSize: 1, acquireTimeout: '100ms' })
  const held = await pool.acquire({ timeoutMs: 20_000 })
  await assert.rejects(pool.acquire(), { code: 'ACQUIRE_TIMEOUT' })
  await assert.rejects(pool.acquire({ timeoutMs: 1 }), { code: 'ACQUIRE_TIMEOUT' })
  await assert.rejects(pool.ready(), { code: 'ACQUIRE_TIMEOUT' })
  await assert.rejects(pool.ready({ timeoutMs: 0 }), { code: 'ACQUIRE_TIMEOUT' })
  await held.close()
})

test('arguments are judged at once', async (t) => {
  const pool = opened(t)
  for (const timeoutMs of [-1, NaN, Infinity, '5']) {
    await assert.rejects(pool.acquire({ timeoutMs }), { code: 'INVALID_ARGUMENT', option: 'timeoutMs' })
    await assert.rejects(pool.ready({ timeoutMs }), { code: 'INVALID_ARGUMENT', option: 'timeoutMs' })
  }
  await assert.rejects(pool.acquire({ timeout: 5 }), { code: 'INVALID_ARGUMENT', option: 'timeout' })
  await assert.rejects(pool.close({ signal: AbortSignal.abort() }), { code: 'INVALID_ARGUMENT' })
  await assert.rejects(pool.query(5), { code: 'INVALID_ARGUMENT' })
  await assert.rejects(pool.query('SELECT 1', { idempotent: 'yes' }), { code: 'INVALID_ARGUMENT', option: 'idempotent' })
  const { url, ca } = server
  const wrong = [
    [{ maxSize: 0 }, 'OPTION_INVALID'],
    [{ maxSize: 2, minIdle: 3 }, 'OPTION_CONFLICT'],
    [{ maxsizes: 2 }, 'OPTION_UNKNOWN'],
    [{ signal: AbortSignal.abort() }, 'INVALID_ARGUMENT'],
    [{ tokenSource: { kind: 'file' } }, 'INVALID_ARGUMENT'],
    [{ tokenSource: 'fiel:/x' }, 'OPTION_UNKNOWN'],
    [{ tokenSource: sources.env(), bearerToken: 'x' }, 'CREDENTIAL_CONFLICT'],
  ]
  for (const [options, code] of wrong) assert.throws(() => new Pool(url, { tlsCa: ca, ...options }), { name: 'TdsecError', code })
  for (const tokenSource of [undefined, null]) {
    assert.throws(() => new Pool({ url, tlsCa: ca, tokenSource }), { code: 'INVALID_ARGUMENT', option: 'tokenSource', message: /tokenSource/ }, 'a source that is missing is no login with the default password')
  }
  assert.throws(() => new Pool('ws://db.example:6041', { tokenSource: sources.env() }), { code: 'INSECURE_TRANSPORT' })
})

test('a wrong type is told by the name of the argument', async (t) => {
  const pool = opened(t)
  const connection = await pool.acquire()
  const calls = {
    sql: [() => pool.query(5), () => pool.execute(), () => connection.query(Buffer.from('SELECT 1')), () => connection.execute(null)],
    options: [() => pool.query('SELECT 1', 5), () => connection.query('SELECT 1', 'x'), () => pool.ready([5]), () => pool.close(100), () => subscribe('rotation.*'), () => connect(server.url, 5)],
    timeoutMs: [() => pool.ready({ timeoutMs: '5' }), () => pool.acquire({ timeoutMs: true }), () => pool.close({ timeoutMs: {} }), () => connection.query('SELECT 1', { timeoutMs: '5' }), () => sources.callback(() => 'x', { timeoutMs: '5' })],
    reqId: [() => pool.query('SELECT 1', { reqId: '5' })],
    signal: [() => pool.ready({ signal: 5 }), () => subscribe({ signal: {} })],
    bigint: [() => pool.query('SELECT 1', { bigint: 5 }), () => new Pool(server.url, { ...server.options, bigint: true })],
    give: [() => sources.callback('x'), () => sources.callback()],
    text: [() => sources.parse(5)],
    tokenSource: [() => new Pool(server.url, { tlsCa: server.ca, tokenSource: 5 })],
    maxSize: [() => new Pool(server.url, { ...server.options, maxSize: {} })],
    token: [() => connection.tokens.create('x'), () => connection.tokens.create(null)],
    name: [() => connection.tokens.create({ name: 5, user: 'root' }), () => connection.tokens.drop(5), () => connection.tokens.setTtl(undefined, 1)],
    days: [() => connection.tokens.setTtl('x', '1')],
    names: [() => subscribe({ names: 'rotation.*' }), () => subscribe({ names: 5 }), () => subscribe({ names: [5] })],
    severity: [() => subscribe({ severity: 5 }), () => setLogger(console, { severity: {} })],
    pool: [() => subscribe({ pool: 5 })],
    logger: [() => setLogger('console')],
    address: [() => serveMetrics(9464)],
    dangerAnyAddress: [() => serveMetrics('127.0.0.1:0', { dangerAnyAddress: 'yes' })],
    epoch: [() => new Timestamp(5, 'ns')],
    precision: [() => new Timestamp(5n, 's')],
  }
  for (const [option, attempts] of Object.entries(calls)) {
    for (const attempt of attempts) {
      await assert.rejects(async () => attempt(), (error) => {
        assert.deepEqual([error.name, error.code, error.option], ['TdsecError', 'INVALID_ARGUMENT', option], `${attempt}: ${error.stack}`)
        assert.ok(error.message.includes(option), `${attempt}: ${error.message}`)
        return true
      })
    }
  }
  await connection.close()
})

test('a source is made of any kind of the registry, of a text, or of several', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tdsec-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'token')
  await writeFile(path, server.token)
  for (const source of [sources.file({ path, pollInterval: 1 }), sources.static({ token: server.token }), sources.kubernetes({ directory: folder }), `file:${path}`, sources.file(path), sources.static(server.token), () => server.token, sources.chain('env:NOT_THERE', async () => ({ token: server.token }))]) {
    assert.equal(await countOf(fed(t, source).query('SELECT 1')), 1)
  }
  const chain = sources.chain('file:/nowhere/at/all', sources.callback(() => server.token))
  assert.equal(chain.kind, 'chain')
  assert.equal(await countOf(fed(t, chain).query('SELECT 1')), 1)
  const refused = [
    [() => sources.file({}), 'OPTION_INVALID'],
    [() => sources.file({ pathh: path }), 'OPTION_UNKNOWN'],
    [() => sources.file({ path: Symbol('x') }), 'INVALID_ARGUMENT'],
    [() => sources.static({ token: Buffer.from('x') }), 'INVALID_ARGUMENT'],
    [() => sources.chain(), 'INVALID_ARGUMENT'],
    [() => sources.chain({}), 'INVALID_ARGUMENT'],
    [() => sources.file(5), 'INVALID_ARGUMENT'],
    [() => sources.file(['/x']), 'INVALID_ARGUMENT'],
    [() => sources.callback(() => 'x', 100), 'INVALID_ARGUMENT'],
    [() => sources.vault('x'), 'INVALID_ARGUMENT'],
    [() => sources.parse('nacoss'), 'OPTION_UNKNOWN'],
    [() => sources.parse(5), 'INVALID_ARGUMENT'],
    [() => sources.callback('x'), 'INVALID_ARGUMENT'],
    [() => sources.callback(() => 'x', { timeoutMs: 0 }), 'INVALID_ARGUMENT'],
    [() => sources.callback(() => 'x', { timeout: 1 }), 'INVALID_ARGUMENT'],
  ]
  for (const [make, code] of refused) assert.throws(make, { name: 'TdsecError', code }, String(make))
})

test('a function gives tokens at once or later, with what it knows of their life', async (t) => {
  const hour = 3600 * 1000
  const { token } = server
  const gives = [
    [() => token, null],
    [async () => token, null],
    [() => ({ token, ttlMs: hour }), hour],
    [() => ({ bearerToken: token, ttl: 3600 }), hour],
    [() => ({ token, ttl: '2h', other: {} }), 2 * hour],
    [() => ({ token, expires_at: (Date.now() + hour) / 1000, issued_at: new Date().toISOString() }), hour],
    [() => new (class { get token() { return token } get expiresAt() { return new Date(Date.now() + hour) } })(), hour],
    [() => ({ token, expiresAt: new Date(Date.now() + 2 * hour), issuedAt: new Date() }), 2 * hour],
    [async () => ({ token, expiresAt: Date.now() + hour, ttlMs: null, issuedAt: undefined }), hour],
  ]
  for (const [give, life] of gives) {
    const pool = fed(t, sources.callback(give))
    await pool.ready()
    const left = pool.tokenSecondsLeft * 1000
    assert.ok(life === null ? left > 0 : left > life - 60_000 && left <= life, `${give}: ${left}`)
  }
})

test('what is wrong with the function is told by class and message, never by what it gave', async (t) => {
  const planted = 'planted-Token_0123456789'
  const faults = [
    [() => { throw new RangeError('the safe is locked') }, 'SOURCE_UNAVAILABLE', /RangeError: the safe is locked/],
    [async () => { throw new TypeError() }, 'SOURCE_UNAVAILABLE', /TypeError/],
    [() => { throw planted }, 'SOURCE_UNAVAILABLE', /a value of type string/],
    [async () => Promise.reject({ planted }), 'SOURCE_UNAVAILABLE', /a value of type object/],
    [() => undefined, 'SOURCE_INVALID', /undefined/],
    [() => null, 'SOURCE_INVALID', /null/],
    [() => 5, 'SOURCE_INVALID', /number/],
    [() => ({ token: 5 }), 'SOURCE_INVALID', /no string/],
    [() => ({ token: planted, expiresAt: 'tomorrow' }), 'SOURCE_INVALID', /expires_at/],
    [() => ({ token: planted, expiresAt: new Date(NaN) }), 'SOURCE_INVALID', /expires_at/],
    [() => ({ token: planted, expiresAt: {} }), 'SOURCE_INVALID', /expires_at/],
    [() => ({ token: planted, expires_in: planted }), 'SOURCE_INVALID', /expires_in/],
    [() => ({ token: planted, ttl: 1, ttlMs: 1 }), 'SOURCE_INVALID', /twice/],
    [() => ({ token: planted, ttlMs: -1 }), 'SOURCE_INVALID', /ttlMs/],
    [() => ({ get token() { throw new Error('no luck') } }), 'SOURCE_UNAVAILABLE', /no luck/],
    [() => '', 'SOURCE_INVALID', /callback/],
    [() => `${planted} with blanks`, 'SOURCE_INVALID', /blanks/],
    [() => new Promise(() => {}), 'SOURCE_UNAVAILABLE', /callback/],
  ]
  for (const [give, code, says] of faults) {
    const pool = fed(t, sources.callback(give, { timeoutMs: 100 }))
    await assert.rejects(pool.acquire(), (error) => {
      assert.equal(error.code, code, `${give}: ${error.stack}`)
      assert.match(error.message, says, String(give))
      assert.ok(!inspect(error, { depth: 9 }).includes('planted'), error.stack)
      return true
    })
  }
})

test('the loop turns while a function hangs, and the pool heals when it gives again', async (t) => {
  let hangs = true
  const pool = fed(t, sources.callback(() => (hangs ? new Promise(() => {}) : server.token), { timeoutMs: 200 }))
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await assert.rejects(pool.acquire(), { code: 'SOURCE_UNAVAILABLE' })
  clearInterval(timer)
  assert.ok(turns > 20, `${turns} turns in 200 ms`)
  hangs = false
  pool.rotate()
  assert.ok(await eventually(() => pool.ready().then(() => true, () => false)))
})

test('the token rotates under running statements, and a leaked one is off every connection', async (t) => {
  const [two, three] = [await server.makeToken('node_two'), await server.makeToken('node_three')]
  let token = server.token
  const pool = fed(t, sources.callback(async () => ({ token, ttlMs: 3600_000 })))
  assert.equal(await countOf(pool.query('SELECT 1')), 1)
  assert.equal(pool.status().generation, 1)
  let failed = 0
  let done = false
  const workers = Array.from({ length: 4 }, async () => {
    while (!done) await countOf(pool.query('SELECT * FROM tdsec_gen(2000, 3)')).catch(() => failed++)
  })
  token = two
  pool.rotate()
  assert.ok(await eventually(() => pool.status().generation === 2 && pool.status().stale === 0))
  done = true
  await Promise.all(workers)
  assert.equal(failed, 0)

  const held = await pool.acquire()
  const ended = assert.rejects(held.query("SELECT 'slow_marker'"), { code: 'TOKEN_REVOKED' })
  token = three
  pool.revoke()
  await ended
  assert.ok(await eventually(() => pool.status().generation === 3))
  assert.equal(await countOf(pool.query('SELECT 1')), 1)
})

test('a closed pool lends nothing, and cuts what stays lent', async (t) => {
  const pool = opened(t, { maxSize: 1 })
  const held = await pool.acquire()
  const running = assert.rejects(held.query("SELECT 'slow_marker'"), { code: 'CLOSED' })
  const waiting = assert.rejects(pool.acquire(), { code: 'CLOSED' })
  await Promise.all([pool.close({ timeoutMs: 20 }), pool.close({ timeoutMs: 20 })])
  await Promise.all([running, waiting])
  assert.deepEqual([pool.closed, held.closed], [true, true])
  await held.close()
  await pool.close()
  for (const use of [() => pool.acquire(), () => pool.query('SELECT 1'), () => pool.execute('SELECT 1'), () => pool.ready()]) {
    await assert.rejects(use(), { name: 'TdsecError', code: 'CLOSED' })
  }
  pool.rotate()
  pool.revoke()
  const other = opened(t)
  await other.ready()
  if (Symbol.asyncDispose) {
    await other[Symbol.asyncDispose]()
    assert.equal(other.closed, true)
  }
})

test('pools and sources show no token', async (t) => {
  const source = sources.static({ token: server.token })
  const pool = fed(t, source, { poolName: 'shown' })
  await pool.ready()
  const shown = (value) => `${inspect(value, { depth: 20, showHidden: true, getters: true })} ${JSON.stringify(value)} ${value}`
  for (const value of [pool, source, sources]) assert.ok(!shown(value).includes(server.token), shown(value))
  assert.match(inspect(pool), /^Pool \{\s+name: 'shown',\s+closed: false/)
  assert.equal(inspect(source), "TokenSource { kind: 'static' }")
})

test('a process ends by itself, whether its pools rest, have connections lent, or ask a function', async () => {
  for (const state of ['pool-idle', 'pool-lent', 'pool-hanging', 'pool-totp', 'pool-closed']) {
    const { added } = await run('exit', server, { args: [state], limit: 20_000 })
    assert.deepEqual(added, [0, 0, 0, 0, 0, 0], `${state}: no handler of signals, exits or errors is added`)
  }
})

test('a promise that waits for a connection keeps the process until it has one', async () => {
  assert.deepEqual(await run('exit', server, { args: ['pool-waiting'] }), { rows: 1 })
})

test('a hundred pools leave no socket, thread or memory behind', async () => {
  const other = await startServer()
  const { pools, files, threads, grown, askedAfterwards } = await run('pools', other, { flags: ['--expose-gc'], args: [100], limit: 180_000 })
  assert.deepEqual([pools, askedAfterwards], [100, 0])
  assert.ok(files <= 0, `${files} more files`)
  assert.ok(threads <= 8, `${threads} more threads: those that may wait come as they are needed, not one for each pool`)
  assert.ok(grown < 24, `${grown} MiB more`)
  assert.ok(await eventually(async () => (await other.stats()).connections_open === 0), 'pools that nobody closed are closed too')
  other.stop()
})

test('a pool in a thread that ends in the middle of everything harms nobody', async () => {
  const other = await startServer()
  assert.deepEqual(await run('pool-workers', other), { ended: 5, rows: 1 })
  assert.ok(await eventually(async () => (await other.stats()).connections_open === 0))
  other.stop()
})

test('connections without a pool refuse a token source', async () => {
  await assert.rejects(connect(server.url, { ...server.options, tokenSource: sources.env() }), { code: 'INVALID_ARGUMENT' })
  await assert.rejects(connect(server.url, { ...server.options, tokenSource: 'env' }), { code: 'OPTION_UNKNOWN' })
})
