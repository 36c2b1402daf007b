//! A connection of a pool while somebody has it.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorCode, Kind, Result, Retry};
use crate::pool::{Fate, SlotId};
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// In [`Lease::state`]: it has ended.
const ENDED: usize = 1;
/// In [`Lease::state`]: something is under way; as often as it is.
const USE: usize = 2;

/// Who lends connections and takes them back.
pub(super) trait Lender: Send + Sync {
    fn take_back(&self, slot: SlotId, fate: Fate);
    /// The server refused the credential in the middle of a session.
    fn refused(&self, slot: SlotId, error: &Error);
}

/// Gives the connection back when the last clone and the last result are gone, or at [`Lease::end`].
pub(super) struct Lease {
    lender: Arc<dyn Lender>,
    slot: SlotId,
    process: u32,
    /// Statements without an answer, and results not read to their end; and whether it has ended. One word, so that what begins
    /// while it ends is either refused or seen.
    state: AtomicUsize,
    changed: AtomicBool,
    broken: AtomicBool,
}

impl Lease {
    pub(super) fn new(lender: Arc<dyn Lender>, slot: SlotId) -> Arc<Self> {
        let no = || AtomicBool::new(false);
        let process = std::process::id();
        Arc::new(Lease { lender, slot, process, state: AtomicUsize::new(0), changed: no(), broken: no() })
    }

    /// To be held while something is under way.
    ///
    /// # Errors
    /// `CLOSED` after the connection was given back.
    pub(super) fn begin(self: &Arc<Self>) -> Result<Use> {
        let before = self.state.fetch_add(USE, Ordering::AcqRel);
        let begun = Use(Arc::clone(self));
        if before & ENDED == 0 {
            return Ok(begun);
        }
        Err(Error::new(ErrorCode::Closed, "the connection was given back to its pool"))
    }

    /// A statement may change the session.
    pub(super) fn changes(&self) {
        self.changed.store(true, Ordering::Release);
    }

    /// What a failed statement says about the connection.
    pub(super) fn failed(&self, error: &Error) {
        let refused = error.is_refused_credential();
        // A lost socket is noticed by whoever watches it. Here the socket lives and what is behind it does not.
        if refused || error.kind() == Kind::Server && error.retry() == Retry::NewConnection {
            self.broken.store(true, Ordering::Release);
        }
        if refused {
            self.lender.refused(self.slot, error);
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state.load(Ordering::Acquire) & ENDED != 0
    }

    /// Gives the connection back; only the first time counts.
    pub(super) fn end(&self) {
        let before = self.state.fetch_or(ENDED, Ordering::AcqRel);
        if before & ENDED != 0 || self.process != std::process::id() {
            return;
        }
        let fate = if self.broken.load(Ordering::Acquire) || before >= USE {
            Fate::Bad
        } else if self.changed.load(Ordering::Acquire) {
            Fate::Changed
        } else {
            Fate::Good
        };
        self.lender.take_back(self.slot, fate);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("slot", &self.slot).field("ended", &self.has_ended()).finish_non_exhaustive()
    }
}

/// Something is under way on a lent connection.
#[derive(Debug)]
pub(super) struct Use(Arc<Lease>);

impl Use {
    /// What failed later than with its answer.
    pub(super) fn failed(&self, error: &Error) {
        self.0.failed(error);
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        self.0.state.fetch_sub(USE, Ordering::AcqRel);
    }
}
