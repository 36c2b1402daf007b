//! The pool as a table: who holds which connection, who waits, what is to be opened, replaced and closed (ROT-2, ROT-5).
//!
//! Pure: told what happened (`handle_…`), it says what to do ([`Table::poll_output`]) and when to be called again
//! ([`Table::next_deadline`]). It knows slots, not sockets, and generations, not tokens.
//!
//! A slot is in one state:
//!
//! | State | Input | Next state | Output |
//! |---|---|---|---|
//! | – | a waiter without a connection, fewer than `min_idle` at rest, or a stale one to replace | `Opening` | `Open` |
//! | `Opening` | opened | `Idle` | the next waiter's `Lend` |
//! | `Opening` | failed | – | `Fail` to every waiter if trying again is pointless, else another `Open` later |
//! | `Idle` | a waiter | `Lent` | `Lend` |
//! | `Idle` | not heard of for `validation_interval` | `Validating` | `Validate` |
//! | `Idle` | lost; stale and replaced; idle for too long; its generation retired | – | `Close` |
//! | `Validating` | answered | `Idle` | – |
//! | `Validating` | not answered | – | `Close` |
//! | `Lent` | given back as it was | `Idle` | the next waiter's `Lend` |
//! | `Lent` | given back with another database | `Resetting` | `Reset` |
//! | `Lent` | given back broken, or stale and replaced | – | `Close` |
//! | `Lent` | its generation was revoked, and the last seconds have passed | – | `Close` |
//! | `Resetting` | done, or not | `Idle`, or – | –, or `Close` |
//!
//! **Stale** is a connection of another generation than the one in use, or past its lifetime. It stays lendable until a fresh
//! one has taken its place: a rotation costs nobody a wait. They are replaced one after the other, a full pool within five
//! seconds; meanwhile there may be a few more than `max_size`.

mod opening;
mod slot;
#[cfg(test)]
mod tests;
mod upkeep;
mod waiters;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::clock::{Now, Rng};
use crate::config::PoolConfig;
use crate::credential::Generation;
use crate::error::{Error, ErrorCode};
use crate::event::Event;
use opening::{Backoff, REPLACED};
use slot::{Slot, State};
use waiters::Waiters;

/// Name of a connection in the table.
pub(crate) type SlotId = u64;
/// Name of a caller who waits.
pub(crate) type WaiterId = u64;

/// In what state a connection comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// As it was lent.
    Good,
    /// Its session has another database.
    Changed,
    /// Broken, or something is still under way on it.
    Bad,
}

/// What the driver has to do.
#[derive(Debug)]
pub(crate) enum Output {
    /// Open a connection of the generation in use; answer by `handle_opened` or `handle_open_failed`.
    Open { slot: SlotId, generation: Generation },
    /// Hand this connection to the caller.
    Lend { waiter: WaiterId, until: Instant, slot: SlotId },
    /// The caller gets no connection.
    Fail { waiter: WaiterId, error: Error },
    /// Ask for a sign of life; answer by `handle_validated`.
    Validate { slot: SlotId },
    /// Bring the session back to what it was; answer by `handle_reset`.
    Reset { slot: SlotId },
    /// Close it; the table has forgotten it. With an error: whoever still uses it gets that.
    Close { slot: SlotId, reason: &'static str, error: Option<Error> },
    /// It has been lent for so long.
    Overdue { slot: SlotId, lent: Duration },
    /// Something to tell; without `pool`, which the driver adds.
    Tell(Event),
}

/// What there is, for gauges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PoolStatus {
    /// Connections at rest.
    pub idle: usize,
    /// Connections lent.
    pub in_use: usize,
    /// Connections being opened.
    pub opening: usize,
    /// Connections of an earlier token or past their lifetime that are still to be replaced.
    pub stale: usize,
    /// Callers that wait.
    pub waiting: usize,
    /// Most connections.
    pub max_size: usize,
    /// The credential in use, or the last one that was while another is awaited; 0 before the first.
    pub generation: Generation,
}

/// The table of a pool.
#[derive(Debug)]
pub(crate) struct Table {
    settings: PoolConfig,
    rotates: bool,
    rng: Box<dyn Rng>,
    slots: BTreeMap<SlotId, Slot>,
    waiters: Waiters,
    next_slot: SlotId,
    generation: Option<Generation>,
    /// The last one that was in use, for who asks.
    told_generation: Generation,
    /// A connection of this generation has been opened.
    proven: bool,
    /// When a login with the generation in use succeeded last.
    logged_in: Option<Instant>,
    lifetime: Duration,
    /// Fresh connections that came in place of stale ones which were lent: so many of those are closed when they return.
    replaced: usize,
    opening: Backoff,
    /// Before this no connection is opened only to replace another.
    replace_next: Option<Instant>,
    /// Revoked connections still lent are closed at this time.
    cut: Option<Instant>,
    unusable: Option<Error>,
    closed: bool,
    outputs: VecDeque<Output>,
}

/// Whoever waits for longer means for ever; a clock has an end.
const LONGEST_PATIENCE: Duration = Duration::from_secs(100 * 365 * 86_400);
/// How long statements on a revoked token may still take.
const LAST_SECONDS: Duration = Duration::from_secs(3);
/// However short the life of a token is said to be: what its source states may be wrong, and the server has the last word.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(60);
/// A connection's life is shorter by a random part of up to this share.
const LIFETIME_SPREAD: f64 = 0.1;

impl Table {
    /// `rotates`: a refused credential may be followed by another one, so waiting makes sense.
    pub(crate) fn new(settings: PoolConfig, rotates: bool, rng: Box<dyn Rng>) -> Self {
        let lifetime = settings.max_lifetime.unwrap_or(PoolConfig::LIFETIME);
        Table {
            settings,
            rotates,
            rng,
            slots: BTreeMap::new(),
            waiters: Waiters::default(),
            next_slot: 1,
            generation: None,
            told_generation: Generation::default(),
            proven: false,
            logged_in: None,
            lifetime,
            replaced: 0,
            opening: Backoff::default(),
            replace_next: None,
            cut: None,
            unusable: None,
            closed: false,
            outputs: VecDeque::new(),
        }
    }

    /// Somebody wants a connection, before `patience` is over.
    pub(crate) fn handle_acquire(&mut self, waiter: WaiterId, patience: Duration, now: Now) {
        if self.closed {
            let error = Error::new(ErrorCode::Closed, "the pool was closed");
            return self.outputs.push_back(Output::Fail { waiter, error });
        }
        self.waiters.add(waiter, now.monotonic + patience.min(LONGEST_PATIENCE));
        self.serve(now);
    }

    /// The connection of a `Lend` turned out to be lost: the caller is first in the queue again.
    pub(crate) fn handle_unlendable(&mut self, waiter: WaiterId, until: Instant, slot: SlotId, now: Now) {
        self.waiters.add_first(waiter, until);
        self.close(slot, "lost", None);
        self.serve(now);
    }

    /// The caller went away.
    pub(crate) fn handle_cancelled(&mut self, waiter: WaiterId) {
        self.waiters.remove(waiter);
    }

    /// The connection of an `Open` is there. False: nobody wants it any more, close it.
    pub(crate) fn handle_opened(&mut self, slot: SlotId, now: Now) -> bool {
        let expires = now.monotonic + self.some_lifetime();
        let Some(found) = self.slots.get_mut(&slot) else { return false };
        if found.doomed {
            self.slots.remove(&slot);
            self.serve(now);
            return false;
        }
        found.opened(expires, now.monotonic);
        if self.generation == Some(found.generation) {
            self.opening = Backoff::default();
            self.unusable = None;
            self.proven = true;
            self.logged_in = Some(now.monotonic);
            self.replace_one(now);
        }
        self.serve(now);
        true
    }

    /// A connection that was opened otherwise joins under this name; none if there is no room for it.
    pub(crate) fn handle_joined(&mut self, generation: Generation, now: Now) -> Option<SlotId> {
        let wanted = self.generation == Some(generation) && !self.closed;
        let room = self.slots.len() < self.limit(now.monotonic);
        if !wanted || !room {
            return None;
        }
        let slot = self.add(generation, now.monotonic);
        self.pace(now.monotonic);
        self.handle_opened(slot, now).then_some(slot)
    }

    /// A lent connection comes back.
    pub(crate) fn handle_returned(&mut self, slot: SlotId, fate: Fate, now: Now) {
        let Some(doomed) = self.slots.get(&slot).map(|found| found.doomed) else { return };
        // Asked of whatever ends, so that none is counted that is not there any more.
        let replaced = self.is_replaced(slot, now);
        let end = match fate {
            Fate::Bad => Some("broken"),
            _ if self.closed => Some("pool closed"),
            _ if doomed => Some("its token is retired"),
            _ if replaced => Some(REPLACED),
            _ => None,
        };
        match (end, self.slots.get_mut(&slot)) {
            (None, Some(found)) if fate == Fate::Changed => {
                found.state = State::Resetting;
                self.outputs.push_back(Output::Reset { slot });
            }
            (None, Some(found)) => found.rest(now.monotonic),
            (end, _) => self.close(slot, end.unwrap_or_default(), None),
        }
        self.serve(now);
    }

    /// The answer to `Reset`.
    pub(crate) fn handle_reset(&mut self, slot: SlotId, done: bool, now: Now) {
        self.settle(slot, done, "its session could not be reset", now);
    }

    /// The answer to `Validate`.
    pub(crate) fn handle_validated(&mut self, slot: SlotId, alive: bool, now: Now) {
        self.settle(slot, alive, "gave no sign of life", now);
    }

    /// The connection ended by itself. One that is lent stays in the table until it comes back.
    pub(crate) fn handle_lost(&mut self, slot: SlotId, now: Now) {
        if self.slots.get(&slot).is_some_and(Slot::rests) {
            self.close(slot, "lost", None);
            self.serve(now);
        }
    }

    /// New connections are of this generation. Those of others are replaced.
    pub(crate) fn handle_use(&mut self, generation: Generation, now: Now) {
        if self.generation != Some(generation) {
            (self.proven, self.logged_in) = (false, None);
        }
        (self.generation, self.told_generation) = (Some(generation), generation);
        self.opening = Backoff::default();
        self.unusable = None;
        self.replaced = 0;
        self.serve(now);
    }

    /// Nothing of this generation may stay: what rests is closed, what is lent when it comes back.
    pub(crate) fn handle_retired(&mut self, generation: Generation, now: Now) {
        self.doom(generation, None);
        self.serve(now);
    }

    /// As retired, but what is lent is closed after a few seconds whoever uses it (OPS-6).
    pub(crate) fn handle_revoked(&mut self, generation: Generation, now: Now) {
        if self.generation == Some(generation) {
            self.generation = None;
        }
        self.doom(generation, Some(now.monotonic + LAST_SECONDS));
        self.serve(now);
    }

    /// The credential in use was refused and another one is awaited: nothing logs in until then. What is open still serves, and who
    /// waits goes on waiting.
    pub(crate) fn handle_suspended(&mut self, now: Now) {
        self.generation = None;
        self.serve(now);
    }

    /// There is no usable credential: who waits gets this, and who comes too, until there is one. What is open still serves.
    pub(crate) fn handle_unusable(&mut self, error: Error, now: Now) {
        self.unusable = Some(error);
        self.serve(now);
    }

    /// Connections live for half of the token's life, unless the options say otherwise (ROT-5).
    pub(crate) fn handle_token_life(&mut self, life: Duration) {
        if self.settings.max_lifetime.is_none() {
            self.lifetime = (life / 2).clamp(SHORTEST_LIFETIME, PoolConfig::LIFETIME);
        }
    }

    /// These connections, at rest now, are better opened elsewhere.
    pub(crate) fn handle_replace(&mut self, slots: &[SlotId], now: Now) {
        for slot in slots {
            if let Some(found) = self.slots.get_mut(slot) {
                found.expires = Some(now.monotonic);
            }
        }
        self.serve(now);
    }

    /// No more connections; those at rest are closed, those lent when they come back.
    pub(crate) fn handle_closing(&mut self) {
        self.closed = true;
        self.fail_everybody(&Error::new(ErrorCode::Closed, "the pool was closed"));
        for slot in self.at_rest() {
            self.close(slot, "pool closed", None);
        }
        self.slots.retain(|_, slot| !matches!(slot.state, State::Opening));
    }

    /// Nobody waits any longer for what a closed pool has lent: it is closed, whoever uses it.
    pub(crate) fn handle_cut(&mut self) {
        let slots: Vec<SlotId> = self.slots.keys().copied().collect();
        for slot in slots {
            self.close(slot, "pool closed", Some(Error::new(ErrorCode::Closed, "the pool was closed")));
        }
    }

    /// Time passed.
    pub(crate) fn handle_deadline(&mut self, now: Now) {
        self.end_patience(now);
        if self.cut.is_some_and(|cut| cut <= now.monotonic) {
            self.cut = None;
            let cut: Vec<SlotId> = self.slots.iter().filter(|(_, slot)| slot.revoked).map(|(id, _)| *id).collect();
            for slot in cut {
                self.close(slot, "its token was revoked", Some(ErrorCode::TokenRevoked.into()));
            }
        }
        self.look_after_idle(now);
        self.warn_of_leaks(now);
        self.slots.values_mut().for_each(|slot| slot.looked = now.monotonic);
        self.serve(now);
    }

    /// The next thing to do, until there is nothing left.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Table::handle_deadline`] if nothing happens before.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let slots = self.slots.values().filter_map(|slot| slot.deadline(&self.settings));
        slots.chain(self.waiters.next_deadline()).chain(self.next_opening()).chain(self.cut).min()
    }

    pub(crate) fn status(&self, now: Instant) -> PoolStatus {
        let count = |wanted: fn(&State) -> bool| self.slots.values().filter(|slot| wanted(&slot.state)).count();
        PoolStatus {
            idle: self.at_rest().len(),
            in_use: count(|state| matches!(state, State::Lent { .. })),
            opening: count(|state| matches!(state, State::Opening)),
            stale: self.stale(now),
            waiting: self.waiters.len(),
            max_size: self.settings.max_size,
            generation: self.told_generation,
        }
    }

    /// Connections of this generation are left.
    pub(crate) fn has(&self, generation: Generation) -> bool {
        self.slots.values().any(|slot| slot.generation == generation)
    }

    /// Nothing is left of a closed pool.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    fn settle(&mut self, slot: SlotId, well: bool, otherwise: &'static str, now: Now) {
        let replaced = self.is_replaced(slot, now);
        let Some(found) = self.slots.get_mut(&slot) else { return };
        match well && !found.doomed && !self.closed {
            true if replaced => self.close(slot, REPLACED, None),
            true => found.validated(now.monotonic),
            false => self.close(slot, otherwise, None),
        }
        self.serve(now);
    }

    /// Gives connections to who waits, in the order they came, and opens what is missing.
    fn serve(&mut self, now: Now) {
        while !self.waiters.is_empty() {
            let Some(slot) = self.lendable(now.monotonic) else { break };
            let Some((waiter, until)) = self.waiters.next() else { break };
            if let Some(found) = self.slots.get_mut(&slot) {
                found.state = State::Lent { since: now.monotonic, told: false };
            }
            self.outputs.push_back(Output::Lend { waiter, until, slot });
        }
        if let Some(error) = self.hopeless(now.monotonic) {
            self.fail_everybody(&error);
        }
        self.open_missing(now);
    }

    /// The one used last, fresh ones first: what is not needed can grow old.
    fn lendable(&self, now: Instant) -> Option<SlotId> {
        let idle = self.slots.iter().filter_map(|(id, slot)| match slot.state {
            State::Idle { since, .. } => Some(((!slot.is_stale(self.generation, now), since), *id)),
            _ => None,
        });
        idle.max().map(|(_, id)| id)
    }

    fn add(&mut self, generation: Generation, now: Instant) -> SlotId {
        let id = self.next_slot;
        self.next_slot += 1;
        self.slots.insert(id, Slot::opening(generation, now));
        id
    }

    fn close(&mut self, slot: SlotId, reason: &'static str, error: Option<Error>) {
        if self.slots.remove(&slot).is_some() {
            self.outputs.push_back(Output::Close { slot, reason, error });
        }
    }

    fn at_rest(&self) -> Vec<SlotId> {
        self.slots.iter().filter(|(_, slot)| slot.rests()).map(|(id, _)| *id).collect()
    }

    fn doom(&mut self, generation: Generation, cut: Option<Instant>) {
        for slot in self.at_rest() {
            if self.slots.get(&slot).is_some_and(|found| found.generation == generation) {
                self.close(slot, "its token is retired", None);
            }
        }
        let mut left = false;
        for slot in self.slots.values_mut().filter(|slot| slot.generation == generation) {
            slot.doomed = true;
            slot.revoked |= cut.is_some();
            left = true;
        }
        if left && cut.is_some() {
            self.cut = cut;
        }
    }

    fn fail_everybody(&mut self, error: &Error) {
        while let Some((waiter, _)) = self.waiters.next() {
            self.outputs.push_back(Output::Fail { waiter, error: error.clone() });
        }
    }

    fn some_lifetime(&mut self) -> Duration {
        self.lifetime.mul_f64(1.0 - LIFETIME_SPREAD * self.rng.fraction())
    }
}
