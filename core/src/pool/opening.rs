//! When connections are opened: at once for who waits, at a pace for what is to be replaced, later after failures.

use std::time::{Duration, Instant};

use super::slot::{Slot, State};
use super::{Output, SlotId, Table};
use crate::clock::Now;
use crate::error::{Error, ErrorCode, Kind, Retry};

/// When connections may be opened again after failures, and the last of these.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    not_before: Option<Instant>,
    pub(super) error: Option<Error>,
}

/// After the first failed open, doubled up to the longest, each with full jitter.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_LONGEST: Duration = Duration::from_secs(2);
/// A refused credential is shown again only after this: three refusals may lock an account.
const REFUSED_PAUSE: Duration = Duration::from_secs(60);
/// A full pool is replaced within so long, one connection after the other: handshakes cost those who work beside them time.
const REPLACING_TAKES: Duration = Duration::from_secs(2);

impl Table {
    /// The connection of an `Open` cannot be had.
    pub(crate) fn handle_open_failed(&mut self, slot: SlotId, error: Error, now: Now) {
        let Some(failed) = self.slots.remove(&slot) else { return };
        let pause = match error.retry() {
            // Of a generation that has gone out of use meanwhile: no reason to wait.
            Retry::NewCredential if self.generation != Some(failed.generation) => Duration::ZERO,
            Retry::NewCredential => REFUSED_PAUSE,
            _ => self.backoff(),
        };
        self.opening.failures += 1;
        self.opening.not_before = Some(now.monotonic + pause);
        self.opening.error = Some(error.clone());
        self.serve(now);
    }

    /// Why it makes no sense to wait: nothing is open that could come back, and nothing will be opened soon.
    pub(super) fn hopeless(&self, now: Instant) -> Option<Error> {
        if !self.slots.is_empty() || self.waiters.is_empty() {
            return None;
        }
        if let Some(error) = &self.unusable {
            return Some(error.clone());
        }
        let error = self.opening.error.as_ref().filter(|_| self.opening.not_before.is_some_and(|time| now < time))?;
        let pointless = match error.retry() {
            // A server that served before and answers nonsense now may be starting or stopping; a certificate is not wrong by chance.
            Retry::Never => !self.proven || error.kind() == Kind::Tls && error.code() != ErrorCode::TlsExpected,
            Retry::NewCredential => !self.rotates,
            _ => false,
        };
        pointless.then(|| error.clone())
    }

    pub(super) fn open_missing(&mut self, now: Now) {
        // A time that has come is forgotten: what cannot be opened now is looked at again when something changes.
        self.replace_next = self.replace_next.filter(|time| now.monotonic < *time);
        if self.opening.not_before.is_some_and(|time| now.monotonic < time) {
            return;
        }
        self.opening.not_before = None;
        let Some(generation) = self.generation.filter(|_| !self.closed && self.unusable.is_none()) else { return };
        for _ in 0..self.missing(now.monotonic) {
            let slot = self.add(generation, now.monotonic);
            self.outputs.push_back(Output::Open { slot, generation });
            self.pace(now.monotonic);
        }
    }

    /// When there is a reason to open a connection that is not there yet.
    pub(super) fn next_opening(&self) -> Option<Instant> {
        let short = !self.waiters.is_empty() || self.slots.len() < self.settings.min_idle;
        let retry = self.opening.not_before.filter(|time| short || self.to_replace(*time) > 0);
        let replace = self.replace_next.filter(|time| self.to_replace(*time) > self.being_opened());
        retry.into_iter().chain(replace).min()
    }

    /// How many more connections are worth opening now.
    fn missing(&self, now: Instant) -> usize {
        let opening = self.being_opened();
        // A stale one at rest is as good for the next caller as any.
        let at_rest = self.slots.values().filter(|slot| slot.rests()).count();
        let short_of_idle = self.settings.min_idle.saturating_sub(at_rest);
        let wanted = (self.waiters.len() + short_of_idle).saturating_sub(opening);
        let replacing = usize::from(self.replace_next.is_none() && self.to_replace(now) > opening);
        let room = self.limit(now).saturating_sub(self.slots.len());
        // One at a time until a login has succeeded: a bad credential is shown once, not by ten connections at the same time, and a
        // server that comes back is not met by everything at once.
        let most =
            if self.proven && self.opening.failures == 0 { room } else { 1usize.saturating_sub(opening).min(room) };
        wanted.max(replacing).min(most)
    }

    /// The next replacement comes after a pause, whatever a connection was opened for.
    pub(super) fn pace(&mut self, now: Instant) {
        let share = u32::try_from(self.settings.max_size).unwrap_or(u32::MAX).max(1);
        self.replace_next = Some(now + REPLACING_TAKES / share);
    }

    fn being_opened(&self) -> usize {
        self.slots.values().filter(|slot| matches!(slot.state, State::Opening)).count()
    }

    /// Stale connections for which no fresh one has come yet.
    fn to_replace(&self, now: Instant) -> usize {
        self.stale(now).saturating_sub(self.replaced)
    }

    pub(super) fn stale(&self, now: Instant) -> usize {
        self.slots.values().filter(|slot| slot.is_stale(self.generation, now)).count()
    }

    /// `max_size`, and a few more while stale ones are replaced.
    pub(super) fn limit(&self, now: Instant) -> usize {
        let most = self.settings.max_size;
        most + self.stale(now).min((most / 4).max(1))
    }

    /// A fresh connection has come: a stale one goes, at once or when it comes back.
    pub(super) fn replace_one(&mut self, now: Now) {
        if self.to_replace(now.monotonic) == 0 {
            return;
        }
        let in_use = self.generation;
        let idle = |slot: &Slot| slot.is_idle() && slot.is_stale(in_use, now.monotonic);
        match self.slots.iter().find(|(_, slot)| idle(slot)).map(|(id, _)| *id) {
            Some(slot) => self.close(slot, "replaced", None),
            None => self.replaced += 1,
        }
    }

    fn backoff(&mut self) -> Duration {
        let longest = RETRY_FIRST.saturating_mul(1 << self.opening.failures.min(10)).min(RETRY_LONGEST);
        longest.mul_f64(self.rng.fraction())
    }
}
