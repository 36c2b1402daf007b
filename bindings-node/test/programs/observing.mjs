// Listens in every way and ends without closing anything.
import { connect, serveMetrics, setLogger, subscribe } from '../../index.mjs'

const logged = []
const log = (_, { event }) => logged.push(event)
setLogger({ debug: log, info: log, warn: log, error: log })
subscribe().next()
await serveMetrics('127.0.0.1:0')
const { TDSEC_URL, TDSEC_TOKEN, TDSEC_TLS_CA } = process.env
await connect(TDSEC_URL, { bearerToken: TDSEC_TOKEN, tlsCa: TDSEC_TLS_CA })
// After what the library does at the end.
process.on('exit', () => console.log(JSON.stringify({ logged })))
