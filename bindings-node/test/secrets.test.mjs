// A token or password is in nothing that a program might print.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { format, inspect } from 'node:util'

import { connect } from '../index.mjs'
import { startServer } from './support.mjs'

let server
let connection
before(async () => {
  server = await startServer('--token', 'planted-Token_0123456789')
  connection = await connect(server.url, server.options)
})
after(async () => {
  await connection.close()
  server.stop()
})

/** Everything that a value shows of itself. */
function shown(value) {
  const json = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part))
  const own = value instanceof Error ? [value.stack, value.message, ...causes(value)] : []
  return [inspect(value, { depth: 20, showHidden: true, getters: true }), format('%o %O', value, value), String(value), json, ...own].join('\n')
}

function causes(error) {
  return error.cause instanceof Error ? [error.cause.stack, ...causes(error.cause)] : [inspect(error.cause)]
}

test('connections, results and batches show no token', async () => {
  const result = await connection.query('SELECT * FROM tdsec_gen(10, 2)')
  const [batch] = await result.batches().toArray()
  for (const value of [connection, result, batch]) assert.ok(!shown(value).includes('planted'), shown(value))
  assert.match(inspect(connection), /^Connection \{\s+endpoint: '127\.0\.0\.1:\d+'/)
  assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(connection))), ['endpoint', 'serverVersion', 'tls', 'closed'])
})

test('errors show neither token nor password, wherever they were given', async () => {
  const address = server.url.slice('wss://'.length)
  const attempts = [
    () => connect(server.url, { ...server.options, bearerToken: 'planted-wrong' }),
    () => connect(server.url, { tlsCa: server.ca, user: 'root', password: 'planted-password' }),
    () => connect(`${server.url}/?bearerToken=planted-in-address`, { tlsCa: server.ca }),
    () => connect(`wss://root:planted-in-authority@${address}/`, { tlsCa: server.ca }),
    () => connect(`wss://root:planted-in-authority@${address}/?bearerToken=planted-in-address`),
    () => connect(server.url, { bearerToken: 'planted with blanks' }),
    () => connect(server.url, { bearerToken: 'planted', user: 'root' }),
    () => connect(server.url, { token: 'planted-cloud-token' }),
    () => connect('wss://127.0.0.1:1', { bearerToken: 'planted-unreachable' }),
    () => connect(server.url, { bearerToken: 'planted-untrusted' }),
    () => connect('ws://192.0.2.1:6041', { bearerToken: 'planted-plain' }),
    () => connect(`wss://host:1:2/?bearerToken=planted-in-broken-address`),
    () => connect({ bearerToken: ['planted-as-list', 5, Symbol('no')] }),
  ]
  for (const [index, attempt] of attempts.entries()) {
    await assert.rejects(attempt(), (error) => {
      assert.equal(error.name, 'TdsecError', `attempt ${index}: ${error.stack}`)
      assert.ok(!shown(error).includes('planted'), `attempt ${index}: ${shown(error)}`)
      return true
    })
  }
})

test('a token travels in the login message alone', async () => {
  const { request_lines: lines, logins } = await server.stats()
  assert.ok(lines.length > 0 && lines.every((line) => !line.includes('planted')), lines.join('\n'))
  assert.ok(logins.some((login) => login.ok && login.kind === 'token' && !login.sent_password && !login.sent_user))
})
