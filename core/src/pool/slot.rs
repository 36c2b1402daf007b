//! One connection in the table.

use std::time::{Duration, Instant};

use crate::config::PoolConfig;
use crate::credential::Generation;

#[derive(Debug)]
pub(super) enum State {
    Opening,
    Idle { since: Instant, heard: Instant },
    Validating,
    Lent { since: Instant, told: bool },
    Resetting,
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) state: State,
    pub(super) generation: Generation,
    /// `None` while it is being opened.
    pub(super) expires: Option<Instant>,
    /// Its generation is retired: it is closed as soon as nobody uses it.
    pub(super) doomed: bool,
    /// Its generation is revoked: it is closed soon even if somebody does.
    pub(super) revoked: bool,
    rested: Instant,
    /// When its deadlines were last looked at.
    pub(super) looked: Instant,
}

impl Slot {
    pub(super) fn opening(generation: Generation, now: Instant) -> Self {
        Slot {
            state: State::Opening,
            generation,
            expires: None,
            doomed: false,
            revoked: false,
            rested: now,
            looked: now,
        }
    }

    pub(super) fn opened(&mut self, expires: Instant, now: Instant) {
        self.expires = Some(expires);
        self.rest(now);
    }

    /// Nobody uses it from now on.
    pub(super) fn rest(&mut self, now: Instant) {
        self.rested = now;
        self.state = State::Idle { since: now, heard: now };
    }

    /// It lives; it rests since it did before.
    pub(super) fn validated(&mut self, now: Instant) {
        self.state = State::Idle { since: self.rested, heard: now };
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle { .. })
    }

    /// Nobody uses it: it is idle, or being looked after.
    pub(super) fn rests(&self) -> bool {
        matches!(self.state, State::Idle { .. } | State::Validating | State::Resetting)
    }

    /// Of another generation than the one in use, or past its lifetime. One that is being opened is neither.
    pub(super) fn is_stale(&self, in_use: Option<Generation>, now: Instant) -> bool {
        let Some(expires) = self.expires else { return false };
        in_use.is_some_and(|generation| generation != self.generation) || expires <= now
    }

    pub(super) fn has_rested(&self, limit: Duration, now: Instant) -> bool {
        matches!(self.state, State::Idle { since, .. } if now >= since + limit)
    }

    pub(super) fn is_quiet(&self, limit: Duration, now: Instant) -> bool {
        matches!(self.state, State::Idle { heard, .. } if now >= heard + limit)
    }

    /// When something is to be done about it. What was looked at and left as it is gives no deadline again.
    pub(super) fn deadline(&self, settings: &PoolConfig) -> Option<Instant> {
        let times = match self.state {
            State::Idle { since, heard } => {
                let (quiet, rested) = (heard + settings.validation_interval, since + settings.idle_timeout);
                [Some(quiet), Some(rested), self.expires]
            }
            State::Lent { since, told: false } => [settings.leak_warning.map(|limit| since + limit), None, None],
            _ => [None; 3],
        };
        times.into_iter().flatten().filter(|time| *time > self.looked).min()
    }
}
