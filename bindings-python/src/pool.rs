//! A pool of connections, for both the module that waits and asyncio.

use std::future::Future;
use std::time::Duration;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use tdsec::blocking;

use crate::argument::{Idempotent, ReqId, Sql, Timeout};
use crate::completions::{Completions, Task, object};
use crate::connection::{Config, Connection, query_options};
use crate::error::exception;
use crate::result::Result;
use crate::source::Source;
use crate::wait::{Interrupt, patience, wait};

/// Connections of one configuration, whose token rotates by itself.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Pool {
    inner: tdsec::Pool,
    address: String,
    config: Py<Config>,
    source: Option<Py<Source>>,
}

impl Pool {
    fn lending(&self, patience: Option<Duration>) -> impl Future<Output = tdsec::Result<tdsec::Connection>> + use<> {
        let inner = self.inner.clone();
        async move {
            match patience {
                Some(patience) => inner.acquire_within(patience).await,
                None => inner.acquire().await,
            }
        }
    }

    fn closing(&self, patience: Duration) -> impl Future<Output = tdsec::Result<()>> + use<> {
        let inner = self.inner.clone();
        async move {
            inner.close(patience).await;
            Ok(())
        }
    }
}

#[pymethods]
impl Pool {
    /// Begins to fill; waits for nothing.
    #[new]
    #[pyo3(signature = (config, source=None))]
    fn new(py: Python<'_>, config: Bound<'_, Config>, source: Option<Bound<'_, Source>>) -> PyResult<Self> {
        let pool = blocking::Pool::new(&config.get().core, source.as_ref().map(|source| source.get().core()));
        let pool = pool.map_err(|error| exception(py, &error))?;
        let (config, source) = (config.unbind(), source.map(Bound::unbind));
        Ok(Pool { address: pool.asynchronous().address(), inner: pool.asynchronous().clone(), config, source })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        visit.call(&self.config)?;
        visit.call(&self.source)
    }

    /// Lends a connection, waiting.
    #[pyo3(signature = (timeout=None))]
    fn acquire(&self, py: Python<'_>, timeout: Option<Timeout>) -> PyResult<Connection> {
        let lent = wait(py, self.lending(patience(py, timeout)?))?;
        Ok(Connection::new(lent, self.address.clone()))
    }

    /// Lends a connection; `future` gets it.
    #[pyo3(signature = (completions, future, timeout=None))]
    fn acquire_async(
        &self,
        py: Python<'_>,
        completions: &Completions,
        future: Py<PyAny>,
        timeout: Option<Timeout>,
    ) -> PyResult<Task> {
        let (work, address) = (self.lending(patience(py, timeout)?), self.address.clone());
        completions.submit(py, future, work, move |py, lent| object(py, Connection::new(lent, address)))
    }

    /// Waits until a connection is there.
    #[pyo3(signature = (timeout=None))]
    fn ready(&self, py: Python<'_>, timeout: Option<Timeout>) -> PyResult<()> {
        wait(py, self.lending(patience(py, timeout)?)).map(drop)
    }

    /// Waits until a connection is there; `future` gets None.
    #[pyo3(signature = (completions, future, timeout=None))]
    fn ready_async(
        &self,
        py: Python<'_>,
        completions: &Completions,
        future: Py<PyAny>,
        timeout: Option<Timeout>,
    ) -> PyResult<Task> {
        let lending = self.lending(patience(py, timeout)?);
        completions.submit(py, future, async move { lending.await.map(drop) }, object)
    }

    /// Runs a statement on some connection, waiting.
    #[pyo3(signature = (sql, timeout=None, req_id=None, idempotent=None))]
    fn query(
        &self,
        py: Python<'_>,
        sql: Sql,
        timeout: Option<Timeout>,
        req_id: Option<ReqId>,
        idempotent: Option<Idempotent>,
    ) -> PyResult<Result> {
        let options =
            query_options(py, timeout, req_id)?.idempotent(idempotent.is_some_and(|Idempotent(marked)| marked));
        let answer = wait(py, self.inner.query_with(&sql.0, &options))?;
        Ok(Result::new(answer, &Interrupt::default()))
    }

    /// Runs a statement on some connection; `future` gets the result.
    #[pyo3(signature = (completions, future, sql, timeout=None, req_id=None, idempotent=None))]
    #[expect(clippy::too_many_arguments, reason = "the statement's options, and where the answer goes")]
    fn query_async(
        &self,
        py: Python<'_>,
        completions: &Completions,
        future: Py<PyAny>,
        sql: Sql,
        timeout: Option<Timeout>,
        req_id: Option<ReqId>,
        idempotent: Option<Idempotent>,
    ) -> PyResult<Task> {
        let options =
            query_options(py, timeout, req_id)?.idempotent(idempotent.is_some_and(|Idempotent(marked)| marked));
        let inner = self.inner.clone();
        let work = async move { inner.query_with(&sql.0, &options).await };
        completions.submit(py, future, work, |py, answer| object(py, Result::new(answer, &Interrupt::default())))
    }

    /// Closes everything, waiting for what is lent.
    #[pyo3(signature = (timeout=None))]
    fn close(&self, py: Python<'_>, timeout: Option<Timeout>) -> PyResult<()> {
        wait(py, self.closing(patience(py, timeout)?.unwrap_or(tdsec::Pool::CLOSE_TIMEOUT)))
    }

    /// Closes everything; `future` gets None.
    #[pyo3(signature = (completions, future, timeout=None))]
    fn close_async(
        &self,
        py: Python<'_>,
        completions: &Completions,
        future: Py<PyAny>,
        timeout: Option<Timeout>,
    ) -> PyResult<Task> {
        let work = self.closing(patience(py, timeout)?.unwrap_or(tdsec::Pool::CLOSE_TIMEOUT));
        completions.submit(py, future, work, object)
    }

    /// Asks the source for the next token.
    fn rotate(&self) {
        self.inner.rotate();
    }

    /// Takes every connection off the token in use.
    fn revoke(&self) {
        self.inner.revoke();
    }

    /// Idle, in use, opening, stale, waiting, most, generation.
    fn status(&self) -> (usize, usize, usize, usize, usize, usize, u64) {
        let status = self.inner.status();
        (status.idle, status.in_use, status.opening, status.stale, status.waiting, status.max_size, status.generation)
    }

    /// Seconds that the token in use still lives.
    #[getter]
    fn token_seconds_left(&self) -> Option<f64> {
        self.inner.token_time_left().map(|left| left.as_secs_f64())
    }

    /// Name in events and metrics.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// True after `close`.
    #[getter]
    fn closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// The address without secrets.
    #[getter]
    fn address(&self) -> &str {
        &self.address
    }
}
