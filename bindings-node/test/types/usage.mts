// Compiled by the tests, never run: what the types promise, and (@ts-expect-error) what they refuse.
import {
  Batch,
  connect,
  Connection,
  metrics,
  MetricsServer,
  Pool,
  Result,
  serveMetrics,
  setLogger,
  sources,
  subscribe,
  TdsecError,
  Timestamp,
  Token,
  Tokens,
} from 'tdsec';
import type { Column, ConnectOptions, Event, IssuedToken, Kind, PoolOptions, PoolStatus, Retry, RowObject, TokenInfo, TokenSource, Value } from 'tdsec';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_T extends true>(): void {}

const options: ConnectOptions = {
  bearerToken: process.env['TDSEC_TOKEN'],
  tlsCa: Buffer.from('…'),
  tlsPin: ['a', 'b'],
  connectTimeout: 5,
  requestTimeout: '1m30s',
  useSSL: true,
  'td.connect.db': 'power',
  bigint: 'number',
};
// @ts-expect-error a slip in a name is found
const slip: ConnectOptions = { bearerTokn: 'x' };
// @ts-expect-error and a wrong type
const wrong: ConnectOptions = { bearerToken: 5 };

const connection = await connect('wss://localhost:6041', options);
holds<Same<typeof connection, Connection>>();
await connect({ url: new URL('wss://localhost'), signal: AbortSignal.timeout(1000) });
// @ts-expect-error connections come from connect()
new Connection();
// @ts-expect-error what the server said is not to be changed
connection.serverVersion = '';

const result = await connection.query('select 1', { timeoutMs: 100, reqId: 7n, timestamps: 'bigint' });
holds<Same<typeof result, Result<RowObject>>>();
// @ts-expect-error there is no such option
await connection.query('select 1', { timeout: 100 });
for await (const row of result) holds<Same<typeof row, RowObject>>();
for await (const row of result.arrays()) holds<Same<typeof row, Value[]>>();
for await (const batch of result.batches()) {
  holds<Same<typeof batch, Batch>>();
  for (const column of batch.columns) read(column);
}

await using events = subscribe({ names: ['rotation.*', 'connection.failed'], severity: 'warning' });
for await (const event of events) {
  holds<Same<typeof event, Event>>();
  if (event.name === 'connection.failed') console.log(event.time.getTime(), event.fields['code']);
}
// @ts-expect-error a slip in the name of an event is found
subscribe({ names: ['connection.faild'] });
setLogger(console, { severity: 'info' });
setLogger(null);
holds<Same<ReturnType<typeof metrics>, string>>();
await using server = await serveMetrics('127.0.0.1:0');
holds<Same<typeof server, MetricsServer>>();

interface Meter {
  ts: Date;
  current: number;
}
for await (const { ts, current } of await connection.query<Meter>('select ts, current from meters')) {
  holds<Same<typeof ts, Date>>();
  holds<Same<typeof current, number>>();
}
holds<Same<Awaited<ReturnType<Result<Meter>['rows']>>, Meter[]>>();
const affected: number = await connection.execute('insert into t values (now, 1)');
const database: string | null = await connection.database();
const cipher: string | undefined = connection.tls?.cipherSuite;

const issued: IssuedToken = { token: 'x', expiresAt: new Date(), ttlMs: 5, issuedAt: Date.now() };
const given: TokenSource[] = [
  sources.static({ token: 'x' }),
  sources.env(),
  sources.file({ path: '/run/secrets/token', pollInterval: 5 }),
  sources.kubernetes({ directory: '/run/secrets' }),
  sources.callback(() => 'x'),
  sources.callback(async () => issued, { timeoutMs: 100 }),
  sources.parse('file:/run/secrets/token'),
];
given.push(sources.chain(...given), sources.chain('env', 'file:/x'));
// @ts-expect-error a file has a path
sources.file({});
// @ts-expect-error and no other options
sources.file({ path: '/x', pathh: '/y' });
// @ts-expect-error a number is no token
sources.callback(() => 5);
// @ts-expect-error there is no such source
sources.nacoss;
// @ts-expect-error sources come from `sources`
const made: TokenSource = { kind: 'file', toJSON: () => ({ kind: 'file' }) };
const kind: string = given[0]!.kind;

const poolOptions: PoolOptions = { tokenSource: given[0], maxSize: 5, minIdle: '1', tokenGrace: '5m', max_lifetime: 60, bigint: 'string' };
const pool = new Pool(new URL('wss://localhost:6041'), poolOptions);
new Pool({ url: 'wss://localhost', tokenSource: 'env' });
// @ts-expect-error a pool is ended by close()
new Pool('wss://localhost', { signal: AbortSignal.timeout(1000) });
// @ts-expect-error a slip in a name is found
new Pool('wss://localhost', { maxsize: 5 });
const lent = await pool.acquire({ timeoutMs: 100, signal: AbortSignal.timeout(1000) });
holds<Same<typeof lent, Connection>>();
const answered = await pool.query<Meter>('select ts, current from meters', { idempotent: true, timeoutMs: 5 });
holds<Same<typeof answered, Result<Meter>>>();
const changed: number = await pool.execute('insert into t values (now, 1)', { idempotent: true });
await pool.ready({ signal: AbortSignal.timeout(1000), timeoutMs: 1000 });
const status: PoolStatus = pool.status();
const counts: number[] = [status.idle, status.inUse, status.opening, status.stale, status.waiting, status.maxSize, status.generation];
pool.rotate();
pool.revoke();
const left: [string, boolean, number | null] = [pool.name, pool.closed, pool.tokenSecondsLeft];
await pool.close({ timeoutMs: 100 });

function read(column: Column): void {
  const nulls: Uint8Array | null = column.nulls;
  switch (column.type) {
    case 'TIMESTAMP':
      holds<Same<typeof column.values, BigInt64Array>>();
      break;
    case 'VARCHAR':
      holds<Same<ReturnType<typeof column.get>, string | null>>();
      break;
    case 'DECIMAL':
      holds<Same<typeof column.unscaled, BigInt64Array>>();
      break;
    case 'BLOB':
      // @ts-expect-error bytes have no typed array of values
      column.values;
      break;
  }
}

try {
  await connection.close();
} catch (error) {
  if (error instanceof TdsecError) {
    const kind: Kind = error.kind;
    const retry: Retry = error.retry;
    const facts: [string, number, string | null, number | null, boolean] = [
      error.code,
      error.number,
      error.option,
      error.serverCode,
      error.mayHaveRun,
    ];
  }
}
const text: string = new Timestamp(1n, 'ns').toISOString();

async function tokens(connection: Connection): Promise<void> {
  const token = await connection.tokens.create({ name: 'reports', user: 'reader', ttlDays: 1, provider: null });
  holds<Same<typeof token, Token>>();
  await connect('wss://localhost', { bearerToken: token });
  // @ts-expect-error a token is no password
  await connect('wss://localhost', { user: 'root', password: token });
  // @ts-expect-error a user is needed
  await connection.tokens.create({ name: 'reports' });
  // @ts-expect-error made by tokens.create()
  new Token();
  const listed = await connection.tokens.list({ signal: AbortSignal.timeout(5) });
  holds<Same<typeof listed, TokenInfo[]>>();
  holds<Same<TokenInfo['expiresAt'], Date | null>>();
  // @ts-expect-error a list shows no tokens
  listed[0]?.reveal();
  const { tokens }: { tokens: Tokens } = connection;
  await tokens.setTtl('reports', 7);
  sources.callback(async () => token);
}
tokens satisfies (connection: Connection) => Promise<void>;
