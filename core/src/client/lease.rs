//! A connection of a pool while somebody has it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::error::{Error, ErrorCode, Result};
use crate::pool::{Fate, SlotId};

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
    /// Statements without an answer, and results not read to their end.
    uses: AtomicUsize,
    changed: AtomicBool,
    broken: AtomicBool,
    ended: AtomicBool,
}

impl Lease {
    pub(super) fn new(lender: Arc<dyn Lender>, slot: SlotId) -> Arc<Self> {
        let no = || AtomicBool::new(false);
        let process = std::process::id();
        Arc::new(Lease { lender, slot, process, uses: AtomicUsize::new(0), changed: no(), broken: no(), ended: no() })
    }

    /// To be held while something is under way.
    ///
    /// # Errors
    /// `CLOSED` after the connection was given back.
    pub(super) fn begin(self: &Arc<Self>) -> Result<Use> {
        if self.has_ended() {
            return Err(Error::new(ErrorCode::Closed, "the connection was given back to its pool"));
        }
        self.uses.fetch_add(1, Ordering::AcqRel);
        Ok(Use(Arc::clone(self)))
    }

    /// A statement may change the session.
    pub(super) fn changes(&self) {
        self.changed.store(true, Ordering::Release);
    }

    /// What a failed statement says about the connection.
    pub(super) fn failed(&self, error: &Error) {
        if error.is_refused_credential() {
            self.broken.store(true, Ordering::Release);
            self.lender.refused(self.slot, error);
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Gives the connection back; only the first time counts.
    pub(super) fn end(&self) {
        if self.ended.swap(true, Ordering::AcqRel) || self.process != std::process::id() {
            return;
        }
        let fate = if self.broken.load(Ordering::Acquire) || self.uses.load(Ordering::Acquire) > 0 {
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

impl Drop for Use {
    fn drop(&mut self) {
        self.0.uses.fetch_sub(1, Ordering::AcqRel);
    }
}
