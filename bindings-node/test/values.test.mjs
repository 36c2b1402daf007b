// Values: every type and NULL, in rows and in batches; 64-bit integers; time.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { connect, Timestamp } from '../index.mjs'
import { run, startServer } from './support.mjs'

let server
let connection
before(async () => {
  server = await startServer()
  connection = await connect(server.url, server.options)
})
after(async () => {
  await connection.close()
  server.stop()
})

const rows = async (sql, options) => (await connection.query(sql, options)).rows()

// What the server holds in row 1 (every value NULL), 2 (least) and 3 (greatest) of its sample.
const LEAST = {
  c_bool: false,
  c_tinyint: -128,
  c_smallint: -32768,
  c_int: -2147483648,
  c_bigint: -(2n ** 63n),
  c_utinyint: 0,
  c_usmallint: 0,
  c_uint: 0,
  c_ubigint: 0n,
  c_float: -3.4028234663852886e38,
  c_double: -Number.MAX_VALUE,
  c_varchar: '',
  c_nchar: '',
  c_varbinary: Buffer.alloc(0),
  c_decimal64: '-99999999999999.9999',
  c_decimal: `-${'9'.repeat(28)}.${'9'.repeat(10)}`,
  c_blob: Buffer.alloc(0),
  c_json: '{}',
}
const GREATEST = {
  c_bool: true,
  c_tinyint: 127,
  c_smallint: 32767,
  c_int: 2147483647,
  c_bigint: 2n ** 63n - 1n,
  c_utinyint: 255,
  c_usmallint: 65535,
  c_uint: 4294967295,
  c_ubigint: 2n ** 64n - 1n,
  c_double: Number.MAX_VALUE,
  c_varchar: 'é日本🚀𝄞',
  c_nchar: 'é日本🚀𝄞',
  c_varbinary: Buffer.from('00ff7f80', 'hex'),
  c_decimal64: '99999999999999.9999',
  c_decimal: `${'9'.repeat(28)}.${'9'.repeat(10)}`,
  c_blob: Buffer.from(Array.from({ length: 70000 }, (_, i) => i % 251)),
  c_json: '{"é":"日本🚀","n":1.5}',
}

test('rows hold every type exactly, NULL as null', async () => {
  const [, nulls, least, greatest] = await rows('SELECT * FROM tdsec_types(5)')
  for (const [name, value] of Object.entries(nulls)) if (name !== 'ts') assert.equal(value, null, name)
  for (const [name, value] of Object.entries(LEAST)) assert.deepEqual(least[name], value, name)
  for (const [name, value] of Object.entries(GREATEST)) assert.deepEqual(greatest[name], value, name)
})

test('objects, arrays, and columns of batches hold the same values', async () => {
  const sql = 'SELECT * FROM tdsec_types(5000)'
  const objects = await rows(sql)
  const arrays = await (await connection.query(sql)).arrays().toArray()
  const batches = await (await connection.query(sql)).batches().toArray()
  assert.deepEqual(objects.map(Object.values), arrays)
  assert.deepEqual(batches.flatMap((batch) => batch.toArray()), objects)
  assert.deepEqual(batches.flatMap((batch) => batch.toArrays()), arrays)
  let at = 0
  for (const batch of batches) {
    for (let row = 0; row < batch.rows; row += 97) {
      assert.deepEqual(batch.columns.map((column) => column.get(row)), arrays[at + row])
    }
    at += batch.rows
  }
})

test('typed arrays of a batch stand beside a mask of NULLs', async () => {
  let at = 0
  for await (const batch of (await connection.query("SELECT * FROM tdsec_gen(9000, 6, 'nulls')")).batches()) {
    const [ts, current, voltage, , id, name] = batch.columns
    assert.equal(ts.nulls, null, 'no mask where nothing is NULL')
    assert.ok(ts.values instanceof BigInt64Array && current.values instanceof Float32Array)
    assert.ok(voltage.values instanceof Int32Array && id.values instanceof BigInt64Array)
    assert.ok(name.offsets instanceof Int32Array && Buffer.isBuffer(name.data))
    assert.ok([current, voltage, id, name].every((column) => column.nulls.length === batch.rows))
    for (let r = 0; r < batch.rows; r++, at++) {
      const template = at % 4096
      assert.equal(ts.values[r], 1700000000000n + BigInt(at))
      for (const [column, index] of [[current, 1], [voltage, 2], [id, 4], [name, 5]]) {
        assert.equal(column.isNull(r), (template + index) % 4 === 0)
        assert.equal(column.nulls[r] !== 0, column.isNull(r))
      }
      if (!current.isNull(r)) assert.equal(current.values[r], 10 + (template % 64) / 8)
      if (!voltage.isNull(r)) assert.equal(voltage.values[r], 200 + (template % 41))
      if (!id.isNull(r)) assert.equal(id.values[r], BigInt(at))
      assert.equal(name.bytes(r)?.toString() ?? null, name.isNull(r) ? null : `row-${String(template).padStart(4, '0')}`)
    }
  }
  assert.equal(at, 9000)
})

test('columns are found by name and index, and there is nothing beyond their ends', async () => {
  const [batch] = await (await connection.query('SELECT * FROM tdsec_gen(10, 3)')).batches().toArray()
  assert.equal(batch.column('voltage'), batch.column(2))
  for (const wrong of ['none', 3, -1]) assert.throws(() => batch.column(wrong), { code: 'INVALID_ARGUMENT' })
  for (const row of [-1, 10, 0.5]) assert.throws(() => batch.column(0).get(row), { code: 'INVALID_ARGUMENT' })
})

test('64-bit integers are exact: BigInt by default, or text, or a number that is refused where it would be rounded', async () => {
  const sql = 'SELECT c_bigint, c_ubigint FROM tdsec_types(4)'
  const values = (list) => list.map(Object.values)
  assert.deepEqual(values(await rows(sql)), [[1n, 1n], [null, null], [-(2n ** 63n), 0n], [2n ** 63n - 1n, 2n ** 64n - 1n]])
  const texts = values(await rows(sql, { bigint: 'string' }))
  assert.deepEqual(texts, [['1', '1'], [null, null], ['-9223372036854775808', '0'], ['9223372036854775807', '18446744073709551615']])
  assert.deepEqual(values(await rows('SELECT c_bigint FROM tdsec_types(2)', { bigint: 'number' })), [[1], [null]])
  await assert.rejects(rows(sql, { bigint: 'number' }), { code: 'VALUE_OUT_OF_RANGE' })
  await assert.rejects(rows(sql, { bigint: 'float' }), { code: 'INVALID_ARGUMENT', option: 'bigint' })
  const other = await connect(server.url, { ...server.options, bigint: 'string' })
  assert.deepEqual((await (await other.query(sql)).arrays().toArray())[0], ['1', '1'])
  assert.deepEqual((await (await other.query(sql, { bigint: 'bigint' })).arrays().toArray())[0], [1n, 1n])
  await other.close()
})

test('timestamps are instants: Date in milliseconds, Timestamp beyond, BigInt if asked for', async () => {
  for (const [precision, unit] of [['ms', 1n], ['us', 1000n], ['ns', 1000000n]]) {
    const epoch = 1700000000123n * unit + (unit - 1n)
    await connection.execute(`CREATE DATABASE time_${precision} PRECISION '${precision}'`)
    await connection.execute(`CREATE TABLE time_${precision}.t (ts TIMESTAMP, v INT)`)
    await connection.execute(`INSERT INTO time_${precision}.t VALUES (${epoch}, 1) (-1, 2)`)
    const sql = `SELECT ts FROM time_${precision}.t ORDER BY v`
    const [{ ts }, { ts: early }] = await rows(sql)
    const [{ ts: number }] = await rows(sql, { timestamps: 'bigint' })
    assert.equal(number, epoch)
    if (precision === 'ms') {
      assert.deepEqual([ts, early], [new Date(1700000000123), new Date(-1)])
    } else {
      assert.ok(ts instanceof Timestamp)
      assert.deepEqual([ts.epoch, early.epoch, ts.precision], [epoch, -1n, precision])
      assert.equal(ts.toISOString(), `2023-11-14T22:13:20.123${precision === 'us' ? '999' : '999999'}Z`)
      assert.equal(early.toISOString(), `1969-12-31T23:59:59.999${precision === 'us' ? '999' : '999999'}Z`)
      assert.equal(ts.toDate().getTime(), 1700000000123)
      assert.ok(early < ts)
    }
  }
})

test('an instant is the same in every time zone of the process', async () => {
  const hours = { UTC: 22, 'America/New_York': 17, 'Asia/Shanghai': 6, 'Asia/Kathmandu': 3 }
  for (const [TZ, hour] of Object.entries(hours)) {
    const seen = await run('timezone', server, { env: { TZ } })
    assert.deepEqual(seen, { epoch: 1700000000000, text: '2023-11-14T22:13:20.000Z', hour })
  }
})

test('a binary value is a copy of its own, bytes() is a view', async () => {
  const [batch] = await (await connection.query('SELECT c_varbinary FROM tdsec_types(1)')).batches().toArray()
  const [column] = batch.columns
  column.get(0).fill(0)
  assert.deepEqual(column.get(0), Buffer.from('010203', 'hex'))
  assert.equal(column.bytes(0).buffer, column.data.buffer)
})
