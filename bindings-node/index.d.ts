/**
 * tdsec: secure, fast connectivity to TDengine.
 *
 * ```js
 * import { connect } from 'tdsec'
 *
 * const connection = await connect('wss://db.example:6041/power', { bearerToken: process.env.TDSEC_TOKEN })
 * for await (const row of await connection.query('select ts, current from meters limit 10')) {
 *   console.log(row.ts, row.current)
 * }
 * await connection.close()
 * ```
 *
 * A program that runs for long opens a {@link Pool} with a token source and forgets about tokens:
 *
 * ```js
 * const pool = new Pool('wss://db.example:6041/power', { tokenSource: sources.file({ path: '/run/secrets/token' }) })
 * const rows = await (await pool.query('select ts, current from meters limit 10')).rows()
 * ```
 *
 * Nothing blocks the event loop: network, TLS and the decoding of rows run on threads of the library; values are made
 * in slices, between which the loop turns. An open connection or a pool does not keep the process alive, a promise that
 * waits for the server does. Every promise is rejected with a {@link TdsecError}.
 *
 * Values of rows, by the type of the column:
 *
 * | Type | Value |
 * |---|---|
 * | BOOL | `boolean` |
 * | TINYINT, SMALLINT, INT, signed or not, FLOAT, DOUBLE | `number` |
 * | BIGINT, BIGINT UNSIGNED | `bigint`, exact; or what {@link ValueOptions.bigint} says |
 * | TIMESTAMP | `Date` if a Date holds the instant exactly, else {@link Timestamp}; or what {@link ValueOptions.timestamps} says |
 * | DECIMAL, DECIMAL64 | `string`, exact, with all digits of the scale |
 * | VARCHAR, NCHAR, JSON | `string`; JSON is not parsed |
 * | VARBINARY, GEOMETRY, BLOB | `Buffer`, a copy of its own; GEOMETRY is well-known binary |
 * | NULL of any type | `null` |
 *
 * @packageDocumentation
 */

/// <reference types="node" />

import type { EventName, KindSources, OtherSpelling, RegistryOptions } from './generated.js';

export * from './generated.js';

/**
 * Connects to a server and logs in.
 *
 * @param address The address in the spelling of any TDengine connector, such as `wss://host:6041/db?bearerToken=…`. What
 * is said in the address may not be said again in the options.
 * @throws {TdsecError} what is wrong with options (kind `config`), certificates (`tls`), network (`network`, `timeout`)
 * or credential (`auth`); `CANCELLED` if `signal` is aborted. A refused credential is never tried again.
 */
export function connect(address: string | URL, options?: ConnectOptions): Promise<Connection>;
/** Connects with options alone; the address is `address` or its alias `url`, or `host`. */
export function connect(options: ConnectOptions): Promise<Connection>;

/** How values of rows are shown. Given to `connect`, it holds for all queries that say nothing else. */
export interface ValueOptions {
  /**
   * BIGINT and BIGINT UNSIGNED as BigInt, as number, or as decimal text. As number, a value beyond ±(2^53 − 1) is the error
   * `VALUE_OUT_OF_RANGE`, never a rounded one.
   * @default 'bigint'
   */
  bigint?: 'bigint' | 'number' | 'string' | null | undefined;
  /**
   * TIMESTAMP as `Date` (with {@link Timestamp} where a Date would lose something: µs, ns, or beyond its range), or as
   * BigInt in the precision of the result.
   * @default 'date'
   */
  timestamps?: 'date' | 'bigint' | null | undefined;
}

/**
 * Options of {@link connect}. `undefined` and `null` count as not given; but if a credential is given so and no other one
 * is there, that is an error instead of a login with the default password.
 *
 * The names are those of the core's registry ({@link RegistryOptions}). Every spelling of another connector works too
 * (`useSSL`, `td.connect.token`, …); case, `_` and `-` do not matter.
 */
export interface ConnectOptions extends ValueOptions, RegistryOptions, OtherSpellings {
  /** Another name of `address`. */
  url?: string | URL | null | undefined;
  /** Aborting it ends the attempt with `CANCELLED`. */
  signal?: AbortSignal | null | undefined;
}

/** A value of an option: numbers and booleans count as their text. */
export type OptionValue = string | number | boolean | bigint;

/** The options in the spellings of other connectors, and as the registry writes them. */
export type OtherSpellings = { [name in OtherSpelling]?: OptionValue | null | undefined };

/** Options of {@link Pool}: those of {@link connect} and where tokens come from. */
export interface PoolOptions extends Omit<ConnectOptions, 'signal'> {
  /**
   * Where tokens come from: one of {@link sources}, a text such as `file:/run/secrets/token`, or a function as for
   * {@link Sources.callback}. Not beside `bearerToken` or `password`. `null` and `undefined`, as of a variable that is not
   * set, are no login with the default password: without another credential they are `INVALID_ARGUMENT`.
   * @default none: the credential of the other options is used for ever
   */
  tokenSource?: TokenSource | string | GivesToken | null | undefined;
  signal?: never;
}

/** Options of a wait. */
export interface WaitOptions {
  /** Aborting it ends the wait with `CANCELLED`; `cause` is the signal's reason. */
  signal?: AbortSignal | null | undefined;
}

/** Options of {@link Pool.acquire} and {@link Pool.ready}. */
export interface AcquireOptions extends WaitOptions {
  /**
   * How long to wait for a connection, in milliseconds; 0: not at all.
   * @default the pool's `acquireTimeout`
   */
  timeoutMs?: number | null | undefined;
}

/** Options of {@link Pool.close}. */
export interface CloseOptions {
  /**
   * How long to wait for connections that are lent, in milliseconds, before they are cut.
   * @default 5000
   */
  timeoutMs?: number | null | undefined;
}

/** What a pool has at the moment. */
export interface PoolStatus {
  /** Connections at rest. */
  readonly idle: number;
  /** Connections lent. */
  readonly inUse: number;
  /** Connections being opened. */
  readonly opening: number;
  /** Connections of an earlier token or past their lifetime that are still to be replaced. */
  readonly stale: number;
  /** Callers that wait. */
  readonly waiting: number;
  /** Most connections. */
  readonly maxSize: number;
  /** The credential in use, or the last one that was while another is awaited: each that is tried takes a number, from 1 on; 0 before the first. */
  readonly generation: number;
}

/**
 * Connections to one cluster that are opened ahead and lent, for one application or tenant. With a token source the pool
 * fetches the next token before the present one ends, tries it on a few connections and goes back by itself if it fails;
 * statements never notice.
 *
 * A pool that nobody refers to any more closes itself; a connection that it has lent and a result that is not read to its end
 * refer to it. Functions that it asks, for tokens or one-time codes, live as long as the pool and may refer to it.
 * `console.log` and `JSON.stringify` show no secret.
 */
export class Pool implements AsyncDisposable {
  /**
   * Makes a pool and starts to fill it in the background; a server that is away is no error here.
   *
   * @param address As for {@link connect}.
   * @throws {TdsecError} what is wrong with options; `CREDENTIAL_CONFLICT` for a source beside another credential;
   * `INSECURE_TRANSPORT` and `DANGEROUS_OPTION` where a token would be exposed
   */
  constructor(address: string | URL, options?: PoolOptions);
  /** Makes a pool with options alone; the address is `address` or its alias `url`, or `host`. */
  constructor(options: PoolOptions);
  /**
   * A connection, which behaves as one opened by {@link connect}: `close()`, or the end of an `await using`, gives it back.
   * Who comes first is served first.
   *
   * @throws {TdsecError} `ACQUIRE_TIMEOUT` if all stayed in use; what is wrong with server, certificate, credential or
   * token source if none can be opened; `CANCELLED`, `CLOSED`
   */
  acquire(options?: AcquireOptions | null): Promise<Connection>;
  /**
   * Runs one statement on some connection, which is given back when its rows have been read or the result is closed.
   *
   * If the connection breaks, a statement that only reads, or is marked as `idempotent`, or was never sent, is run again on
   * another one; any other is rejected with an error that says that it may have run. Once rows have come nothing is
   * repeated. `timeoutMs` does not cover the wait for a connection, which the option `acquireTimeout` limits.
   *
   * @throws {TdsecError} as {@link Pool.acquire} and {@link Connection.query}
   */
  query<Row extends object = RowObject>(sql: string, options?: QueryOptions | null): Promise<Result<Row>>;
  /**
   * Runs a statement without rows on some connection; the number of rows it changed.
   *
   * @throws {TdsecError} as {@link Pool.query}
   */
  execute(sql: string, options?: QueryOptions | null): Promise<number>;
  /**
   * Waits until a connection is there: for programs that want to know at their start.
   *
   * @throws {TdsecError} as {@link Pool.acquire}
   */
  ready(options?: AcquireOptions | null): Promise<void>;
  /** Asks the source for the next token now, instead of when it is due. Does not wait for it. Without a source nothing happens. */
  rotate(): void;
  /**
   * The token in use, the newest one, has leaked: takes every connection off it within seconds. The pool goes back to the token
   * before while the grace period of that lasts, else it waits for another one of the source. Statements still running after
   * three seconds end with `TOKEN_REVOKED`. The server still takes the token: drop it there too. Without a source nothing
   * happens: close the pool and make another one.
   */
  revoke(): void;
  /** What there is at the moment. */
  status(): PoolStatus;
  /**
   * Closes what is at rest at once and what is lent when it comes back, waits until all of it is closed, and cuts what is
   * still lent after `timeoutMs`. Idempotent.
   */
  close(options?: CloseOptions | null): Promise<void>;
  /** {@link Pool.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
  /** Name in events and metrics: the option `poolName`, or `pool-1`, `pool-2`, …. */
  readonly name: string;
  /** True after {@link Pool.close}. */
  readonly closed: boolean;
  /** How long the token in use still lives; null without a source, before the first token, and while none is in use because it was refused or revoked. */
  readonly tokenSecondsLeft: number | null;
  /** What may be shown of it. */
  toJSON(): { name: string; closed: boolean; status: PoolStatus; tokenSecondsLeft: number | null };
}

/**
 * Where the tokens of a pool come from, made by a function of {@link sources}. Several pools may have one. `console.log`
 * shows its kind alone.
 */
declare class TokenSource {
  #private;
  private constructor();
  /** Its kind: `file`, `callback`, `chain`. */
  readonly kind: string;
  /** What may be shown of it. */
  toJSON(): { kind: string };
}
export type { TokenSource };

/**
 * What a function that is a token source may give besides a text. Without any of the times the option `tokenTtl` counts.
 * `expires_at` and `issued_at` are understood too; any other property that speaks of a time, such as `expires_in`, is
 * `SOURCE_INVALID`.
 */
export interface IssuedToken {
  token: string;
  /** When it expires; a number is milliseconds or seconds since 1970, a text as in `2026-01-31T12:00:00Z`. */
  expiresAt?: Date | number | string | null | undefined;
  /** How long it lives from its issue, in milliseconds; 0 says nothing. */
  ttlMs?: number | null | undefined;
  /** The same in seconds, or a text as in `24h`. */
  ttl?: number | string | null | undefined;
  /** When it was issued, as `expiresAt`. */
  issuedAt?: Date | number | string | null | undefined;
  /**
   * Fingerprints of earlier tokens that leaked, of twelve hexadecimal digits each, by comma or blank: pools leave those tokens
   * at once. Anything else is `SOURCE_INVALID`.
   */
  revoked?: string | null | undefined;
  /** {@link IssuedToken.expiresAt} */
  expires_at?: Date | number | string | null | undefined;
  /** {@link IssuedToken.issuedAt} */
  issued_at?: Date | number | string | null | undefined;
}

/** A function that gives a token, at once or later. */
export type GivesToken = () => string | IssuedToken | Token | Promise<string | IssuedToken | Token>;

/** Options of {@link Sources.callback}. */
export interface CallbackOptions {
  /**
   * How long an answer may take, in milliseconds; a pool waits for a minute at most.
   * @default 30000
   */
  timeoutMs?: number | null | undefined;
}

/** Functions that make token sources. Nothing is opened before a pool asks. */
export interface Sources extends KindSources {
  /**
   * Tokens of a function of the program, which is asked whenever one is due; it may be asynchronous.
   *
   * What it throws becomes `SOURCE_UNAVAILABLE` with class and message, and so does an answer that takes too long; an
   * answer that is no token is `SOURCE_INVALID`.
   *
   * @throws {TdsecError} `INVALID_ARGUMENT`
   */
  callback(give: GivesToken, options?: CallbackOptions | null): TokenSource;
  /**
   * Several sources, texts or functions: they are asked in turn, and the first that gives a token counts.
   *
   * @throws {TdsecError} `INVALID_ARGUMENT` for none
   */
  chain(...sources: readonly (TokenSource | string | GivesToken)[]): TokenSource;
  /**
   * A source of one text, as configuration files have it: `file:/run/secrets/token`, or `kind:option=value;option=value`.
   *
   * @throws {TdsecError} `OPTION_UNKNOWN`, `OPTION_INVALID` and the other codes of options; the text is never repeated
   */
  parse(text: string): TokenSource;
}

/** Where the tokens of a {@link Pool} come from. */
export const sources: Sources;

/** Options of one statement. */
export interface QueryOptions extends ValueOptions {
  /**
   * How long the server may take for the statement, and then for each block of its rows, in milliseconds.
   * @default the connection's `requestTimeout`
   */
  timeoutMs?: number | null | undefined;
  /**
   * The request id under which the server logs the statement: not 0, not in flight, 64 bits without sign.
   * @default a fresh one
   */
  reqId?: number | bigint | null | undefined;
  /**
   * Running the statement twice is as good as once: a pool may send it again after a lost connection, even if it may have
   * run. Statements that only read are taken for idempotent anyway. A single connection repeats nothing.
   * @default false
   */
  idempotent?: boolean | null | undefined;
  /**
   * Aborting it rejects the query, or the reading of its rows, with `CANCELLED`; `cause` is the signal's reason. The
   * connection stays usable. Whether the server runs the statement to its end is its own matter.
   */
  signal?: AbortSignal | null | undefined;
}

/** The facts of one X.509 certificate. */
export interface Certificate {
  /** Distinguished name of its owner. */
  readonly subject: string;
  /** Distinguished name of who issued it. */
  readonly issuer: string;
  /** Subject alternative names: DNS names and IP addresses. */
  readonly names: readonly string[];
  /** Serial number, hexadecimal. */
  readonly serial: string;
  /** Start of its validity. */
  readonly notBefore: Date;
  /** End of its validity. */
  readonly notAfter: Date;
  /** Whole days until it ends by the clock of this machine when `tls` was read, negative once it has. */
  readonly daysLeft: number;
  /** Kind of key: `EC P-256`, `RSA 2048`, `Ed25519`. */
  readonly key: string;
  /** Signature algorithm: `ecdsa-with-SHA256`. */
  readonly signature: string;
  /** X.509 version: 1 or 3. */
  readonly version: number;
  /** It may issue others. */
  readonly isCa: boolean;
  /** SHA-256 of its public key as `tlsPin` takes it: `sha256//…`. */
  readonly pin: string;
  /** SHA-256 of the whole certificate, 64 hexadecimal digits. */
  readonly fingerprint: string;
}

/** What TLS negotiated, and by which certificates. */
export interface TlsSummary {
  /** `TLSv1.3` or `TLSv1.2`. */
  readonly version: string;
  /** IANA name of the cipher suite. */
  readonly cipherSuite: string;
  /** Whether an earlier session was resumed. */
  readonly resumed: boolean;
  /** The key exchange, such as `X25519MLKEM768`; empty where a resumed session had none of its own. */
  readonly keyExchange: string;
  /** The server's certificates, its own first; those of the first handshake if the session was resumed. */
  readonly certificates: readonly Certificate[];
  /** The certificates sent to the server, the client's own first; empty without one. */
  readonly clientCertificates: readonly Certificate[];
}

/** The state of the service behind the connection. */
export interface ServerStatus {
  /** 0 unavailable, 1 network ok, 2 service ok, 3 degraded, 4 exiting. */
  readonly status: number;
  /** The server's words, often empty. */
  readonly details: string;
}

/**
 * A logged-in connection: one WebSocket, any number of statements at the same time. Made by {@link connect}, or lent by
 * {@link Pool.acquire}.
 *
 * Statements in flight at the same time are run concurrently by the server: await one before starting the next if the
 * order matters. Nothing is ever sent twice. `console.log` and `JSON.stringify` show no secret.
 */
export class Connection implements AsyncDisposable {
  private constructor();
  /**
   * Runs one SQL statement.
   *
   * @throws {TdsecError} `SYNTAX_ERROR` and the other codes of the server; `REQUEST_TIMEOUT`, `CONNECTION_LOST` with
   * {@link TdsecError.mayHaveRun}; `CANCELLED`, `CLOSED`, `INVALID_ARGUMENT`
   */
  query<Row extends object = RowObject>(sql: string, options?: QueryOptions | null): Promise<Result<Row>>;
  /**
   * Runs a statement without rows; the number of rows it changed. Rows, if there are any, are thrown away.
   *
   * @throws {TdsecError} as {@link Connection.query}
   */
  execute(sql: string, options?: QueryOptions | null): Promise<number>;
  /** Tokens made and taken back by SQL. */
  readonly tokens: Tokens;
  /** The session's database as `USE` left it; null if there is none. */
  database(): Promise<string | null>;
  /** Whether the service behind the gateway answers: a round trip without a statement. */
  status(): Promise<ServerStatus>;
  /**
   * Closes the socket; statements in flight get `CLOSED`. Idempotent. Takes at most a few seconds.
   *
   * A connection of a pool is given back instead. With a statement in flight or a result not read to its end it is closed,
   * and the pool opens another one.
   */
  close(): Promise<void>;
  /** {@link Connection.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
  /** Version of the server, as it says: `3.4.1.13`. */
  readonly serverVersion: string;
  /** `host:port` this connection leads to. */
  readonly endpoint: string;
  /** What TLS negotiated; null on a plain connection. */
  readonly tls: TlsSummary | null;
  /** True once the connection is closed or lost. */
  readonly closed: boolean;
  /** What may be shown of it. */
  toJSON(): { endpoint: string; serverVersion: string; tls: TlsSummary | null; closed: boolean };
}

/**
 * The tokens that the user of a connection may see and change: {@link Connection.tokens}. `root` sees and changes
 * everybody's, others their own; a token cannot change itself.
 *
 * ```js
 * const token = await connection.tokens.create({ name: 'reports', user: 'reader', ttlDays: 1 })
 * const reports = await connect('wss://db.example:6041', { bearerToken: token })
 * ```
 *
 * TDengine Enterprise 3.4 and newer has tokens, others answer `NOT_SUPPORTED`. Names that cannot be are `INVALID_ARGUMENT`
 * before anything is sent. All methods reject with what {@link Connection.query} rejects with.
 */
export class Tokens {
  private constructor();
  /**
   * Makes a token, which is shown this once. In a cluster it may take seconds until it can be used.
   *
   * @throws {TdsecError} `SERVER_ERROR` if the name is taken or the user has as many tokens as it may have;
   * `PERMISSION_DENIED`, `INVALID_ARGUMENT`, `NOT_SUPPORTED`
   */
  create(token: NewToken, options?: WaitOptions | null): Promise<Token>;
  /** All tokens this user may see; none on a server without tokens. */
  list(options?: WaitOptions | null): Promise<TokenInfo[]>;
  /** Allows its use. */
  enable(name: string, options?: WaitOptions | null): Promise<void>;
  /** Forbids its use: logins with it get `TOKEN_DISABLED`. Sessions that are open go on. */
  disable(name: string, options?: WaitOptions | null): Promise<void>;
  /** It lives so many days from now on; 0: for ever. */
  setTtl(name: string, days: number, options?: WaitOptions | null): Promise<void>;
  /** Removes it for ever; one that is not there is no error. Sessions that are open go on. */
  drop(name: string, options?: WaitOptions | null): Promise<void>;
}

/** What {@link Tokens.create} makes. */
export interface NewToken {
  /** Unique in the cluster: at most 31 letters, digits and underscores, not beginning with a digit. */
  name: string;
  /** Whom it logs in. */
  user: string;
  /**
   * Days it lives; 0: for ever.
   * @default 1
   */
  ttlDays?: number | null | undefined;
  /**
   * Whether it can be used at once.
   * @default true
   */
  enabled?: boolean | null | undefined;
  /** Who makes it: at most 63 bytes. */
  provider?: string | null | undefined;
  /** Free text of at most 1023 bytes. */
  extraInfo?: string | null | undefined;
}

/**
 * A new token: may be given as `bearerToken`, and by a function that is a token source. `console.log` and `JSON.stringify`
 * show a fingerprint.
 */
export class Token {
  private constructor();
  /** The token itself, a secret. */
  reveal(): string;
  /** Twelve hexadecimal digits that stand for it in logs, events and metrics. */
  readonly fingerprint: string;
  /** When it was issued, by the clock of this machine. */
  readonly issuedAt: Date | null;
  /** When it ends; null: never. */
  readonly expiresAt: Date | null;
  /** What may be shown of it. */
  toJSON(): { fingerprint: string; issuedAt: Date | null; expiresAt: Date | null };
}

/** A token as the server lists it. The token itself is shown by {@link Tokens.create} only. */
export interface TokenInfo {
  /** Unique in the cluster. */
  readonly name: string;
  /** Whom it logs in. */
  readonly user: string;
  /** Who made it; often empty. */
  readonly provider: string;
  /** Whether it may be used. */
  readonly enabled: boolean;
  /** When it was made. */
  readonly createdAt: Date | null;
  /** When it ends; null: never. */
  readonly expiresAt: Date | null;
  /** Free text; often empty. */
  readonly extraInfo: string;
}

/** What a row holds. */
export type Value = null | boolean | number | bigint | string | Date | Timestamp | Buffer;

/** A row by the names of its columns. Of columns of one name the last one counts; {@link Result.arrays} has them all. */
export interface RowObject {
  [column: string]: Value;
}

/** Name of a type, as SQL says it. */
export type TypeName =
  | 'BOOL'
  | 'TINYINT'
  | 'SMALLINT'
  | 'INT'
  | 'BIGINT'
  | 'FLOAT'
  | 'DOUBLE'
  | 'VARCHAR'
  | 'TIMESTAMP'
  | 'NCHAR'
  | 'TINYINT UNSIGNED'
  | 'SMALLINT UNSIGNED'
  | 'INT UNSIGNED'
  | 'BIGINT UNSIGNED'
  | 'JSON'
  | 'VARBINARY'
  | 'DECIMAL'
  | 'BLOB'
  | 'MEDIUMBLOB'
  | 'GEOMETRY'
  | 'DECIMAL64';

/** Unit of timestamps: milliseconds, microseconds, nanoseconds. */
export type Precision = 'ms' | 'us' | 'ns';

/** Description of a column. */
export interface ColumnInfo {
  readonly name: string;
  readonly type: TypeName;
  /** Declared length as the server reports it. */
  readonly length: number;
  /** Digits of a decimal, else 0. */
  readonly precision: number;
  /** Digits of a decimal after the point, else 0. */
  readonly scale: number;
}

/** A result's rows or batches in their order. Leaving a `for await` early closes the result. */
export interface Reader<T> extends AsyncIterableIterator<T> {
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): Reader<T>;
  /** All that is left. */
  toArray(): Promise<T[]>;
}

/**
 * The answer to a statement: rows to be read once, in one of the ways below, or a number of changed rows.
 * A second way is the error `RESULT_CONSUMED`. A result that is not read to its end should be closed.
 */
export class Result<Row extends object = RowObject> implements AsyncIterable<Row>, AsyncDisposable {
  private constructor();
  /** The columns; empty for a statement without rows. */
  readonly columns: readonly ColumnInfo[];
  /** Unit of all timestamps in the result. */
  readonly precision: Precision;
  /** True for a statement without rows (INSERT, DDL, USE). */
  readonly isUpdate: boolean;
  /** Rows changed; 0 for a statement with rows. */
  readonly affectedRows: number;
  /**
   * Rows as objects, while they arrive: `for await (const row of result)`.
   *
   * @throws {TdsecError} while reading: `REQUEST_TIMEOUT`, `CONNECTION_LOST`, `CANCELLED`, the server's codes,
   * `INVALID_UTF8`, `VALUE_OUT_OF_RANGE`
   */
  [Symbol.asyncIterator](): Reader<Row>;
  /** Rows as arrays, while they arrive. */
  arrays<Values extends readonly unknown[] = Value[]>(): Reader<Values>;
  /** Blocks of rows as columns, while they arrive: typed arrays, no value is made that is not asked for. */
  batches(): Reader<Batch>;
  /** All rows as objects. */
  rows(): Promise<Row[]>;
  /** The same as {@link Result.rows}. */
  toArray(): Promise<Row[]>;
  /** Frees what was not read; reading on gives `CLOSED`. Idempotent. */
  close(): Promise<void>;
  /** {@link Result.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** One block of rows, column by column. All columns share one ArrayBuffer, which belongs to the batch alone. */
export class Batch {
  private constructor();
  /** Number of rows, at least 1. */
  readonly rows: number;
  /** Unit of all timestamps. */
  readonly precision: Precision;
  readonly columns: readonly Column[];
  /** The column at this index, or the first one of this name. */
  column(nameOrIndex: string | number): Column;
  /** The rows as objects, made at once. */
  toArray(): RowObject[];
  /** The rows as arrays, made at once. */
  toArrays(): Value[][];
}

/** A column of a batch, told apart by `type`. */
export type Column =
  | NumberColumn
  | BoolColumn
  | BigIntColumn
  | TimestampColumn
  | DecimalColumn
  | TextColumn
  | BinaryColumn;

/** What every column has. */
export interface ColumnBase<T> {
  readonly name: string;
  /** Number of rows. */
  readonly rows: number;
  /** A byte for each row, not 0 = NULL; null if nothing is NULL. */
  readonly nulls: Uint8Array | null;
  isNull(row: number): boolean;
  /** The value of a row as rows show it. */
  get(row: number): T | null;
  /** All values as rows show them. */
  toArray(): (T | null)[];
}

/** A column of numbers. */
export interface NumberColumn extends ColumnBase<number> {
  readonly type:
    | 'TINYINT'
    | 'SMALLINT'
    | 'INT'
    | 'FLOAT'
    | 'DOUBLE'
    | 'TINYINT UNSIGNED'
    | 'SMALLINT UNSIGNED'
    | 'INT UNSIGNED';
  /** Int8Array to Float64Array, as the type is; anything where a row is NULL. */
  readonly values: Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;
}

/** A column of booleans. */
export interface BoolColumn extends ColumnBase<boolean> {
  readonly type: 'BOOL';
  /** 0 is false; anything where a row is NULL. */
  readonly values: Uint8Array;
}

/** A column of 64-bit integers. */
export interface BigIntColumn extends ColumnBase<bigint | number | string> {
  readonly type: 'BIGINT' | 'BIGINT UNSIGNED';
  /** BigUint64Array for BIGINT UNSIGNED; anything where a row is NULL. */
  readonly values: BigInt64Array | BigUint64Array;
}

/** A column of timestamps. */
export interface TimestampColumn extends ColumnBase<Date | Timestamp | bigint> {
  readonly type: 'TIMESTAMP';
  /** Time since 1970-01-01 UTC in the batch's precision; anything where a row is NULL. */
  readonly values: BigInt64Array;
}

/** Values of different length, one after the other. */
export interface VariableColumn<T> extends ColumnBase<T> {
  /** `rows + 1` places in `data`; row `r` is `data.subarray(offsets[r], offsets[r + 1])`. Arrow's layout. */
  readonly offsets: Int32Array;
  readonly data: Buffer;
  /** The bytes of a row without a copy: a view that keeps the batch in memory. */
  bytes(row: number): Buffer | null;
}

/** A column of text. `data` is UTF-8. */
export interface TextColumn extends VariableColumn<string> {
  readonly type: 'VARCHAR' | 'NCHAR' | 'JSON';
}

/** A column of bytes. */
export interface BinaryColumn extends VariableColumn<Buffer> {
  readonly type: 'VARBINARY' | 'BLOB' | 'MEDIUMBLOB' | 'GEOMETRY';
}

/** A column of exact decimal numbers. `data` is their text. */
export interface DecimalColumn extends VariableColumn<string> {
  readonly type: 'DECIMAL' | 'DECIMAL64';
  /** Digits. */
  readonly precision: number;
  /** Digits after the point. */
  readonly scale: number;
  /** All digits as integers: one word a row for DECIMAL64, two for DECIMAL, the low one (without sign) first. */
  readonly unscaled: BigInt64Array;
}

/** A point in time in µs or ns, or beyond what a Date holds. */
export class Timestamp {
  /** @throws {TdsecError} `INVALID_ARGUMENT` */
  constructor(epoch: bigint, precision: Precision);
  /** Time since 1970-01-01 UTC in the precision. */
  readonly epoch: bigint;
  readonly precision: Precision;
  /** The millisecond it lies in. */
  toDate(): Date;
  /**
   * `2024-01-31T12:00:00.123456789Z`, all digits of the precision.
   * @throws {RangeError} beyond the range of a Date
   */
  toISOString(): string;
  /** As `toISOString`, or number and unit beyond the range of a Date. */
  toString(): string;
  toJSON(): string;
  /** The epoch: timestamps of one precision can be compared by `<`. */
  valueOf(): bigint;
}

/** What a failure is about. */
export type Kind =
  | 'config'
  | 'auth'
  | 'tls'
  | 'network'
  | 'timeout'
  | 'usage'
  | 'protocol'
  | 'server'
  | 'data'
  | 'internal';

/** Whether trying again makes sense, and with what. */
export type Retry = 'never' | 'same_connection' | 'new_connection' | 'new_credential';

/** The one error of tdsec. Its fields come from the table of codes that all languages share. It contains no secret. */
export class TdsecError extends Error {
  private constructor();
  readonly name: 'TdsecError';
  /** Stable name of the code: `TOKEN_EXPIRED`. */
  readonly code: string;
  /** Stable number of the code. */
  readonly number: number;
  /** What the failure is about. */
  readonly kind: Kind;
  /** Whether trying again makes sense. */
  readonly retry: Retry;
  /** What to do about it. */
  readonly remedy: string;
  /** The option that is wrong, by its name in the registry; null if it is none. */
  readonly option: string | null;
  /** The server's own number as it came over the wire; null if the server did not speak. */
  readonly serverCode: number | null;
  /** The server's own words. */
  readonly serverMessage: string | null;
  /** True if the server may have executed the statement although no answer arrived. */
  readonly mayHaveRun: boolean;
  /** The underlying error: of TLS, of the system; the reason of an AbortSignal. */
  readonly cause?: unknown;
}

/** How much an event matters. */
export type Severity = 'debug' | 'info' | 'warning' | 'error';

/** One thing that happened. No event holds a token: fingerprints stand for them. */
export interface Event {
  readonly name: EventName;
  readonly severity: Severity;
  /** When it happened. */
  readonly time: Date;
  /** What is known of it, by the names of docs/events.md. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  /** Everything in one line, for a log. */
  readonly text: string;
}

/** Which events a subscription gets. */
export interface SubscribeOptions {
  /** Events, or groups of them such as `rotation.*`. @default all */
  names?: Iterable<EventName | `${string}.*`> | null | undefined;
  /** The least. @default 'debug' */
  severity?: Severity | null | undefined;
  /** Only those of the pool of this name. */
  pool?: string | null | undefined;
  /** Aborting it closes the subscription. */
  signal?: AbortSignal | null | undefined;
}

/**
 * Events of the library from now on: `for await (const event of subscribe({ names: ['rotation.*'] }))`.
 *
 * @throws {TdsecError} `INVALID_ARGUMENT` for a name that no event has
 */
export function subscribe(options?: SubscribeOptions): Subscription;

/**
 * Events in a queue of 1024. A reader that is too slow gets the event `events.lost` with the number of those thrown away.
 * It does not keep the process alive, and one that nobody refers to ends by itself. Leaving a `for await` closes it.
 */
export class Subscription implements AsyncIterableIterator<Event>, AsyncDisposable {
  private constructor();
  /** The next event; done once it is closed and read to its end. */
  next(): Promise<IteratorResult<Event, undefined>>;
  /** The next event if it is there already. */
  ready(): Event | null;
  /** Closes it. */
  return(): Promise<IteratorResult<Event, undefined>>;
  /** No more events; what has arrived can still be read. Idempotent. */
  close(): void;
  /** True once it is closed. */
  readonly closed: boolean;
  [Symbol.asyncIterator](): Subscription;
  /** {@link Subscription.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What takes log lines: `console`, winston and others. Fields come beside the line; pino takes the line alone. */
export interface Logger {
  debug(text: string, fields: object): unknown;
  info(text: string, fields: object): unknown;
  warn(text: string, fields: object): unknown;
  error(text: string, fields: object): unknown;
}

/**
 * Hands every event from now on to `logger`, instead of the one before; null for none, which is the default: nothing is
 * printed. The logger is called on the main thread; at the end of the process with what is left.
 */
export function setLogger(logger: Logger | null, options?: { severity?: Severity | null | undefined }): void;

/** All metrics of the process in Prometheus' text format 0.0.4; may be appended to that of `prom-client`. docs/metrics.md lists them. */
export function metrics(): string;

/** Media type of {@link metrics}. */
export const METRICS_CONTENT_TYPE: string;

/**
 * Serves the metrics at `http://ADDRESS/metrics`, on a thread of the library. It does not keep the process alive.
 *
 * @param address `IP:port`, port 0 for a free one; by default `127.0.0.1:9464`
 * @param options An address that is not loopback is refused unless `dangerAnyAddress`: there is neither encryption nor a
 * password.
 * @throws {TdsecError} `INVALID_ARGUMENT`; `LISTEN_FAILED` if the port is taken
 */
export function serveMetrics(
  address?: string,
  options?: { dangerAnyAddress?: boolean | null | undefined },
): Promise<MetricsServer>;

/** A running endpoint. */
export class MetricsServer implements AsyncDisposable {
  private constructor();
  /** `IP:port`, with the port that was found. */
  readonly address: string;
  /** Stops. Idempotent. */
  close(): void;
  /** {@link MetricsServer.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
