// pools.mjs COUNT: so many pools, one after the other, each used and then closed or forgotten; what is left of them.
import { readdirSync } from 'node:fs'

import { fed, report, residentMiB } from './environment.mjs'

const entries = (path) => readdirSync(path).length
const give = async () => process.env.TDSEC_TOKEN
const turn = () => new Promise((resolve) => setTimeout(resolve, 10))

async function openAndEnd(closes) {
  const pool = fed(give, { minIdle: 1 })
  await (await pool.query('SELECT * FROM tdsec_gen(100, 3)')).rows()
  if (closes) await pool.close()
}

/** Looks until what is forgotten has been collected and closed. */
async function settled(files) {
  const end = performance.now() + 60_000
  while (entries('/proc/self/fd') > files && performance.now() < end) {
    globalThis.gc()
    await turn()
  }
}

const before = entries('/proc/self/fd')
for (let i = 0; i < 20; i++) await openAndEnd(i % 2 === 0) // what is kept for good, and what the collector lets grow
await settled(before)
const [files, threads, memory] = [entries('/proc/self/fd'), entries('/proc/self/task'), residentMiB()]
const pools = Number(process.argv[2])
for (let i = 0; i < pools; i++) await openAndEnd(i % 2 === 0)
await settled(files)
report({
  pools,
  files: entries('/proc/self/fd') - files,
  threads: entries('/proc/self/task') - threads,
  grown: residentMiB() - memory,
})
