// collected.mjs COUNT: drops so many results that nobody reads, some of them half-read, and waits for the collector.
import { open, report } from './environment.mjs'

const connection = await open()
const count = Number(process.argv[2])
for (let i = 0; i < count; i++) await drop(i % 2 === 0)
const freed = new Promise((resolve) => process.stdin.once('end', resolve).resume())
const collector = setInterval(() => globalThis.gc(), 10)
report({ dropped: count })
// Whoever started this closes standard input once the server has seen what it should.
await freed
clearInterval(collector)
await connection.close()

async function drop(unread) {
  const result = await connection.query('SELECT * FROM tdsec_gen(100000, 3)')
  if (!unread) await result.batches().next()
}
