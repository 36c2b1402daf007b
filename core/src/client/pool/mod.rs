//! [`Pool`]: connections that are there when they are wanted, whose token rotates by itself.
//!
//! ```text
//! acquire, query                         jobs: fetch, open, canary, validate, reset, probe, close
//!      |                                        ^                    |
//!      v                                        | spawned            | answers
//!   Inner::drive --- one mutex ---> Rotation   Endpoints   Table <---+
//!      ^                                        |
//!      +---- the ticker: deadlines of all three +
//! ```
//!
//! Every change goes through [`Inner::drive`](inner::Inner): the machines are told what happened and asked what to do until none
//! has more to say; what they want done is done after the mutex is released.

mod inner;
mod jobs;
mod opening;
mod work;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::replay::{self, Verdict};
use super::{Connection, QueryOptions, ResultSet};
use crate::clock::{Rng, SeededRng};
use crate::config::Config;
use crate::credential::TokenSource;
use crate::error::{Error, ErrorCode, Result};
use crate::pool::PoolStatus;
use inner::Inner;

/// A pool of connections to one cluster, for one application or tenant.
///
/// Give it a [`TokenSource`] and forget about tokens: the pool fetches the next one before the present one ends, tries it on a few
/// connections, lets new connections use it, replaces the others while they are idle, and goes back by itself if it fails.
/// Statements never notice.
///
/// Cheap to clone; clones are the same pool. Dropping the last clone closes it; connections that are lent stay usable.
///
/// ```no_run
/// # async fn example(source: std::sync::Arc<dyn tdsec::TokenSource>) -> tdsec::Result<()> {
/// let config = tdsec::Config::builder().address("wss://db.example:6041/power")?.set("max_size", "20")?.build()?;
/// let pool = tdsec::Pool::new(&config, Some(source))?;
/// let connection = pool.acquire().await?;
/// connection.execute("insert into d1 values (now, 1.5)").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Pool {
    handle: Arc<Handle>,
}

/// The user's end: the pool closes when the last one is gone.
struct Handle(Arc<Inner>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.begin_closing();
    }
}

impl Pool {
    /// How long surfaces with a default wait in [`Pool::close`] for what is lent.
    pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

    /// Makes a pool and starts to fill it in the background; nothing is waited for, and a server that is away is no error here.
    /// Needs a tokio runtime with I/O and time enabled, on which the pool's work is done.
    ///
    /// Without a source the credential of `config` is used for ever.
    ///
    /// # Errors
    /// `CREDENTIAL_CONFLICT` for a source beside a token or password in `config`; `INSECURE_TRANSPORT` and `DANGEROUS_OPTION`
    /// where a token would be exposed; `RUNTIME_UNAVAILABLE` outside of a runtime.
    pub fn new(config: &Config, source: Option<Arc<dyn TokenSource>>) -> Result<Pool> {
        let inner = Inner::start(config, source)?;
        Ok(Pool { handle: Arc::new(Handle(inner)) })
    }

    /// A connection, waited for up to `acquire_timeout`. It behaves as one opened directly; closing it, or dropping its last
    /// clone and result, gives it back.
    ///
    /// # Errors
    /// `ACQUIRE_TIMEOUT` if all stayed in use; what is wrong with server, certificate or credential if none can be opened;
    /// `CLOSED`, `FORKED`.
    pub async fn acquire(&self) -> Result<Connection> {
        self.acquire_within(self.config().pool().acquire_timeout).await
    }

    /// The same with another patience; with none it gives what is at rest and waits for nothing.
    ///
    /// # Errors
    /// As [`Pool::acquire`].
    pub async fn acquire_within(&self, patience: Duration) -> Result<Connection> {
        self.inner().acquire(patience).await
    }

    /// Runs one statement on some connection, which is given back when its rows have been read or dropped.
    ///
    /// If the connection breaks, or the server has ended its session, a statement that only reads, or is marked as idempotent, or was
    /// never sent, is run again on another one; any other gives an error that says that it may have run (NET-2). A statement that only
    /// reads is there with its first rows; once they have come nothing is repeated.
    ///
    /// # Errors
    /// As [`Pool::acquire`] and [`Connection::query`].
    pub async fn query(&self, sql: &str) -> Result<ResultSet> {
        self.query_with(sql, &QueryOptions::default()).await
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`Pool::query`].
    pub async fn query_with(&self, sql: &str, options: &QueryOptions) -> Result<ResultSet> {
        let mut attempt = 0;
        let mut first_loss = None;
        loop {
            let connection = self.acquire().await?;
            let error = match run(&connection, sql, options).await {
                Ok(result) => return Ok(result),
                Err(error) => error,
            };
            // A server that dies takes all its connections along, and not all are known to be dead yet. Each fails once.
            let broke = replay::broke(&error);
            attempt += u32::from(!(broke && first_loss.is_some_and(|time| connection.opened() < time)));
            if broke {
                first_loss.get_or_insert_with(Instant::now);
            }
            drop(connection);
            match replay::judge(&error, sql, options, attempt) {
                Verdict::Tell => return Err(error),
                Verdict::Again => {}
                Verdict::AgainAfter(longest) => {
                    let share = SeededRng::from_entropy().fraction();
                    tokio::time::sleep(longest.mul_f64(share)).await;
                }
            }
        }
    }

    /// Runs a statement without rows; the number of rows it changed.
    ///
    /// # Errors
    /// As [`Pool::query`].
    pub async fn execute(&self, sql: &str) -> Result<u64> {
        self.execute_with(sql, &QueryOptions::default()).await
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`Pool::query`].
    pub async fn execute_with(&self, sql: &str, options: &QueryOptions) -> Result<u64> {
        Ok(self.query_with(sql, options).await?.affected_rows())
    }

    /// Waits until a connection is there: for programs that want to know at their start.
    ///
    /// # Errors
    /// As [`Pool::acquire`].
    pub async fn ready(&self) -> Result<()> {
        self.acquire().await.map(drop)
    }

    /// The same with another patience than `acquire_timeout`.
    ///
    /// # Errors
    /// As [`Pool::acquire`].
    pub async fn ready_within(&self, patience: Duration) -> Result<()> {
        self.acquire_within(patience).await.map(drop)
    }

    /// Asks the source for the next token now, instead of when it is due. What follows is told by events. Without a source this
    /// does nothing.
    pub fn rotate(&self) {
        self.inner().rotate();
    }

    /// The token in use, the newest one, has leaked: takes every connection off it within seconds (OPS-6). The pool goes back to
    /// the token before while the grace period of that lasts, else it waits for another one of the source. Statements still running
    /// after three seconds end with `TOKEN_REVOKED`. The server still takes the token: drop it there too.
    ///
    /// Without a source there is no next token, and this does nothing: close the pool.
    pub fn revoke(&self) {
        self.inner().revoke();
    }

    /// What there is at the moment.
    pub fn status(&self) -> PoolStatus {
        self.inner().status()
    }

    /// How long the token in use still lives; `None` without a source, before the first token, and while none is in
    /// use because it was refused or revoked.
    pub fn token_time_left(&self) -> Option<Duration> {
        self.inner().token_time_left()
    }

    /// Name in events and metrics: the option `pool_name`, or `pool-1`, `pool-2`, ….
    pub fn name(&self) -> &str {
        &self.inner().name
    }

    /// What it was made with.
    pub fn config(&self) -> &Config {
        &self.inner().config
    }

    /// For callers of what has no answer that could tell of a fork, such as [`Pool::rotate`], which does nothing there.
    ///
    /// # Errors
    /// `FORKED` in a child of the process that made the pool.
    pub fn check_process(&self) -> Result<()> {
        self.inner().check_process()
    }

    /// True after [`Pool::close`].
    pub fn is_closed(&self) -> bool {
        self.inner().is_closed()
    }

    /// Closes what is at rest at once and what is lent when it comes back, stops listening to the source, and waits until
    /// everything has ended, `patience` at most; then what is still lent is cut. Idempotent (OPS-5).
    pub async fn close(&self, patience: Duration) {
        self.inner().close(patience).await;
    }

    /// Where its connections lead, for logs: without secrets, and without a user if a source gives the tokens.
    pub fn address(&self) -> String {
        match &self.inner().source {
            Some(_) => self.config().redacted_for_source(),
            None => self.config().redacted(),
        }
    }

    fn inner(&self) -> &Arc<Inner> {
        &self.handle.0
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", &self.name())
            .field("address", &self.address())
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

/// With its first rows where it may be repeated: a connection that breaks before them is as good as one that broke before the answer.
async fn run(connection: &Connection, sql: &str, options: &QueryOptions) -> Result<ResultSet> {
    let mut result = connection.query_with(sql, options).await?;
    if replay::may_repeat(sql, options) {
        result.begin().await?;
    }
    Ok(result)
}

fn forked() -> Error {
    Error::new(ErrorCode::Forked, "this pool was opened before a fork; it belongs to the parent process")
}
