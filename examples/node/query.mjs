// node query.mjs wss://localhost:6041/power   with the token in TDENGINE_TOKEN and, for a private CA, its file in TDENGINE_CA
import { connect } from 'tdsec'

const { TDENGINE_TOKEN: bearerToken, TDENGINE_CA: tlsCa } = process.env
const connection = await connect(process.argv[2], { bearerToken, tlsCa })
console.log('connected to TDengine', connection.serverVersion, connection.tls?.version ?? 'without TLS')
const result = await connection.query('select ts, current from meters order by ts limit 10')
for await (const { ts, current } of result) console.log(ts.toISOString(), current)
await connection.close()
