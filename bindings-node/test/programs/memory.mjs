// memory.mjs stream ROWS | queries COUNT: how far resident memory grew beyond the start, in MiB.
import { open, report, residentMiB } from './environment.mjs'

const [, , what, number] = process.argv
const connection = await open()
let start = residentMiB()
let most = start
let seen = 0
if (what === 'stream') {
  let next = 0
  for await (const batch of (await connection.query(`SELECT * FROM tdsec_gen(${number}, 5)`)).batches()) {
    seen += batch.rows
    // The last value of a column that counts: the rows were there, in order.
    if (batch.column('id').values.at(-1) !== BigInt(seen - 1)) throw new Error(`row ${seen - 1} is another one`)
    if (seen < next) continue
    next += 100_000
    most = Math.max(most, process.memoryUsage.rss() / 2 ** 20)
  }
} else {
  const work = async (count) => {
    for (let i = 0; i < count; i++) {
      const result = await connection.query(`SELECT * FROM tdsec_gen(${i % 3 ? 10 : 5000}, 5)`)
      if (i % 5 === 0) await result.close()
      else seen += (await result.rows()).length
      await connection.query('SELEC').catch(() => {})
      await connection.query('SELECT 1', { signal: AbortSignal.timeout(60_000) }).then((result) => result.rows())
    }
  }
  await work(number / 4) // what is kept for good, and what the collector lets grow
  start = residentMiB()
  await work(number)
  most = residentMiB()
}
await connection.close()
report({ seen, grown: most - start })
process.exit() // timers of the signals above would keep it
