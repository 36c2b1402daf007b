//! Blocking calls: the interpreter lock is free while they wait, Ctrl-C and `cancel()` end them (HOST-1).

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use tdsec::{Error, ErrorCode, blocking};
use tokio::sync::Notify;

use crate::error::exception;

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

/// Waits for `future` without the interpreter lock; Ctrl-C drops it.
pub(crate) fn wait<T: Send>(py: Python<'_>, future: impl Future<Output = tdsec::Result<T>> + Send) -> PyResult<T> {
    let check = || Python::attach(|py| py.check_signals());
    let outcome = py.detach(|| blocking::wait_checking(future, INTERVAL, check));
    outcome?.map_err(|error| exception(py, &error))
}
