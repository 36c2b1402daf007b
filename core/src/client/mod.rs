//! The public asynchronous API: [`Connection`], [`ResultSet`] and [`Pool`].

mod lease;
mod origin;
mod pool;
mod replay;
mod statement;
mod time;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock::{Clock, Rng, SeededRng, SystemClock};
use crate::column::{Block, Field, Precision};
use crate::config::{Config, Credential, Endpoint, Totp};
use crate::driver::{Answer, Driver, Life, Link, OnLife, ResultHandle};
use crate::error::{Error, ErrorCode, Kind, Result};
use crate::secret::Secret;
use crate::session::{Request, Session, Timing};
use crate::tls::{self, TlsSummary};
use crate::transport::{self, Phase, Transport, Watcher};
use crate::wire::{LoginCredential, LoginOptions};
use lease::{Lease, Use};
pub use pool::Pool;

pub(crate) use origin::Origin;
pub(crate) use time::Time;

/// A logged-in connection to TDengine: one WebSocket, any number of statements at the same time.
///
/// Cheap to clone; clones share the socket. All methods take `&self` and may be called from any task.
/// Dropping the last clone and the last [`ResultSet`] closes the socket.
///
/// **Cancellation.** Dropping the future of any method is safe: the connection stays usable, an answer that comes
/// later is thrown away and its result freed. Whether the server runs the statement to its end is its own matter.
///
/// **Order.** Statements in flight at the same time are run concurrently by the server. Await one before starting the
/// next if the order matters. Nothing is ever sent twice (NET-2).
#[derive(Debug, Clone)]
pub struct Connection {
    link: Link,
    shared: Arc<Shared>,
    /// Of a connection that a pool has lent.
    lease: Option<Arc<Lease>>,
}

#[derive(Debug)]
struct Shared {
    server_version: String,
    tls: Option<TlsSummary>,
    endpoint: Endpoint,
    instances: Vec<Endpoint>,
    opened: Instant,
}

/// Options of one statement.
#[derive(Debug, Clone, Default)]
pub struct QueryOptions {
    timeout: Option<Duration>,
    req_id: Option<u64>,
    idempotent: bool,
}

impl QueryOptions {
    /// The connection's timeout and a fresh request id.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the server may take for the statement, and then for each block of its rows. Default: the
    /// connection's `request_timeout`.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The request id under which the server logs the statement: not 0, not in flight.
    pub fn req_id(mut self, req_id: u64) -> Self {
        self.req_id = Some(req_id);
        self
    }

    /// Running the statement twice is as good as once: a pool may send it again after a lost connection, even if it may have
    /// run (NET-2). Statements that only read are taken for idempotent anyway.
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }

    pub(crate) fn is_idempotent(&self) -> bool {
        self.idempotent
    }
}

/// The state of the service behind the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerStatus {
    /// 0 unavailable, 1 network ok, 2 service ok, 3 degraded, 4 exiting.
    pub status: i32,
    /// The server's words, often empty.
    pub details: String,
}

impl Connection {
    /// Connects and logs in, within [`Config::connect_timeout`]. Needs a tokio runtime with I/O and time enabled.
    ///
    /// # Errors
    /// What is wrong with certificates (`TLS_…`), network (`RESOLVE_FAILED`, `CONNECT_…`), upgrade (`UPGRADE_…`) or
    /// credential (`TOKEN_…`, `AUTHENTICATION_FAILED`, …). A refused credential is never tried again.
    pub async fn connect(config: &Config) -> Result<Connection> {
        let origin = Origin::of(config);
        origin.tell_warnings(config);
        let time = Time::of(config);
        let mut refusal: Option<Error> = None;
        // The endpoints in their order; the next one if this one cannot be reached. Who was shown a credential is the last.
        for (endpoint, left) in config.endpoints().iter().zip((1..=config.endpoints().len()).rev()) {
            if time.is_over() {
                break;
            }
            match Self::reach(config, endpoint, &origin, time, left).await {
                Ok(transport) => return Self::enter(config, endpoint, &origin, time, transport).await,
                Err(error) if error.is_endpoints_fault() => {
                    // That somebody could not prove who he is tells more than that another one is down.
                    let told =
                        refusal.take().filter(|earlier| earlier.kind() == Kind::Tls && error.kind() != Kind::Tls);
                    refusal = Some(told.unwrap_or(error));
                }
                Err(error) => return Err(error),
            }
        }
        Err(refusal.unwrap_or_else(|| ErrorCode::AddressEmpty.into()))
    }

    /// One attempt at one of `left` endpoints, told to whoever listens.
    pub(crate) async fn attempt(
        config: &Config,
        endpoint: &Endpoint,
        origin: &Origin,
        time: Time,
        left: usize,
    ) -> Result<Connection> {
        let transport = Self::reach(config, endpoint, origin, time, left).await?;
        Self::enter(config, endpoint, origin, time, transport).await
    }

    /// Up to the WebSocket: nothing of ours is shown before. Takes the share of one of `left` endpoints at most.
    async fn reach(
        config: &Config,
        endpoint: &Endpoint,
        origin: &Origin,
        time: Time,
        left: usize,
    ) -> Result<Transport> {
        let open = async {
            let tls = transport::tls_client(config, endpoint).await?;
            transport::open(config, endpoint, tls, &mut |_| {}).await
        };
        let outcome = tokio::time::timeout(time.share(left), open).await.unwrap_or_else(|_| Err(time.passed()));
        outcome.inspect_err(|error| origin.tell_failed(endpoint, error))
    }

    /// The login, until the time is over.
    async fn enter(
        config: &Config,
        endpoint: &Endpoint,
        origin: &Origin,
        time: Time,
        transport: Transport,
    ) -> Result<Connection> {
        let outcome =
            tokio::time::timeout(time.left(), Self::log_in(config, endpoint, transport, Some(origin), &mut |_| {}))
                .await;
        outcome.unwrap_or_else(|_| Err(time.passed())).inspect_err(|error| origin.tell_failed(endpoint, error))
    }

    /// One attempt, with the TLS client of the endpoint, of which no event tells; `begins` is told of every phase.
    pub(crate) async fn connect_to(
        config: &Config,
        endpoint: &Endpoint,
        tls: Option<tls::Client>,
        begins: &mut Watcher<'_>,
    ) -> Result<Connection> {
        let transport = transport::open(config, endpoint, tls, begins).await?;
        Self::log_in(config, endpoint, transport, None, begins).await
    }

    /// Without `origin` no event tells of it.
    async fn log_in(
        config: &Config,
        endpoint: &Endpoint,
        transport: Transport,
        origin: Option<&Origin>,
        begins: &mut Watcher<'_>,
    ) -> Result<Connection> {
        if let (Some(origin), Some(tls)) = (origin, &transport.tls) {
            tls.tell_expiry(endpoint, origin.pool());
        }
        begins(Phase::Login);
        let code = one_time_code(config).await?;
        let tls = transport.tls.clone();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let session = login(config, code.as_ref(), clock.as_ref());
        let on_life = origin
            .map_or_else(|| Box::new(|_: Life<'_>| {}) as OnLife, |origin| origin.on_life(endpoint, tls.as_ref()));
        let (link, logged_in) = Driver::spawn(session, transport, clock, on_life);
        match logged_in.await {
            Ok(Ok(Answer::LoggedIn { version, instances })) => {
                let instances = config.endpoints_among(&instances);
                let opened = Instant::now();
                let shared = Shared { server_version: version, tls, endpoint: endpoint.clone(), instances, opened };
                Ok(Connection { link, shared: Arc::new(shared), lease: None })
            }
            Ok(Ok(other)) => Err(Error::new(ErrorCode::Internal, format!("the login was answered by {other:?}"))),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(ErrorCode::ConnectionLost.into()),
        }
    }

    /// Runs one SQL statement.
    ///
    /// # Errors
    /// `SYNTAX_ERROR` and the other codes of the server; `REQUEST_TIMEOUT`, `CONNECTION_LOST` with
    /// [`Error::may_have_run`]; `CLOSED`, `FORKED`.
    pub async fn query(&self, sql: &str) -> Result<ResultSet> {
        self.query_with(sql, &QueryOptions::default()).await
    }

    /// Runs one SQL statement with options.
    ///
    /// # Errors
    /// As [`Connection::query`]; `INVALID_ARGUMENT` for a request id that is 0 or in flight.
    pub async fn query_with(&self, sql: &str, options: &QueryOptions) -> Result<ResultSet> {
        if let Some(lease) = self.lease.as_ref().filter(|_| statement::changes_session(sql)) {
            lease.changes();
        }
        let (answer, usage) = self.ask(Request::Query(sql.to_owned()), options.timeout, options.req_id).await?;
        match answer {
            Answer::Update { affected_rows } => Ok(ResultSet { rows: None, affected_rows, usage: None, first: None }),
            Answer::Rows(handle) => Ok(ResultSet { rows: Some(handle), affected_rows: 0, usage, first: None }),
            other => Err(unexpected(&other)),
        }
    }

    /// The answer, with what shows a pool that the connection is in use until it is dropped.
    async fn ask(
        &self,
        request: Request,
        timeout: Option<Duration>,
        req_id: Option<u64>,
    ) -> Result<(Answer, Option<Use>)> {
        let usage = self.lease.as_ref().map(Lease::begin).transpose()?;
        let outcome = self.link.ask(request, timeout, req_id).await;
        if let (Err(error), Some(lease)) = (&outcome, &self.lease) {
            lease.failed(error);
        }
        outcome.map(|answer| (answer, usage))
    }

    /// Runs a statement without rows; the number of rows it changed. Rows, if there are any, are thrown away.
    ///
    /// # Errors
    /// As [`Connection::query`].
    pub async fn execute(&self, sql: &str) -> Result<u64> {
        self.execute_with(sql, &QueryOptions::default()).await
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`Connection::query`].
    pub async fn execute_with(&self, sql: &str, options: &QueryOptions) -> Result<u64> {
        Ok(self.query_with(sql, options).await?.affected_rows())
    }

    /// The session's database, as `USE` left it.
    ///
    /// # Errors
    /// As [`Connection::query`].
    pub async fn current_database(&self) -> Result<Option<String>> {
        match self.ask(Request::CurrentDatabase, None, None).await?.0 {
            Answer::Database(name) => Ok(name),
            other => Err(unexpected(&other)),
        }
    }

    /// Whether the service behind the gateway answers: a round trip without a statement.
    ///
    /// # Errors
    /// As [`Connection::query`].
    pub async fn server_status(&self) -> Result<ServerStatus> {
        match self.ask(Request::ServerStatus, None, None).await?.0 {
            Answer::Status { status, details } => Ok(ServerStatus { status, details }),
            other => Err(unexpected(&other)),
        }
    }

    /// Version of the server, as it says: `3.4.1.13`.
    pub fn server_version(&self) -> &str {
        &self.shared.server_version
    }

    /// What TLS negotiated; `None` on a plain connection.
    pub fn tls(&self) -> Option<&TlsSummary> {
        self.shared.tls.as_ref()
    }

    /// The endpoint this connection leads to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.shared.endpoint
    }

    /// When its login had succeeded.
    pub(crate) fn opened(&self) -> Instant {
        self.shared.opened
    }

    /// The gateways that the cluster named, if it was asked (`discover`): those that the configuration may talk to.
    pub(crate) fn instances(&self) -> &[Endpoint] {
        &self.shared.instances
    }

    /// True once the connection is closed or lost, or given back to its pool.
    pub fn is_closed(&self) -> bool {
        self.link.ended().is_some() || self.lease.as_ref().is_some_and(|lease| lease.has_ended())
    }

    /// Closes the socket; statements in flight get `CLOSED`. Idempotent. Waits at most a few seconds.
    ///
    /// A connection of a pool is given back instead, for all its clones. With a statement under way or a result not read to its
    /// end it is closed, and the pool opens another one.
    pub async fn close(&self) {
        match &self.lease {
            Some(lease) => lease.end(),
            None => self.link.close().await,
        }
    }

    /// The same connection, in the hands of a pool's user.
    fn lent(&self, lease: Arc<Lease>) -> Connection {
        Connection { link: self.link.clone(), shared: Arc::clone(&self.shared), lease: Some(lease) }
    }

    /// Ends with the connection, however that comes; does not keep it open.
    fn ended(&self) -> impl Future<Output = Error> + Send + 'static {
        self.link.when_ended()
    }

    /// Closes the socket with a reason of the library's own.
    fn cut(&self, reason: Error) {
        self.link.cut(reason);
    }
}

/// The answer to a statement: rows to read block by block, or a number of changed rows.
///
/// While one block is being worked on, the next is already on its way: exactly one is read ahead.
/// Dropping it before its end frees the rest on the server.
#[derive(Debug)]
pub struct ResultSet {
    rows: Option<ResultHandle>,
    affected_rows: u64,
    /// Until the end of the rows.
    usage: Option<Use>,
    /// Waited for before somebody asked.
    first: Option<Block>,
}

impl ResultSet {
    /// The columns; empty for a statement without rows.
    pub fn fields(&self) -> &[Field] {
        self.rows.as_ref().map_or(&[], |rows| rows.fields())
    }

    /// The columns, shared.
    pub fn shared_fields(&self) -> Arc<[Field]> {
        self.rows.as_ref().map_or_else(|| Arc::from([]), |rows| Arc::clone(rows.fields()))
    }

    /// Precision of all timestamps in the result.
    pub fn precision(&self) -> Precision {
        self.rows.as_ref().map_or(Precision::Millisecond, ResultHandle::precision)
    }

    /// True for a statement without rows (INSERT, DDL, USE).
    pub fn is_update(&self) -> bool {
        self.rows.is_none()
    }

    /// Rows changed; 0 for a statement with rows.
    pub fn affected_rows(&self) -> u64 {
        self.affected_rows
    }

    /// The next block, at least one row long; `None` at the end. Dropping the future loses nothing.
    ///
    /// # Errors
    /// `REQUEST_TIMEOUT`, `CONNECTION_LOST`, the server's codes, `BLOCK_INVALID`; the same again on a further call.
    /// `CLOSED` after [`ResultSet::close`].
    pub async fn next_block(&mut self) -> Result<Option<Block>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let Some(rows) = &mut self.rows else { return Ok(None) };
        let block = rows.next().await;
        if let (Err(error), Some(usage)) = (&block, &self.usage) {
            usage.failed(error);
        }
        if !matches!(block, Ok(Some(_))) {
            self.usage = None;
        }
        block
    }

    /// Frees what was not read. Idempotent; does not wait.
    pub fn close(&mut self) {
        if let Some(rows) = &mut self.rows {
            rows.release();
        }
        self.first = None;
        self.usage = None;
    }

    /// Waits until the first rows are there, or the end of a result without any.
    async fn begin(&mut self) -> Result<()> {
        self.first = self.next_block().await?;
        Ok(())
    }
}

/// Asks beside the runtime's threads: a person may have to look at a telephone.
async fn one_time_code(config: &Config) -> Result<Option<Secret>> {
    let callback = match config.credential() {
        Credential::Password { totp: Some(Totp::Code(code)), .. } => return Ok(Some(code.clone())),
        Credential::Password { totp: Some(Totp::Callback(callback)), .. } => callback.clone(),
        _ => return Ok(None),
    };
    match tokio::task::spawn_blocking(move || callback.ask()).await {
        Ok(code) => code.map(Some),
        Err(_) => Err(Error::new(ErrorCode::CredentialUnavailable, "the callback for the one-time code panicked")
            .with_option("totp_code")),
    }
}

fn login(config: &Config, code: Option<&Secret>, clock: &dyn Clock) -> Session {
    let now = clock.now();
    let options = LoginOptions {
        database: config.database().map(str::to_owned),
        timezone: config.timezone().map(str::to_owned),
        app: config.app().map(str::to_owned),
        client_ip: config.client_ip().map(str::to_owned),
        bi_mode: config.bi_mode(),
        list_instances: config.pool().discover,
    };
    let credential = match config.credential() {
        Credential::Token(token) | Credential::CertificateAndToken(_, token) => LoginCredential::Token(token),
        Credential::Certificate(_) => LoginCredential::Certificate,
        Credential::Password { user, password, .. } => LoginCredential::Password { user, password, totp: code },
    };
    let timing = Timing {
        request_timeout: config.request_timeout(),
        keepalive: config.keepalive(),
        login_deadline: now.monotonic + config.connect_timeout(),
    };
    // Ids stay below 2^53 for servers and tools that read JSON numbers as doubles.
    let first = SeededRng::from_entropy().next() >> 13;
    Session::new(&credential, &options, timing, first, now)
}

fn unexpected(answer: &Answer) -> Error {
    Error::new(ErrorCode::Internal, format!("a request was answered by {answer:?}"))
}
