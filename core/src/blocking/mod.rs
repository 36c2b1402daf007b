//! The same API, waiting: for C, synchronous Python and programs without a runtime.
//!
//! One multi-thread runtime per process, started at first use, serves every blocking surface. A forked child gets a
//! new one; handles from before the fork answer `FORKED` (HOST-3).

mod pool;
mod tokens;

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::client::{self, QueryOptions, ServerStatus};
use crate::column::{Block, Field, Precision};
use crate::config::{Config, Endpoint};
use crate::error::{Error, ErrorCode, Result};
use crate::tls::TlsSummary;

pub use pool::Pool;
pub use tokens::Tokens;

struct Started {
    process: u32,
    runtime: &'static Runtime,
}

static STARTED: Mutex<Option<Started>> = Mutex::new(None);

/// The process's runtime, started if need be. Faces that schedule on an event loop of their own spawn here.
///
/// # Errors
/// `RUNTIME_UNAVAILABLE` if the operating system gives no threads.
pub fn runtime() -> Result<Handle> {
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some(started) = started.as_ref().filter(|started| started.process == process) {
        return Ok(started.runtime.handle().clone());
    }
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 8));
    let runtime = Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("tdsec")
        .enable_io()
        .enable_time()
        .build()
        .map_err(|error| {
            Error::new(ErrorCode::RuntimeUnavailable, format!("no runtime can be started: {error}")).with_source(error)
        })?;
    // Never dropped: the one of a parent process cannot be joined here, ours lives as long as the process.
    let runtime: &'static Runtime = Box::leak(Box::new(runtime));
    *started = Some(Started { process, runtime });
    Ok(runtime.handle().clone())
}

/// Waits for `future`.
///
/// # Errors
/// Those of the future; `RUNTIME_UNAVAILABLE`; `INVALID_ARGUMENT` when called from inside an asynchronous task, where
/// waiting would block a worker.
pub fn wait<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    outside_of_a_runtime()?;
    runtime()?.block_on(future)
}

/// Waits for `future` and calls `check` every `interval`, so that a host can look for an interrupt. The first error of
/// `check` ends the wait; the future is dropped, which cancels it.
///
/// # Errors
/// `Err(Ok(error))`-free: the future's own result is the inner one, the outer error is the host's.
pub fn wait_checking<T, E>(
    future: impl Future<Output = Result<T>>,
    interval: Duration,
    mut check: impl FnMut() -> std::result::Result<(), E>,
) -> std::result::Result<Result<T>, E> {
    let runtime = match outside_of_a_runtime().and_then(|()| runtime()) {
        Ok(runtime) => runtime,
        Err(error) => return Ok(Err(error)),
    };
    let mut future = pin!(future);
    loop {
        match runtime.block_on(async { tokio::time::timeout(interval, future.as_mut()).await }) {
            Ok(outcome) => return Ok(outcome),
            // Outside of the runtime: what the host does then, in the handler of a signal, may be a blocking call too.
            Err(_) => check()?,
        }
    }
}

fn outside_of_a_runtime() -> Result<()> {
    match Handle::try_current() {
        Err(_) => Ok(()),
        Ok(_) => Err(Error::new(
            ErrorCode::InvalidArgument,
            "a blocking call was made inside an asynchronous task; use the asynchronous API there",
        )),
    }
}

/// A logged-in connection whose methods wait. May be used from several threads at the same time.
#[derive(Debug, Clone)]
pub struct Connection(client::Connection);

impl Connection {
    /// Connects and logs in; see [`client::Connection::connect`].
    ///
    /// # Errors
    /// As the asynchronous one.
    pub fn connect(config: &Config) -> Result<Connection> {
        wait(client::Connection::connect(config)).map(Connection)
    }

    /// Runs one SQL statement.
    ///
    /// # Errors
    /// As [`client::Connection::query`].
    pub fn query(&self, sql: &str) -> Result<ResultSet> {
        self.query_with(sql, &QueryOptions::default())
    }

    /// Runs one SQL statement with options.
    ///
    /// # Errors
    /// As [`client::Connection::query_with`].
    pub fn query_with(&self, sql: &str, options: &QueryOptions) -> Result<ResultSet> {
        wait(self.0.query_with(sql, options)).map(ResultSet)
    }

    /// Runs a statement without rows; the number of rows it changed.
    ///
    /// # Errors
    /// As [`client::Connection::query`].
    pub fn execute(&self, sql: &str) -> Result<u64> {
        wait(self.0.execute(sql))
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`client::Connection::query_with`].
    pub fn execute_with(&self, sql: &str, options: &QueryOptions) -> Result<u64> {
        wait(self.0.execute_with(sql, options))
    }

    /// The session's database.
    ///
    /// # Errors
    /// As [`client::Connection::query`].
    pub fn current_database(&self) -> Result<Option<String>> {
        wait(self.0.current_database())
    }

    /// Whether the service behind the gateway answers.
    ///
    /// # Errors
    /// As [`client::Connection::query`].
    pub fn server_status(&self) -> Result<ServerStatus> {
        wait(self.0.server_status())
    }

    /// Version of the server.
    pub fn server_version(&self) -> &str {
        self.0.server_version()
    }

    /// What TLS negotiated; `None` on a plain connection.
    pub fn tls(&self) -> Option<&TlsSummary> {
        self.0.tls()
    }

    /// The endpoint this connection leads to.
    pub fn endpoint(&self) -> &Endpoint {
        self.0.endpoint()
    }

    /// True once the connection is closed or lost.
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// Closes the socket. Idempotent; waits at most a few seconds.
    pub fn close(&self) {
        let _ = wait(async {
            self.0.close().await;
            Ok(())
        });
    }

    /// The asynchronous connection behind this one.
    pub fn asynchronous(&self) -> &client::Connection {
        &self.0
    }
}

/// The answer to a statement, read by waiting.
#[derive(Debug)]
pub struct ResultSet(client::ResultSet);

impl ResultSet {
    /// The columns; empty for a statement without rows.
    pub fn fields(&self) -> &[Field] {
        self.0.fields()
    }

    /// The columns, shared.
    pub fn shared_fields(&self) -> Arc<[Field]> {
        self.0.shared_fields()
    }

    /// Precision of all timestamps in the result.
    pub fn precision(&self) -> Precision {
        self.0.precision()
    }

    /// True for a statement without rows.
    pub fn is_update(&self) -> bool {
        self.0.is_update()
    }

    /// Rows changed; 0 for a statement with rows.
    pub fn affected_rows(&self) -> u64 {
        self.0.affected_rows()
    }

    /// The next block, at least one row long; `None` at the end.
    ///
    /// # Errors
    /// As [`client::ResultSet::next_block`].
    pub fn next_block(&mut self) -> Result<Option<Block>> {
        wait(self.0.next_block())
    }

    /// Frees what was not read. Idempotent; does not wait.
    pub fn close(&mut self) {
        self.0.close();
    }

    /// The asynchronous result behind this one.
    pub fn into_asynchronous(self) -> client::ResultSet {
        self.0
    }
}
