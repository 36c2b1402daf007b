//! A function that hears of events, in a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::subscription::{Record, Subscription};
use crate::error::{Error, ErrorCode, Result};
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::thread::{self, JoinHandle};

/// As good as for ever; a wait has an end all the same.
const WHILE: Duration = Duration::from_secs(3600);

/// Calls a function with events until it is dropped. Dropping waits until the function has been called with all that was told
/// before; dropped by the function itself it does not wait, and the function is not called again.
#[derive(Debug)]
pub struct Listener {
    subscription: Arc<Subscription>,
    thread: Option<JoinHandle<()>>,
    /// Set when the call that is running is the last.
    last: Arc<AtomicBool>,
    process: u32,
}

impl Listener {
    pub(super) fn start(
        subscription: Subscription,
        mut function: impl FnMut(&Record) + Send + 'static,
    ) -> Result<Listener> {
        let subscription = Arc::new(subscription);
        let events = Arc::clone(&subscription);
        let last = Arc::new(AtomicBool::new(false));
        let is_last = Arc::clone(&last);
        let work = move || {
            while let Ok(record) = events.next_timeout(WHILE) {
                if is_last.load(Ordering::Acquire) {
                    return;
                }
                if let Some(record) = record {
                    // A panic of the function is its own matter; the next event is told all the same.
                    let _ = catch_unwind(AssertUnwindSafe(|| function(&record)));
                }
            }
        };
        let thread = thread::Builder::new().name("tdsec-events".into()).spawn(work).map_err(|error| {
            Error::new(ErrorCode::RuntimeUnavailable, format!("no thread for events: {error}")).with_source(error)
        })?;
        Ok(Listener { subscription, thread: Some(thread), last, process: std::process::id() })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // In a forked child there is no such thread.
        if std::process::id() != self.process {
            std::mem::forget(self.thread.take());
            return;
        }
        self.subscription.close();
        match self.thread.take() {
            Some(thread) if thread.thread().id() != thread::current().id() => {
                let _ = thread.join();
            }
            // By the function itself: what it uses may be gone when it returns.
            _ => self.last.store(true, Ordering::Release),
        }
    }
}
