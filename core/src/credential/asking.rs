//! When the source is asked: one question at a time, however many reasons there are (SRC-3, ROT-7, ROT-10).
//!
//! | State | Input | Next state | Result |
//! |---|---|---|---|
//! | `Waiting` | its time has come; a demand | `AwaitingAnswer` | ask |
//! | `Waiting` | first push | `Waiting`, at most the delay of the push | – |
//! | `Waiting` | more pushes | unchanged: the question is still to come, its answer will be the newest | – |
//! | `Waiting` | push during a canary | `Waiting` for the end of the canary | – |
//! | `AwaitingAnswer` | push, demand | `AwaitingAnswer`, to be asked again: the answer may be older | – |
//! | `AwaitingAnswer` | answer | `Waiting` | what to do about what happened since |
//! | `Waiting` | answer | `Waiting`: nobody asked | – |

use std::time::Instant;

use crate::clock::Now;

/// Why a question is to be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// The source said that its token may have changed.
    Pushed,
    /// Somebody wants it at once.
    Demanded,
}

/// The one question.
#[derive(Debug)]
pub(super) enum Asking {
    /// To be asked then; `None`: when the canary is over. `pushed` stays until the source was asked.
    Waiting { at: Option<Instant>, pushed: bool },
    /// The source is at it.
    AwaitingAnswer { again: Option<Cause> },
}

impl Asking {
    /// True if the source is to be asked now.
    pub(super) fn demand(&mut self) -> bool {
        match self {
            Asking::Waiting { .. } => {
                *self = Asking::AwaitingAnswer { again: None };
                true
            }
            Asking::AwaitingAnswer { again } => {
                *again = Some(Cause::Demanded);
                false
            }
        }
    }

    /// True if its time has come.
    pub(super) fn is_due(&self, now: Now) -> bool {
        self.at().is_some_and(|at| at <= now.monotonic)
    }

    /// To be asked at `at` because of a push; `None`: when the canary is over. `at` is not called for what changes nothing.
    pub(super) fn push(&mut self, delayed: impl FnOnce() -> Option<Instant>) {
        match self {
            Asking::Waiting { pushed: true, .. } => {}
            Asking::Waiting { at, pushed } => {
                *pushed = true;
                *at = match (*at, delayed()) {
                    (Some(planned), Some(delayed)) => Some(planned.min(delayed)),
                    (planned, delayed) => delayed.or(planned),
                };
            }
            Asking::AwaitingAnswer { again } => *again = (*again).max(Some(Cause::Pushed)),
        }
    }

    /// The source answered; `None` if nobody had asked.
    pub(super) fn answered(&mut self) -> Option<Option<Cause>> {
        match *self {
            Asking::Waiting { .. } => None,
            Asking::AwaitingAnswer { again } => {
                *self = Asking::Waiting { at: None, pushed: false };
                Some(again)
            }
        }
    }

    /// Asks at this time, unless a push wants it earlier.
    pub(super) fn plan(&mut self, time: Option<Instant>) {
        if let Asking::Waiting { at, pushed } = self {
            *at = match (*pushed, *at, time) {
                (true, Some(delayed), Some(time)) => Some(delayed.min(time)),
                (true, Some(delayed), None) => Some(delayed),
                (_, _, time) => time,
            };
        }
    }

    pub(super) fn at(&self) -> Option<Instant> {
        match self {
            Asking::Waiting { at, .. } => *at,
            Asking::AwaitingAnswer { .. } => None,
        }
    }

    /// A push came during the canary and has no time yet.
    pub(super) fn is_marked(&self) -> bool {
        matches!(self, Asking::Waiting { at: None, pushed: true })
    }
}
