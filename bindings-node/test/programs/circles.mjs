// circles.mjs: functions that refer to the very pool which asks them. What is collected, and what goes on while it is needed.
import { connect, Pool, sources } from '../../index.mjs'
import { report } from './environment.mjs'

const { TDSEC_URL: url, TDSEC_TOKEN: token, TDSEC_TLS_CA: tlsCa } = process.env
const login = { tlsCa, user: 'root', password: 'taosdata' }
const turn = (ms = 20) => new Promise((resolve) => setTimeout(resolve, ms))
const oneOf = async (result) => (await (await result).arrays().toArray())[0][0]
const name = process.argv[2]

const collected = new Set()
const registry = new FinalizationRegistry((what) => collected.add(what))

/** Collects garbage, and gives the loop its turns, until it holds. */
async function until(holds, limit = 20_000) {
  const end = performance.now() + limit
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${name}: ${holds} does not hold; collected: ${[...collected]}`)
    globalThis.gc()
    await turn()
  }
}

/** Its pool or connection asks a function that refers to it. */
class Owner {
  asked = 0

  give() {
    this.asked += 1
    return token
  }
}

/** Owners that are forgotten once their pool or connection is there. */
const circles = {
  function: (owner) => (owner.pool = new Pool(url, { tlsCa, tokenSource: () => owner.give() })),
  callback: (owner) => (owner.pool = new Pool(url, { tlsCa, tokenSource: sources.callback(async () => owner.give()) })),
  source: (owner) => {
    owner.source = sources.callback(() => owner.source && owner.give())
    owner.pool = new Pool(url, { tlsCa, tokenSource: owner.source })
  },
  chain: (owner) => (owner.pool = new Pool(url, { tlsCa, tokenSource: sources.chain('env:NOT_THERE', sources.chain(() => owner.give())) })),
  code: (owner) => (owner.pool = new Pool(url, { ...login, totpCode: () => owner.give() && '123456' })),
  unused: (owner) => (owner.source = sources.callback(() => owner.give())),
  connection: async (owner) => (owner.connection = await connect(url, { ...login, totpCode: () => owner.give() && '123456' })),
}

async function forgets(make) {
  const owner = new Owner()
  registry.register(owner, 'owner')
  await make(owner)
  if (owner.pool) await owner.pool.ready()
}

/** A pool that nobody refers to but what `use` gives. Its tokens are fetched anew every second at the latest. */
function short(use, seen, delay = 0) {
  const pool = new Pool(url, {
    tlsCa,
    maxSize: 1,
    tokenJitter: '1ms',
    tokenSource: async () => {
      await turn(delay)
      seen.asked += 1
      return { token, ttlMs: 1000 }
    },
  })
  registry.register(pool, 'pool')
  return use(pool)
}

/** `what` alone keeps the pool alive; then nothing does. */
async function serves(seen, what) {
  const before = seen.asked
  await until(() => seen.asked >= before + 3)
  const kept = !collected.has('pool')
  await what.close()
  return kept
}

const uses = {
  async lent() {
    const seen = { asked: 0 }
    let connection = await short((pool) => pool.acquire(), seen)
    const kept = await serves(seen, connection)
    await until(() => collected.has('pool')) // although the connection, closed, is still referred to
    return { kept, closed: connection.closed }
  },
  async result() {
    const seen = { asked: 0 }
    const result = await short((pool) => pool.query('SELECT * FROM tdsec_gen(1000000, 3)'), seen)
    const kept = await serves(seen, result)
    await until(() => collected.has('pool'))
    return { kept, columns: result.columns.length }
  },
  async reading() {
    const seen = { asked: 0 }
    const reader = await short(async (pool) => (await pool.query('SELECT * FROM tdsec_gen(1000000, 3)')).batches(), seen)
    await reader.next()
    const kept = await serves(seen, { close: () => reader.return() })
    await until(() => collected.has('pool'))
    return { kept }
  },
  /** Nobody refers to the pool while it waits for its first token. */
  async waiting() {
    const seen = { asked: 0 }
    const collector = setInterval(() => globalThis.gc(), 20)
    const value = Number(await oneOf(short((pool) => pool.query('SELECT 1'), seen, 300)))
    const rows = await short((pool) => pool.execute('SELECT 1'), seen, 300)
    await short((pool) => pool.ready(), seen, 300)
    await (await short((pool) => pool.acquire(), seen, 300)).close()
    const code = await connect(url, { ...login, totpCode: async () => (await turn(300), '123456') })
    await code.close()
    clearInterval(collector)
    return { value, rows }
  },
}

if (circles[name]) {
  await forgets(circles[name])
  await until(() => collected.has('owner'))
  report({ collected: true })
} else report(await uses[name]())
// Whoever started this closes standard input once the server has seen what it should.
const freed = new Promise((resolve) => process.stdin.once('end', resolve).resume())
const collector = setInterval(() => globalThis.gc(), 20)
await freed
clearInterval(collector)
