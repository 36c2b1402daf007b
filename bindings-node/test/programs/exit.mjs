// exit.mjs closed|open|waiting|unread: what a process that says nothing more does, with a connection in this state.
const EVENTS = ['SIGINT', 'SIGTERM', 'exit', 'beforeExit', 'uncaughtException', 'unhandledRejection']
const listeners = () => EVENTS.map((name) => process.listenerCount(name))

const before = listeners()
const { open, report } = await import('./environment.mjs')
const connection = await open()
const added = listeners().map((count, index) => count - before[index])
switch (process.argv[2]) {
  case 'closed':
    await connection.close()
    break
  case 'waiting':
    connection.query("SELECT 'answered_late'").then((result) => report({ columns: result.columns.length }))
    break
  case 'unread':
    await connection.query('SELECT * FROM tdsec_gen(1000000, 5)')
    break
}
report({ added })
