//! When connections are opened: at once for who waits, at a pace for what is to be replaced, later after failures.

use std::time::{Duration, Instant};

use super::slot::{Slot, State};
use super::{Output, SlotId, Table};
use crate::clock::Now;
use crate::credential::Generation;
use crate::error::{Error, ErrorCode, Kind, Retry};

/// When connections may be opened again after failures, and the last of these.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    /// Of those: the credential in use was refused.
    refusals: u32,
    not_before: Option<Instant>,
    pub(super) error: Option<Error>,
}

/// After the first failed open, doubled up to the longest, each with full jitter.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_LONGEST: Duration = Duration::from_secs(2);
/// A refused credential is shown again only after this, for a caller who waits, and next time later: three refusals may lock an account.
const REFUSED_PAUSES: [Duration; 3] = [Duration::from_secs(60), Duration::from_secs(600), Duration::from_secs(3600)];
/// After a login that succeeded so lately, several may be under way.
const LATELY: Duration = Duration::from_secs(10);
/// A full pool is replaced within so long, one connection after the other: handshakes cost those who work beside them time.
const REPLACING_TAKES: Duration = Duration::from_secs(5);

/// Why a connection is closed in whose place a fresh one has come.
pub(super) const REPLACED: &str = "replaced";

impl Table {
    /// The connection of an `Open` cannot be had.
    pub(crate) fn handle_open_failed(&mut self, slot: SlotId, error: Error, now: Now) {
        let Some(failed) = self.slots.remove(&slot) else { return };
        let pause = match error.retry() {
            // Of a generation that has gone out of use meanwhile: no reason to wait.
            Retry::NewCredential if self.generation != Some(failed.generation) => Duration::ZERO,
            Retry::NewCredential => {
                let count = self.opening.refusals as usize;
                self.opening.refusals += 1;
                REFUSED_PAUSES[count.min(REFUSED_PAUSES.len() - 1)]
            }
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
        let wanted = |time: Instant| !self.waiters.is_empty() || self.short_of_idle() > 0 || self.may_replace(time);
        let retry = self.opening.not_before.filter(|time| wanted(*time));
        let replace = self.replace_next.filter(|time| self.may_replace(*time));
        retry.into_iter().chain(replace).min()
    }

    /// The generation in use, unless it was refused: then only who waits for a connection may show it again.
    pub(crate) fn generation_to_show(&self) -> Option<Generation> {
        self.generation.filter(|_| self.opening.refusals == 0)
    }

    /// How many more connections are worth opening now.
    fn missing(&self, now: Instant) -> usize {
        let opening = self.being_opened();
        let wanted = (self.waiters.len() + self.short_of_idle()).saturating_sub(opening);
        let replacing = usize::from(self.replace_next.is_none() && self.may_replace(now));
        let room = self.limit(now).saturating_sub(self.slots.len());
        // One at a time until a login has succeeded: a bad credential is shown once, not by ten connections at the same time, and a
        // server that comes back is not met by everything at once.
        let proven = self.opening.failures == 0 && self.logged_in.is_some_and(|time| now < time + LATELY);
        let most = if proven { room } else { 1usize.saturating_sub(opening).min(room) };
        wanted.max(replacing).min(most)
    }

    /// A stale one at rest is as good for the next caller as any.
    fn short_of_idle(&self) -> usize {
        let at_rest = self.slots.values().filter(|slot| slot.rests()).count();
        if self.opening.refusals > 0 { 0 } else { self.settings.min_idle.saturating_sub(at_rest) }
    }

    fn may_replace(&self, now: Instant) -> bool {
        self.opening.refusals == 0 && self.to_replace(now) > self.being_opened()
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

    /// A fresh connection has come: a stale one goes, at once or when it comes to rest.
    pub(super) fn replace_one(&mut self, now: Now) {
        if self.to_replace(now.monotonic) == 0 {
            return;
        }
        let in_use = self.generation;
        let idle = |slot: &Slot| slot.is_idle() && slot.is_stale(in_use, now.monotonic);
        match self.slots.iter().find(|(_, slot)| idle(slot)).map(|(id, _)| *id) {
            Some(slot) => self.close(slot, REPLACED, None),
            None => self.replaced += 1,
        }
    }

    /// Whether this one, which has come to rest, has been replaced meanwhile.
    pub(super) fn is_replaced(&mut self, slot: SlotId, now: Now) -> bool {
        let in_use = self.generation;
        let stale = self.slots.get(&slot).is_some_and(|found| found.is_stale(in_use, now.monotonic));
        let replaced = stale && self.replaced > 0;
        self.replaced -= usize::from(replaced);
        replaced
    }

    fn backoff(&mut self) -> Duration {
        let longest = RETRY_FIRST.saturating_mul(1 << self.opening.failures.min(10)).min(RETRY_LONGEST);
        longest.mul_f64(self.rng.fraction())
    }
}
