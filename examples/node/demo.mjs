// The demo's Node program: connects as the environment says, runs the statements given as arguments, prints their rows.
import { connect } from 'tdsec'

// One spelling of each value for all languages: six digits for floating point, milliseconds since 1970 for times.
function text(value, type) {
  if (value === null) return 'NULL'
  if (type === 'FLOAT' || type === 'DOUBLE') return value.toFixed(6)
  if (value instanceof Date) return String(value.getTime())
  return String(value)
}

const { TDSEC_URL, TDSEC_TOKEN, TDSEC_TLS_CA } = process.env
try {
  const connection = await connect(TDSEC_URL, { bearerToken: TDSEC_TOKEN, ...(TDSEC_TLS_CA && { tlsCa: TDSEC_TLS_CA }) })
  for (const sql of process.argv.slice(2)) {
    const result = await connection.query(sql)
    console.log(result.columns.map((column) => column.name).join(' | '))
    for await (const row of result.arrays()) {
      console.log(row.map((value, i) => text(value, result.columns[i].type)).join(' | '))
    }
  }
  await connection.close()
} catch (error) {
  console.error(`error: ${error.code}: ${error.message}`)
  process.exitCode = 3
}
