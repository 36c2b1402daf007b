// exit.mjs closed|open|waiting|unread|pool-…: what a process that says nothing more does, with a connection in this state.
const EVENTS = ['SIGINT', 'SIGTERM', 'exit', 'beforeExit', 'uncaughtException', 'unhandledRejection']
const listeners = () => EVENTS.map((name) => process.listenerCount(name))

const before = listeners()
const { fed, open, openPool, report } = await import('./environment.mjs')
const connection = await open()
const added = listeners().map((count, index) => count - before[index])
switch (process.argv[2]) {
  case 'closed':
    await connection.close()
    break
  case 'waiting':
    connection.query("SELECT 'answered_late'").then((result) => report({ columns: result.columns.length }))
    break
  case 'pool-closed': {
    const pool = openPool()
    await pool.ready()
    await pool.close()
    break
  }
  case 'pool-idle':
    await openPool().ready()
    await fed(() => process.env.TDSEC_TOKEN).ready()
    break
  case 'pool-lent':
    await openPool().acquire()
    await openPool().query('SELECT * FROM tdsec_gen(1000000, 5)')
    break
  case 'pool-hanging':
    // Nobody waits for what it gives.
    fed(() => new Promise(() => {}))
    break
  case 'pool-totp':
    openPool({ bearerToken: undefined, user: 'root', password: 'taosdata', totpCode: () => '123456' })
    break
  case 'pool-waiting': {
    const pool = openPool({ maxSize: 1 })
    const held = await pool.acquire()
    pool.query('SELECT 1').then(async (result) => report({ rows: (await result.rows()).length }))
    // The timer alone would not keep the process.
    setTimeout(() => held.close(), 100).unref()
    break
  }
  case 'unread':
    await connection.query('SELECT * FROM tdsec_gen(1000000, 5)')
    break
}
report({ added })
