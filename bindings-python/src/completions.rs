//! asyncio: futures of the core become futures of an event loop.
//!
//! ```text
//!   loop thread                                    a worker of the core's runtime
//!   submit(future) ------- spawn ----------------> runs the core's future
//!   selector wakes, deliver() <---- one byte ----- puts the outcome into the queue
//!   future.set_result(…)
//! ```
//!
//! Workers never take the interpreter lock, so a busy interpreter cannot hold up the network; the loop converts
//! outcomes itself, all that are there at once.

use std::future::Future;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use tdsec::blocking;
use tokio::task::AbortHandle;

use crate::error::exception;

/// Turns an outcome into what the Python future gets.
type Convert = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

struct Outcome {
    future: Py<PyAny>,
    convert: Convert,
}

struct Queue {
    outcomes: Mutex<Vec<Outcome>>,
    bell: UnixStream,
}

impl Queue {
    fn push(&self, outcome: Outcome) {
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.push(outcome);
        if outcomes.len() == 1 {
            // Full means that the loop has been told often enough; closed that it is gone.
            let _ = (&self.bell).write(&[1]);
        }
    }
}

/// What one event loop waits for: give `fileno()` and `deliver` to `loop.add_reader`.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Completions {
    queue: Arc<Queue>,
    heard: UnixStream,
}

#[pymethods]
impl Completions {
    #[new]
    fn new() -> PyResult<Self> {
        let (heard, bell) = UnixStream::pair()?;
        heard.set_nonblocking(true)?;
        bell.set_nonblocking(true)?;
        Ok(Completions { queue: Arc::new(Queue { outcomes: Mutex::default(), bell }), heard })
    }

    /// The descriptor that becomes readable when outcomes are there.
    fn fileno(&self) -> i32 {
        self.heard.as_raw_fd()
    }

    /// Hands every outcome that is there to its future. Called by the loop.
    fn deliver(&self, py: Python<'_>) -> PyResult<()> {
        while matches!((&self.heard).read(&mut [0; 64]), Ok(64)) {}
        let outcomes = std::mem::take(&mut *self.queue.outcomes.lock().unwrap_or_else(PoisonError::into_inner));
        for Outcome { future, convert } in outcomes {
            let future = future.bind(py);
            if future.call_method0("done")?.is_truthy()? {
                continue;
            }
            match convert(py) {
                Ok(value) => future.call_method1("set_result", (value,))?,
                Err(error) => future.call_method1("set_exception", (error,))?,
            };
        }
        Ok(())
    }
}

impl Completions {
    /// Runs `work` on the core's runtime; its outcome goes to `future`, an `asyncio.Future` of this loop.
    pub(crate) fn submit<T, C>(
        &self,
        py: Python<'_>,
        future: Py<PyAny>,
        work: impl Future<Output = tdsec::Result<T>> + Send + 'static,
        convert: C,
    ) -> PyResult<Task>
    where
        T: Send + 'static,
        C: FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
    {
        let runtime = blocking::runtime().map_err(|error| exception(py, &error))?;
        let queue = Arc::clone(&self.queue);
        let task = runtime.spawn(async move {
            let outcome = work.await;
            let convert: Convert = Box::new(move |py| match outcome {
                Ok(value) => convert(py, value),
                Err(error) => Err(exception(py, &error)),
            });
            queue.push(Outcome { future, convert });
        });
        Ok(Task(task.abort_handle()))
    }
}

/// Any value as a Python object.
pub(crate) fn object<T>(py: Python<'_>, value: T) -> PyResult<Py<PyAny>>
where
    T: for<'py> IntoPyObject<'py>,
{
    value.into_py_any(py)
}

/// Work that was submitted.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Task(AbortHandle);

#[pymethods]
impl Task {
    /// Drops the core's future: the statement is given up, the connection stays usable.
    fn abort(&self) {
        self.0.abort();
    }
}
