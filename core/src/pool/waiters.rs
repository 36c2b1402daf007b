//! Who waits for a connection, in the order they came.

use std::collections::VecDeque;
use std::time::Instant;

use super::WaiterId;

#[derive(Debug, Default)]
pub(super) struct Waiters(VecDeque<(WaiterId, Instant)>);

impl Waiters {
    pub(super) fn add(&mut self, waiter: WaiterId, until: Instant) {
        self.0.push_back((waiter, until));
    }

    pub(super) fn add_first(&mut self, waiter: WaiterId, until: Instant) {
        self.0.push_front((waiter, until));
    }

    pub(super) fn remove(&mut self, waiter: WaiterId) {
        self.0.retain(|(other, _)| *other != waiter);
    }

    /// The first in the queue, and until when it waits.
    pub(super) fn next(&mut self) -> Option<(WaiterId, Instant)> {
        self.0.pop_front()
    }

    /// One whose patience is over. Patience differs, so it need not be the first.
    pub(super) fn expired(&mut self, now: Instant) -> Option<WaiterId> {
        let at = self.0.iter().position(|(_, until)| *until <= now)?;
        self.0.remove(at).map(|(waiter, _)| waiter)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.0.iter().map(|(_, until)| *until).min()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
