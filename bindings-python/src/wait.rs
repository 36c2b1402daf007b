//! Blocking calls: the interpreter lock is free while they wait, Ctrl-C and `cancel()` end them (HOST-1).

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use tdsec::{Error, ErrorCode, blocking};
use tokio::sync::Notify;

use crate::argument::Timeout;
use crate::error::{exception, raise};

/// How often a waiting call looks for Ctrl-C.
const INTERVAL: Duration = Duration::from_millis(50);

/// Ends the waits of one connection, from any thread.
#[derive(Clone, Default)]
pub(crate) struct Interrupt(Arc<Notify>);

impl Interrupt {
    /// Every wait that has begun ends with `CANCELLED`.
    pub(crate) fn cancel(&self) {
        self.0.notify_waiters();
    }

    /// Waits for `future` without the interpreter lock. Ctrl-C or [`cancel`](Self::cancel) drop it.
    pub(crate) fn wait<T: Send>(
        &self,
        py: Python<'_>,
        future: impl Future<Output = tdsec::Result<T>> + Send,
    ) -> PyResult<T> {
        let cancelled = self.0.notified();
        let either = async {
            tokio::select! {
                biased;
                outcome = future => outcome,
                () = cancelled => Err(Error::from(ErrorCode::Cancelled)),
            }
        };
        wait(py, either)
    }
}

/// Seconds as a time to wait; None and 0 are allowed.
pub(crate) fn patience(py: Python<'_>, timeout: Option<Timeout>) -> PyResult<Option<Duration>> {
    let unfit = || raise(py, ErrorCode::InvalidArgument, "timeout is a number of seconds, not negative");
    timeout.map(|Timeout(seconds)| Duration::try_from_secs_f64(seconds).map_err(|_| unfit())).transpose()
}

/// Waits for `future` without the interpreter lock; Ctrl-C drops it.
pub(crate) fn wait<T: Send>(py: Python<'_>, future: impl Future<Output = tdsec::Result<T>> + Send) -> PyResult<T> {
    // An interpreter that is ending has no signals any more, and this thread will not return to it.
    let check = || Python::try_attach(|py| py.check_signals()).unwrap_or(Ok(()));
    let outcome = py.detach(|| blocking::wait_checking(future, INTERVAL, check));
    outcome?.map_err(|error| exception(py, &error))
}
