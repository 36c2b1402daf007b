//! `tdsec_cancel`: ends a call that waits, from another thread.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use safer_ffi::derive_ReprC;
use tdsec_core::{Error as CoreError, ErrorCode, Result};
use tokio::sync::watch;

use crate::error::Error;
use crate::guard::{self, Border, Handle};
use crate::pointer::{self, Kind};

/// A switch that ends calls which wait. It is given with the options of a call; once triggered, each such call returns
/// TDSEC_CANCELLED, those that wait and those that come.
#[derive_ReprC]
#[repr(opaque)]
pub struct Cancel {
    border: Border,
    signal: Signal,
}

impl Kind for Cancel {
    const NAME: &'static str = "cancel handle";
}

impl Handle for Cancel {
    fn border(&self) -> &Border {
        &self.border
    }
}

impl Cancel {
    pub(crate) fn signal(&self) -> Signal {
        self.signal.clone()
    }
}

/// The switch itself, shared with the calls that listen to it.
#[derive(Clone)]
pub(crate) struct Signal(watch::Sender<bool>);

impl Signal {
    fn new() -> Self {
        Signal(watch::Sender::new(false))
    }

    fn trigger(&self) {
        self.0.send_replace(true);
    }

    async fn triggered(&self) {
        // The sender lives in `self`, so the wait can only end by the switch.
        let _ = self.0.subscribe().wait_for(|triggered| *triggered).await;
    }
}

/// Runs `work` until it ends or `signal` is triggered. Dropping the core's futures is safe at any time.
///
/// # Errors
/// Those of the work; `CANCELLED`, with `may_have_run` as the work says of itself once it has begun.
pub(crate) async fn race<T>(
    signal: Option<&Signal>,
    may_run: bool,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let Some(signal) = signal else { return work.await };
    // `select!` looks at the switch first, so a switch that is on already keeps the work from beginning.
    let begun = AtomicBool::new(false);
    let work = async {
        begun.store(true, Ordering::Relaxed);
        work.await
    };
    tokio::select! {
        biased;
        () = signal.triggered() => {
            let error = CoreError::from(ErrorCode::Cancelled);
            Err(error.with_may_have_run(may_run && begun.load(Ordering::Relaxed)))
        }
        outcome = work => outcome,
    }
}

/// Makes a cancel handle.
///
/// Thread safety: may be called at any time from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_cancel_new(cancel: *mut *mut Cancel, error: *mut *mut Error) -> i32 {
    guard::status(error, || {
        let out = pointer::out(cancel, "cancel")?;
        out.set(pointer::give(Cancel { border: Border::default(), signal: Signal::new() }));
        Ok(())
    })
}

/// Ends every call that was given the handle, now and in future: it returns TDSEC_CANCELLED. The connection stays
/// usable; whether the server runs the statement to its end is its own matter. Idempotent.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_cancel_free. Not to be called
/// from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_cancel_trigger(cancel: *const Cancel, error: *mut *mut Error) -> i32 {
    guard::status(error, || {
        pointer::enter(cancel)?.signal.trigger();
        Ok(())
    })
}

/// Frees the handle. Calls and results that were given it go on without it. NULL is fine.
///
/// Thread safety: nobody may use the handle during or after the call; calls that were started with it may be under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_cancel_free(cancel: *mut Cancel) {
    guard::free(cancel);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::future::{pending, ready};
    use tdsec_core::blocking::wait;

    #[test]
    fn a_triggered_switch_ends_work_that_waits_and_work_that_comes() {
        let signal = Signal::new();
        let trigger = signal.clone();
        let (begun, has_begun) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            has_begun.recv().unwrap();
            trigger.trigger();
        });
        let work = async {
            begun.send(()).unwrap();
            pending::<Result<()>>().await
        };
        let error = wait(race(Some(&signal), true, work)).unwrap_err();
        assert_eq!((error.code(), error.may_have_run()), (ErrorCode::Cancelled, true));
        let error = wait(race(Some(&signal), true, pending::<Result<()>>())).unwrap_err();
        assert_eq!((error.code(), error.may_have_run()), (ErrorCode::Cancelled, false), "it never began");
        thread.join().unwrap();
    }

    #[test]
    fn work_that_ends_by_itself_is_not_touched() {
        assert_eq!(wait(race(Some(&Signal::new()), true, ready(Ok(7)))).unwrap(), 7);
        assert_eq!(wait(race(None, true, ready(Ok(7)))).unwrap(), 7);
    }
}
