//! Events and metrics (OPS-1).

use std::sync::Arc;
use std::time::Duration;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tdsec::EventName;
use tdsec::event::Field;
use tdsec::observe::{self, Exposure, Filter, Record, Server};

use crate::argument::{Address, DangerAnyAddress, Names, PoolName, Severity, Timeout};
use crate::completions::{Completions, Task, object};
use crate::error::exception;
use crate::wait::{patience, wait};

/// Name, severity, seconds since 1970, fields, the line for a log.
type Row = (&'static str, &'static str, f64, Py<PyDict>, String);

/// Every event of the core's table: `(name, severity, sentence, fields)`.
#[pyfunction]
pub(crate) fn event_names() -> Vec<(&'static str, &'static str, &'static str, Vec<&'static str>)> {
    let row = |event: &EventName| (event.name(), event.severity().name(), event.sentence(), event.fields().to_vec());
    EventName::ALL.iter().map(row).collect()
}

/// Events in a bounded queue.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Subscription(Arc<observe::Subscription>);

#[pymethods]
impl Subscription {
    #[new]
    #[pyo3(signature = (names, severity=None, pool=None))]
    fn new(py: Python<'_>, names: Names, severity: Option<Severity>, pool: Option<PoolName>) -> PyResult<Self> {
        let (severity, pool) = (severity.map(|Severity(name)| name), pool.map(|PoolName(name)| name));
        let filter = Filter::read(names.0.iter().map(String::as_str), severity.as_deref(), pool.as_deref());
        let filter = filter.map_err(|error| exception(py, &error))?;
        Ok(Subscription(Arc::new(observe::subscribe(filter))))
    }

    /// The next event, waiting; Ctrl-C ends the wait. None if there was none within `timeout` seconds.
    #[pyo3(signature = (timeout=None))]
    fn next(&self, py: Python<'_>, timeout: Option<Timeout>) -> PyResult<Option<Row>> {
        let patience = patience(py, timeout)?.unwrap_or(Duration::MAX);
        let next = async {
            match tokio::time::timeout(patience, self.0.next()).await {
                Ok(record) => record.map(Some),
                Err(_) => self.0.try_next(),
            }
        };
        wait(py, next)?.map(|record| row(py, &record)).transpose()
    }

    /// The next event, for a thread that Ctrl-C does not concern: it sleeps until there is one. None after a while.
    fn next_in_thread(&self, py: Python<'_>) -> PyResult<Option<Row>> {
        const WHILE: Duration = Duration::from_secs(3600);
        let next = py.detach(|| self.0.next_timeout(WHILE)).map_err(|error| exception(py, &error))?;
        next.map(|record| row(py, &record)).transpose()
    }

    /// The next event if it is there already.
    fn ready(&self, py: Python<'_>) -> PyResult<Option<Row>> {
        let next = self.0.try_next().map_err(|error| exception(py, &error))?;
        next.map(|record| row(py, &record)).transpose()
    }

    /// `future` gets true when an event is there, false if there is none within `timeout` seconds.
    #[pyo3(signature = (completions, future, timeout=None))]
    fn arrived_async(
        &self,
        py: Python<'_>,
        completions: &Completions,
        future: Py<PyAny>,
        timeout: Option<Timeout>,
    ) -> PyResult<Task> {
        let patience = patience(py, timeout)?.unwrap_or(Duration::MAX);
        let subscription = Arc::clone(&self.0);
        let arrived = async move {
            match tokio::time::timeout(patience, subscription.arrived()).await {
                Ok(outcome) => outcome.map(|()| true),
                Err(_) => Ok(false),
            }
        };
        completions.submit(py, future, arrived, object)
    }

    /// No more events; what has arrived can still be read. Idempotent.
    fn close(&self) {
        self.0.close();
    }
}

fn row(py: Python<'_>, record: &Record) -> PyResult<Row> {
    let fields = PyDict::new(py);
    for (name, value) in record.fields() {
        let value = match value {
            Field::Integer(number) => number.into_py_any(py)?,
            Field::Real(number) => number.into_py_any(py)?,
            Field::Bool(value) => value.into_py_any(py)?,
            other => other.to_string().into_py_any(py)?,
        };
        fields.set_item(*name, value)?;
    }
    let seconds = record.since_epoch().as_secs_f64();
    Ok((record.name().name(), record.severity().name(), seconds, fields.unbind(), record.to_string()))
}

/// All metrics in Prometheus' text format.
#[pyfunction]
pub(crate) fn metrics(py: Python<'_>) -> String {
    py.detach(observe::prometheus)
}

/// Serves the metrics until it is closed.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct MetricsServer(Server);

#[pymethods]
impl MetricsServer {
    #[new]
    fn new(py: Python<'_>, address: Address, danger_any_address: DangerAnyAddress) -> PyResult<Self> {
        let exposure = if danger_any_address.0 { Exposure::DangerAnyAddress } else { Exposure::Loopback };
        wait(py, observe::serve(&address.0, exposure)).map(MetricsServer)
    }

    /// `IP:port`, with the port that was found.
    #[getter]
    fn address(&self) -> String {
        self.0.address().to_string()
    }

    /// Stops. Idempotent.
    fn close(&self) {
        self.0.close();
    }
}
