//! Tokens that the machine knows, and those that are still held beside the one in use.

use std::collections::VecDeque;
use std::time::Instant;

use super::lifetime::{Age, Lifetime};
use super::{Generation, Issued};
use crate::clock::Now;
use crate::event::{Event, EventName};

/// So many generations are held at once; a source that gives a new token every moment must not pile them up.
const HELD: usize = 8;

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

    /// The newest one.
    pub(super) fn newest(&mut self) -> Option<Held> {
        self.0.pop_back().map(|(held, _)| held)
    }

    /// The one with this token.
    pub(super) fn take(&mut self, issued: &Issued) -> Option<Held> {
        let place = self.0.iter().position(|(held, _)| held.is(issued))?;
        self.0.remove(place).map(|(held, _)| held)
    }

    pub(super) fn holds(&self, issued: &Issued) -> bool {
        self.0.iter().any(|(held, _)| held.is(issued))
    }

    pub(super) fn next_end(&self) -> Option<Instant> {
        self.0.iter().map(|(_, until)| *until).min()
    }
}
