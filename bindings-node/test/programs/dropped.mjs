// Promises that the user never sees are rejected in every way; run with --unhandled-rejections=strict.
import { open, report } from './environment.mjs'

const { CONTROL } = process.env
const control = (path, body) => fetch(CONTROL + path, { method: 'POST', body: JSON.stringify(body ?? {}) })
const many = 'SELECT * FROM tdsec_gen(1000000, 3)'
const turn = () => new Promise((resolve) => setTimeout(resolve, 20))

// Aborted after one batch, while the next is being read ahead.
const connection = await open()
const abort = new AbortController()
await (await connection.query(many, { signal: abort.signal })).batches().next()
abort.abort()
await turn()

// Left early, closed while read ahead, aborted after the end.
for await (const row of await connection.query(many)) if (row) break
const closed = await connection.query(many)
await closed.batches().next()
await closed.close()
const late = new AbortController()
await (await connection.query('SELECT 1', { signal: late.signal })).rows()
late.abort()
await turn()

// A failure read ahead: the connection is cut when one batch is there.
const reader = (await connection.query(many)).batches()
await reader.next()
await control('/endpoints/stop')
await turn()
let code
try {
  for (;;) if ((await reader.next()).done) break
} catch (error) {
  code = error.code
}
await connection.close()
report({ code })
