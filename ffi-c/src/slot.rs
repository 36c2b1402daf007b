//! Where a result's reading end lies between two reads.
//!
//! A read takes it out and puts it back, so nobody holds a lock while waiting: a read that is under way makes a second
//! one fail instead of wait, and closing or freeing works meanwhile.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tdsec_core::{Error, ErrorCode, Result, ResultSet};

/// The place; shared by the handle and the reads under way.
#[derive(Clone)]
pub(crate) struct Slot(Arc<Mutex<State>>);

enum State {
    /// Nobody reads.
    Idle(ResultSet),
    /// A read has it.
    Lent,
    /// Its user closed it.
    Closed,
    /// An Arrow stream has it for good; what ended the stream before its end.
    Consumed(Option<Error>),
    /// A panic happened in a read.
    Broken,
}

impl Slot {
    pub(crate) fn new(result: ResultSet) -> Self {
        Slot(Arc::new(Mutex::new(State::Idle(result))))
    }

    /// Takes the reading end until the loan is dropped.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` while another read is under way; `CLOSED`; `RESULT_CONSUMED`; `INTERNAL` after a panic.
    pub(crate) fn lend(&self) -> Result<Loan> {
        let result = self.take(State::Lent)?;
        Ok(Loan { slot: self.clone(), result: Some(result) })
    }

    /// Takes the reading end for good.
    ///
    /// # Errors
    /// As [`Slot::lend`].
    pub(crate) fn consume(&self) -> Result<ResultSet> {
        self.take(State::Consumed(None))
    }

    /// Frees what was not read, at once or when the read under way ends.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        if matches!(*state, State::Idle(_) | State::Lent) {
            *state = State::Closed;
        }
    }

    /// Keeps what ended the Arrow stream.
    pub(crate) fn stream_failed(&self, failure: Error) {
        *self.state() = State::Consumed(Some(failure));
    }

    /// What ended the Arrow stream, if anything did.
    pub(crate) fn stream_failure(&self) -> Option<Error> {
        match &*self.state() {
            State::Consumed(failure) => failure.clone(),
            _ => None,
        }
    }

    fn take(&self, instead: State) -> Result<ResultSet> {
        let mut state = self.state();
        match std::mem::replace(&mut *state, instead) {
            State::Idle(result) => Ok(result),
            other => {
                let error = other.refusal();
                *state = other;
                Err(error)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn refusal(&self) -> Error {
        match self {
            State::Idle(_) | State::Lent => {
                Error::new(ErrorCode::InvalidArgument, "another call is reading from this result")
            }
            State::Closed => Error::new(ErrorCode::Closed, "the result was closed by its user"),
            State::Consumed(_) => {
                Error::new(ErrorCode::ResultConsumed, "the result was handed over as an Arrow stream")
            }
            State::Broken => {
                Error::new(ErrorCode::Internal, "the result is unusable since a defect of tdsec showed in it")
            }
        }
    }
}

/// The reading end, for one read.
pub(crate) struct Loan {
    slot: Slot,
    /// `None` only while it is being dropped.
    result: Option<ResultSet>,
}

impl Deref for Loan {
    type Target = Option<ResultSet>;

    fn deref(&self) -> &Option<ResultSet> {
        &self.result
    }
}

impl DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut Option<ResultSet> {
        &mut self.result
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let mut state = self.slot.state();
        // Closed meanwhile: dropping the reading end frees the rest on the server.
        if let (State::Lent, Some(result)) = (&*state, self.result.take()) {
            *state = if std::thread::panicking() { State::Broken } else { State::Idle(result) };
        }
    }
}
