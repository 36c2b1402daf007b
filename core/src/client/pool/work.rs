//! What the machines want done, and the doing of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::oneshot;

use super::inner::{Inner, Machines, Opened};
use super::opening;
use crate::client::Connection;
use crate::client::lease::{Lease, Lender};
use crate::clock::{Now, Rng, SeededRng};
use crate::config::{Config, Endpoint};
use crate::credential::{self, Generation, SOURCE_PATIENCE, SourceFuture, TokenSource};
use crate::endpoint;
use crate::error::{Error, ErrorCode, Result, Retry};
use crate::event::{Event, EventName};
use crate::observe;
use crate::pool::{self, SlotId};
use crate::secret::Secret;

/// How long a sign of life or a reset may take.
const VALIDATION_PATIENCE: Duration = Duration::from_secs(5);
/// How long a source may take to hear that a token is retired.
const RETIRE_PATIENCE: Duration = Duration::from_secs(10);
/// A source that reports changes all the time is heard this often.
const LISTEN_PAUSE: Duration = Duration::from_millis(50);
const LISTEN_BACKOFF_LONGEST: Duration = Duration::from_secs(60);

/// To be done once the mutex is free.
pub(super) enum Work {
    Fetch,
    Canary { generation: Generation, config: Config, connections: usize },
    Open { slot: SlotId, generation: Generation, config: Config, endpoint: Endpoint },
    Probe { generation: Generation, config: Config, endpoint: Endpoint },
    Watch { slot: SlotId, opened: Opened },
    Lend { to: oneshot::Sender<Result<Connection>>, slot: SlotId, connection: Connection },
    Fail { to: oneshot::Sender<Result<Connection>>, error: Error },
    Validate { slot: SlotId, connection: Connection },
    Reset { slot: SlotId, connection: Connection },
    Close { opened: Opened, reason: &'static str, error: Option<Error> },
    Retire { generation: Generation, token: Secret },
    Tell(Event),
}

impl Machines {
    /// Asks the machines what to do until none has more to say: what one says may concern another.
    pub(super) fn settle(&mut self, work: &mut Vec<Work>, now: Now) {
        self.take_over_life();
        loop {
            if let Some(output) = self.rotation.as_mut().and_then(credential::Rotation::poll_output) {
                self.rotation_says(output, work, now);
            } else if let Some(output) = self.endpoints.poll_output() {
                self.endpoints_say(output, work, now);
            } else if let Some(output) = self.table.poll_output() {
                self.table_says(output, work, now);
            } else {
                break;
            }
        }
        let table = &self.table;
        let (left, gone) = std::mem::take(&mut self.retiring).into_iter().partition(|(old, _)| table.has(*old));
        self.retiring = left;
        work.extend(gone.into_iter().map(|(generation, token)| Work::Retire { generation, token }));
    }

    fn rotation_says(&mut self, output: credential::Output, work: &mut Vec<Work>, now: Now) {
        use credential::Output;
        match output {
            Output::Fetch => work.push(Work::Fetch),
            Output::Canary { generation, token, connections } => match self.config_for(generation, token) {
                Ok(config) => work.push(Work::Canary { generation, config, connections }),
                Err(error) => {
                    if let Some(rotation) = &mut self.rotation {
                        rotation.handle_canary(generation, Err(error), now);
                    }
                }
            },
            Output::DropCandidate { generation } => {
                self.configs.remove(&generation);
                for opened in self.candidates.remove(&generation).unwrap_or_default() {
                    self.endpoints.handle_closed(&opened.endpoint);
                    work.push(Work::Close { opened, reason: opening::TOKEN_FAILED, error: None });
                }
            }
            Output::Use { generation, token } => match self.config_for(generation, token) {
                Ok(_) => self.switch_to(generation, work, now),
                Err(error) => self.table.handle_unusable(error, now),
            },
            Output::Retire { generation, token } => {
                self.configs.remove(&generation);
                self.table.handle_retired(generation, now);
                self.retiring.push((generation, token));
            }
            Output::Revoke { generation } => self.table.handle_revoked(generation, now),
            Output::Suspend => self.table.handle_suspended(now),
            Output::Fail(error) => self.table.handle_unusable(error, now),
            Output::Tell(event) => work.push(Work::Tell(event)),
        }
    }

    /// The configuration of a generation, made when its token is first heard of.
    fn config_for(&mut self, generation: Generation, token: Secret) -> Result<Config> {
        let config = self.base.with_token(token)?;
        self.configs.insert(generation, config.clone());
        Ok(config)
    }

    fn switch_to(&mut self, generation: Generation, work: &mut Vec<Work>, now: Now) {
        self.take_over_life();
        self.table.handle_use(generation, now);
        for opened in self.candidates.remove(&generation).unwrap_or_default() {
            self.join(opened, work, now);
        }
    }

    /// A source may say later that a token lives longer.
    fn take_over_life(&mut self) {
        if let Some(life) = self.rotation.as_ref().and_then(credential::Rotation::life) {
            self.table.handle_token_life(life);
        }
    }

    /// Takes a connection that was opened for something else into the pool, if there is room.
    pub(super) fn join(&mut self, opened: Opened, work: &mut Vec<Work>, now: Now) {
        match self.table.handle_joined(opened.generation, now) {
            Some(slot) => {
                self.open.insert(slot, opened.clone());
                work.push(Work::Watch { slot, opened });
            }
            None => {
                self.endpoints.handle_closed(&opened.endpoint);
                work.push(Work::Close { opened, reason: "not needed", error: None });
            }
        }
    }

    fn endpoints_say(&mut self, output: endpoint::Output, work: &mut Vec<Work>, now: Now) {
        use endpoint::Output;
        match output {
            Output::Probe(endpoint) => {
                let generation = self.table.generation_to_show();
                match generation.and_then(|generation| Some((generation, self.configs.get(&generation)?.clone()))) {
                    Some((generation, config)) => work.push(Work::Probe { generation, config, endpoint }),
                    None => {
                        let error = Error::new(ErrorCode::SourceUnavailable, "there is no token to ask with");
                        self.endpoints.handle_failed(&endpoint, &error, false, now);
                    }
                }
            }
            Output::Rebalance { from, connections } => {
                let there = self.open.iter().filter(|(_, opened)| opened.endpoint == from).map(|(slot, _)| *slot);
                let slots: Vec<SlotId> = there.take(connections).collect();
                self.table.handle_replace(&slots, now);
            }
            Output::Tell(event) => work.push(Work::Tell(event)),
        }
    }

    fn table_says(&mut self, output: pool::Output, work: &mut Vec<Work>, now: Now) {
        use pool::Output;
        match output {
            Output::Open { slot, generation } => {
                let Some(config) = self.configs.get(&generation).cloned() else {
                    let error = Error::new(ErrorCode::SourceUnavailable, "there is no token to open a connection with");
                    return self.table.handle_open_failed(slot, error, now);
                };
                match self.endpoints.pick(&[], now) {
                    Ok(endpoint) => work.push(Work::Open { slot, generation, config, endpoint }),
                    Err(error) => self.table.handle_open_failed(slot, error, now),
                }
            }
            Output::Lend { waiter, until, slot } => {
                let Some(opened) = self.open.get(&slot).filter(|opened| !opened.connection.is_closed()) else {
                    return self.table.handle_unlendable(waiter, until, slot, now);
                };
                match self.waiting.remove(&waiter) {
                    Some(to) => work.push(Work::Lend { to, slot, connection: opened.connection.clone() }),
                    None => self.table.handle_returned(slot, pool::Fate::Good, now),
                }
            }
            Output::Fail { waiter, error } => {
                work.extend(self.waiting.remove(&waiter).map(|to| Work::Fail { to, error }));
            }
            Output::Validate { slot } => {
                work.extend(self.connection(slot).map(|connection| Work::Validate { slot, connection }));
            }
            Output::Reset { slot } => {
                work.extend(self.connection(slot).map(|connection| Work::Reset { slot, connection }));
            }
            Output::Close { slot, reason, error } => {
                if let Some(opened) = self.open.remove(&slot) {
                    self.endpoints.handle_closed(&opened.endpoint);
                    work.push(Work::Close { opened, reason, error });
                }
            }
            Output::Overdue { slot, lent } => {
                if let Some(opened) = self.open.get(&slot) {
                    let event = Event::new(EventName::PoolLeakSuspected)
                        .with("endpoint", opened.endpoint.to_string())
                        .with("seconds", lent.as_secs_f64());
                    work.push(Work::Tell(event));
                }
            }
            Output::Tell(event) => work.push(Work::Tell(event)),
        }
    }

    fn connection(&self, slot: SlotId) -> Option<Connection> {
        self.open.get(&slot).map(|opened| opened.connection.clone())
    }
}

impl Inner {
    pub(super) fn perform(&self, work: Work) {
        let Some(inner) = self.shared() else { return };
        match work {
            Work::Tell(event) => self.tell(event),
            Work::Lend { to, slot, connection } => {
                // If nobody listens any more, dropping the connection gives it back.
                let _ = to.send(Ok(connection.lent(Lease::new(inner as Arc<dyn Lender>, slot))));
            }
            Work::Fail { to, error } => {
                let _ = to.send(Err(error));
            }
            Work::Fetch => self.jobs.spawn(fetch(inner)),
            Work::Canary { generation, config, connections } => {
                self.jobs.spawn(opening::canary(inner, generation, config, connections));
            }
            Work::Open { slot, generation, config, endpoint } => {
                self.jobs.spawn(opening::open(inner, slot, generation, config, endpoint));
            }
            Work::Probe { generation, config, endpoint } => {
                self.jobs.spawn(opening::probe(inner, generation, config, endpoint));
            }
            Work::Watch { slot, opened } => self.jobs.spawn(watch(inner, slot, opened)),
            Work::Validate { slot, connection } => self.jobs.spawn(validate(inner, slot, connection)),
            Work::Reset { slot, connection } => self.jobs.spawn(reset(inner, slot, connection)),
            Work::Close { opened, reason, error } => {
                self.jobs.spawn_to_the_end(async move {
                    // The reason is what its closing is told with.
                    let error = error.unwrap_or_else(|| Error::new(ErrorCode::Closed, reason));
                    opened.connection.cut(error);
                    opened.connection.close().await;
                });
            }
            Work::Retire { generation, token } => {
                let event = Event::new(EventName::TokenRetired).with("generation", generation);
                self.tell(event.with("fingerprint", token.fingerprint()));
                if let Some(source) = self.source.clone() {
                    self.jobs.spawn_to_the_end(retire(inner, source, token));
                }
            }
        }
    }

    /// Adds what the machines do not know.
    pub(super) fn tell(&self, event: Event) {
        let known = event.name().fields();
        let mut event = event.with("pool", &*self.name);
        if let Some(source) = self.source.as_ref().filter(|_| known.contains(&"source")) {
            event = event.with("source", source.name());
        }
        observe::tell(event);
    }
}

/// Calls the machines when their time has come.
pub(super) async fn keep_time(inner: Arc<Inner>) {
    loop {
        let retimed = inner.retimed.notified();
        match inner.next_deadline() {
            None => retimed.await,
            Some(deadline) => {
                tokio::select! {
                    () = retimed => continue,
                    () = tokio::time::sleep_until(deadline.into()) => {}
                }
                inner.drive(|machines, now| {
                    if let Some(rotation) = &mut machines.rotation {
                        rotation.handle_deadline(now);
                    }
                    machines.endpoints.handle_deadline(now);
                    machines.table.handle_deadline(now);
                });
            }
        }
    }
}

/// Hears of changes until the pool closes.
pub(super) async fn listen(inner: Arc<Inner>, source: Arc<dyn TokenSource>) {
    let mut failures = 0u32;
    let mut rng = SeededRng::from_entropy();
    loop {
        let heard = AssertUnwindSafe(async { source.changed().await }).catch_unwind().await;
        failures = if matches!(heard, Ok(Ok(()))) { 0 } else { failures.saturating_add(1) };
        // A failed listener may have missed a change: looking is never wrong.
        inner.drive(|machines, now| {
            if let Some(rotation) = &mut machines.rotation {
                rotation.handle_pushed(now);
            }
        });
        let longest = Duration::from_secs(1).saturating_mul(1 << failures.min(6)).min(LISTEN_BACKOFF_LONGEST);
        let pause = if failures == 0 { LISTEN_PAUSE } else { LISTEN_PAUSE + longest.mul_f64(rng.fraction()) };
        tokio::time::sleep(pause).await;
    }
}

async fn fetch(inner: Arc<Inner>) {
    let Some(source) = inner.source.clone() else { return };
    let outcome = ask(&*source, SOURCE_PATIENCE, "asked for a token", |source| source.fetch()).await;
    inner.drive(|machines, now| {
        if let Some(rotation) = &mut machines.rotation {
            rotation.handle_fetched(outcome, now);
        }
    });
}

/// One question to a source, with an end and without a panic, also one before there is a future.
async fn ask<'a, T>(
    source: &'a dyn TokenSource,
    patience: Duration,
    question: &str,
    put: impl FnOnce(&'a dyn TokenSource) -> SourceFuture<'a, Result<T>>,
) -> Result<T> {
    let unavailable = |how: &str| {
        let text = format!("the token source {} {how} when it was {question}", source.name());
        Err(Error::new(ErrorCode::SourceUnavailable, text))
    };
    let answer = AssertUnwindSafe(async { put(source).await }).catch_unwind();
    match tokio::time::timeout(patience, answer).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => unavailable("panicked"),
        Err(_) => unavailable(&format!("gave no answer within {} s", patience.as_secs_f64())),
    }
}

async fn retire(inner: Arc<Inner>, source: Arc<dyn TokenSource>, token: Secret) {
    let question = format!("told that the token {} is retired", token.fingerprint());
    if let Err(error) = ask(&*source, RETIRE_PATIENCE, &question, |source| source.retire(&token)).await {
        inner.tell(Event::new(EventName::SourceFailed).with_error(&error));
    }
}

/// Waits for the end of a connection that nobody closes.
async fn watch(inner: Arc<Inner>, slot: SlotId, opened: Opened) {
    let (ended, endpoint) = (opened.connection.ended(), opened.endpoint.clone());
    drop(opened);
    let error = ended.await;
    inner.drive(|machines, now| {
        // One that the pool closes has left this list before; counting its end twice would be wrong.
        if machines.open.remove(&slot).is_some() {
            machines.endpoints.handle_failed(&endpoint, &error, true, now);
            machines.lost += 1;
            machines.table.handle_lost(slot, now);
        }
    });
}

async fn validate(inner: Arc<Inner>, slot: SlotId, connection: Connection) {
    // The status of the server is told without a login too: it says nothing about the session.
    let alive = match tokio::time::timeout(VALIDATION_PATIENCE, connection.current_database()).await {
        Ok(answer) => answer.err().is_none_or(|error| error.retry() == Retry::SameConnection),
        Err(_) => false,
    };
    inner.drive(|machines, now| machines.table.handle_validated(slot, alive, now));
}

/// The database that the address names; without one the server has no way back, and the connection is closed.
async fn reset(inner: Arc<Inner>, slot: SlotId, connection: Connection) {
    let done = match inner.config.database() {
        Some(database) => {
            let sql = format!("use `{database}`");
            matches!(tokio::time::timeout(VALIDATION_PATIENCE, connection.execute(&sql)).await, Ok(Ok(_)))
        }
        None => false,
    };
    inner.drive(|machines, now| machines.table.handle_reset(slot, done, now));
}
