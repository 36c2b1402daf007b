// Compiled by the tests, never run: what the types promise, and (@ts-expect-error) what they refuse.
import { Batch, connect, Connection, Result, TdsecError, Timestamp } from 'tdsec';
import type { Column, ConnectOptions, Kind, Retry, RowObject, Value } from 'tdsec';

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
