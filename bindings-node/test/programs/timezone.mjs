// What the process's time zone changes: nothing.
import { open, report } from './environment.mjs'

const connection = await open()
const [row] = await (await connection.query('SELECT ts FROM tdsec_gen(1, 1)')).rows()
await connection.close()
report({ epoch: row.ts.getTime(), text: row.ts.toISOString(), hour: row.ts.getHours() })
