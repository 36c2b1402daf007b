// lag.mjs objects|arrays|batches ROWS: what reading a result does to the event loop, in milliseconds.
//
// `late` is how late timers were, by the clock: with what the machine does beside. `busy` is the processor time of the
// main thread from one turn to the next: nobody else's work is in it. `idle` is `late` without any work, before.
import { readFileSync } from 'node:fs'

import { open, report } from './environment.mjs'

const [, , way, rows] = process.argv
const INTERVAL_MS = 1

const processorMs = () => Number(readFileSync(`/proc/${process.pid}/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6

/** Turns of the loop while `work` runs. */
async function turns(work) {
  const late = []
  const busy = []
  let [clock, processor] = [performance.now(), processorMs()]
  const timer = setInterval(() => {
    const [now, used] = [performance.now(), processorMs()]
    late.push(Math.max(0, now - clock - INTERVAL_MS))
    busy.push(used - processor)
    ;[clock, processor] = [now, used]
  }, INTERVAL_MS)
  const result = await work()
  clearInterval(timer)
  return { result, count: late.length, late: p99(late), busy: p99(busy) }
}

function p99(times) {
  return times.sort((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1]
}

const connection = await open()
async function read(rows) {
  const result = await connection.query(`SELECT * FROM tdsec_gen(${rows}, 5)`)
  let seen = 0
  if (way === 'batches') for await (const batch of result.batches()) seen += batch.rows
  else for await (const row of way === 'arrays' ? result.arrays() : result) seen += row ? 1 : 0
  return seen
}

await read(20000) // compiles the code
const idle = await turns(() => new Promise((resolve) => setTimeout(resolve, 300)))
const reading = await turns(() => read(rows))
await connection.close()
report({ seen: reading.result, turns: reading.count, late: reading.late, busy: reading.busy, idle: idle.late })
