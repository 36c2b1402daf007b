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
//! | `Using` | refused, no earlier token | `AwaitingNew` | `Fetch` |
//! | `Using` | revoked, an earlier token in its grace period | `Using` the earlier | `Use`, `Retire` the revoked, `Fetch` |
//! | `Using` | revoked, no earlier token | `AwaitingNew` | `Retire`, `Fetch` |
//! | `Using` | end of a grace period | `Using` | `Retire` the earlier |
//! | `AwaitingNew` | any token that may be tried | `AwaitingNew`, on trial | `Canary` |
//! | `AwaitingNew` | source failed, has nothing else | `AwaitingNew` | `Fetch` with backoff; beyond the limit `Fail` |
//! | `AwaitingNew` | limit | `AwaitingNew` | `Fail` |
//! | `AwaitingNew` | revoked | `AwaitingNew` | `Retire` what was refused, `Fetch` |
//! | on trial | canary passed | `Using` the candidate | `Use`; `Retire` what was refused, later the one before |
//! | on trial | canary passed, token of a generation that is held | `Using` that generation | `DropCandidate`, `Use` |
//! | on trial | canary failed | not on trial | `DropCandidate`; the token waits for its next trial |
//! | on trial | canary failed by the network | on trial, later | `DropCandidate`; `Canary` with backoff |
//! | on trial | yet another token | on trial | `DropCandidate`, `Canary`: the newest wins (ROT-7) |
//! | on trial | the token in use | not on trial | `DropCandidate` |
//! | any | time to refresh, push, demand | same | `Fetch`, one at a time (see `asking`) |
//! | any | refused: another generation, or not by a credential code | same | – |
//! | any | answer nobody asked for, canary that was dropped | same | – |

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::asking::{Asking, Cause};
use super::chance::Chance;
use super::held::{Earlier, Held, interval};
use super::lifetime::{Age, Lifetime};
use super::refused::Refused;
use super::skew::Skew;
use super::{Generation, Issued};
use crate::clock::{Now, Rng};
use crate::error::{Error, ErrorCode, Kind, Result, Retry};
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
        } else if let Stage::Using { current, .. } = std::mem::replace(&mut self.stage, Stage::AwaitingFirst) {
            self.remember_failed(&current, now);
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

    /// The token in use has leaked: it may be used no longer, not even as a fallback (OPS-6).
    pub(crate) fn handle_revoked(&mut self, now: Now) {
        self.read_clocks(now);
        let revoked = match &mut self.stage {
            Stage::AwaitingFirst => None,
            Stage::AwaitingNew { refused, .. } => refused.take(),
            Stage::Using { .. } => self.fall_back(now).or_else(|| self.give_up_current(now)),
        };
        if let Some(revoked) = revoked {
            self.refused.revoked(revoked.fingerprint.clone());
            self.outputs.push_back(Output::Tell(revoked.event(EventName::TokenRevoked)));
            // Only a token that was refused before is on trial while it is held.
            if self.candidate().is_some_and(|candidate| candidate.is(&revoked.issued)) {
                self.drop_candidate();
            }
            self.retire(revoked);
        }
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
    pub(crate) fn in_use(&self) -> Option<(Generation, &Secret)> {
        self.current().map(|current| (current.generation, &current.issued.token))
    }

    /// How long the token in use still lives.
    pub(crate) fn time_left(&self, now: Now) -> Option<Duration> {
        self.current().map(|current| current.life.left(now))
    }
}

/// What a token of the source is good for.
impl Rotation {
    fn usable(&self, issued: Issued) -> Result<Issued> {
        let text = issued.token.expose();
        if text.trim().is_empty() {
            return Err(Error::new(ErrorCode::SourceInvalid, "the token source gave an empty token"));
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            let sentence = "the token of the source contains blanks or control characters";
            return Err(Error::new(ErrorCode::SourceInvalid, sentence));
        }
        if self.refused.is_revoked(&issued.token.fingerprint()) {
            return Err(Error::new(ErrorCode::TokenRevoked, "the token source still gives the token that was revoked"));
        }
        Ok(issued)
    }

    fn source_failed(&mut self, error: Error, now: Now) {
        self.failures = self.failures.saturating_add(1);
        let event = Event::new(EventName::SourceFailed).with_error(&error);
        if let Stage::AwaitingFirst = self.stage {
            self.outputs.push_back(Output::Fail(error));
        }
        self.count_in_vain(now);
        self.plan(now);
        let retry_in = self.asking.at().map_or(Duration::ZERO, |at| at.saturating_duration_since(now.monotonic));
        self.outputs.push_back(Output::Tell(event.with("retry_in_s", retry_in.as_secs_f64())));
    }

    fn fetched(&mut self, issued: Issued, now: Now) {
        if std::mem::take(&mut self.failures) > 0 {
            self.outputs.push_back(Output::Tell(Event::new(EventName::SourceRecovered)));
        }
        self.retry_at = None;
        if self.leftover.as_ref().is_some_and(|leftover| !leftover.is(&issued)) {
            self.retire_leftover();
        }
        if self.current().is_some_and(|current| current.is(&issued)) {
            self.drop_candidate_for(&issued);
            self.confirm(issued, now);
            self.count_in_vain(now);
        } else if !self.candidate().is_some_and(|candidate| candidate.is(&issued)) {
            self.try_out(issued, now);
        }
        self.plan(now);
    }

    /// The source still gives the token in use; perhaps it lives longer now.
    fn confirm(&mut self, issued: Issued, now: Now) {
        let Stage::Using { current, .. } = &mut self.stage else { return };
        let guess_over = !current.life.stated && current.life.age(now) == Age::Over;
        if current.issued != issued || guess_over {
            current.life = Lifetime::of(&issued, self.settings.default_ttl, &mut self.chance, now);
            current.issued = issued;
            current.age = current.life.age(now);
            current.end_told &= current.age == Age::Over;
        }
    }

    /// A token that is neither in use nor on trial.
    fn try_out(&mut self, issued: Issued, now: Now) {
        let again = self.refused.again(&issued.token.fingerprint(), self.is_urgent(now));
        if again.is_some_and(|again| now.monotonic < again) {
            self.retry_at = again;
            self.count_in_vain(now);
            return;
        }
        self.drop_candidate_for(&issued);
        self.leftover = None;
        let is_known = again.is_some() || self.is_held(&issued);
        let life = Lifetime::of(&issued, self.settings.default_ttl, &mut self.chance, now);
        self.generations += 1;
        let candidate = Held::new(self.generations, issued, life);
        if !is_known {
            let event = candidate.event_with_time(EventName::TokenFetched, now);
            self.outputs.push_back(Output::Tell(event));
            if candidate.life.is_long() {
                let event = Event::new(EventName::TokenLongLived).with("fingerprint", candidate.fingerprint.as_str());
                let event = event.with("seconds_left", candidate.life.left(now).as_secs_f64());
                self.outputs.push_back(Output::Tell(event));
            }
        }
        match self.stage {
            Stage::AwaitingFirst => self.use_first(candidate, now),
            Stage::Using { .. } | Stage::AwaitingNew { .. } => self.start_canary(candidate, 0),
        }
    }
}

/// Trials and switches.
impl Rotation {
    fn use_first(&mut self, first: Held, now: Now) {
        self.outputs.push_back(Output::Use { generation: first.generation, token: first.issued.token.clone() });
        self.stage = Stage::Using { current: first, earlier: Earlier::default() };
        self.grew_older(now);
        self.count_in_vain(now);
    }

    fn start_canary(&mut self, candidate: Held, network_failures: u32) {
        let connections = self.settings.canary_connections;
        let event = candidate.event(EventName::RotationStarted).with("connections", connections);
        self.outputs.push_back(Output::Tell(event));
        let token = candidate.issued.token.clone();
        self.outputs.push_back(Output::Canary { generation: candidate.generation, token, connections });
        self.trial = Trial::AwaitingCanary { candidate, network_failures };
    }

    fn promote(&mut self, candidate: Held, now: Now) {
        let until = now.monotonic + self.settings.grace;
        let stage = std::mem::replace(&mut self.stage, Stage::AwaitingFirst);
        let (chosen, before) = match stage {
            Stage::Using { current, mut earlier } => {
                let chosen = self.held_instead(earlier.take(&candidate.issued), candidate);
                let too_many = earlier.keep(current, until);
                if let Some(held) = too_many {
                    self.retire(held);
                }
                (chosen, (earlier, None))
            }
            Stage::AwaitingNew { refused: Some(held), .. } if held.is(&candidate.issued) => {
                (self.held_instead(Some(held), candidate), (Earlier::default(), None))
            }
            Stage::AwaitingNew { refused, .. } => (candidate, (Earlier::default(), refused)),
            Stage::AwaitingFirst => (candidate, (Earlier::default(), None)),
        };
        let (earlier, refused) = before;
        self.outputs.push_back(Output::Tell(chosen.event_with_time(EventName::RotationPromoted, now)));
        self.outputs.push_back(Output::Use { generation: chosen.generation, token: chosen.issued.token.clone() });
        self.stage = Stage::Using { current: chosen, earlier };
        if let Some(refused) = refused {
            self.retire(refused);
        }
        self.leftover = None;
        self.grew_older(now);
        self.count_in_vain(now);
    }

    /// A generation that is held already is used again instead of a candidate with the same token: one token never has two
    /// generations, or the source would be told that nothing uses it when one of them retires.
    fn held_instead(&mut self, held: Option<Held>, candidate: Held) -> Held {
        let Some(held) = held else { return candidate };
        self.outputs.push_back(Output::DropCandidate { generation: candidate.generation });
        Held { generation: held.generation, ..candidate }
    }

    fn canary_failed(&mut self, candidate: Held, network_failures: u32, error: Error, now: Now) {
        self.outputs.push_back(Output::DropCandidate { generation: candidate.generation });
        if matches!(error.kind(), Kind::Network | Kind::Timeout | Kind::Tls) {
            let network_failures = network_failures.saturating_add(1);
            let at = now.monotonic + self.chance.backoff(network_failures, MOST);
            self.trial = Trial::AwaitingNetwork { candidate, network_failures, at };
        } else {
            self.remember_failed(&candidate, now);
            self.tell_rolled_back(&candidate, &error, now);
            self.leftover = Some(candidate);
        }
        self.count_in_vain(now);
    }

    fn tell_rolled_back(&mut self, failed: &Held, error: &Error, now: Now) {
        let retry_in = self.retry_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now.monotonic));
        let event = failed.event(EventName::RotationRolledBack).with_error(error);
        self.outputs.push_back(Output::Tell(event.with("retry_in_s", retry_in.as_secs_f64())));
    }

    /// Goes back to the token before, and gives the one that was in use; `None` if there is none to go back to.
    fn fall_back(&mut self, now: Now) -> Option<Held> {
        let Stage::Using { current, earlier } = &mut self.stage else { return None };
        let before = earlier.newest()?;
        let given_up = std::mem::replace(current, before);
        let (generation, token) = (current.generation, current.issued.token.clone());
        self.outputs.push_back(Output::Use { generation, token });
        self.grew_older(now);
        Some(given_up)
    }

    /// The token in use is not to be used, and there is no other.
    fn give_up_current(&mut self, now: Now) -> Option<Held> {
        let error = Error::new(ErrorCode::TokenRevoked, "the token was revoked, and the source has given no other");
        let limit = Some(now.monotonic + self.settings.wait_for_new);
        self.in_vain = 0;
        match std::mem::replace(&mut self.stage, Stage::AwaitingNew { refused: None, error, limit }) {
            Stage::Using { current, .. } => Some(current),
            Stage::AwaitingFirst | Stage::AwaitingNew { .. } => None,
        }
    }

    fn remember_failed(&mut self, failed: &Held, now: Now) {
        let patience = self.settings.retry_after_failure;
        self.refused.failed(failed.fingerprint.clone(), patience, &mut self.chance, now);
        self.retry_at = self.refused.again(&failed.fingerprint, self.is_urgent(now));
    }

    /// Ends the trial of another token than `issued`, which is newer.
    fn drop_candidate_for(&mut self, issued: &Issued) {
        if self.candidate().is_some_and(|candidate| !candidate.is(issued))
            && let Some(dropped) = self.drop_candidate()
        {
            self.leftover = Some(dropped);
            self.retire_leftover();
        }
    }

    fn drop_candidate(&mut self) -> Option<Held> {
        match std::mem::replace(&mut self.trial, Trial::None) {
            Trial::None => None,
            Trial::AwaitingNetwork { candidate, .. } => Some(candidate),
            Trial::AwaitingCanary { candidate, .. } => {
                self.outputs.push_back(Output::DropCandidate { generation: candidate.generation });
                Some(candidate)
            }
        }
    }

    /// The source gives another token than the one that failed: it may be told that nothing uses that one.
    fn retire_leftover(&mut self) {
        if let Some(leftover) = self.leftover.take()
            && !self.is_held(&leftover.issued)
        {
            self.retire(leftover);
        }
    }

    fn retire(&mut self, held: Held) {
        self.outputs.push_back(Output::Retire { generation: held.generation, token: held.issued.token });
    }
}

/// When the source is asked.
impl Rotation {
    fn read_clocks(&mut self, now: Now) {
        if let Some(seconds) = self.skew.jump(now) {
            self.outputs.push_back(Output::Tell(Event::new(EventName::ClockJumped).with("seconds", seconds)));
            // Pushes may have been slept through.
            self.push(now);
        }
    }

    fn ask(&mut self, now: Now) {
        if self.asking.demand() {
            self.asked_at = now.monotonic;
            self.outputs.push_back(Output::Fetch);
        }
    }

    fn push(&mut self, now: Now) {
        let wait = !self.is_awaiting_canary();
        let (chance, jitter) = (&mut self.chance, self.settings.push_jitter);
        self.asking.push(|| wait.then(|| now.monotonic + chance.within(jitter)));
    }

    /// Nothing is usable: whatever may help is done at once.
    fn hurry(&mut self, now: Now) {
        match &mut self.trial {
            Trial::AwaitingCanary { .. } => {}
            Trial::AwaitingNetwork { at, .. } => {
                *at = now.monotonic;
                self.ask(now);
            }
            Trial::None => self.ask(now),
        }
    }

    /// Notices what the life of the token in use has come to; true if that is news.
    fn grew_older(&mut self, now: Now) -> bool {
        let Stage::Using { current, .. } = &mut self.stage else { return false };
        let before = std::mem::replace(&mut current.age, current.life.age(now));
        if current.age == Age::Over && current.life.stated && !current.end_told {
            current.end_told = true;
            self.outputs.push_back(Output::Tell(current.event(EventName::TokenExpired)));
        }
        current.age > before
    }

    /// A try brought nothing that helps; if nobody is to wait any longer, they hear of it.
    fn count_in_vain(&mut self, now: Now) {
        self.in_vain = if self.is_urgent(now) { self.in_vain.saturating_add(1) } else { 0 };
        if let Stage::AwaitingNew { limit: None, error, .. } = &self.stage {
            self.outputs.push_back(Output::Fail(error.clone()));
        }
    }

    /// Sets the time of the next question.
    fn plan(&mut self, now: Now) {
        let is_waiting = !self.is_awaiting_canary();
        let delay = match &self.stage {
            _ if self.failures > 0 => Some(self.chance.backoff(self.failures, MOST)),
            _ if !is_waiting => None,
            Stage::Using { current, .. } if self.in_vain == 0 => Some(match current.life.age(now) {
                Age::Fresh => current.life.until_refresh(now).max(SPACING),
                Age::Due | Age::Over => {
                    let interval = interval(current.life.left(now));
                    interval / 2 + self.chance.within(interval / 2)
                }
            }),
            _ => Some(self.chance.backoff(self.in_vain.max(1), MOST)),
        };
        let usual = delay.map(|delay| now.monotonic + delay);
        let pushed = (is_waiting && self.asking.is_marked())
            .then(|| now.monotonic + self.chance.within(self.settings.push_jitter));
        let retry = self.retry_at.filter(|at| is_waiting && *at > now.monotonic);
        self.asking.plan(earliest([usual, pushed, retry]));
    }

    /// Nothing better is there than what the source gives: it is asked, and failed tokens are tried again, sooner.
    fn is_urgent(&self, now: Now) -> bool {
        match &self.stage {
            Stage::AwaitingFirst | Stage::AwaitingNew { .. } => true,
            Stage::Using { current, .. } => current.life.stated && current.life.age(now) == Age::Over,
        }
    }

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
