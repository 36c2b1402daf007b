// Events, the logger and the metrics.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { connect, metrics, METRICS_CONTENT_TYPE, serveMetrics, setLogger, subscribe } from '../index.mjs'
import { eventually, run, startServer } from './support.mjs'

let server
before(async () => {
  server = await startServer('--token', 'planted-Token_0123456789')
})
after(() => server.stop())

const refused = () => assert.rejects(connect('wss://127.0.0.1:1', { bearerToken: 'planted-unreachable' }))

test('a loop over events sees what happens after it began, and its end', async () => {
  const events = subscribe({ names: ['connection.*'] })
  await (await connect(server.url, server.options)).close()
  const seen = []
  for await (const event of events) {
    seen.push(event)
    if (event.name === 'connection.closed') break
  }
  assert.deepEqual(seen.map(({ name, severity }) => [name, severity]), [['connection.opened', 'debug'], ['connection.closed', 'debug']])
  assert.equal(seen[0].fields.endpoint, new URL(server.url).host)
  assert.equal(seen[0].fields.resumed, false)
  assert.ok(Math.abs(seen[0].time.getTime() - Date.now()) < 60_000)
  assert.ok(events.closed, 'leaving the loop closes it')
  assert.deepEqual(await events.next(), { done: true, value: undefined })
})

test('waiting ends with the signal, with close, and several may wait', async () => {
  const controller = new AbortController()
  const events = subscribe({ names: ['connection.failed'], signal: controller.signal })
  const waits = [events.next(), events.next(), events.next()]
  await refused()
  assert.equal((await waits[0]).value.fields.code, 'CONNECT_REFUSED')
  controller.abort()
  for (const wait of waits.slice(1)) assert.deepEqual(await wait, { done: true, value: undefined })
  events.close()
  assert.ok(subscribe({ signal: AbortSignal.abort() }).closed)
})

test('what was told before the end can be read after it', async () => {
  const events = subscribe({ names: ['connection.failed'] })
  await refused()
  events.close()
  await refused()
  assert.equal(events.ready().name, 'connection.failed')
  assert.equal(events.ready(), null)
})

test('a wrong filter is refused with the nearest name', () => {
  const code = (options) => {
    try {
      subscribe(options)
    } catch (error) {
      return `${error.name} ${error.code} ${error.message}`
    }
    return 'nothing'
  }
  assert.match(code({ names: ['connection.faild'] }), /^TdsecError INVALID_ARGUMENT .*connection\.failed/)
  for (const wrong of [{ names: 'connection.failed' }, { severity: 'fatal' }, { name: [] }, { signal: 5 }]) {
    assert.match(code(wrong), /^TdsecError INVALID_ARGUMENT/, JSON.stringify(wrong))
  }
})

test('a logger gets lines and fields by severity, and none after it was taken away', async () => {
  const lines = []
  const into = (method) => (text, fields) => lines.push([method, text, fields])
  setLogger({ debug: into('debug'), info: into('info'), warn: into('warn'), error: into('error') }, { severity: 'warning' })
  await (await connect(server.url, server.options)).close()
  await refused()
  setLogger(null)
  await refused()
  const [[method, text, fields], ...others] = lines
  assert.deepEqual(others, [])
  assert.equal(method, 'warn')
  assert.match(text, /^connection\.failed: .*code=CONNECT_REFUSED/)
  assert.equal(fields.event, 'connection.failed')
  assert.ok(fields.time instanceof Date)
  assert.throws(() => setLogger({ warn: console.warn }), { code: 'INVALID_ARGUMENT' })
})

test('a logger that throws does not keep the next line from coming', async () => {
  const warned = []
  const listener = (warning) => warned.push(warning.message)
  process.on('warning', listener)
  let calls = 0
  const fail = () => {
    calls += 1
    throw new Error('disk full')
  }
  setLogger({ debug: fail, info: fail, warn: fail, error: fail }, { severity: 'warning' })
  await refused()
  await refused()
  assert.ok(await eventually(() => calls === 2 && warned.some((text) => text.includes('disk full'))))
  setLogger(null)
  process.off('warning', listener)
})

test('no event, log line or metric shows a token', async () => {
  const shown = []
  const log = (text, fields) => shown.push(text, JSON.stringify(fields))
  setLogger({ debug: log, info: log, warn: log, error: log })
  const events = subscribe()
  await (await connect(server.url, server.options)).close()
  await refused()
  await assert.rejects(connect(server.url, { ...server.options, bearerToken: 'planted-wrong' }))
  setLogger(null)
  for (let event = events.ready(); event; event = events.ready()) shown.push(JSON.stringify(event))
  events.close()
  assert.ok(shown.length >= 6, shown.join('\n'))
  const text = `${shown.join('\n')}\n${metrics()}`
  assert.ok(!text.includes('planted'), text)
})

test('metrics are counted and served until the server is closed', async () => {
  await (await connect(server.url, server.options)).close()
  assert.match(metrics(), /^tdsec_connections_opened_total\{pool="",endpoint="127\.0\.0\.1:\d+"\} [1-9]/m)
  const serving = await serveMetrics('127.0.0.1:0')
  const answer = await fetch(`http://${serving.address}/metrics`)
  assert.equal(answer.headers.get('content-type'), METRICS_CONTENT_TYPE)
  assert.match(await answer.text(), /^# TYPE tdsec_tls_handshakes_total counter$/m)
  await assert.rejects(serveMetrics(serving.address), { code: 'LISTEN_FAILED' })
  serving.close()
  await assert.rejects(serveMetrics('0.0.0.0:0'), { code: 'INVALID_ARGUMENT' })
  assert.ok(await eventually(() => fetch(`http://${serving.address}/metrics`).then(() => false, () => true)))
})

test('a program with a subscription, a logger and a metrics server ends by itself, and logs to its end', async () => {
  const { logged } = await run('observing', server)
  assert.deepEqual(logged, ['connection.opened'])
})

test('a subscription that nobody refers to ends, one that is waited for does not', async () => {
  assert.deepEqual(await run('forgotten', server, { flags: ['--expose-gc'] }), { forgotten: true, heard: 'connection.failed' })
})
