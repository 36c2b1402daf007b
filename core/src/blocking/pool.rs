//! A pool whose methods wait.

use std::sync::Arc;
use std::time::Duration;

use super::{Connection, ResultSet, runtime, wait};
use crate::client::{self, QueryOptions};
use crate::config::Config;
use crate::credential::TokenSource;
use crate::error::Result;
use crate::pool::PoolStatus;

/// A pool of connections; see [`client::Pool`]. May be used from several threads at the same time.
#[derive(Debug, Clone)]
pub struct Pool(client::Pool);

impl Pool {
    /// Makes a pool on the process's runtime and starts to fill it; waits for nothing.
    ///
    /// # Errors
    /// As [`client::Pool::new`].
    pub fn new(config: &Config, source: Option<Arc<dyn TokenSource>>) -> Result<Pool> {
        let runtime = runtime()?;
        let _inside = runtime.enter();
        client::Pool::new(config, source).map(Pool)
    }

    /// A connection, waited for up to `acquire_timeout`; closing it gives it back.
    ///
    /// # Errors
    /// As [`client::Pool::acquire`].
    pub fn acquire(&self) -> Result<Connection> {
        wait(self.0.acquire()).map(Connection)
    }

    /// The same with another patience.
    ///
    /// # Errors
    /// As [`client::Pool::acquire`].
    pub fn acquire_within(&self, patience: Duration) -> Result<Connection> {
        wait(self.0.acquire_within(patience)).map(Connection)
    }

    /// Runs one statement on some connection; repeats it where that is safe.
    ///
    /// # Errors
    /// As [`client::Pool::query`].
    pub fn query(&self, sql: &str) -> Result<ResultSet> {
        self.query_with(sql, &QueryOptions::default())
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`client::Pool::query`].
    pub fn query_with(&self, sql: &str, options: &QueryOptions) -> Result<ResultSet> {
        wait(self.0.query_with(sql, options)).map(ResultSet)
    }

    /// Runs a statement without rows; the number of rows it changed.
    ///
    /// # Errors
    /// As [`client::Pool::query`].
    pub fn execute(&self, sql: &str) -> Result<u64> {
        wait(self.0.execute(sql))
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`client::Pool::query`].
    pub fn execute_with(&self, sql: &str, options: &QueryOptions) -> Result<u64> {
        wait(self.0.execute_with(sql, options))
    }

    /// Waits until a connection is there.
    ///
    /// # Errors
    /// As [`client::Pool::acquire`].
    pub fn ready(&self) -> Result<()> {
        wait(self.0.ready())
    }

    /// The same with another patience.
    ///
    /// # Errors
    /// As [`client::Pool::acquire`].
    pub fn ready_within(&self, patience: Duration) -> Result<()> {
        wait(self.0.ready_within(patience))
    }

    /// Asks the source for the next token now.
    pub fn rotate(&self) {
        self.0.rotate();
    }

    /// Takes every connection off the token in use, within seconds.
    pub fn revoke(&self) {
        self.0.revoke();
    }

    /// What there is at the moment.
    pub fn status(&self) -> PoolStatus {
        self.0.status()
    }

    /// How long the token in use still lives.
    pub fn token_time_left(&self) -> Option<Duration> {
        self.0.token_time_left()
    }

    /// Name in events and metrics.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// True after [`Pool::close`].
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// Closes everything, waiting for what is lent up to `patience`. Idempotent.
    pub fn close(&self, patience: Duration) {
        let _ = wait(async {
            self.0.close(patience).await;
            Ok(())
        });
    }

    /// The asynchronous pool behind this one.
    pub fn asynchronous(&self) -> &client::Pool {
        &self.0
    }
}
