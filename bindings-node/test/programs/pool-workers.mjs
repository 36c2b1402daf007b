// Pools in worker threads that are ended in the middle of queries and of asking a function for a token.
import { Worker, isMainThread, parentPort } from 'node:worker_threads'

import { fed, openPool, report } from './environment.mjs'

if (isMainThread) {
  const pool = openPool()
  await pool.ready()
  let ended = 0
  for (let round = 0; round < 5; round++) {
    const busy = new Worker(new URL(import.meta.url))
    await new Promise((resolve, reject) => busy.once('message', resolve).once('error', reject))
    await busy.terminate()
    ended++
  }
  const rows = (await (await pool.query('SELECT 1')).rows()).length
  await pool.close()
  report({ ended, rows })
} else {
  const pool = fed(() => process.env.TDSEC_TOKEN)
  const hanging = fed(() => new Promise(() => {}))
  hanging.acquire().catch(() => {})
  await pool.ready()
  for (let i = 0; i < 4; i++) {
    ;(async () => {
      for (;;) for await (const row of await pool.query('SELECT * FROM tdsec_gen(100000, 5)')) void row
    })().catch(() => {})
  }
  pool.acquire().catch(() => {})
  parentPort.postMessage('busy')
}
