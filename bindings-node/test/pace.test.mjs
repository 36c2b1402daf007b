// What reading costs the host: the event loop's time and memory. TDSEC_FULL=1 streams 100 million rows.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { run, startServer } from './support.mjs'

const full = process.env.TDSEC_FULL === '1'
const LAG_MS = 5
const STREAM_MIB = 150

let server
before(async () => (server = await startServer()))
after(() => server.stop())

// By processor time in every run; by the clock in the best of some, beyond what an idle loop is late: what the machine
// does beside makes a run worse, never better.
for (const way of ['objects', 'arrays', 'batches']) {
  test(`the event loop is at most ${LAG_MS} ms late (p99) while a million rows are read as ${way}`, async (context) => {
    const runs = []
    const late = () => runs.at(-1).late - runs.at(-1).idle
    do {
      runs.push(await run('lag', server, { args: [way, 1_000_000] }))
      const { seen, turns, busy } = runs.at(-1)
      assert.equal(seen, 1_000_000)
      assert.ok(turns > 50, `the loop turned ${turns} times only`)
      assert.ok(busy <= LAG_MS, JSON.stringify(runs))
    } while (late() > LAG_MS && runs.length < 6)
    context.diagnostic(`lag as ${way}: ${JSON.stringify(runs)}`)
    assert.ok(late() <= LAG_MS, JSON.stringify(runs))
  })
}

test(`a stream of ${full ? '100' : '3'} million rows stays within ${STREAM_MIB} MiB beyond the start`, async (context) => {
  const rows = full ? 100_000_000 : 3_000_000
  const seen = await run('memory', server, { args: ['stream', rows], limit: full ? 1_800_000 : 60_000 })
  context.diagnostic(`streaming ${rows} rows: ${seen.grown.toFixed(1)} MiB`)
  assert.equal(seen.seen, rows)
  assert.ok(seen.grown < STREAM_MIB, `grew by ${seen.grown} MiB`)
})

test('many queries, failures and aborts need no more memory', async (context) => {
  const { grown } = await run('memory', server, { flags: ['--expose-gc'], args: ['queries', 2000], limit: 120_000 })
  context.diagnostic(`2000 rounds: ${grown.toFixed(1)} MiB`)
  assert.ok(grown < 24, `grew by ${grown} MiB`)
})
