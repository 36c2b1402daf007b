// The same types by `require`.
import tdsec = require('tdsec');

async function version(url: string): Promise<string> {
  const connection: tdsec.Connection = await tdsec.connect(url, { tlsCa: 'ca.pem' });
  try {
    return connection.serverVersion;
  } finally {
    await connection[Symbol.asyncDispose]();
  }
}

async function pooled(url: string): Promise<number> {
  const pool: tdsec.Pool = new tdsec.Pool(url, { tokenSource: tdsec.sources.env({ name: 'TOKEN' }) });
  try {
    return await pool.execute('insert into t values (now, 1)');
  } finally {
    await pool[Symbol.asyncDispose]();
  }
}

pooled('wss://localhost').catch(() => undefined);
version('wss://localhost').catch((error: unknown) => error instanceof tdsec.TdsecError && error.code);
