// Connections and pools to the server that the environment names.
import { connect, Pool, sources } from '../../index.mjs'

const { TDSEC_URL, TDSEC_TOKEN, TDSEC_TLS_CA } = process.env

export const open = (options) => connect(TDSEC_URL, { bearerToken: TDSEC_TOKEN, tlsCa: TDSEC_TLS_CA, ...options })

export const openPool = (options) => new Pool(TDSEC_URL, { bearerToken: TDSEC_TOKEN, tlsCa: TDSEC_TLS_CA, ...options })

/** A pool with tokens of a function. */
export const fed = (give, options) => fedBy(sources.callback(give), options)

/** A pool with tokens of a source. */
export const fedBy = (tokenSource, options) => new Pool(TDSEC_URL, { tokenSource, tlsCa: TDSEC_TLS_CA, ...options })

export const report = (what) => console.log(JSON.stringify(what))

/** Resident memory, after garbage is collected if the process may. */
export function residentMiB() {
  globalThis.gc?.()
  return process.memoryUsage.rss() / 2 ** 20
}
