//! Configuration and connection.

use std::sync::Arc;
use std::time::Duration;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tdsec::{Certificate, ErrorCode, QueryOptions};

use crate::argument::{ReqId, Sql, Timeout, Url};
use crate::callback::Function;
use crate::completions::{Completions, Task, object};
use crate::error::raise;
use crate::options;
use crate::result::Result;
use crate::token::Tokens;
use crate::wait::{Interrupt, wait};

/// A checked configuration, made from keyword arguments. Its repr shows no secret.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Config {
    pub(crate) core: tdsec::Config,
    /// Gives one-time codes, as long as this is there: whoever may log in holds it.
    one_time_code: Option<Arc<Function>>,
}

impl Drop for Config {
    fn drop(&mut self) {
        self.__clear__();
    }
}

#[pymethods]
impl Config {
    #[new]
    #[pyo3(signature = (address, options))]
    fn new(py: Python<'_>, address: Option<Url>, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let (core, one_time_code) = options::read(py, address.as_ref().map(|url| url.0.as_str()), options)?;
        Ok(Config { core, one_time_code })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        self.one_time_code.as_ref().map_or(Ok(()), |function| function.visit(&visit))
    }

    fn __clear__(&self) {
        if let Some(function) = &self.one_time_code {
            function.forget();
        }
    }

    /// What was accepted although it weakens security or does nothing: one sentence each.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.core.warnings().iter().map(ToString::to_string).collect()
    }

    /// The address without secrets: a token is replaced by its fingerprint, a password by `***`.
    #[getter]
    fn address(&self) -> String {
        self.core.redacted()
    }

    fn __repr__(&self) -> String {
        format!("<tdsec.Config {}>", self.core.redacted())
    }
}

/// Connects, waiting.
#[pyfunction]
pub(crate) fn connect(py: Python<'_>, config: &Config) -> PyResult<Connection> {
    let inner = wait(py, tdsec::Connection::connect(&config.core))?;
    Ok(Connection::new(inner, config.core.redacted()))
}

/// Connects; `future` gets the connection.
#[pyfunction]
pub(crate) fn connect_async(
    py: Python<'_>,
    config: &Config,
    completions: &Completions,
    future: Py<PyAny>,
) -> PyResult<Task> {
    let config = config.core.clone();
    let address = config.redacted();
    let work = async move { tdsec::Connection::connect(&config).await };
    completions.submit(py, future, work, move |py, inner| object(py, Connection::new(inner, address)))
}

/// A logged-in connection, opened directly or lent by a pool.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Connection {
    inner: tdsec::Connection,
    address: String,
    interrupt: Interrupt,
}

impl Connection {
    pub(crate) fn new(inner: tdsec::Connection, address: String) -> Self {
        Connection { inner, address, interrupt: Interrupt::default() }
    }
}

#[pymethods]
impl Connection {
    /// Runs a statement, waiting.
    #[pyo3(signature = (sql, timeout=None, req_id=None))]
    fn query(&self, py: Python<'_>, sql: Sql, timeout: Option<Timeout>, req_id: Option<ReqId>) -> PyResult<Result> {
        let options = query_options(py, timeout, req_id)?;
        let answer = self.interrupt.wait(py, self.inner.query_with(&sql.0, &options))?;
        Ok(Result::new(answer, &self.interrupt))
    }

    /// Runs a statement; `future` gets the result.
    #[pyo3(signature = (completions, future, sql, timeout=None, req_id=None))]
    fn query_async(
        &self,
        py: Python<'_>,
        completions: &Completions,
        future: Py<PyAny>,
        sql: Sql,
        timeout: Option<Timeout>,
        req_id: Option<ReqId>,
    ) -> PyResult<Task> {
        let options = query_options(py, timeout, req_id)?;
        let (inner, interrupt) = (self.inner.clone(), self.interrupt.clone());
        let work = async move { inner.query_with(&sql.0, &options).await };
        completions.submit(py, future, work, move |py, answer| object(py, Result::new(answer, &interrupt)))
    }

    /// The session's database, waiting.
    fn current_database(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.interrupt.wait(py, self.inner.current_database())
    }

    /// The session's database; `future` gets it.
    fn current_database_async(&self, py: Python<'_>, completions: &Completions, future: Py<PyAny>) -> PyResult<Task> {
        let inner = self.inner.clone();
        completions.submit(py, future, async move { inner.current_database().await }, object)
    }

    /// State of the service, waiting: number and the server's words.
    fn status(&self, py: Python<'_>) -> PyResult<(i32, String)> {
        let status = self.interrupt.wait(py, self.inner.server_status())?;
        Ok((status.status, status.details))
    }

    /// State of the service; `future` gets number and the server's words.
    fn status_async(&self, py: Python<'_>, completions: &Completions, future: Py<PyAny>) -> PyResult<Task> {
        let inner = self.inner.clone();
        let work = async move { inner.server_status().await };
        completions.submit(py, future, work, |py, status| object(py, (status.status, status.details)))
    }

    /// Closes the socket, or gives the connection back, waiting. Idempotent.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        wait(py, async {
            self.inner.close().await;
            Ok(())
        })
    }

    /// Closes the socket, or gives the connection back; `future` gets None.
    fn close_async(&self, py: Python<'_>, completions: &Completions, future: Py<PyAny>) -> PyResult<Task> {
        let inner = self.inner.clone();
        let work = async move {
            inner.close().await;
            Ok(())
        };
        completions.submit(py, future, work, object)
    }

    /// Ends every call that waits on this connection in another thread.
    fn cancel(&self) {
        self.interrupt.cancel();
    }

    /// The tokens that its user may see and change.
    #[getter]
    fn tokens(&self) -> Tokens {
        Tokens::new(&self.inner, &self.interrupt)
    }

    /// Version of the server.
    #[getter]
    fn server_version(&self) -> &str {
        self.inner.server_version()
    }

    /// TLS version, cipher suite, whether a session was resumed, key exchange, the server's and the client's certificates;
    /// None on a plain connection.
    #[getter]
    fn tls(&self) -> Option<Tls<'_>> {
        let tls = self.inner.tls()?;
        Some((
            tls.version,
            &tls.cipher_suite,
            tls.resumed,
            &tls.key_exchange,
            tls.certificates.iter().map(certificate).collect(),
            tls.client_certificates.iter().map(certificate).collect(),
        ))
    }

    /// True once the connection is closed or lost.
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

type Tls<'a> = (&'a str, &'a str, bool, &'a str, Vec<CertificateRow<'a>>, Vec<CertificateRow<'a>>);

/// Subject, issuer, names, serial, not before, not after, key, signature, version, whether a CA, pin, fingerprint.
type CertificateRow<'a> =
    (&'a str, &'a str, &'a [String], &'a str, i64, i64, &'a str, &'a str, u32, bool, &'a str, &'a str);

fn certificate(facts: &Certificate) -> CertificateRow<'_> {
    (
        &facts.subject,
        &facts.issuer,
        &facts.names,
        &facts.serial,
        facts.not_before,
        facts.not_after,
        &facts.key,
        &facts.signature,
        facts.version,
        facts.is_ca,
        &facts.pin,
        &facts.fingerprint,
    )
}

pub(crate) fn query_options(py: Python<'_>, timeout: Option<Timeout>, req_id: Option<ReqId>) -> PyResult<QueryOptions> {
    let mut options = QueryOptions::new();
    if let Some(Timeout(seconds)) = timeout {
        let timeout = Duration::try_from_secs_f64(seconds).ok().filter(|timeout| !timeout.is_zero());
        let unfit = || raise(py, ErrorCode::InvalidArgument, "timeout is a positive number of seconds");
        options = options.timeout(timeout.ok_or_else(unfit)?);
    }
    Ok(match req_id {
        Some(ReqId(req_id)) => options.req_id(req_id),
        None => options,
    })
}
