//! The registry: every option, its spellings, its default and its reason, once. Parsing, "did you mean",
//! `docs/options.md` and the keyword tables of the languages follow from this table.

use crate::ErrorCode::{self, OptionInvalid, TokenParameter};
use OptionInfo as O;
use OptionType::{Bool, Choice, Duration, Integer, List, Material, Share, Size, Text};
use Reading::{Inverted, Milliseconds, Scheme, UnitRequired};

/// What kind of value an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionType {
    /// Any text.
    Text,
    /// `true`, `false`, `1`, `0`, `yes`, `no`, `on`, `off`.
    Bool,
    /// A whole number.
    Integer,
    /// Seconds, or a number with unit: `30s`, `500ms`, `1m30s`, `00:00:30`.
    Duration,
    /// A whole number, or a part of another one: `25%`.
    Share,
    /// Bytes, or a number with `KiB`, `MiB`, `GiB`.
    Size,
    /// One of a few words, named in the description.
    Choice,
    /// Several values, by comma.
    List,
    /// A certificate, key or list: a path, PEM text, or bytes.
    Material,
}

impl OptionType {
    /// Its name in the documentation.
    pub const fn name(self) -> &'static str {
        match self {
            OptionType::Text => "text",
            OptionType::Bool => "bool",
            OptionType::Integer => "integer",
            OptionType::Duration => "duration",
            OptionType::Share => "integer or percentage",
            OptionType::Size => "size",
            OptionType::Choice => "choice",
            OptionType::List => "list",
            OptionType::Material => "path, PEM text or bytes",
        }
    }
}

/// Whether an option does something in tdsec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// It does what its description says.
    Applied,
    /// Another connector's option whose absence is harmless: accepted, with an entry in `Config::warnings()`.
    Ignored,
    /// Another connector's option that nobody may believe to work: an error that says what to do.
    Refused(ErrorCode),
}

/// How a value is read under one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As the option's type says.
    Plain,
    /// A bare number is milliseconds.
    Milliseconds,
    /// Connectors disagree on the unit of a bare number, so one has to be written.
    UnitRequired,
    /// `true` under this spelling is `false` of the option.
    Inverted,
    /// `ws` or `wss`: does not only name the protocol, but switches TLS.
    Scheme,
}

/// Another spelling of an option.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Alias {
    /// As the connector writes it; case, `_` and `-` do not matter.
    pub name: &'static str,
    /// Who writes it.
    pub connector: &'static str,
    pub(super) reading: Reading,
}

/// One option of the registry.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct OptionInfo {
    /// Canonical name, in snake case; languages spell it their way (`bearerToken` in URLs and Node).
    pub name: &'static str,
    /// Further spellings that are not the canonical one in another case.
    pub aliases: &'static [Alias],
    /// Kind of value.
    pub kind: OptionType,
    /// Default, in words if it is not a value.
    pub default: &'static str,
    /// The value is never shown.
    pub secret: bool,
    /// Lowers the security of the connection.
    pub dangerous: bool,
    /// Whether it does something.
    pub effect: Effect,
    /// What it does, or why it does nothing; Markdown, one line.
    pub doc: &'static str,
    /// Requirements it serves.
    pub requirements: &'static [&'static str],
}

/// Every option tdsec knows, in the order of the documentation.
pub fn options() -> &'static [OptionInfo] {
    OPTIONS
}

impl OptionInfo {
    pub(crate) const fn new(name: &'static str, kind: OptionType, default: &'static str, doc: &'static str) -> Self {
        OptionInfo {
            name,
            aliases: &[],
            kind,
            default,
            secret: false,
            dangerous: false,
            effect: Effect::Applied,
            doc,
            requirements: &[],
        }
    }

    /// Whether the value may be given as bytes (PEM, DER or PKCS#12) by
    /// [`ConfigBuilder::set_bytes`](super::ConfigBuilder::set_bytes).
    pub const fn takes_bytes(&self) -> bool {
        matches!(self.kind, OptionType::Material)
    }

    const fn aliases(mut self, aliases: &'static [Alias]) -> Self {
        self.aliases = aliases;
        self
    }

    pub(crate) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    pub(crate) const fn dangerous(mut self) -> Self {
        self.dangerous = true;
        self
    }

    pub(crate) const fn requires(mut self, requirements: &'static [&'static str]) -> Self {
        self.requirements = requirements;
        self
    }
}

const fn ignored(name: &'static str, aliases: &'static [Alias], doc: &'static str) -> OptionInfo {
    let mut option = OptionInfo::new(name, OptionType::Text, "–", doc).aliases(aliases);
    option.effect = Effect::Ignored;
    option
}

const fn refused(name: &'static str, code: ErrorCode, aliases: &'static [Alias], doc: &'static str) -> OptionInfo {
    let mut option = OptionInfo::new(name, OptionType::Text, "–", doc).aliases(aliases);
    option.effect = Effect::Refused(code);
    option
}

const fn alias(name: &'static str, connector: &'static str) -> Alias {
    Alias { name, connector, reading: Reading::Plain }
}

const fn alias_as(name: &'static str, connector: &'static str, reading: Reading) -> Alias {
    Alias { name, connector, reading }
}

static OPTIONS: &[OptionInfo] = &[
    // Where
    O::new("address", Text, "required, unless `host` is given", "The whole address in the spelling of any connector; only as a keyword, never inside an address.")
        .aliases(&[alias("url", "Python, Node"), alias("dsn", "Rust, Python, C"), alias("ws.url", "Go TMQ, Node TMQ")])
        .requires(&["TOK-3"]),
    O::new("host", List, "from the address", "Hosts, each with an optional port: `h1:6041,h2,[::1]:6042`.")
        .aliases(&[
            alias("hosts", "tdsec"),
            alias("ip", "C, Python"),
            alias("fqdn", "C"),
            alias("endpoints", "JDBC"),
            alias("adapterList", "C"),
            alias("td.connect.ip", "TMQ"),
            alias("bootstrap.servers", "JDBC TMQ"),
        ])
        .requires(&["TOK-3", "NET-1"]),
    O::new("port", Integer, "6041", "Port of every host that names none. 6041 also with TLS; TDengine Cloud needs `:443`.")
        .aliases(&[alias("serverPort", "C"), alias("td.connect.port", "TMQ")])
        .requires(&["TOK-3"]),
    O::new("database", Text, "none", "Database that is current after the login.")
        .aliases(&[alias("db", "C#, Python"), alias("dbname", "JDBC"), alias("td.connect.db", "TMQ")])
        .requires(&["TOK-3"]),
    O::new("protocol", Choice, "`websocket`", "`websocket` (or `ws`, which says nothing about TLS here) or `wss`. tdsec has no native protocol.")
        .aliases(&[
            alias("td.connect.type", "JDBC TMQ"),
            alias("ws", "Python"),
            alias("websocket", "Python"),
            alias_as("td.connect.websocket.scheme", "Python TMQ", Scheme),
        ])
        .requires(&["TOK-3"]),
    // Who
    O::new("bearer_token", Text, "none", "Token of `CREATE TOKEN`. Alone: no user name or password beside it. It is sent in the login message, never in a URL.")
        .aliases(&[
            alias("td.connect.token", "TMQ of Rust, JDBC, Go, Node; in Python's TMQ this means the cloud token, here it never does"),
            alias("td.connect.bearer_token", "Python TMQ"),
        ])
        .secret()
        .requires(&["TOK-1", "TOK-2", "TOK-8"]),
    O::new("user", Text, "`root`, if there is no token", "User name. Needs a password.")
        .aliases(&[alias("username", "C#, Python"), alias("td.connect.user", "TMQ")])
        .requires(&["ID-1"]),
    O::new("password", Text, "`taosdata`, if there is neither token nor user", "Password.")
        .aliases(&[
            alias("pass", "Python"),
            alias("passwd", "tdsec"),
            alias("pwd", "Node"),
            alias("td.connect.pass", "TMQ"),
            alias("td.connect.password", "tdsec"),
        ])
        .secret()
        .requires(&["ID-1"]),
    O::new("totp_code", Text, "none", "One-time code of six digits, beside user name and password; or a callback that is asked for one at each login.")
        .aliases(&[alias("totp", "tdsec")])
        .secret()
        .requires(&["ID-1"]),
    refused("token", TokenParameter, &[], "The parameter of TDengine Cloud. For a token of `CREATE TOKEN` use `bearerToken`.")
        .secret()
        .requires(&["TOK-2"]),
    // TLS
    O::new("tls", Bool, "`true` with `wss`, `false` with `ws`; without either, `true` if any TLS option is set", "Encrypt and authenticate. `false` beside `wss` is a conflict.")
        .aliases(&[alias("useSSL", "JDBC, C#"), alias("ssl", "tdsec")])
        .requires(&["TLS-1"]),
    O::new("tls_ca", Material, "none", "The CAs to trust, PEM or DER: a file, a directory of files (`.pem`, `.crt`, `.cer`, `.der` and OpenSSL's hashed names), or the certificates themselves. Replaces the system's roots unless `tls_system_roots=true`. Read again when it changes.")
        .aliases(&[alias("wsTlsCa", "C")])
        .requires(&["TLS-2"]),
    O::new("tls_system_roots", Bool, "`true`, unless `tls_ca` or `tls_pin` is given", "Trust the roots of the operating system.")
        .requires(&["TLS-2"]),
    O::new("tls_pin", List, "none", "SHA-256 of the server's public key (SPKI): 64 hexadecimal digits or `sha256//` and base64. Alone it replaces the roots; with `tls_ca` or `tls_system_roots=true` both must hold.")
        .requires(&["TLS-2", "TLS-11"]),
    O::new("tls_server_name", Text, "the host", "Name or address the server's certificate has to be for, where the host is only the way there: a forwarded port, a tunnel, an address in a cluster. It is verified like a host, and sent as SNI.")
        .requires(&["TLS-1"]),
    O::new("tls_crl", Material, "none", "Revocation lists of the CAs, PEM or DER: a file, a directory of files (also `.crl`), or the lists themselves. Read again when it changes: the next connect refuses what was revoked meanwhile.")
        .requires(&["TLS-3"]),
    O::new("tls_revocation", Choice, "`soft`", "`soft` refuses a server known as revoked, by `tls_crl` or by the OCSP answer it staples; `hard` also one whose state nobody told, and expired lists; `off` asks nothing.")
        .requires(&["TLS-3"]),
    O::new("tls_post_quantum", Bool, "`true`", "Offer the hybrid key exchange X25519MLKEM768 first, where the cryptographic provider has it.")
        .requires(&["TLS-5"]),
    O::new("tls_cert", Material, "none", "The client's certificate with its intermediates: PEM, DER or PKCS#12. Alone it is the credential, or beside `bearer_token`; not beside a password. Read again when it changes; a pair that does not match, is half-written or has expired is refused and the earlier one stays.")
        .requires(&["TLS-7", "ID-1"]),
    O::new("tls_key", Material, "in `tls_cert`", "The certificate's private key: PKCS#8, SEC 1 or PKCS#1, PEM or DER.")
        .secret()
        .requires(&["TLS-7"]),
    O::new("tls_key_passphrase", Text, "none", "Passphrase of an encrypted key (PKCS#8 or PKCS#12).")
        .secret()
        .requires(&["TLS-7"]),
    O::new("tls_key_passphrase_source", Text, "none", "Where the passphrase is read from whenever the key is: `env:NAME` or `file:PATH` (its first line).")
        .requires(&["TLS-7"]),
    O::new("tls_key_permissions", Choice, "`warn`", "A key file that others than its owner may read: `warn`, `refuse` or `ignore`.")
        .requires(&["CRT-3"]),
    O::new("tls_version", List, "`TLSv1.2,TLSv1.3`", "Versions to offer; 1.2 and 1.3 exist. Not beside `tls_min_version` or `tls_max_version`.")
        .aliases(&[alias("wsTlsVersion", "C")])
        .requires(&["TLS-4"]),
    O::new("tls_min_version", Choice, "`TLSv1.2`", "Lowest version to offer.").requires(&["TLS-4"]),
    O::new("tls_max_version", Choice, "`TLSv1.3`", "Highest version to offer.").requires(&["TLS-4"]),
    O::new("tls_mode", Choice, "`verify_identity`", "Of other connectors. `verify_identity` or `3` is what tdsec always does; `verify_ca` or `2` is raised to it, with a warning; `required` or `1` would not verify at all and is refused unless `danger_tls_verification` says so too; `disabled` or `0` is plain `ws`.")
        .aliases(&[alias("wsTlsMode", "C")])
        .requires(&["TLS-1", "TLS-9"]),
    O::new("disable_ssl_cert_validation", Bool, "`false`", "Of other connectors. `true` is refused unless `danger_tls_verification` says so too.")
        .aliases(&[alias("disableSSLCertValidation", "JDBC"), alias("skipVerify", "Go REST")])
        .requires(&["TLS-1", "TLS-9"]),
    O::new("danger_tls_verification", Choice, "`full`", "`chain_only`: any name is accepted, so every certificate of the CA can play the server. `none`: everybody can. Not with a token, unless `danger_token_without_verification=true`.")
        .dangerous()
        .requires(&["TLS-9"]),
    O::new("danger_token_without_verification", Bool, "`false`", "Send a token although `danger_tls_verification` lowers verification.")
        .dangerous()
        .requires(&["TLS-9"]),
    O::new("danger_token_over_plaintext", Bool, "`false`", "Send a token over plain `ws` to a host that is not loopback (`localhost`, 127.0.0.0/8, `::1`).")
        .dangerous()
        .requires(&["TLS-10"]),
    // Session
    O::new("timezone", Text, "the server's", "IANA name of the session's time zone, such as `Europe/Berlin`.")
        .aliases(&[alias("tz", "tdsec"), alias("connectionTimezone", "C#")]),
    O::new("bi_mode", Bool, "`false`", "Hide what confuses reporting tools.")
        .aliases(&[alias("conn_mode", "Rust, Python"), alias("conmode", "JDBC")]),
    O::new("user_app", Text, "none", "Name of the application in `SHOW CONNECTIONS`; the server keeps 23 bytes.")
        .aliases(&[alias("app", "tdsec"), alias("app_name", "JDBC")]),
    O::new("user_ip", Text, "none", "Address of the client to record instead of the one the server sees.")
        .aliases(&[alias("app_ip", "JDBC"), alias("client_ip", "tdsec")]),
    // Limits
    O::new("connect_timeout", Duration, "`10s`", "From name resolution to the reply to the login. Of several hosts one that cannot be reached takes its share of it, 3 seconds at least.")
        .aliases(&[
            alias("conn_timeout", "Rust, Python, C#"),
            alias_as("httpConnectTimeout", "JDBC", Milliseconds),
            alias_as("connect_timeout_ms", "tdsec", Milliseconds),
        ]),
    O::new("request_timeout", Duration, "`300s`", "Until the answer to one request.")
        .aliases(&[
            alias("read_timeout", "Rust, Python, Go, C#"),
            alias_as("messageWaitTimeout", "JDBC, Node", Milliseconds),
            alias_as("request_timeout_ms", "tdsec", Milliseconds),
            alias_as("setTimeOut", "Node", Milliseconds),
            alias_as("timeout", "Node, Rust TMQ", UnitRequired),
            alias_as("ws.message.timeout", "Go TMQ", UnitRequired),
        ]),
    O::new("keepalive", Duration, "`30s`", "Silence before a ping; no answer for as long again means that the connection is lost.")
        .aliases(&[alias("wsKeepAlive", "JDBC")]),
    O::new("max_message_bytes", Size, "`128MiB`", "Longest message accepted from the server, from 64 KiB to 2 GiB less one byte.")
        .requires(&["HOST-4"]),
    O::new("compression", Bool, "`false`", "Not available yet: only `false` is accepted.")
        .aliases(&[
            alias("enableCompression", "JDBC, Go, C#"),
            alias("ws.message.enableCompression", "Go TMQ"),
            alias_as("disableCompression", "Go REST", Inverted),
        ]),
    // Pools
    O::new("pool_name", Text, "`pool-1`, `pool-2`, …", "Pool: its name in events and metrics, one for each application or tenant.")
        .requires(&["TOK-7", "OPS-1"]),
    O::new("max_size", Integer, "`10`", "Pool: most connections, from 1 to 1000.")
        .aliases(&[alias("maximumPoolSize", "Hikari"), alias("pool_size", "tdsec")])
        .requires(&["ROT-5"]),
    O::new("min_idle", Integer, "`2`", "Pool: connections kept open for the next caller; at most `max_size`.")
        .aliases(&[alias("minimumIdle", "Hikari")])
        .requires(&["ROT-5"]),
    O::new("max_lifetime", Duration, "half the life of the token, at most `30m`", "Pool: age at which a connection is replaced, less a random part of up to a tenth, so that not all are replaced at once.")
        .aliases(&[alias_as("maxLifetime_ms", "tdsec", Milliseconds)])
        .requires(&["ROT-5"]),
    O::new("idle_timeout", Duration, "`10m`", "Pool: a connection beyond `min_idle` that nobody wanted for so long is closed.")
        .requires(&["ROT-5"]),
    O::new("acquire_timeout", Duration, "`30s`", "Pool: how long a caller waits for a connection; callers are served in the order they came.")
        .aliases(&[alias_as("connectionTimeout", "Hikari", Milliseconds)])
        .requires(&["ROT-5"]),
    O::new("validation_interval", Duration, "`60s`", "Pool: an idle connection is asked for a sign of life this often, by a round trip without a statement.")
        .aliases(&[alias_as("keepaliveTime", "Hikari", Milliseconds)])
        .requires(&["ROT-5"]),
    O::new("leak_warning", Duration, "none", "Pool: a connection that is lent for longer gives the event `pool.leak_suspected`.")
        .aliases(&[alias_as("leakDetectionThreshold", "Hikari", Milliseconds)])
        .requires(&["ROT-5"]),
    O::new("load_balance", Choice, "`least_connections`", "Pool: how several hosts share the connections: `least_connections`, `round_robin` or `random`.")
        .requires(&["NET-1"]),
    O::new("health_interval", Duration, "`5s`", "Pool: the longest wait, while no host serves and somebody wants a connection, until a host that failed is asked again. It is asked after a random part of a second first, then of twice as long each time; up to a minute while others serve or nobody waits.")
        .requires(&["NET-1", "NET-4"]),
    O::new("discover", Bool, "`false`", "Pool: use the gateways too that the cluster names (servers from 3.4.1.10). They need certificates for their names.")
        .requires(&["NET-1"]),
    // Rotation
    O::new("token_ttl", Duration, "`24h`", "Pool: life of a token of which the source says nothing, counted from when it was fetched.")
        .requires(&["TOK-6", "ROT-9"]),
    O::new("canary_connections", Share, "`1`", "Pool: connections on which a new token must pass a round trip before others use it; from 1 to `max_size`, or a part of that, as in `25%`, rounded up.")
        .requires(&["ROT-2", "ROT-3"]),
    O::new("canary_query", Text, "none", "Pool: a statement that must succeed on those connections too, such as `select server_status()`.")
        .requires(&["ROT-2"]),
    O::new("token_grace", Duration, "`5m`", "Pool: how long the earlier token stays a fallback after the switch.")
        .requires(&["ROT-4"]),
    O::new("token_retry", Duration, "`1h`", "Pool: when a token that failed its canary is tried again, unless the source gives another one before.")
        .requires(&["ROT-3"]),
    O::new("token_jitter", Duration, "`10s`", "Pool: longest random delay between hearing of a new token and fetching it, so that a fleet does not move in the same second.")
        .requires(&["ROT-10"]),
    O::new("token_wait", Duration, "`60s`", "Pool: how long, when the server refuses the token, the source is asked for another one before callers get the refusal, if no connection is left; each waits for `acquire_timeout` at most.")
        .requires(&["ROT-12"]),
    // Accepted, without effect
    ignored("conn_retries", &[
        alias("retries", "Node"),
        alias("reconnectRetryCount", "JDBC, C#"),
        alias("retryTimes", "JDBC"),
        alias("ws.reconnectRetryCount", "Go TMQ"),
        alias("ws.reconnect.retry.count", "C#"),
    ], "a connection is not repeated by itself yet; a failed connect is an error at once"),
    ignored("retry_backoff_ms", &[
        alias("reconnectIntervalMs", "JDBC, C#"),
        alias("ws.reconnectIntervalMs", "Go TMQ"),
        alias("ws.reconnect.interval.ms", "C#"),
    ], "a connection is not repeated by itself yet"),
    ignored("retry_backoff_max_ms", &[], "a connection is not repeated by itself yet"),
    ignored("enable_auto_reconnect", &[
        alias("autoReconnect", "C#"),
        alias("ws.autoReconnect", "Go TMQ, C#"),
    ], "a lost connection is an error, never a silent repetition"),
    ignored("adapter_ha", &[], "list the hosts in the address; `discover` lets a pool use those too that the cluster names"),
    ignored("write_timeout", &[alias("ws.message.writeWait", "Go TMQ")], "`request_timeout` covers writing too"),
    ignored("tcp_nodelay", &[], "it is always on"),
    ignored("interpolate_params", &[], "there is no placeholder substitution in an address"),
    ignored("product_name", &[], "it names the driver, which is tdsec"),
    ignored("batch_fetch", &[], "rows always come in blocks"),
    ignored("varchar_as_string", &[], "VARCHAR can be read as text and as bytes"),
    ignored("read_buffer_size", &[alias("writeBufferSize", "Go")], "buffers size themselves"),
    ignored("http_socket_timeout", &[], "`request_timeout` is the limit"),
    ignored("http_pool_size", &[alias("httpKeepAlive", "JDBC")], "there is no HTTP pool"),
    ignored("max_concurrent_request", &[], "requests are not limited in number"),
    ignored("rebalance_threshold", &[alias("rebalanceConBaseCount", "JDBC")], "connections are not moved between hosts yet"),
    ignored("health_check_init_interval", &[
        alias("healthCheckMaxInterval", "JDBC"),
        alias("healthCheckConTimeout", "JDBC"),
        alias("healthCheckCmdTimeout", "JDBC"),
        alias("healthCheckRecoveryCount", "JDBC"),
        alias("healthCheckRecoveryInterval", "JDBC"),
    ], "a pool asks hosts that failed again by itself, see `health_interval`"),
    ignored(
        "stmt_bind_mode",
        &[
            alias("batchErrorIgnore", "JDBC"),
            alias("batchSizeByRow", "JDBC"),
            alias("cacheSizeByRow", "JDBC"),
            alias("backendWriteThreadNum", "JDBC"),
            alias("copyData", "JDBC"),
            alias("strictCheck", "JDBC"),
        ],
        "statements are bound and sent as they are called",
    ),
    ignored("log_dir", &[alias("debugFlag", "C")], "nothing is written to files; the host decides about logs"),
    // Not accepted
    refused("slave_cluster_host", OptionInvalid, &[alias("slaveClusterPort", "JDBC")],
        "there is no second cluster to fall back to; list every host in the address"),
    refused("async_write", OptionInvalid, &[alias("asyncInsert", "JDBC")],
        "every write is answered before it counts as done; leave this out"),
    refused("charset", OptionInvalid, &[alias("locale", "JDBC, C")],
        "text is always UTF-8 over WebSocket; leave this out"),
    refused("cfgdir", OptionInvalid, &[alias("configDir", "C")],
        "there is no taos.cfg to read; give the options themselves"),
];
