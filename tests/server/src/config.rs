//! What a test server is told when it starts.

use std::time::Duration;

use crate::accounts::TokenCodes;
use crate::tls::TlsOptions;

/// Everything that can be chosen. `Default` is `wss` on a free loopback port with a random token of `root`.
#[derive(Clone)]
pub struct TestServerConfig {
    /// Address of `/ws` and REST; port 0 takes a free one.
    pub listen: String,
    /// Address of the control API; loopback only.
    pub control: String,
    /// Certificates and versions.
    pub tls: TlsOptions,
    /// The first token; random if `None`. It belongs to `root` and is named `t1`.
    pub token: Option<String>,
    /// Life of the first token; zero = never expires.
    pub token_ttl: Duration,
    /// Numbers of token failures.
    pub token_codes: TokenCodes,
    /// A token made by SQL works only after this time, as in a real cluster.
    pub token_lag: Duration,
    /// A community server: no token logs in, statements that make or change one are not supported.
    pub community: bool,
    /// An open session fails with the token's code once its token is bad; real servers go on serving.
    pub recheck_tokens: bool,
    /// The version it claims.
    pub server_version: String,
    /// What `list_instances` answers; its own address if empty.
    pub instances: Vec<String>,
    /// REST: engine errors get an HTTP status of their own (`httpCodeServerError`).
    pub http_code_server_error: bool,
    /// The server pings a WebSocket this often.
    pub ping_interval: Duration,
    /// A WebSocket from which nothing was read for so long is dropped.
    pub read_deadline: Duration,
}

impl Default for TestServerConfig {
    fn default() -> Self {
        TestServerConfig {
            listen: "127.0.0.1:0".to_owned(),
            control: "127.0.0.1:0".to_owned(),
            tls: TlsOptions::default(),
            token: None,
            token_ttl: Duration::from_secs(86_400),
            token_codes: TokenCodes::default(),
            token_lag: Duration::ZERO,
            community: false,
            recheck_tokens: false,
            server_version: "3.4.1.13".to_owned(),
            instances: Vec::new(),
            http_code_server_error: false,
            ping_interval: Duration::from_secs(54),
            read_deadline: Duration::from_secs(114),
        }
    }
}
