// node query.mjs wss://localhost:6041/power   with the token in TDSEC_TOKEN and, for a private CA, its file in TDSEC_TLS_CA
import { connect } from 'tdsec'

const { TDSEC_TOKEN: bearerToken, TDSEC_TLS_CA: tlsCa } = process.env
const connection = await connect(process.argv[2], { bearerToken, tlsCa })
console.log('connected to TDengine', connection.serverVersion, connection.tls?.version ?? 'without TLS')
const result = await connection.query('select ts, current from meters order by ts limit 10')
for await (const { ts, current } of result) console.log(ts.toISOString(), current)
await connection.close()
