// The driver of the conformance suite for Node: steps as JSON lines in, answers as JSON lines out, through the public
// API of the package. Adds no behaviour of its own.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { inspect } from 'node:util';
import { connect, metrics, Pool, setLogger, sources, subscribe, TdsecError } from '../../../bindings-node/index.mjs';
import { bench } from './bench.mjs';
import { load } from './load.mjs';
import { tokens } from './tokens.mjs';
import { checksumOfColumns, checksumOfRows, plain } from './values.mjs';

const connections = new Map();
const results = new Map();
const tasks = new Map();
const pools = new Map();
const callbacks = new Map();
const subscriptions = new Map();

/** How long the driver waits for the events of a step. */
const PATIENCE_MS = 10_000;

// Whatever is logged, at any level, goes to stderr, where the leak test reads it.
const toStderr = (text, fields) => process.stderr.write(`${text} ${JSON.stringify(fields)}\n`);
setLogger({ debug: toStderr, info: toStderr, warn: toStderr, error: toStderr });

/** Exact values of every type: what the answers show. */
const EXACT = { bigint: 'bigint', timestamps: 'bigint' };

class Unsupported extends Error {}
class Misuse extends Error {}

/** `{"callback": "123456"}` is a function that gives this, `{"callback": null}` one that fails. */
function withCallbacks(options) {
  const entry = ([name, value]) => {
    if (typeof value !== 'object' || value === null || !('callback' in value)) return [name, value];
    const give = async () => {
      if (value.callback === null) throw new RangeError('nobody is there');
      return value.callback;
    };
    return [name, give];
  };
  return Object.fromEntries(Object.entries(options ?? {}).map(entry));
}

/** `{"callback": name}`, `{"chain": [source, …]}`, or a kind with its options: `{"kind": "file", "path": …}`. */
function source(description) {
  if (description.callback) return sources.callback(() => given(description.callback), { timeoutMs: 10_000 });
  if (description.chain) return sources.chain(...description.chain.map(source));
  const { kind, ...options } = description;
  // There is no function for a kind that there is not.
  return Object.hasOwn(sources, kind) ? sources[kind](options) : sources.parse(kind);
}

async function given(name) {
  const { token, ttl_s: ttl, revoked } = callbacks.get(name) ?? {};
  if (token === undefined) throw new RangeError('the callback has no token');
  if (ttl === undefined && revoked === undefined) return token;
  return { token, ttlMs: ttl && ttl * 1000, revoked };
}

const steps = {
  async connect({ conn, address, options }) {
    connections.set(conn, await connect(address, { ...withCallbacks(options), ...EXACT }));
    return {};
  },
  async info({ conn }) {
    const { serverVersion, tls, closed } = connection(conn);
    const summary = tls && { version: tls.version, cipher_suite: tls.cipherSuite, resumed: tls.resumed };
    return { server_version: serverVersion, tls: summary, closed };
  },
  query,
  async open(step) {
    const result = await start(step);
    results.set(step.result, { result, batches: result.batches() });
    return { columns: result.columns };
  },
  async fetch({ result }) {
    const { value, done } = await found(results, result, 'result').batches.next();
    return done ? { end: true } : { rows: rowsOfColumns(value) };
  },
  async close_result({ result }) {
    await found(results, result, 'result').result.close();
    results.delete(result);
    return {};
  },
  async start(step) {
    const controller = new AbortController();
    const answer = query(step, controller.signal);
    // A failure is the answer of `wait`.
    answer.catch(() => {});
    tasks.set(step.task, { answer, controller });
    return {};
  },
  async wait({ task }) {
    const { answer } = found(tasks, task, 'task');
    tasks.delete(task);
    return answer;
  },
  async cancel({ task }) {
    found(tasks, task, 'task').controller.abort();
    return {};
  },
  async database({ conn }) {
    return { database: await connection(conn).database() };
  },
  async status({ conn }) {
    return { status: (await connection(conn).status()).status };
  },
  async close({ conn }) {
    await connection(conn).close();
    return {};
  },
  async callback_set(step) {
    callbacks.set(step.callback, step);
    return {};
  },
  async pool({ pool: name, address, options, source: description }) {
    const tokens = description ? { tokenSource: source(description) } : {};
    pools.set(name, new Pool(address, { ...withCallbacks(options), ...EXACT, ...tokens }));
    return {};
  },
  async acquire({ pool: name, conn, timeout_ms: timeoutMs }) {
    connections.set(conn, await pool(name).acquire({ timeoutMs }));
    return {};
  },
  async pool_ready({ pool: name, timeout_ms: timeoutMs }) {
    await pool(name).ready({ timeoutMs });
    return {};
  },
  pool_query: query,
  async pool_info({ pool: name }) {
    const found = pool(name);
    const { inUse: in_use, maxSize: max_size, ...status } = found.status();
    const left = found.tokenSecondsLeft;
    const text = `${inspect(found, { depth: null, showHidden: true, getters: true })} ${JSON.stringify(found)} ${found}`;
    const token_seconds_left = left === null ? null : Math.floor(left);
    return { name: found.name, closed: found.closed, ...status, in_use, max_size, token_seconds_left, text };
  },
  async pool_close({ pool: name, timeout_ms: timeoutMs }) {
    await pool(name).close({ timeoutMs });
    return {};
  },
  async rotate({ pool: name }) {
    pool(name).rotate();
    return {};
  },
  async revoke({ pool: name }) {
    pool(name).revoke();
    return {};
  },
  async fork() {
    throw new Unsupported('Node cannot fork its process');
  },
  async describe({ conn }) {
    const shown = connection(conn);
    return { text: `${inspect(shown, { depth: null, showHidden: true })} ${JSON.stringify(shown)} ${shown}` };
  },
  async subscribe({ subscription, names, severity }) {
    subscriptions.set(subscription, subscribe({ names, severity }));
    return {};
  },
  async events({ subscription: name, count = 0 }) {
    const subscription = found(subscriptions, name, 'subscription');
    const events = [];
    const patience = setTimeout(() => subscription.close(), PATIENCE_MS);
    while (events.length < count) {
      const { value, done } = await subscription.next();
      if (done) break;
      events.push(value);
    }
    clearTimeout(patience);
    for (let event = subscription.ready(); event; event = subscription.ready()) events.push(event);
    return { events: events.map(({ name, severity, fields }) => ({ name, severity, fields })) };
  },
  async metrics({ series = [], text }) {
    const whole = metrics();
    const lines = whole.split('\n').map((line) => [line.slice(0, line.lastIndexOf(' ')), line]);
    const known = new Map(lines);
    const value = (name) => (known.has(name) ? Number(known.get(name).slice(name.length)) : null);
    return { values: series.map(value), ...(text && { text: whole }) };
  },
  async tokens(step) {
    const answer = await tokens(connection(step.conn).tokens, step);
    if (answer === null) throw new Misuse(`nobody can ${step.do} tokens`);
    return answer;
  },
  async rss() {
    const pages = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[1]);
    return { kib: pages * 4 };
  },
  async bench(step) {
    if (step.workload === 'rotation-load') return load(step, pool(step.pool));
    return bench(step, connection);
  },
};

async function query(step, signal) {
  const mode = step.mode ?? 'rows';
  if (mode.endsWith('arrow')) throw new Unsupported('the npm package has no Arrow');
  const result = await start(step, signal);
  if (result.isUpdate) return { affected: result.affectedRows };
  if (mode === 'count-rows') return checksumOfRows(result);
  if (mode === 'count-columns') return checksumOfColumns(result);
  const rows = [];
  if (mode === 'columns') for await (const batch of result.batches()) rows.push(...rowsOfColumns(batch));
  else for await (const row of result.arrays()) rows.push(row.map((value, i) => plain(value, result.columns[i].type)));
  return { columns: result.columns, precision: result.precision, rows };
}

function start({ conn, pool: name, sql, timeout_ms: timeoutMs, req_id: reqId, idempotent }, signal) {
  const target = name === undefined ? connection(conn) : pool(name);
  return target.query(sql, { timeoutMs, reqId, idempotent, signal });
}

function rowsOfColumns(batch) {
  const row = (_, i) => batch.columns.map((column) => plain(column.get(i), column.type));
  return Array.from({ length: batch.rows }, row);
}

function connection(name) {
  return found(connections, name, 'connection');
}

function pool(name) {
  return found(pools, name, 'pool');
}

function found(map, name, what) {
  if (!map.has(name)) throw new Misuse(`no ${what} ${name}`);
  return map.get(name);
}

async function answer(line) {
  let id = null;
  try {
    const step = JSON.parse(line);
    id = step.id;
    if (!Object.hasOwn(steps, step.op)) throw new Misuse(`unknown op ${step.op}`);
    return { id, ok: await steps[step.op](step) };
  } catch (error) {
    if (error instanceof Unsupported) return { id, unsupported: error.message };
    return { id, error: shown(error) };
  }
}

function shown(error) {
  if (!(error instanceof TdsecError)) return { code: 'RUNNER', message: error.message };
  const { code, number, kind, retry, remedy, option, message } = error;
  const { serverCode: server_code, serverMessage: server_message, mayHaveRun: may_have_run } = error;
  return { code, number, kind, retry, remedy, option, server_code, server_message, may_have_run, message };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue;
  if (line.includes('"quit"') && JSON.parse(line).op === 'quit') break;
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
process.stdin.destroy();
