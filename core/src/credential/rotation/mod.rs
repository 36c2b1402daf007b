//! The rotation machine: fetch → canary → use → watch → retire, or roll back.
//!
//! | State | Input | Next state | Output |
//! |---|---|---|---|
//! | `AwaitingFirst` | token | `Using` | `Use`, without a canary: there is nothing to fall back to |
//! | `AwaitingFirst` | source failed | `AwaitingFirst` | `Fail`; `Fetch` with backoff |
//! | `Using` | same token | `Using` | –; `Fetch` again when it is due |
//! | `Using` | source failed, blank token | `Using` | –; `Fetch` with backoff: what works is kept (SRC-3) |
//! | `Using` | other token | `Using`, on trial | `Canary` |
//! | `Using` | token that failed not long ago, or was revoked | `Using` | – |
//! | `Using` | refused, an earlier token in its grace period | `Using` the earlier | `Use`, `Retire` the refused |
//! | `Using` | refused, no earlier token, or it has ended | `AwaitingNew` | `Suspend`, `Retire` the earlier, `Fetch` |
//! | `Using` | revoked, an earlier token in its grace period | `Using` the earlier | `Revoke`, `Use`, `Retire` the revoked, `Fetch` |
//! | `Using` | revoked, no earlier token | `AwaitingNew` | `Revoke`, `Retire`, `Fetch` |
//! | `Using` | end of a grace period | `Using` | `Retire` the earlier |
//! | `AwaitingNew` | any token that may be tried | `AwaitingNew`, on trial | `Canary` |
//! | `AwaitingNew` | source failed, has nothing else | `AwaitingNew` | `Fetch` with backoff; beyond the limit `Fail` |
//! | `AwaitingNew` | limit | `AwaitingNew` | `Fail` |
//! | `AwaitingNew` | revoked | `AwaitingNew` | `Revoke` and `Retire` what was refused, `Fetch` |
//! | on trial | canary passed | `Using` the candidate | `Use`; `Retire` what was refused, later the one before |
//! | on trial | canary passed, token of a generation that is held | `Using` that generation | `DropCandidate`, `Use` |
//! | on trial | canary failed | not on trial | `DropCandidate`; the token waits for its next trial |
//! | on trial | canary failed by the network | on trial, later | `DropCandidate`; `Canary` with backoff |
//! | on trial | yet another token | on trial | `DropCandidate`, `Canary`: the newest wins (ROT-7) |
//! | on trial | the token in use | not on trial | `DropCandidate` |
//! | any | the source names a token as leaked | without it, wherever it was held | `Revoke`, `Retire`; of one in use as revoked |
//! | any | the source names a token that has retired as leaked | same | `Revoke`: something may still be lent |
//! | any | time to refresh, push, demand | same | `Fetch`, one at a time (see `asking`) |
//! | any | refused: another generation, or not by a credential code | same | – |
//! | any | answer nobody asked for, canary that was dropped | same | – |

mod fetched;
mod leaked;
mod timing;
mod trial;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::asking::{Asking, Cause};
use super::chance::Chance;
use super::held::{Earlier, Held, Retired};
use super::refused::Refused;
use super::skew::Skew;
use super::{Generation, Issued};
use crate::clock::{Now, Rng};
use crate::error::{Error, Result, Retry};
use crate::event::{Event, EventName};
use crate::secret::Secret;

/// Longest delay between questions to a source that has nothing, and between canaries that the network failed.
const MOST: Duration = Duration::from_secs(60);
/// However short a life is, the schedule does not ask the source more often.
const SPACING: Duration = Duration::from_secs(1);

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
    /// Ask the source, once and with a limit of time; answer by [`Rotation::handle_fetched`].
    Fetch,
    /// Open so many connections with this token, each with a real round trip, within a limit of time; answer by
    /// [`Rotation::handle_canary`].
    Canary { generation: Generation, token: Secret, connections: usize },
    /// Close what was opened for this candidate; its answer is not wanted any more.
    DropCandidate { generation: Generation },
    /// New connections use this token; connections of other generations are to be replaced. After a roll back this is an
    /// earlier generation.
    Use { generation: Generation, token: Secret },
    /// Nothing new may use this generation any more: what is lent stays lent until it comes back, the rest is closed. When its
    /// last connection is gone, `token.retired` is told and the source may be. The generation may be a candidate that never
    /// was in use.
    Retire { generation: Generation, token: Secret },
    /// A token that leaked: nothing new may use this generation, and what is lent is closed within seconds, whoever uses it.
    Revoke { generation: Generation },
    /// Nothing may log in until the next `Use`, but what is open serves; whoever waits goes on waiting.
    Suspend,
    /// There is no usable credential: whoever waits for a connection gets this.
    Fail(Error),
    /// Something to tell; without `pool` and `source`, which the driver adds.
    Tell(Event),
}

/// Which token is in use.
#[derive(Debug)]
enum Stage {
    /// Nothing was ever in use.
    AwaitingFirst,
    /// A token is in use, beside earlier ones whose grace period lasts.
    Using { current: Held, earlier: Earlier },
    /// Nothing may be used: the last token was refused (and is tried again with backoff), or revoked. Callers wait, until
    /// `limit`; later they get `error` whenever a try fails.
    AwaitingNew { refused: Option<Held>, error: Error, limit: Option<Instant> },
}

/// Whether a token is being tried.
#[derive(Debug)]
enum Trial {
    None,
    /// Its connections are being opened.
    AwaitingCanary {
        candidate: Held,
        network_failures: u32,
    },
    /// The network failed, which says nothing about the token.
    AwaitingNetwork {
        candidate: Held,
        network_failures: u32,
        at: Instant,
    },
}

/// Holds the token in use, and brings the next one into use.
#[derive(Debug)]
pub(crate) struct Rotation {
    settings: Settings,
    chance: Chance,
    skew: Skew,
    stage: Stage,
    trial: Trial,
    asking: Asking,
    asked_at: Instant,
    refused: Refused,
    retired: Retired,
    /// A candidate that failed and may be tried again while the source still gives it.
    leftover: Option<Held>,
    /// When to ask because the token that the source gives may then be tried again.
    retry_at: Option<Instant>,
    /// Errors of the source, one after the other.
    failures: u32,
    /// Answers in vain while there was need, one after the other.
    in_vain: u32,
    generations: Generation,
    outputs: VecDeque<Output>,
}

impl Rotation {
    /// Starts by asking the source.
    pub(crate) fn new(settings: Settings, rng: Box<dyn Rng>, now: Now) -> Self {
        Rotation {
            settings,
            chance: Chance::new(rng),
            skew: Skew::new(now),
            stage: Stage::AwaitingFirst,
            trial: Trial::None,
            asking: Asking::AwaitingAnswer { again: None },
            asked_at: now.monotonic,
            refused: Refused::default(),
            retired: Retired::default(),
            leftover: None,
            retry_at: None,
            failures: 0,
            in_vain: 0,
            generations: 0,
            outputs: VecDeque::from([Output::Fetch]),
        }
    }

    /// The source answered.
    pub(crate) fn handle_fetched(&mut self, outcome: Result<Issued>, now: Now) {
        self.read_clocks(now);
        let Some(again) = self.asking.answered() else { return };
        if let Ok(issued) = &outcome {
            self.leave_leaked(issued, now);
        }
        match outcome.and_then(|issued| self.usable(issued)) {
            Ok(issued) => self.fetched(issued, now),
            Err(error) => self.source_failed(error, now),
        }
        match again {
            Some(Cause::Demanded) => self.ask(now),
            Some(Cause::Pushed) => self.push(now),
            None => {}
        }
    }

    /// The source says that its token may have changed.
    pub(crate) fn handle_pushed(&mut self, now: Now) {
        self.read_clocks(now);
        self.push(now);
    }

    /// Every canary connection of this generation passed, or the first one failed.
    pub(crate) fn handle_canary(&mut self, generation: Generation, outcome: Result<()>, now: Now) {
        self.read_clocks(now);
        match std::mem::replace(&mut self.trial, Trial::None) {
            Trial::AwaitingCanary { candidate, network_failures } if candidate.generation == generation => {
                match outcome {
                    Ok(()) => self.promote(candidate, now),
                    Err(error) => self.canary_failed(candidate, network_failures, error, now),
                }
                self.plan(now);
            }
            other => self.trial = other,
        }
    }

    /// The server refused a login or a request of this generation, with a code whose retry answer is `NewCredential`.
    pub(crate) fn handle_refused(&mut self, generation: Generation, error: Error, now: Now) {
        self.read_clocks(now);
        let Stage::Using { current, .. } = &self.stage else { return };
        if current.generation != generation || error.retry() != Retry::NewCredential {
            return;
        }
        self.outputs.push_back(Output::Tell(current.event(EventName::TokenRefused).with_error(&error)));
        if let Some(failed) = self.fall_back(now) {
            self.remember_failed(&failed, now);
            self.tell_rolled_back(&failed, &error, now);
            self.retire(failed);
            self.plan(now);
        } else if let Stage::Using { current, earlier } = std::mem::replace(&mut self.stage, Stage::AwaitingFirst) {
            self.remember_failed(&current, now);
            self.outputs.push_back(Output::Suspend);
            self.retire_all(earlier);
            let limit = Some(now.monotonic + self.settings.wait_for_new);
            self.stage = Stage::AwaitingNew { refused: Some(current), error, limit };
            self.in_vain = 0;
            self.hurry(now);
        }
    }

    /// Somebody asks for the next token now.
    pub(crate) fn handle_rotate(&mut self, now: Now) {
        self.read_clocks(now);
        self.ask(now);
    }

    /// Time passed.
    pub(crate) fn handle_deadline(&mut self, now: Now) {
        self.read_clocks(now);
        while let Stage::Using { earlier, .. } = &mut self.stage
            && let Some(over) = earlier.over(now)
        {
            self.retire(over);
        }
        if let Stage::AwaitingNew { limit, error, .. } = &mut self.stage
            && limit.is_some_and(|limit| limit <= now.monotonic)
        {
            *limit = None;
            self.outputs.push_back(Output::Fail(error.clone()));
        }
        let is_spaced = now.monotonic.saturating_duration_since(self.asked_at) >= SPACING;
        if self.grew_older(now) && is_spaced && !self.is_awaiting_canary() {
            self.ask(now);
        }
        match std::mem::replace(&mut self.trial, Trial::None) {
            Trial::AwaitingNetwork { candidate, network_failures, at } if at <= now.monotonic => {
                self.generations += 1;
                let candidate = Held { generation: self.generations, ..candidate };
                self.start_canary(candidate, network_failures);
            }
            other => self.trial = other,
        }
        if self.asking.is_due(now) {
            self.ask(now);
        }
    }

    /// The next thing to do, until there is nothing left.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Rotation::handle_deadline`] if nothing happens before.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let heartbeat = (!matches!(self.stage, Stage::AwaitingFirst)).then(|| self.skew.heartbeat());
        earliest([heartbeat, self.next_work()])
    }

    /// As [`Rotation::next_deadline`], without the looks at the clocks in between.
    pub(super) fn next_work(&self) -> Option<Instant> {
        let stage = match &self.stage {
            Stage::AwaitingFirst => None,
            Stage::Using { current, earlier } => {
                let last = self.skew.last;
                let older = current.life.until_older(last).map(|left| last.monotonic + left);
                earliest([older, earlier.next_end()])
            }
            Stage::AwaitingNew { limit, .. } => *limit,
        };
        let trial = match &self.trial {
            Trial::AwaitingNetwork { at, .. } => Some(*at),
            Trial::None | Trial::AwaitingCanary { .. } => None,
        };
        earliest([stage, trial, self.asking.at()])
    }

    /// Generation and token in use; none before the first, and none after a refusal or a revocation until another is found.
    /// A token whose life is over by its times stays in use: the server has the last word.
    #[cfg(test)]
    pub(crate) fn in_use(&self) -> Option<(Generation, &Secret)> {
        self.current().map(|current| (current.generation, &current.issued.token))
    }

    /// How long the token in use lives in all.
    pub(crate) fn life(&self) -> Option<Duration> {
        self.current().map(|current| current.life.whole())
    }

    /// How long the token in use still lives.
    pub(crate) fn time_left(&self, now: Now) -> Option<Duration> {
        self.current().map(|current| current.life.left(now))
    }
}

/// What the machine knows.
impl Rotation {
    fn is_awaiting_canary(&self) -> bool {
        matches!(self.trial, Trial::AwaitingCanary { .. })
    }

    fn candidate(&self) -> Option<&Held> {
        match &self.trial {
            Trial::None => None,
            Trial::AwaitingCanary { candidate, .. } | Trial::AwaitingNetwork { candidate, .. } => Some(candidate),
        }
    }

    fn current(&self) -> Option<&Held> {
        match &self.stage {
            Stage::Using { current, .. } => Some(current),
            Stage::AwaitingFirst | Stage::AwaitingNew { .. } => None,
        }
    }

    fn is_held(&self, issued: &Issued) -> bool {
        match &self.stage {
            Stage::AwaitingFirst => false,
            Stage::Using { current, earlier } => current.is(issued) || earlier.holds(issued),
            Stage::AwaitingNew { refused, .. } => refused.as_ref().is_some_and(|held| held.is(issued)),
        }
    }
}

fn earliest<const N: usize>(times: [Option<Instant>; N]) -> Option<Instant> {
    times.into_iter().flatten().min()
}
