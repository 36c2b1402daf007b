//! asyncio: futures of the core become futures of an event loop, and the core has something done on a loop.
//!
//! ```text
//!   loop thread                                    a worker of the core's runtime
//!   submit(future) ------- spawn ----------------> runs the core's future
//!   selector wakes, deliver() <---- one byte ----- puts what to do into the queue
//!   future.set_result(…), or the call of a callback
//! ```
//!
//! Workers never take the interpreter lock, so a busy interpreter cannot hold up the network; the loop does itself what is
//! in the queue, all that is there at once.

use std::future::Future;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use tdsec::blocking;
use tokio::task::AbortHandle;

use crate::error::exception;

/// Something to be done by the loop.
type Job = Box<dyn FnOnce(Python<'_>) -> PyResult<()> + Send>;

/// What one event loop is to do.
pub(crate) struct Queue {
    jobs: Mutex<Vec<Job>>,
    bell: UnixStream,
}

impl Queue {
    /// False if the loop is gone: nobody will ever do it.
    pub(crate) fn push(&self, job: impl FnOnce(Python<'_>) -> PyResult<()> + Send + 'static) -> bool {
        let mut jobs = self.lock();
        jobs.push(Box::new(job));
        if jobs.len() > 1 {
            return true;
        }
        // Full means that the loop has been told often enough.
        match (&self.bell).write(&[1]) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => {
                let lost = std::mem::take(&mut *jobs);
                drop(jobs);
                drop(lost);
                false
            }
            _ => true,
        }
    }

    fn take(&self) -> Vec<Job> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
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
        Ok(Completions { queue: Arc::new(Queue { jobs: Mutex::default(), bell }), heard })
    }

    /// The descriptor that becomes readable when something is to be done.
    fn fileno(&self) -> i32 {
        self.heard.as_raw_fd()
    }

    /// Does everything that is there. Called by the loop.
    fn deliver(&self, py: Python<'_>) {
        while matches!((&self.heard).read(&mut [0; 64]), Ok(64)) {}
        for job in self.queue.take() {
            if let Err(error) = job(py) {
                // A loop that is being torn down; the others still get theirs.
                error.write_unraisable(py, None);
            }
        }
    }
}

impl Completions {
    /// For who has something done on this loop.
    pub(crate) fn queue(&self) -> Arc<Queue> {
        Arc::clone(&self.queue)
    }

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
            queue.push(move |py| {
                let future = future.bind(py);
                if future.call_method0("done")?.is_truthy()? {
                    return Ok(());
                }
                let value = outcome.map_err(|error| exception(py, &error)).and_then(|value| convert(py, value));
                match value {
                    Ok(value) => future.call_method1("set_result", (value,))?,
                    Err(error) => future.call_method1("set_exception", (error,))?,
                };
                Ok(())
            });
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
