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

version('wss://localhost').catch((error: unknown) => error instanceof tdsec.TdsecError && error.code);
