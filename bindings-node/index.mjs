// The same classes as for `require`, so that `instanceof` holds whichever way a module came to them.
import tdsec from './index.cjs';

export const { connect, Connection, Pool, sources, Result, Batch, Timestamp, Token, Tokens, TdsecError } = tdsec;
export const { subscribe, setLogger, metrics, serveMetrics, Subscription, MetricsServer, METRICS_CONTENT_TYPE } = tdsec;
