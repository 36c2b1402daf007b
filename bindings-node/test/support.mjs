// The test server and programs of their own process, for the tests.
import { execFile, spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const root = new URL('../../', import.meta.url)

/** A running tdsec-testserver; it ends with this process at the latest. */
export async function startServer(...flags) {
  const path = fileURLToPath(new URL('target/debug/tdsec-testserver', root))
  const child = spawn(path, ['--exit-with-parent', ...flags], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => {})
  for await (const line of createInterface({ input: child.stdout })) return new Server(child, JSON.parse(line))
  throw new Error('the test server did not start')
}

class Server {
  #child

  constructor(child, ready) {
    this.#child = child
    Object.assign(this, ready)
    child.unref()
    child.stdin.unref()
    child.stdout.unref()
  }

  /** Options of `connect`. */
  get options() {
    return { bearerToken: this.token, tlsCa: this.ca }
  }

  stats() {
    return this.#control('GET', '/stats')
  }

  /** A further token of the server. */
  async makeToken(name) {
    return (await this.#control('POST', '/tokens', { name })).token
  }

  addFault(when, fault) {
    return this.#control('POST', '/faults', { when, do: fault })
  }

  /** Every statement with the text `slow_marker` is answered after 20 s. */
  holdBackSlowMarker() {
    return this.addFault({ action: 'query', sql_contains: 'slow_marker', count: 0 }, { kind: 'delay', ms: 20000 })
  }

  clearFaults() {
    return this.#control('DELETE', '/faults')
  }

  cutEverything() {
    return this.#control('POST', '/endpoints/stop')
  }

  stop() {
    this.#child.kill()
  }

  async #control(method, path, body) {
    const response = await fetch(this.control + path, { method, body: body && JSON.stringify(body) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
}

/**
 * Runs a program of `programs/` in a process of its own: its last line of output, as JSON. A crash, an unhandled
 * rejection and what does not end by itself are failures.
 */
export async function run(program, server, { flags = [], args = [], env = {}, limit = 60_000 } = {}) {
  const path = fileURLToPath(new URL(`programs/${program}.mjs`, import.meta.url))
  const given = { TDSEC_URL: server.url, TDSEC_TOKEN: server.token, TDSEC_TLS_CA: server.ca }
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, path, ...args.map(String)], {
    env: { ...process.env, ...given, ...env },
    timeout: limit,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 24,
  })
  return JSON.parse(stdout.trim().split('\n').at(-1))
}

/** A human does not notice it; HOST-1 asks it of Python's tasks. */
export const SOON_MS = 50

/**
 * How long `attempt`, which answers with milliseconds, takes beyond another thread's turn and the way back, which a busy
 * machine delays for everybody: the median of nine, each measured beside such a turn.
 */
export async function promptness(attempt) {
  const beyond = []
  for (let i = 0; i < 9; i++) {
    const took = await attempt()
    const began = performance.now()
    await stat('.')
    beyond.push(took - (performance.now() - began))
  }
  return beyond.sort((a, b) => a - b)[4]
}

/** Asks again until it holds; false if it does not within the limit. */
export async function eventually(holds, limit = 10_000) {
  const end = performance.now() + limit
  while (!(await holds())) {
    if (performance.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return true
}
