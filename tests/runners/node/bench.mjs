// The step `bench`: work done several times, each time by the clock. Its answers are described in benches/README.md.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { connect } from '../../../bindings-node/index.mjs';

/** Runs a workload; `connection` finds the connection of the step. */
export async function bench(step, connection) {
  switch (step.workload) {
    case 'fetch-columns':
    case 'stream':
      return fetch(connection(step.conn), step, sumColumns);
    case 'fetch-rows':
      return fetch(connection(step.conn), step, sumRows);
    case 'select-1':
      return select(connection(step.conn), step);
    case 'connect':
      return connectEach(step);
    default:
      throw new Error(`the npm package has no ${step.workload}`);
  }
}

async function fetch(connection, { sql, times }, sum) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const ns = [];
  let last;
  delay.enable();
  for (let i = 0; i < times; i++) {
    const start = process.hrtime.bigint();
    last = await sum(await connection.query(sql, { bigint: 'bigint', timestamps: 'date' }));
    ns.push(since(start));
  }
  delay.disable();
  // The timer behind the figures fires every millisecond: what exceeds that is lag.
  const lag = Math.max(0, delay.max / 1e6 - 1);
  const checksum = BigInt.asUintN(64, last.checksum).toString(16).padStart(16, '0');
  return { ns, rows: last.rows, checksum, lag_ms: lag };
}

/** Column by column, from the typed arrays. */
async function sumColumns(result) {
  let rows = 0;
  let checksum = 0n;
  for await (const batch of result.batches()) {
    rows += batch.rows;
    batch.columns.forEach((column, i) => (checksum += BigInt(i + 1) * sumColumn(column)));
  }
  return { rows, checksum };
}

function sumColumn({ type, values, data, offsets }) {
  switch (type) {
    case 'TIMESTAMP':
    case 'BIGINT':
      return sumOfWords(values);
    case 'FLOAT':
      return BigInt(sumOf(values) * 8);
    case 'INT':
      return BigInt(sumOf(values));
    default:
      return BigInt(sumOf(data.subarray(offsets[0], offsets.at(-1))));
  }
}

function sumOf(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}

// Halves of words add up exactly in a double and need no BigInt for each value.
function sumOfWords({ buffer, byteOffset, length }) {
  const lower = new Uint32Array(buffer, byteOffset, 2 * length);
  const upper = new Int32Array(buffer, byteOffset, 2 * length);
  let low = 0;
  let high = 0;
  for (let i = 0; i < lower.length; i += 2) {
    low += lower[i];
    high += upper[i + 1];
  }
  return (BigInt(high) << 32n) + BigInt(low);
}

/** Row by row as objects: their names are those of the benchmark's statement. */
async function sumRows(result) {
  let rows = 0;
  let [ts, current, voltage, phase, name] = [0, 0, 0, 0, 0];
  let start;
  for await (const row of result) {
    // Against the first one, so that the sum stays exact in a double.
    start ??= row.ts.getTime();
    ts += row.ts.getTime() - start;
    current += row.current;
    voltage += row.voltage;
    phase += row.phase;
    name += sumOfText(row.name);
    rows++;
  }
  const instants = BigInt(ts) + BigInt(start ?? 0) * BigInt(rows);
  const others = [current * 8, voltage, phase * 8, name].map(BigInt);
  return { rows, checksum: others.reduce((sum, value, i) => sum + BigInt(i + 2) * value, instants) };
}

function sumOfText(text) {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += text.charCodeAt(i);
  return sum;
}

async function select(connection, { sql, times }) {
  const ns = [];
  for (let i = 0; i < times; i++) {
    const start = process.hrtime.bigint();
    await (await connection.query(sql)).rows();
    ns.push(since(start));
  }
  return { ns };
}

async function connectEach({ address, each, sql }) {
  const ns = [];
  for (const options of each) {
    const start = process.hrtime.bigint();
    const connection = await connect(address, options);
    if (sql !== undefined) await firstRow(await connection.query(sql));
    ns.push(since(start));
    await connection.close();
  }
  return { ns };
}

async function firstRow(result) {
  const { done } = await result[Symbol.asyncIterator]().next();
  if (done) throw new Error('no row');
}

function since(start) {
  return Number(process.hrtime.bigint() - start);
}
