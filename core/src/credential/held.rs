//! Tokens that the machine knows, and those that are still held beside the one in use.

use std::collections::VecDeque;
use std::time::Instant;

use super::lifetime::{Age, Lifetime};
use super::{Generation, Issued};
use crate::clock::Now;
use crate::event::{Event, EventName};

/// So many generations are held at once; a source that gives a new token every moment must not pile them up.
const HELD: usize = 8;

/// So many retired generations are remembered.
const RETIRED: usize = 64;

/// A token with its generation.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) generation: Generation,
    pub(super) issued: Issued,
    pub(super) fingerprint: String,
    pub(super) life: Lifetime,
    /// What was last noticed of its life.
    pub(super) age: Age,
    /// That it ended is told once.
    pub(super) end_told: bool,
}

impl Held {
    pub(super) fn new(generation: Generation, issued: Issued, life: Lifetime) -> Self {
        let fingerprint = issued.token.fingerprint();
        Held { generation, issued, fingerprint, life, age: Age::Fresh, end_told: false }
    }

    pub(super) fn is(&self, issued: &Issued) -> bool {
        self.issued.token == issued.token
    }

    /// An event about this token.
    pub(super) fn event(&self, name: EventName) -> Event {
        Event::new(name).with("generation", self.generation).with("fingerprint", self.fingerprint.as_str())
    }

    pub(super) fn event_with_time(&self, name: EventName, now: Now) -> Event {
        self.event(name).with("seconds_left", self.life.left(now).as_secs_f64())
    }
}

/// Earlier tokens within their grace period, the newest last: the fallbacks (ROT-4).
#[derive(Debug, Default)]
pub(super) struct Earlier(VecDeque<(Held, Instant)>);

impl Earlier {
    /// Keeps `held` until then; gives back one that there is no room for.
    pub(super) fn keep(&mut self, held: Held, until: Instant) -> Option<Held> {
        self.0.push_back((held, until));
        (self.0.len() > HELD).then(|| self.0.pop_front().map(|(held, _)| held)).flatten()
    }

    /// One whose grace period is over.
    pub(super) fn over(&mut self, now: Now) -> Option<Held> {
        let place = self.0.iter().position(|(_, until)| *until <= now.monotonic)?;
        self.0.remove(place).map(|(held, _)| held)
    }

    /// The newest one that has not ended by what its source states: that one would be refused as well.
    pub(super) fn newest(&mut self, now: Now) -> Option<Held> {
        let has_ended = |held: &Held| held.life.stated && held.life.age(now) == Age::Over;
        let place = self.0.iter().rposition(|(held, _)| !has_ended(held))?;
        self.0.remove(place).map(|(held, _)| held)
    }

    pub(super) fn into_all(self) -> impl Iterator<Item = Held> {
        self.0.into_iter().map(|(held, _)| held)
    }

    /// The one with this token.
    pub(super) fn take(&mut self, issued: &Issued) -> Option<Held> {
        let place = self.0.iter().position(|(held, _)| held.is(issued))?;
        self.0.remove(place).map(|(held, _)| held)
    }

    /// One that `issued` names as leaked.
    pub(super) fn leaked(&mut self, issued: &Issued) -> Option<Held> {
        let place = self.0.iter().position(|(held, _)| issued.has_revoked(&held.fingerprint))?;
        self.0.remove(place).map(|(held, _)| held)
    }

    pub(super) fn holds(&self, issued: &Issued) -> bool {
        self.0.iter().any(|(held, _)| held.is(issued))
    }

    pub(super) fn next_end(&self) -> Option<Instant> {
        self.0.iter().map(|(_, until)| *until).min()
    }
}

/// Generations that are not held any more, with the fingerprints of their tokens: something may still be lent.
#[derive(Debug, Default)]
pub(super) struct Retired(VecDeque<(Generation, String)>);

impl Retired {
    pub(super) fn keep(&mut self, generation: Generation, fingerprint: String) {
        if self.0.len() == RETIRED {
            self.0.pop_front();
        }
        self.0.push_back((generation, fingerprint));
    }

    /// Forgets those that `issued` names as leaked, and gives them.
    pub(super) fn leaked(&mut self, issued: &Issued) -> Vec<(Generation, String)> {
        let (leaked, others): (VecDeque<_>, _) =
            std::mem::take(&mut self.0).into_iter().partition(|(_, fingerprint)| issued.has_revoked(fingerprint));
        self.0 = others;
        Vec::from(leaked)
    }
}
