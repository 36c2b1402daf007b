// The addon in several worker threads; one of them is ended in the middle of everything.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'

import { open, report } from './environment.mjs'

const rowsOf = async (connection, rows) => (await (await connection.query(`SELECT * FROM tdsec_gen(${rows}, 3)`)).rows()).length

if (isMainThread) {
  const connection = await open()
  const start = (data) => new Worker(new URL(import.meta.url), { workerData: data })
  const message = (worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  const counts = await Promise.all([1000, 2000, 3000].map((rows) => message(start({ rows }))))

  let ended = 0
  for (let round = 0; round < 5; round++) {
    const busy = start({ busy: true })
    await message(busy)
    await busy.terminate()
    ended++
  }
  const after = await rowsOf(connection, 5000)
  await connection.close()
  report({ counts, ended, after })
} else if (workerData.busy) {
  const connection = await open()
  connection.query("SELECT 'slow_marker'").catch(() => {})
  for (let i = 0; i < 4; i++) {
    ;(async () => {
      for (;;) for await (const row of await connection.query('SELECT * FROM tdsec_gen(1000000, 5)')) void row
    })().catch(() => {})
  }
  await rowsOf(connection, 1)
  parentPort.postMessage('busy')
} else {
  const connection = await open()
  parentPort.postMessage(await rowsOf(connection, workerData.rows))
  // Left open: ending the thread closes it.
}
