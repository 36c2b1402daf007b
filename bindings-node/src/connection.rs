//! The core's connection as a class; every method that waits is a promise.

use std::time::SystemTime;

use napi::Env;
use napi::bindgen_prelude::{BigInt, Either, PromiseRaw};
use napi_derive::napi;
use tdsec::{Certificate, Connection, ErrorCode};

use crate::cancel::{Cancel, Watch};
use crate::error::to_napi;
use crate::options::{AskCode, OptionValue, config};
use crate::result::ResultHandle;
use crate::statement::{query_options, start};

/// Connects and logs in.
#[napi(catch_unwind, ts_return_type = "Promise<ConnectionHandle>")]
pub fn connect<'env>(
    env: &'env Env,
    options: Vec<OptionValue>,
    cancel: Option<&Cancel>,
    one_time_code: Option<AskCode>,
) -> napi::Result<PromiseRaw<'env, ConnectionHandle>> {
    let config = config(&options, one_time_code);
    let watch = Watch::of(cancel);
    env.spawn_future(async move {
        let config = config.map_err(to_napi)?;
        let connecting = Connection::connect(&config);
        watch.run(ErrorCode::Cancelled, connecting).await.map(ConnectionHandle).map_err(to_napi)
    })
}

/// A connection of the core.
#[napi]
#[derive(Debug)]
pub struct ConnectionHandle(Connection);

impl ConnectionHandle {
    pub(crate) fn new(connection: Connection) -> Self {
        ConnectionHandle(connection)
    }

    pub(crate) fn core(&self) -> &Connection {
        &self.0
    }
}

/// What TLS negotiated.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct TlsInfo {
    /// `TLSv1.3` or `TLSv1.2`.
    pub version: &'static str,
    /// IANA name.
    pub cipher_suite: String,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// Its name; empty where a resumed session had none.
    pub key_exchange: String,
    /// The server's, its own first.
    pub certificates: Vec<CertificateInfo>,
    /// Those sent, the client's own first.
    pub client_certificates: Vec<CertificateInfo>,
}

/// The facts of one certificate; times in milliseconds since 1970 for a Date.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
#[allow(missing_docs)]
pub struct CertificateInfo {
    pub subject: String,
    pub issuer: String,
    pub names: Vec<String>,
    pub serial: String,
    pub not_before: f64,
    pub not_after: f64,
    pub days_left: i64,
    pub key: String,
    pub signature: String,
    pub version: u32,
    pub is_ca: bool,
    pub pin: String,
    pub fingerprint: String,
}

impl CertificateInfo {
    fn new(facts: &Certificate) -> Self {
        let facts = facts.clone();
        CertificateInfo {
            days_left: facts.days_left(SystemTime::now()),
            subject: facts.subject,
            issuer: facts.issuer,
            names: facts.names,
            serial: facts.serial,
            not_before: facts.not_before as f64 * 1000.0,
            not_after: facts.not_after as f64 * 1000.0,
            key: facts.key,
            signature: facts.signature,
            version: facts.version,
            is_ca: facts.is_ca,
            pin: facts.pin,
            fingerprint: facts.fingerprint,
        }
    }
}

/// State of the service behind the connection.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct StatusInfo {
    /// 2 is well.
    pub status: i32,
    /// The server's words.
    pub details: String,
}

#[napi]
impl ConnectionHandle {
    /// Starts a statement.
    #[napi(catch_unwind, ts_return_type = "Promise<ResultHandle>")]
    pub fn query<'env>(
        &self,
        env: &'env Env,
        sql: String,
        timeout_ms: Option<f64>,
        req_id: Option<Either<f64, BigInt>>,
        idempotent: Option<bool>,
        cancel: Option<&Cancel>,
    ) -> napi::Result<PromiseRaw<'env, ResultHandle>> {
        let connection = self.0.clone();
        let options = query_options(timeout_ms, req_id, idempotent);
        start(env, options, cancel, move |options| async move { connection.query_with(&sql, &options).await })
    }

    /// The session's database.
    #[napi(catch_unwind)]
    pub fn database<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, Option<String>>> {
        let connection = self.0.clone();
        env.spawn_future(async move { connection.current_database().await.map_err(to_napi) })
    }

    /// Whether the service behind the gateway answers.
    #[napi(catch_unwind)]
    pub fn status<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, StatusInfo>> {
        let connection = self.0.clone();
        env.spawn_future(async move {
            let status = connection.server_status().await.map_err(to_napi)?;
            Ok(StatusInfo { status: status.status, details: status.details })
        })
    }

    /// Closes the socket, or gives the connection back to its pool.
    #[napi(catch_unwind)]
    pub fn close<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, ()>> {
        let connection = self.0.clone();
        env.spawn_future(async move {
            connection.close().await;
            Ok(())
        })
    }

    /// Version of the server.
    #[napi(getter, catch_unwind)]
    pub fn server_version(&self) -> String {
        self.0.server_version().to_owned()
    }

    /// `host:port` this connection leads to.
    #[napi(getter, catch_unwind)]
    pub fn endpoint(&self) -> String {
        self.0.endpoint().to_string()
    }

    /// What TLS negotiated; null on a plain connection.
    #[napi(getter, catch_unwind)]
    pub fn tls(&self) -> Option<TlsInfo> {
        let tls = self.0.tls()?;
        Some(TlsInfo {
            version: tls.version,
            cipher_suite: tls.cipher_suite.clone(),
            resumed: tls.resumed,
            key_exchange: tls.key_exchange.clone(),
            certificates: tls.certificates.iter().map(CertificateInfo::new).collect(),
            client_certificates: tls.client_certificates.iter().map(CertificateInfo::new).collect(),
        })
    }

    /// True once the connection is closed or lost.
    #[napi(getter, catch_unwind)]
    pub fn closed(&self) -> bool {
        self.0.is_closed()
    }
}
