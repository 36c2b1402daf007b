// pools.mjs COUNT: so many pools, one after the other, each used and then closed or forgotten; what is left of them.
import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'

import { sources } from '../../index.mjs'
import { fedBy, report, residentMiB } from './environment.mjs'

const entries = (path) => readdirSync(path).length
let asked = 0
const give = async () => {
  asked++
  return process.env.TDSEC_TOKEN
}

/** Accepts connections and never answers. */
let listeners = 0
const silent = createServer((socket) => {
  listeners++
  socket.on('error', () => {}).resume()
}).listen(0, '127.0.0.1')
await new Promise((resolve) => silent.once('listening', resolve))
const silentAddress = `127.0.0.1:${silent.address().port}`

/** Asks the function, and listens in every way there is: to a file, to Nacos and to Kubernetes, which never answer. */
function listening() {
  const tokenFile = process.env.TDSEC_TLS_CA // any file: its content is not asked for
  return sources.chain(
    sources.callback(give),
    sources.file({ path: tokenFile }),
    sources.nacos({ serverAddr: silentAddress, api: 'v1' }),
    sources.kubernetes({ secret: 's', namespace: 'n', apiServer: `http://${silentAddress}`, tokenFile }),
  )
}
const turn = () => new Promise((resolve) => setTimeout(resolve, 10))

async function openAndEnd(closes) {
  listeners = 0
  const pool = fedBy(listening(), { minIdle: 1 })
  await (await pool.query('SELECT * FROM tdsec_gen(100, 3)')).rows()
  while (listeners < 2) await turn() // one for Nacos, one for Kubernetes
  if (closes) await pool.close()
}

/** Looks until what is forgotten has been collected and closed. */
async function settled(files, threads) {
  const end = performance.now() + 60_000
  while ((entries('/proc/self/fd') > files || entries('/proc/self/task') > threads) && performance.now() < end) {
    globalThis.gc()
    await turn()
  }
}

const before = entries('/proc/self/fd')
for (let i = 0; i < 20; i++) await openAndEnd(i % 2 === 0) // what is kept for good, and what the collector lets grow
await settled(before, Infinity)
const [files, threads, memory] = [entries('/proc/self/fd'), entries('/proc/self/task'), residentMiB()]
const pools = Number(process.argv[2])
for (let i = 0; i < pools; i++) await openAndEnd(i % 2 === 0)
await settled(files, threads + 8) // the threads that may wait go when they are not needed
const askedBefore = asked
await turn()
report({
  askedAfterwards: asked - askedBefore,
  pools,
  files: entries('/proc/self/fd') - files,
  threads: entries('/proc/self/task') - threads,
  grown: residentMiB() - memory,
})
silent.close()
