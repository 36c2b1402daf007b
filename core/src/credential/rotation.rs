//! The rotation machine.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{Generation, Issued};
use crate::clock::{Now, Rng};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::secret::Secret;

/// Times and numbers of a rotation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    /// Life of a token of which the source says nothing.
    pub(crate) default_ttl: Duration,
    /// Longest random delay before a pushed change is fetched (ROT-10).
    pub(crate) push_jitter: Duration,
    /// Connections a new token is tried on.
    pub(crate) canary_connections: usize,
    /// How long the token before stays a fallback (ROT-4).
    pub(crate) grace: Duration,
    /// After a failed canary (ROT-3).
    pub(crate) retry_after_failure: Duration,
    /// How long a refused token waits for a new one of the source (ROT-12).
    pub(crate) wait_for_new: Duration,
}

/// What the driver has to do.
#[derive(Debug)]
pub(crate) enum Output {
    /// Ask the source, once; answer by [`Rotation::handle_fetched`].
    Fetch,
    /// Open so many connections with this token, each with a real round trip; answer by [`Rotation::handle_canary`].
    Canary { generation: Generation, token: Secret, connections: usize },
    /// Close what was opened for this candidate.
    DropCandidate { generation: Generation },
    /// New connections use this token; connections of other generations are to be replaced.
    Use { generation: Generation, token: Secret },
    /// Nothing may use this generation any more; then the source may be told.
    Retire { generation: Generation, token: Secret },
    /// There is no usable credential: whoever waits for a connection gets this.
    Fail(Error),
    /// Something to tell; without `pool` and `source`, which the driver adds.
    Tell(Event),
}

/// Holds the token in use, and brings the next one into use.
#[derive(Debug)]
pub(crate) struct Rotation {
    settings: Settings,
    outputs: VecDeque<Output>,
}

impl Rotation {
    /// Starts by asking the source.
    pub(crate) fn new(settings: Settings, rng: Box<dyn Rng>, now: Now) -> Self {
        let _ = (rng, now);
        Rotation { settings, outputs: VecDeque::from([Output::Fetch]) }
    }

    /// The source answered.
    pub(crate) fn handle_fetched(&mut self, outcome: Result<Issued>, now: Now) {
        let _ = (outcome, now, &self.settings);
    }

    /// The source says that its token may have changed.
    pub(crate) fn handle_pushed(&mut self, now: Now) {
        let _ = now;
    }

    /// Every canary connection of this generation passed, or the first one failed.
    pub(crate) fn handle_canary(&mut self, generation: Generation, outcome: Result<()>, now: Now) {
        let _ = (generation, outcome, now);
    }

    /// The server refused a login or a request of this generation, with a code whose retry answer is `NewCredential`.
    pub(crate) fn handle_refused(&mut self, generation: Generation, error: Error, now: Now) {
        let _ = (generation, error, now);
    }

    /// Somebody asks for the next token now.
    pub(crate) fn handle_rotate(&mut self, now: Now) {
        let _ = now;
    }

    /// The token in use has leaked: it may be used no longer, not even as a fallback (OPS-6).
    pub(crate) fn handle_revoked(&mut self, now: Now) {
        let _ = now;
    }

    /// Time passed.
    pub(crate) fn handle_deadline(&mut self, now: Now) {
        let _ = now;
    }

    /// The next thing to do, until there is nothing left.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Rotation::handle_deadline`] if nothing happens before.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        None
    }

    /// Generation and token in use.
    pub(crate) fn in_use(&self) -> Option<(Generation, &Secret)> {
        None
    }

    /// Seconds the token in use still has.
    pub(crate) fn time_left(&self, now: Now) -> Option<Duration> {
        let _ = now;
        None
    }
}
