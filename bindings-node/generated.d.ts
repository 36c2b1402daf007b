// What the core's tables say, written by `node scripts/options-dts.mjs`.

import type { Token, TokenSource } from './index.js';

/** The options of the core's registry: part of {@link ConnectOptions}. */
export interface RegistryOptions {
  /**
   * The whole address in the spelling of any connector; only as a keyword, never inside an address.
   * @default required, unless `host` is given
   */
  address?: string | URL | null | undefined;
  /**
   * Hosts, each with an optional port: `h1:6041,h2,[::1]:6042`.
   * @default from the address
   */
  host?: string | readonly string[] | null | undefined;
  /**
   * Port of every host that names none. 6041 also with TLS; TDengine Cloud needs `:443`.
   * @default 6041
   */
  port?: number | string | null | undefined;
  /**
   * Database that is current after the login.
   * @default none
   */
  database?: string | null | undefined;
  /**
   * `websocket` (or `ws`, which says nothing about TLS here) or `wss`. tdsec has no native protocol.
   * @default `websocket`
   */
  protocol?: string | null | undefined;
  /**
   * Token of `CREATE TOKEN`. Alone: no user name or password beside it. It is sent in the login message, never in a
   * URL. Secret: never shown.
   * @default none
   */
  bearerToken?: string | Token | null | undefined;
  /**
   * User name. Needs a password.
   * @default `root`, if there is no token
   */
  user?: string | null | undefined;
  /**
   * Password. Secret: never shown.
   * @default `taosdata`, if there is neither token nor user
   */
  password?: string | null | undefined;
  /**
   * One-time code of six digits, beside user name and password; or a callback that is asked for one at each login.
   * Secret: never shown.
   * @default none
   */
  totpCode?: string | (() => string | Promise<string>) | null | undefined;
  /**
   * Encrypt and authenticate. `false` beside `wss` is a conflict.
   * @default `true` with `wss`, `false` with `ws`; without either, `true` if any TLS option is set
   */
  tls?: boolean | string | null | undefined;
  /**
   * The CAs to trust, PEM or DER: a file, a directory of files (`.pem`, `.crt`, `.cer`, `.der` and OpenSSL's hashed
   * names), or the certificates themselves. Replaces the system's roots unless `tls_system_roots=true`. Read again
   * when it changes.
   * @default none
   */
  tlsCa?: string | Uint8Array | null | undefined;
  /**
   * Trust the roots of the operating system.
   * @default `true`, unless `tls_ca` or `tls_pin` is given
   */
  tlsSystemRoots?: boolean | string | null | undefined;
  /**
   * SHA-256 of the server's public key (SPKI): 64 hexadecimal digits or `sha256//` and base64. Alone it replaces the
   * roots; with `tls_ca` or `tls_system_roots=true` both must hold.
   * @default none
   */
  tlsPin?: string | readonly string[] | null | undefined;
  /**
   * Name or address the server's certificate has to be for, where the host is only the way there: a forwarded port, a
   * tunnel, an address in a cluster. It is verified like a host, and sent as SNI.
   * @default the host
   */
  tlsServerName?: string | null | undefined;
  /**
   * Revocation lists of the CAs, PEM or DER: a file, a directory of files (also `.crl`), or the lists themselves.
   * Read again when it changes: the next connect refuses what was revoked meanwhile.
   * @default none
   */
  tlsCrl?: string | Uint8Array | null | undefined;
  /**
   * `soft` refuses a server known as revoked, by `tls_crl` or by the OCSP answer it staples; `hard` also one whose
   * state nobody told, and expired lists; `off` asks nothing.
   * @default `soft`
   */
  tlsRevocation?: string | null | undefined;
  /**
   * Offer the hybrid key exchange X25519MLKEM768 first, where the cryptographic provider has it.
   * @default `true`
   */
  tlsPostQuantum?: boolean | string | null | undefined;
  /**
   * The client's certificate with its intermediates: PEM, DER or PKCS#12. Alone it is the credential, or beside
   * `bearer_token`; not beside a password. Read again when it changes; a pair that does not match, is half-written or
   * has expired is refused and the earlier one stays.
   * @default none
   */
  tlsCert?: string | Uint8Array | null | undefined;
  /**
   * The certificate's private key: PKCS#8, SEC 1 or PKCS#1, PEM or DER. Secret: never shown.
   * @default in `tls_cert`
   */
  tlsKey?: string | Uint8Array | null | undefined;
  /**
   * Passphrase of an encrypted key (PKCS#8 or PKCS#12). Secret: never shown.
   * @default none
   */
  tlsKeyPassphrase?: string | null | undefined;
  /**
   * Where the passphrase is read from whenever the key is: `env:NAME` or `file:PATH` (its first line).
   * @default none
   */
  tlsKeyPassphraseSource?: string | null | undefined;
  /**
   * A key file that others than its owner may read: `warn`, `refuse` or `ignore`.
   * @default `warn`
   */
  tlsKeyPermissions?: string | null | undefined;
  /**
   * Versions to offer; 1.2 and 1.3 exist. Not beside `tls_min_version` or `tls_max_version`.
   * @default `TLSv1.2,TLSv1.3`
   */
  tlsVersion?: string | readonly string[] | null | undefined;
  /**
   * Lowest version to offer.
   * @default `TLSv1.2`
   */
  tlsMinVersion?: string | null | undefined;
  /**
   * Highest version to offer.
   * @default `TLSv1.3`
   */
  tlsMaxVersion?: string | null | undefined;
  /**
   * Of other connectors. `verify_identity` or `3` is what tdsec always does; `verify_ca` or `2` is raised to it, with
   * a warning; `required` or `1` would not verify at all and is refused unless `danger_tls_verification` says so too;
   * `disabled` or `0` is plain `ws`.
   * @default `verify_identity`
   */
  tlsMode?: string | null | undefined;
  /**
   * Of other connectors. `true` is refused unless `danger_tls_verification` says so too.
   * @default `false`
   */
  disableSslCertValidation?: boolean | string | null | undefined;
  /**
   * `chain_only`: any name is accepted, so every certificate of the CA can play the server. `none`: everybody can.
   * Not with a token, unless `danger_token_without_verification=true`.
   * @default `full`
   */
  dangerTlsVerification?: string | null | undefined;
  /**
   * Send a token although `danger_tls_verification` lowers verification.
   * @default `false`
   */
  dangerTokenWithoutVerification?: boolean | string | null | undefined;
  /**
   * Send a token over plain `ws` to a host that is not loopback (`localhost`, 127.0.0.0/8, `::1`).
   * @default `false`
   */
  dangerTokenOverPlaintext?: boolean | string | null | undefined;
  /**
   * IANA name of the session's time zone, such as `Europe/Berlin`.
   * @default the server's
   */
  timezone?: string | null | undefined;
  /**
   * Hide what confuses reporting tools.
   * @default `false`
   */
  biMode?: boolean | string | null | undefined;
  /**
   * Name of the application in `SHOW CONNECTIONS`; the server keeps 23 bytes.
   * @default none
   */
  userApp?: string | null | undefined;
  /**
   * Address of the client to record instead of the one the server sees.
   * @default none
   */
  userIp?: string | null | undefined;
  /**
   * From name resolution to the reply to the login. Of several hosts one that cannot be reached takes its share of
   * it, 3 seconds at least. A number is seconds.
   * @default `10s`
   */
  connectTimeout?: number | string | null | undefined;
  /**
   * Until the answer to one request. A number is seconds.
   * @default `300s`
   */
  requestTimeout?: number | string | null | undefined;
  /**
   * Silence before a ping; no answer for as long again means that the connection is lost. A number is seconds.
   * @default `30s`
   */
  keepalive?: number | string | null | undefined;
  /**
   * Longest message accepted from the server, from 64 KiB to 2 GiB less one byte. A number is bytes.
   * @default `128MiB`
   */
  maxMessageBytes?: number | string | null | undefined;
  /**
   * Not available yet: only `false` is accepted.
   * @default `false`
   */
  compression?: boolean | string | null | undefined;
  /**
   * Pool: its name in events and metrics, one for each application or tenant.
   * @default `pool-1`, `pool-2`, …
   */
  poolName?: string | null | undefined;
  /**
   * Pool: most connections, from 1 to 1000.
   * @default `10`
   */
  maxSize?: number | string | null | undefined;
  /**
   * Pool: connections kept open for the next caller; at most `max_size`.
   * @default `2`
   */
  minIdle?: number | string | null | undefined;
  /**
   * Pool: age at which a connection is replaced, less a random part of up to a tenth, so that not all are replaced at
   * once. A number is seconds.
   * @default half the life of the token, at most `30m`
   */
  maxLifetime?: number | string | null | undefined;
  /**
   * Pool: a connection beyond `min_idle` that nobody wanted for so long is closed. A number is seconds.
   * @default `10m`
   */
  idleTimeout?: number | string | null | undefined;
  /**
   * Pool: how long a caller waits for a connection; callers are served in the order they came. A number is seconds.
   * @default `30s`
   */
  acquireTimeout?: number | string | null | undefined;
  /**
   * Pool: an idle connection is asked for a sign of life this often, by a round trip without a statement. A number is
   * seconds.
   * @default `60s`
   */
  validationInterval?: number | string | null | undefined;
  /**
   * Pool: a connection that is lent for longer gives the event `pool.leak_suspected`. A number is seconds.
   * @default none
   */
  leakWarning?: number | string | null | undefined;
  /**
   * Pool: how several hosts share the connections: `least_connections`, `round_robin` or `random`.
   * @default `least_connections`
   */
  loadBalance?: string | null | undefined;
  /**
   * Pool: the longest wait, while no host serves and somebody wants a connection, until a host that failed is asked
   * again. It is asked after a random part of a second first, then of twice as long each time; up to a minute while
   * others serve or nobody waits. A number is seconds.
   * @default `5s`
   */
  healthInterval?: number | string | null | undefined;
  /**
   * Pool: use the gateways too that the cluster names (servers from 3.4.1.10). They need certificates for their
   * names.
   * @default `false`
   */
  discover?: boolean | string | null | undefined;
  /**
   * Pool: life of a token of which the source says nothing, counted from when it was fetched. A number is seconds.
   * @default `24h`
   */
  tokenTtl?: number | string | null | undefined;
  /**
   * Pool: connections on which a new token must pass a round trip before others use it; from 1 to `max_size`, or a
   * part of that, as in `25%`, rounded up.
   * @default `1`
   */
  canaryConnections?: number | string | null | undefined;
  /**
   * Pool: a statement that must succeed on those connections too, such as `select server_status()`.
   * @default none
   */
  canaryQuery?: string | null | undefined;
  /**
   * Pool: how long the earlier token stays a fallback after the switch. A number is seconds.
   * @default `5m`
   */
  tokenGrace?: number | string | null | undefined;
  /**
   * Pool: when a token that failed its canary is tried again, unless the source gives another one before. A number is
   * seconds.
   * @default `1h`
   */
  tokenRetry?: number | string | null | undefined;
  /**
   * Pool: longest random delay between hearing of a new token and fetching it, so that a fleet does not move in the
   * same second. A number is seconds.
   * @default `10s`
   */
  tokenJitter?: number | string | null | undefined;
  /**
   * Pool: how long, when the server refuses the token, the source is asked for another one before callers get the
   * refusal, if no connection is left; each waits for `acquire_timeout` at most. A number is seconds.
   * @default `60s`
   */
  tokenWait?: number | string | null | undefined;
}

/** Names that are taken besides the documented ones. */
export type OtherSpelling =
  | 'dsn'
  | 'ws.url'
  | 'hosts'
  | 'ip'
  | 'fqdn'
  | 'endpoints'
  | 'adapterList'
  | 'td.connect.ip'
  | 'bootstrap.servers'
  | 'serverPort'
  | 'td.connect.port'
  | 'db'
  | 'dbname'
  | 'td.connect.db'
  | 'td.connect.type'
  | 'ws'
  | 'websocket'
  | 'td.connect.websocket.scheme'
  | 'bearer_token'
  | 'td.connect.token'
  | 'td.connect.bearer_token'
  | 'username'
  | 'td.connect.user'
  | 'pass'
  | 'passwd'
  | 'pwd'
  | 'td.connect.pass'
  | 'td.connect.password'
  | 'totp_code'
  | 'totp'
  | 'token'
  | 'useSSL'
  | 'ssl'
  | 'tls_ca'
  | 'wsTlsCa'
  | 'tls_system_roots'
  | 'tls_pin'
  | 'tls_server_name'
  | 'tls_crl'
  | 'tls_revocation'
  | 'tls_post_quantum'
  | 'tls_cert'
  | 'tls_key'
  | 'tls_key_passphrase'
  | 'tls_key_passphrase_source'
  | 'tls_key_permissions'
  | 'tls_version'
  | 'wsTlsVersion'
  | 'tls_min_version'
  | 'tls_max_version'
  | 'tls_mode'
  | 'wsTlsMode'
  | 'disable_ssl_cert_validation'
  | 'disableSSLCertValidation'
  | 'skipVerify'
  | 'danger_tls_verification'
  | 'danger_token_without_verification'
  | 'danger_token_over_plaintext'
  | 'tz'
  | 'connectionTimezone'
  | 'bi_mode'
  | 'conn_mode'
  | 'conmode'
  | 'user_app'
  | 'app'
  | 'app_name'
  | 'user_ip'
  | 'app_ip'
  | 'client_ip'
  | 'connect_timeout'
  | 'conn_timeout'
  | 'httpConnectTimeout'
  | 'connect_timeout_ms'
  | 'request_timeout'
  | 'read_timeout'
  | 'messageWaitTimeout'
  | 'request_timeout_ms'
  | 'setTimeOut'
  | 'timeout'
  | 'ws.message.timeout'
  | 'wsKeepAlive'
  | 'max_message_bytes'
  | 'enableCompression'
  | 'ws.message.enableCompression'
  | 'disableCompression'
  | 'pool_name'
  | 'max_size'
  | 'maximumPoolSize'
  | 'pool_size'
  | 'min_idle'
  | 'minimumIdle'
  | 'max_lifetime'
  | 'maxLifetime_ms'
  | 'idle_timeout'
  | 'acquire_timeout'
  | 'connectionTimeout'
  | 'validation_interval'
  | 'keepaliveTime'
  | 'leak_warning'
  | 'leakDetectionThreshold'
  | 'load_balance'
  | 'health_interval'
  | 'token_ttl'
  | 'canary_connections'
  | 'canary_query'
  | 'token_grace'
  | 'token_retry'
  | 'token_jitter'
  | 'token_wait'
  | 'conn_retries'
  | 'connRetries'
  | 'retries'
  | 'reconnectRetryCount'
  | 'retryTimes'
  | 'ws.reconnectRetryCount'
  | 'ws.reconnect.retry.count'
  | 'retry_backoff_ms'
  | 'retryBackoffMs'
  | 'reconnectIntervalMs'
  | 'ws.reconnectIntervalMs'
  | 'ws.reconnect.interval.ms'
  | 'retry_backoff_max_ms'
  | 'retryBackoffMaxMs'
  | 'enable_auto_reconnect'
  | 'enableAutoReconnect'
  | 'autoReconnect'
  | 'ws.autoReconnect'
  | 'adapter_ha'
  | 'adapterHa'
  | 'write_timeout'
  | 'writeTimeout'
  | 'ws.message.writeWait'
  | 'tcp_nodelay'
  | 'tcpNodelay'
  | 'interpolate_params'
  | 'interpolateParams'
  | 'product_name'
  | 'productName'
  | 'batch_fetch'
  | 'batchFetch'
  | 'varchar_as_string'
  | 'varcharAsString'
  | 'read_buffer_size'
  | 'readBufferSize'
  | 'writeBufferSize'
  | 'http_socket_timeout'
  | 'httpSocketTimeout'
  | 'http_pool_size'
  | 'httpPoolSize'
  | 'httpKeepAlive'
  | 'max_concurrent_request'
  | 'maxConcurrentRequest'
  | 'rebalance_threshold'
  | 'rebalanceThreshold'
  | 'rebalanceConBaseCount'
  | 'health_check_init_interval'
  | 'healthCheckInitInterval'
  | 'healthCheckMaxInterval'
  | 'healthCheckConTimeout'
  | 'healthCheckCmdTimeout'
  | 'healthCheckRecoveryCount'
  | 'healthCheckRecoveryInterval'
  | 'stmt_bind_mode'
  | 'stmtBindMode'
  | 'batchErrorIgnore'
  | 'batchSizeByRow'
  | 'cacheSizeByRow'
  | 'backendWriteThreadNum'
  | 'copyData'
  | 'strictCheck'
  | 'log_dir'
  | 'logDir'
  | 'debugFlag'
  | 'slave_cluster_host'
  | 'slaveClusterHost'
  | 'slaveClusterPort'
  | 'async_write'
  | 'asyncWrite'
  | 'asyncInsert'
  | 'charset'
  | 'locale'
  | 'cfgdir'
  | 'configDir'
  | never;

/**
 * Options of {@link Sources.static}.
 */
export interface StaticSourceOptions {
  /**
   * The token. Secret: never shown.
   * @default required
   */
  token: string;
}

/**
 * Options of {@link Sources.env}.
 */
export interface EnvSourceOptions {
  /**
   * Name of the variable.
   * @default `TDENGINE_TOKEN`
   */
  name?: string | null | undefined;
}

/**
 * Options of {@link Sources.file}.
 */
export interface FileSourceOptions {
  /**
   * Path of the file, at most 64 KiB long.
   * @default required
   */
  path: string;
  /**
   * How often the file is looked at where no change was told of. A number is seconds.
   * @default `5s`
   */
  pollInterval?: number | string | null | undefined;
  /**
   * A file that others than its owner may read: `warn` (once, as event `key.exposed`) or `ignore`.
   * @default `warn`
   */
  permissions?: string | null | undefined;
}

/**
 * Options of {@link Sources.nacos}.
 */
export interface NacosSourceOptions {
  /**
   * Servers: `h1:8848,h2:8848`, also with `https://` before each. Port 8848 unless written.
   * @default required
   */
  serverAddr: string | readonly string[];
  /**
   * `https` or `http`, where `server_addr` does not say it.
   * @default `https` with any TLS option, otherwise `http`
   */
  scheme?: string | null | undefined;
  /**
   * Where the API begins.
   * @default `/nacos`
   */
  contextPath?: string | null | undefined;
  /**
   * Id of the namespace.
   * @default `public`
   */
  namespace?: string | null | undefined;
  /**
   * Group of the entry.
   * @default `DEFAULT_GROUP`
   */
  group?: string | null | undefined;
  /**
   * Name of the entry.
   * @default `tdengine-credential`
   */
  dataId?: string | null | undefined;
  /**
   * User of Nacos, if it wants a login.
   * @default none
   */
  username?: string | null | undefined;
  /**
   * Its password. Secret: never shown.
   * @default none
   */
  password?: string | null | undefined;
  /**
   * Where the password is read from at each login: `env:NAME` or `file:PATH`.
   * @default none
   */
  passwordSource?: string | null | undefined;
  /**
   * `v1` (1.x and 2.x, long poll), `v2` or `v3` (polled); `auto` takes the first of v1, v3, v2 that the server has.
   * @default `auto`
   */
  api?: string | null | undefined;
  /**
   * How often the entry is read where there is no long poll. A number is seconds.
   * @default `15s`
   */
  pollInterval?: number | string | null | undefined;
  /**
   * Limit of one request to one server; of several, each has its part of it to connect. A number is seconds.
   * @default `10s`
   */
  timeout?: number | string | null | undefined;
  /**
   * Ask a server on another machine by plain `http`, where whoever listens reads the token and the password.
   * @default `false`
   */
  dangerTokenOverPlaintext?: boolean | string | null | undefined;
  /**
   * The CAs to trust, PEM or DER: a file, a directory of files (`.pem`, `.crt`, `.cer`, `.der` and OpenSSL's hashed
   * names), or the certificates themselves. Replaces the system's roots unless `tls_system_roots=true`. Read again
   * when it changes.
   * @default none
   */
  tlsCa?: string | Uint8Array | null | undefined;
  /**
   * Trust the roots of the operating system.
   * @default `true`, unless `tls_ca` or `tls_pin` is given
   */
  tlsSystemRoots?: boolean | string | null | undefined;
  /**
   * SHA-256 of the server's public key (SPKI): 64 hexadecimal digits or `sha256//` and base64. Alone it replaces the
   * roots; with `tls_ca` or `tls_system_roots=true` both must hold.
   * @default none
   */
  tlsPin?: string | readonly string[] | null | undefined;
  /**
   * Revocation lists of the CAs, PEM or DER: a file, a directory of files (also `.crl`), or the lists themselves.
   * Read again when it changes: the next connect refuses what was revoked meanwhile.
   * @default none
   */
  tlsCrl?: string | Uint8Array | null | undefined;
  /**
   * `soft` refuses a server known as revoked, by `tls_crl` or by the OCSP answer it staples; `hard` also one whose
   * state nobody told, and expired lists; `off` asks nothing.
   * @default `soft`
   */
  tlsRevocation?: string | null | undefined;
  /**
   * The client's certificate with its intermediates: PEM, DER or PKCS#12. Alone it is the credential, or beside
   * `bearer_token`; not beside a password. Read again when it changes; a pair that does not match, is half-written or
   * has expired is refused and the earlier one stays.
   * @default none
   */
  tlsCert?: string | Uint8Array | null | undefined;
  /**
   * The certificate's private key: PKCS#8, SEC 1 or PKCS#1, PEM or DER. Secret: never shown.
   * @default in `tls_cert`
   */
  tlsKey?: string | Uint8Array | null | undefined;
  /**
   * Passphrase of an encrypted key (PKCS#8 or PKCS#12). Secret: never shown.
   * @default none
   */
  tlsKeyPassphrase?: string | null | undefined;
  /**
   * Where the passphrase is read from whenever the key is: `env:NAME` or `file:PATH` (its first line).
   * @default none
   */
  tlsKeyPassphraseSource?: string | null | undefined;
  /**
   * A key file that others than its owner may read: `warn`, `refuse` or `ignore`.
   * @default `warn`
   */
  tlsKeyPermissions?: string | null | undefined;
  /**
   * Lowest version to offer.
   * @default `TLSv1.2`
   */
  tlsMinVersion?: string | null | undefined;
  /**
   * Highest version to offer.
   * @default `TLSv1.3`
   */
  tlsMaxVersion?: string | null | undefined;
  /**
   * Offer the hybrid key exchange X25519MLKEM768 first, where the cryptographic provider has it.
   * @default `true`
   */
  tlsPostQuantum?: boolean | string | null | undefined;
}

/**
 * Options of {@link Sources.vault}.
 */
export interface VaultSourceOptions {
  /**
   * Servers: `https://vault.example:8200`, several by comma. Port 8200 unless written.
   * @default the environment variable `VAULT_ADDR`
   */
  address?: string | URL | null | undefined;
  /**
   * Where the engine is mounted.
   * @default `secret`
   */
  mount?: string | null | undefined;
  /**
   * The secret below the mount.
   * @default required
   */
  path: string;
  /**
   * The field that holds the token, in any of the forms above.
   * @default `token`
   */
  field?: string | null | undefined;
  /**
   * `2` or `1`; engines with leases are read as `1`.
   * @default `2`
   */
  kvVersion?: string | null | undefined;
  /**
   * Namespace of Vault Enterprise or OpenBao.
   * @default none
   */
  namespace?: string | null | undefined;
  /**
   * `token`, `approle`, `kubernetes` or `cert` (the certificate of `tls_cert`).
   * @default by what else is given
   */
  auth?: string | null | undefined;
  /**
   * Where the method is mounted, below `auth/`.
   * @default the name of the method
   */
  authMount?: string | null | undefined;
  /**
   * Token of Vault. Secret: never shown.
   * @default none
   */
  token?: string | null | undefined;
  /**
   * Where the token is read from at each request: `env:NAME`, or `file:PATH` as an agent keeps it.
   * @default `env:VAULT_TOKEN`
   */
  tokenSource?: string | null | undefined;
  /**
   * RoleID of the AppRole.
   * @default none
   */
  roleId?: string | null | undefined;
  /**
   * SecretID of the AppRole, if it wants one. Secret: never shown.
   * @default none
   */
  secretId?: string | null | undefined;
  /**
   * Where the SecretID is read from at each login: `env:NAME` or `file:PATH`.
   * @default none
   */
  secretIdSource?: string | null | undefined;
  /**
   * Role of the methods `kubernetes` (required) and `cert`.
   * @default none
   */
  role?: string | null | undefined;
  /**
   * The service account's token for the method `kubernetes`, read at each login.
   * @default `/var/run/secrets/kubernetes.io/serviceaccount/token`
   */
  jwtFile?: string | null | undefined;
  /**
   * How often the version is asked for. A number is seconds.
   * @default `30s`
   */
  pollInterval?: number | string | null | undefined;
  /**
   * Limit of one request to one server; of several, each has its part of it to connect. A number is seconds.
   * @default `10s`
   */
  timeout?: number | string | null | undefined;
  /**
   * Ask a server on another machine by plain `http`, where whoever listens reads the token and the password.
   * @default `false`
   */
  dangerTokenOverPlaintext?: boolean | string | null | undefined;
  /**
   * The CAs to trust, PEM or DER: a file, a directory of files (`.pem`, `.crt`, `.cer`, `.der` and OpenSSL's hashed
   * names), or the certificates themselves. Replaces the system's roots unless `tls_system_roots=true`. Read again
   * when it changes.
   * @default none
   */
  tlsCa?: string | Uint8Array | null | undefined;
  /**
   * Trust the roots of the operating system.
   * @default `true`, unless `tls_ca` or `tls_pin` is given
   */
  tlsSystemRoots?: boolean | string | null | undefined;
  /**
   * SHA-256 of the server's public key (SPKI): 64 hexadecimal digits or `sha256//` and base64. Alone it replaces the
   * roots; with `tls_ca` or `tls_system_roots=true` both must hold.
   * @default none
   */
  tlsPin?: string | readonly string[] | null | undefined;
  /**
   * Revocation lists of the CAs, PEM or DER: a file, a directory of files (also `.crl`), or the lists themselves.
   * Read again when it changes: the next connect refuses what was revoked meanwhile.
   * @default none
   */
  tlsCrl?: string | Uint8Array | null | undefined;
  /**
   * `soft` refuses a server known as revoked, by `tls_crl` or by the OCSP answer it staples; `hard` also one whose
   * state nobody told, and expired lists; `off` asks nothing.
   * @default `soft`
   */
  tlsRevocation?: string | null | undefined;
  /**
   * The client's certificate with its intermediates: PEM, DER or PKCS#12. Alone it is the credential, or beside
   * `bearer_token`; not beside a password. Read again when it changes; a pair that does not match, is half-written or
   * has expired is refused and the earlier one stays.
   * @default none
   */
  tlsCert?: string | Uint8Array | null | undefined;
  /**
   * The certificate's private key: PKCS#8, SEC 1 or PKCS#1, PEM or DER. Secret: never shown.
   * @default in `tls_cert`
   */
  tlsKey?: string | Uint8Array | null | undefined;
  /**
   * Passphrase of an encrypted key (PKCS#8 or PKCS#12). Secret: never shown.
   * @default none
   */
  tlsKeyPassphrase?: string | null | undefined;
  /**
   * Where the passphrase is read from whenever the key is: `env:NAME` or `file:PATH` (its first line).
   * @default none
   */
  tlsKeyPassphraseSource?: string | null | undefined;
  /**
   * A key file that others than its owner may read: `warn`, `refuse` or `ignore`.
   * @default `warn`
   */
  tlsKeyPermissions?: string | null | undefined;
  /**
   * Lowest version to offer.
   * @default `TLSv1.2`
   */
  tlsMinVersion?: string | null | undefined;
  /**
   * Highest version to offer.
   * @default `TLSv1.3`
   */
  tlsMaxVersion?: string | null | undefined;
  /**
   * Offer the hybrid key exchange X25519MLKEM768 first, where the cryptographic provider has it.
   * @default `true`
   */
  tlsPostQuantum?: boolean | string | null | undefined;
}

/**
 * Options of {@link Sources.kubernetes}.
 */
export interface KubernetesSourceOptions {
  /**
   * `mounted` or `api`.
   * @default `mounted` with `directory`, otherwise `api`
   */
  mode?: string | null | undefined;
  /**
   * Where the Secret is mounted.
   * @default none
   */
  directory?: string | null | undefined;
  /**
   * The key of the Secret that holds the token.
   * @default `token`
   */
  key?: string | null | undefined;
  /**
   * Mounted: how often the files are looked at where no change was told of. A number is seconds.
   * @default `5s`
   */
  pollInterval?: number | string | null | undefined;
  /**
   * API: name of the Secret.
   * @default none
   */
  secret?: string | null | undefined;
  /**
   * API: namespace of the Secret.
   * @default that of the pod
   */
  namespace?: string | null | undefined;
  /**
   * API: `https://host:port`.
   * @default as the pod's environment says
   */
  apiServer?: string | null | undefined;
  /**
   * API: file of the bearer token, read at every request. `tls_ca` is the service account's unless given.
   * @default that of the service account
   */
  tokenFile?: string | null | undefined;
  /**
   * Limit of one request to one server; of several, each has its part of it to connect. A number is seconds.
   * @default `10s`
   */
  timeout?: number | string | null | undefined;
  /**
   * Ask a server on another machine by plain `http`, where whoever listens reads the token and the password.
   * @default `false`
   */
  dangerTokenOverPlaintext?: boolean | string | null | undefined;
  /**
   * The CAs to trust, PEM or DER: a file, a directory of files (`.pem`, `.crt`, `.cer`, `.der` and OpenSSL's hashed
   * names), or the certificates themselves. Replaces the system's roots unless `tls_system_roots=true`. Read again
   * when it changes.
   * @default none
   */
  tlsCa?: string | Uint8Array | null | undefined;
  /**
   * Trust the roots of the operating system.
   * @default `true`, unless `tls_ca` or `tls_pin` is given
   */
  tlsSystemRoots?: boolean | string | null | undefined;
  /**
   * SHA-256 of the server's public key (SPKI): 64 hexadecimal digits or `sha256//` and base64. Alone it replaces the
   * roots; with `tls_ca` or `tls_system_roots=true` both must hold.
   * @default none
   */
  tlsPin?: string | readonly string[] | null | undefined;
  /**
   * Revocation lists of the CAs, PEM or DER: a file, a directory of files (also `.crl`), or the lists themselves.
   * Read again when it changes: the next connect refuses what was revoked meanwhile.
   * @default none
   */
  tlsCrl?: string | Uint8Array | null | undefined;
  /**
   * `soft` refuses a server known as revoked, by `tls_crl` or by the OCSP answer it staples; `hard` also one whose
   * state nobody told, and expired lists; `off` asks nothing.
   * @default `soft`
   */
  tlsRevocation?: string | null | undefined;
  /**
   * The client's certificate with its intermediates: PEM, DER or PKCS#12. Alone it is the credential, or beside
   * `bearer_token`; not beside a password. Read again when it changes; a pair that does not match, is half-written or
   * has expired is refused and the earlier one stays.
   * @default none
   */
  tlsCert?: string | Uint8Array | null | undefined;
  /**
   * The certificate's private key: PKCS#8, SEC 1 or PKCS#1, PEM or DER. Secret: never shown.
   * @default in `tls_cert`
   */
  tlsKey?: string | Uint8Array | null | undefined;
  /**
   * Passphrase of an encrypted key (PKCS#8 or PKCS#12). Secret: never shown.
   * @default none
   */
  tlsKeyPassphrase?: string | null | undefined;
  /**
   * Where the passphrase is read from whenever the key is: `env:NAME` or `file:PATH` (its first line).
   * @default none
   */
  tlsKeyPassphraseSource?: string | null | undefined;
  /**
   * A key file that others than its owner may read: `warn`, `refuse` or `ignore`.
   * @default `warn`
   */
  tlsKeyPermissions?: string | null | undefined;
  /**
   * Lowest version to offer.
   * @default `TLSv1.2`
   */
  tlsMinVersion?: string | null | undefined;
  /**
   * Highest version to offer.
   * @default `TLSv1.3`
   */
  tlsMaxVersion?: string | null | undefined;
  /**
   * Offer the hybrid key exchange X25519MLKEM768 first, where the cryptographic provider has it.
   * @default `true`
   */
  tlsPostQuantum?: boolean | string | null | undefined;
}

/**
 * Options of {@link Sources.sql}.
 */
export interface SqlSourceOptions {
  /**
   * Whose tokens are made; required where the login is by token or certificate.
   * @default the user who logs in
   */
  forUser?: string | null | undefined;
  /**
   * With what the names of the tokens begin: at most 12 letters, digits and underscores.
   * @default `tdsec`
   */
  namePrefix?: string | null | undefined;
  /**
   * A name that is the same after a restart and that no other pool has, such as the pod's of a StatefulSet: then
   * leftovers are found.
   * @default host, process and a random number
   */
  instance?: string | null | undefined;
  /**
   * Days a token lives: 1 to 3650.
   * @default 1
   */
  ttlDays?: number | string | null | undefined;
  /**
   * PROVIDER of the tokens, at most 63 bytes.
   * @default `tdsec`
   */
  provider?: string | null | undefined;
  /**
   * How long a new token may take until the cluster knows it. A number is seconds.
   * @default `10s`
   */
  visibleTimeout?: number | string | null | undefined;
  /**
   * The whole address in the spelling of any connector; only as a keyword, never inside an address.
   * @default required, unless `host` is given
   */
  address?: string | URL | null | undefined;
  /**
   * Token of `CREATE TOKEN`. Alone: no user name or password beside it. It is sent in the login message, never in a
   * URL. Secret: never shown.
   * @default none
   */
  bearerToken?: string | Token | null | undefined;
  /**
   * User name. Needs a password.
   * @default `root`, if there is no token
   */
  user?: string | null | undefined;
  /**
   * Password. Secret: never shown.
   * @default `taosdata`, if there is neither token nor user
   */
  password?: string | null | undefined;
  /**
   * From name resolution to the reply to the login. Of several hosts one that cannot be reached takes its share of
   * it, 3 seconds at least. A number is seconds.
   * @default `10s`
   */
  connectTimeout?: number | string | null | undefined;
  /**
   * Until the answer to one request. A number is seconds.
   * @default `300s`
   */
  requestTimeout?: number | string | null | undefined;
  /**
   * The CAs to trust, PEM or DER: a file, a directory of files (`.pem`, `.crt`, `.cer`, `.der` and OpenSSL's hashed
   * names), or the certificates themselves. Replaces the system's roots unless `tls_system_roots=true`. Read again
   * when it changes.
   * @default none
   */
  tlsCa?: string | Uint8Array | null | undefined;
  /**
   * Trust the roots of the operating system.
   * @default `true`, unless `tls_ca` or `tls_pin` is given
   */
  tlsSystemRoots?: boolean | string | null | undefined;
  /**
   * SHA-256 of the server's public key (SPKI): 64 hexadecimal digits or `sha256//` and base64. Alone it replaces the
   * roots; with `tls_ca` or `tls_system_roots=true` both must hold.
   * @default none
   */
  tlsPin?: string | readonly string[] | null | undefined;
  /**
   * Name or address the server's certificate has to be for, where the host is only the way there: a forwarded port, a
   * tunnel, an address in a cluster. It is verified like a host, and sent as SNI.
   * @default the host
   */
  tlsServerName?: string | null | undefined;
  /**
   * Revocation lists of the CAs, PEM or DER: a file, a directory of files (also `.crl`), or the lists themselves.
   * Read again when it changes: the next connect refuses what was revoked meanwhile.
   * @default none
   */
  tlsCrl?: string | Uint8Array | null | undefined;
  /**
   * `soft` refuses a server known as revoked, by `tls_crl` or by the OCSP answer it staples; `hard` also one whose
   * state nobody told, and expired lists; `off` asks nothing.
   * @default `soft`
   */
  tlsRevocation?: string | null | undefined;
  /**
   * The client's certificate with its intermediates: PEM, DER or PKCS#12. Alone it is the credential, or beside
   * `bearer_token`; not beside a password. Read again when it changes; a pair that does not match, is half-written or
   * has expired is refused and the earlier one stays.
   * @default none
   */
  tlsCert?: string | Uint8Array | null | undefined;
  /**
   * The certificate's private key: PKCS#8, SEC 1 or PKCS#1, PEM or DER. Secret: never shown.
   * @default in `tls_cert`
   */
  tlsKey?: string | Uint8Array | null | undefined;
  /**
   * Passphrase of an encrypted key (PKCS#8 or PKCS#12). Secret: never shown.
   * @default none
   */
  tlsKeyPassphrase?: string | null | undefined;
  /**
   * Where the passphrase is read from whenever the key is: `env:NAME` or `file:PATH` (its first line).
   * @default none
   */
  tlsKeyPassphraseSource?: string | null | undefined;
  /**
   * A key file that others than its owner may read: `warn`, `refuse` or `ignore`.
   * @default `warn`
   */
  tlsKeyPermissions?: string | null | undefined;
  /**
   * Lowest version to offer.
   * @default `TLSv1.2`
   */
  tlsMinVersion?: string | null | undefined;
  /**
   * Highest version to offer.
   * @default `TLSv1.3`
   */
  tlsMaxVersion?: string | null | undefined;
  /**
   * Offer the hybrid key exchange X25519MLKEM768 first, where the cryptographic provider has it.
   * @default `true`
   */
  tlsPostQuantum?: boolean | string | null | undefined;
  /**
   * `chain_only`: any name is accepted, so every certificate of the CA can play the server. `none`: everybody can.
   * Not with a token, unless `danger_token_without_verification=true`.
   * @default `full`
   */
  dangerTlsVerification?: string | null | undefined;
  /**
   * Send a token although `danger_tls_verification` lowers verification.
   * @default `false`
   */
  dangerTokenWithoutVerification?: boolean | string | null | undefined;
  /**
   * Send a token over plain `ws` to a host that is not loopback (`localhost`, 127.0.0.0/8, `::1`).
   * @default `false`
   */
  dangerTokenOverPlaintext?: boolean | string | null | undefined;
}

/** One function for each kind of source: part of {@link Sources}. */
export interface KindSources {
  /**
   * One token that never changes. For tests, and for short programs. A text alone is `token`.
   * @throws {TdsecError} `OPTION_INVALID` and the other codes of options, naming the option
   */
  static(options: StaticSourceOptions | string): TokenSource;
  /**
   * An environment variable, read again at every fetch; from outside the process nobody changes it, so for tokens
   * that rotate take `file`. The content may have any of the forms above. A text alone is `name`.
   * @throws {TdsecError} `OPTION_INVALID` and the other codes of options, naming the option
   */
  env(options?: EnvSourceOptions | string | null): TokenSource;
  /**
   * A file that somebody else keeps current: an agent, a sidecar, a mounted volume. A rewrite, a rename over it and a
   * swapped symlink are noticed at once where the operating system tells of changes (inotify), otherwise by polling.
   * A text alone is `path`.
   * @throws {TdsecError} `OPTION_INVALID` and the other codes of options, naming the option
   */
  file(options: FileSourceOptions | string): TokenSource;
  /**
   * An entry of the config centre Nacos. With Nacos 1.x and 2.x a change arrives at once (long poll); the HTTP API of
   * 3.x has no push, so it is polled. Of several servers the next one is asked when one fails. A text alone is
   * `serverAddr`.
   * @throws {TdsecError} `OPTION_INVALID` and the other codes of options, naming the option
   */
  nacos(options: NacosSourceOptions | string): TokenSource;
  /**
   * A field of a secret in HashiCorp Vault or OpenBao: the key-value engine, version 2 or 1, or an engine that makes
   * secrets with a lease. Its version is asked for at intervals. `expires_at`, `ttl`, `issued_at` and `revoked` may
   * stand beside the field or in the custom metadata. tdsec renews its own token before that ends and logs in anew
   * when it is refused.
   * @throws {TdsecError} `OPTION_INVALID` and the other codes of options, naming the option
   */
  vault(options: VaultSourceOptions): TokenSource;
  /**
   * A Secret of Kubernetes: mounted as a volume, where the kubelet exchanges all files at once, or read and watched
   * at the API server, where the service account needs the verbs `get` and `watch` on it. The Secret's keys
   * `expires_at`, `ttl`, `issued_at` and `revoked`, if there, are read beside the token. A text alone is `directory`.
   * @throws {TdsecError} `OPTION_INVALID` and the other codes of options, naming the option
   */
  kubernetes(options?: KubernetesSourceOptions | string | null): TokenSource;
  /**
   * tdsec makes its tokens itself: `CREATE TOKEN` by a login that may, one token for each rotation, named after the
   * instance. A new one is used when the cluster knows it; the one before is disabled and dropped when nothing uses
   * it any more. The user needs room for two tokens of each instance (`ALLOW_TOKEN_NUM`). What an earlier run of the
   * same `instance` left, and what of this prefix has ended, is dropped when the limit is reached.
   * @throws {TdsecError} `OPTION_INVALID` and the other codes of options, naming the option
   */
  sql(options?: SqlSourceOptions | null): TokenSource;
}

/** Name of an event; the core's table is in docs/events.md. */
export type EventName =
  /** an option was accepted that does less, or something else, than its writer may expect */
  | 'config.warning'
  /** a connection logged in */
  | 'connection.opened'
  /** a connection could not be opened */
  | 'connection.failed'
  /** an open connection broke */
  | 'connection.lost'
  /** a connection was closed */
  | 'connection.closed'
  /** a certificate ends within 30 days, or has ended; renew it */
  | 'certificate.expiring'
  /** a file was replaced by something unusable; what it said before stays in use */
  | 'file.unusable'
  /** others than its owner may read a key or token file */
  | 'key.exposed'
  /** the token source gave no usable token, or could not be told that one is retired; a token that is in use stays */
  | 'source.failed'
  /** the token source answers again */
  | 'source.recovered'
  /** the token source gave a new token */
  | 'token.fetched'
  /** the token in use has ended and the source has no other */
  | 'token.expired'
  /** the server refused the token in use */
  | 'token.refused'
  /** the token lives longer than seven days; a leaked one would be useful for as long */
  | 'token.long_lived'
  /** nothing uses the token any more */
  | 'token.retired'
  /** the token was given up at once; its connections are being moved off it */
  | 'token.revoked'
  /** a new token is being tried on a few connections */
  | 'rotation.started'
  /** new connections use the new token */
  | 'rotation.promoted'
  /** the new token failed and is not used; the one before stays in use, if there is one */
  | 'rotation.rolled_back'
  /** the wall clock jumped, or the machine slept; the schedule was made anew */
  | 'clock.jumped'
  /** nobody gave a connection back in time */
  | 'pool.exhausted'
  /** a connection has been lent for very long */
  | 'pool.leak_suspected'
  /** new work goes elsewhere, this endpoint is asked again later */
  | 'endpoint.down'
  /** the endpoint serves again */
  | 'endpoint.up'
  /** the cluster named an endpoint that was not in the address */
  | 'endpoint.discovered'
  /** a listener was too slow; its oldest events were thrown away */
  | 'events.lost'
  | never;
