//! Which endpoint the next connection goes to (NET-1, NET-4): balancing, health, backoff.
//!
//! Pure: told what happened to connections, it answers where to go and when to ask an endpoint again.

use std::time::{Duration, Instant};

use crate::clock::{Now, Rng};
use crate::config::{Balance, Endpoint};
use crate::error::Error;
use crate::event::Event;

/// What the driver has to do.
#[derive(Debug)]
pub(crate) enum Output {
    /// Open a connection to see whether it serves again; answer by `handle_connected` or `handle_failed`.
    Probe(Endpoint),
    /// The endpoint has more connections than its share: replace so many of its idle ones.
    Rebalance { from: Endpoint, connections: usize },
    /// Something to tell; without `pool`, which the driver adds.
    Tell(Event),
}

/// The endpoints of a pool.
#[derive(Debug)]
pub(crate) struct Endpoints {
    known: Vec<Endpoint>,
}

impl Endpoints {
    /// All are taken for well at first.
    pub(crate) fn new(known: Vec<Endpoint>, balance: Balance, probe_interval: Duration, rng: Box<dyn Rng>) -> Self {
        let _ = (balance, probe_interval, rng);
        Endpoints { known }
    }

    /// Where to open the next connection, and counts it there as being opened; the error of the last failure if none may be
    /// asked now. `not` has just failed for the same caller.
    pub(crate) fn pick(&mut self, not: &[Endpoint], now: Now) -> Result<Endpoint, Error> {
        let _ = now;
        let found = self.known.iter().find(|known| !not.contains(known)).or(self.known.first());
        found.cloned().ok_or_else(|| crate::error::ErrorCode::AddressEmpty.into())
    }

    /// A picked or probed endpoint was logged in to.
    pub(crate) fn handle_connected(&mut self, endpoint: &Endpoint, now: Now) {
        let _ = (endpoint, now);
    }

    /// A picked or probed endpoint could not be reached, or an open connection to it broke (`was_open`).
    pub(crate) fn handle_failed(&mut self, endpoint: &Endpoint, error: &Error, was_open: bool, now: Now) {
        let _ = (endpoint, error, was_open, now);
    }

    /// A connection was closed by us.
    pub(crate) fn handle_closed(&mut self, endpoint: &Endpoint) {
        let _ = endpoint;
    }

    /// The cluster named its gateways.
    pub(crate) fn handle_discovered(&mut self, endpoints: Vec<Endpoint>, now: Now) {
        let _ = (endpoints, now);
    }

    /// Time passed.
    pub(crate) fn handle_deadline(&mut self, now: Now) {
        let _ = now;
    }

    /// The next thing to do, until there is nothing left.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        None
    }

    /// When to call [`Endpoints::handle_deadline`] if nothing happens before.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        None
    }
}
