//! What must hold at every moment, and what happened.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Sum;

use super::world::{Happening, Style, World, name_of, token_of};
use super::*;
use crate::credential::tests::{HOUR, MINUTE};
use crate::credential::{Generation, Issued, Settings};
use crate::error::Result as Outcome;
use crate::event::EventName;
use crate::secret::Secret;

/// Without a valid token for longer, while the source offers one, something is broken: a refusal takes up to a minute to
/// happen, an answer and a canary half a minute each, and failed tokens are tried again within five.
const REPAIR: Duration = Duration::from_secs(600);
/// A token that was pushed is in use by then, even if the first canary came before the cluster knew it.
const FOLLOWED: Duration = Duration::from_secs(90 * 60);
/// Most questions and most trials in an hour that are not owed to pushes and demands.
const FETCHES: u64 = 240;
const CANARIES: u64 = 120;

/// What happened.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counts {
    pub(super) fetches: u64,
    pub(super) canaries: u64,
    pub(super) promotions: u64,
    pub(super) failed_canaries: u64,
    pub(super) refusals: u64,
    pub(super) fallbacks: u64,
    pub(super) revocations: u64,
    /// Generations that were left because the source named their token.
    pub(super) named: u64,
    pub(super) jumps: u64,
    pub(super) fails: u64,
    /// Refreshes that were owed to the schedule alone, and came inside its window.
    pub(super) scheduled: u64,
    pub(super) followed_pushes: u64,
    /// A valid token was in use again.
    pub(super) healed: u64,
    longest_without: Duration,
    most_fetches_in_an_hour: u64,
    most_canaries_in_an_hour: u64,
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Counts>>(parts: I) -> Counts {
        parts.fold(Counts::default(), |a, b| Counts {
            fetches: a.fetches + b.fetches,
            canaries: a.canaries + b.canaries,
            promotions: a.promotions + b.promotions,
            failed_canaries: a.failed_canaries + b.failed_canaries,
            refusals: a.refusals + b.refusals,
            fallbacks: a.fallbacks + b.fallbacks,
            revocations: a.revocations + b.revocations,
            named: a.named + b.named,
            jumps: a.jumps + b.jumps,
            fails: a.fails + b.fails,
            scheduled: a.scheduled + b.scheduled,
            followed_pushes: a.followed_pushes + b.followed_pushes,
            healed: a.healed + b.healed,
            longest_without: a.longest_without.max(b.longest_without),
            most_fetches_in_an_hour: a.most_fetches_in_an_hour.max(b.most_fetches_in_an_hour),
            most_canaries_in_an_hour: a.most_canaries_in_an_hour.max(b.most_canaries_in_an_hour),
        })
    }
}

/// A generation that was in use and has not retired.
struct Live {
    token: usize,
    /// When another took its place, on the monotonic clock.
    left_at: Option<Instant>,
}

struct Candidate {
    generation: Generation,
    token: usize,
    passed: Option<bool>,
}

pub(super) struct Judge {
    settings: Settings,
    pub(super) counts: Counts,
    is_asking: bool,
    candidate: Option<Candidate>,
    live: BTreeMap<Generation, Live>,
    newest: Generation,
    in_use: Option<Generation>,
    refused: BTreeSet<Generation>,
    revoked: BTreeSet<usize>,
    /// Generations that `Revoke` was about.
    left: BTreeSet<Generation>,
    has_failed: bool,
    without_since: Option<Duration>,
    /// A valid token that was pushed.
    promised: Option<(usize, Duration)>,
    /// The token that was answered last, and when, unless the clocks were wrong.
    adopted: Option<(usize, Duration)>,
    /// Something but the schedule may be a reason to ask.
    is_disturbed: bool,
    /// The next question has to come within.
    window: Option<(Duration, Duration)>,
    hour: u64,
    fetches: u64,
    canaries: u64,
}

type Verdict = Result<(), String>;

fn must(holds: bool, why: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(why()) }
}

impl Judge {
    pub(super) fn new(settings: Settings) -> Self {
        Judge {
            settings,
            counts: Counts::default(),
            is_asking: false,
            candidate: None,
            live: BTreeMap::new(),
            newest: 0,
            in_use: None,
            refused: BTreeSet::new(),
            revoked: BTreeSet::new(),
            left: BTreeSet::new(),
            has_failed: false,
            without_since: None,
            promised: None,
            adopted: None,
            is_disturbed: true,
            window: None,
            hour: 0,
            fetches: 0,
            canaries: 0,
        }
    }

    /// Time has moved to `time`; nothing was told to the machine yet.
    pub(super) fn time_passed(
        &mut self,
        world: &World,
        in_use: Option<Generation>,
        now: Now,
        time: Duration,
    ) -> Verdict {
        let grace = self.settings.grace + SECOND;
        for (generation, live) in &self.live {
            let is_late = live.left_at.is_some_and(|at| now.monotonic > at + grace);
            must(!is_late, || format!("generation {generation} is not retired"))?;
        }
        if let Some((_, end)) = self.window {
            must(time <= end + SECOND, || "the source was not asked in time".to_owned())?;
        }
        let token = in_use.and_then(|generation| self.live.get(&generation)).map(|live| live.token);
        let is_without = !token.is_some_and(|token| world.is_valid(token, time));
        match self.without_since {
            Some(since) if is_without && world.offers_valid(time) => {
                self.counts.longest_without = self.counts.longest_without.max(time - since);
                must(time - since <= REPAIR, || {
                    format!("no valid token in use, though token {} is there", world.served)
                })?;
            }
            Some(_) => self.without_since = None,
            None if is_without && world.offers_valid(time) => self.without_since = Some(time),
            None => {}
        }
        if let Some((promised, since)) = self.promised {
            if token == Some(promised) {
                self.counts.followed_pushes += 1;
                self.promised = None;
            } else if !world.is_valid(promised, time) && time > since + MINUTE {
                self.promised = None;
            } else {
                must(time - since <= FOLLOWED, || format!("token {promised} was pushed and is not in use"))?;
            }
        }
        Ok(())
    }

    pub(super) fn output(&mut self, output: &Output, world: &World, now: Now, time: Duration) -> Verdict {
        match output {
            Output::Fetch => self.fetch(time),
            Output::Canary { generation, token, .. } => {
                let token = token_of(token.expose());
                self.count_hour(time);
                self.canaries += 1;
                self.counts.canaries += 1;
                self.counts.most_canaries_in_an_hour = self.counts.most_canaries_in_an_hour.max(self.canaries);
                must(self.canaries <= CANARIES, || "too many canaries in an hour".to_owned())?;
                must(self.candidate.is_none(), || "two candidates at once".to_owned())?;
                must(*generation > self.newest, || format!("generation {generation} comes twice"))?;
                must(!self.revoked.contains(&token), || format!("revoked token {token} is on trial"))?;
                self.newest = *generation;
                self.candidate = Some(Candidate { generation: *generation, token, passed: None });
                Ok(())
            }
            Output::DropCandidate { generation } => {
                let dropped = self.candidate.take();
                must(dropped.is_some_and(|dropped| dropped.generation == *generation), || {
                    format!("candidate {generation} is dropped, but not on trial")
                })
            }
            Output::Use { generation, token } => self.used(*generation, token_of(token.expose()), world, now, time),
            Output::Retire { generation, token } => self.retired(*generation, token_of(token.expose()), now),
            Output::Revoke { generation } => {
                let live = self.live.get(generation);
                must(live.is_none_or(|live| self.revoked.contains(&live.token)), || {
                    format!("generation {generation} is revoked, and its token has not leaked")
                })?;
                must(self.left.insert(*generation), || format!("generation {generation} is revoked twice"))
            }
            Output::Suspend => must(self.in_use.is_some_and(|known| self.refused.contains(&known)), || {
                "nothing may log in, and nothing was refused".to_owned()
            }),
            Output::Fail(_) => {
                self.has_failed = true;
                self.counts.fails += 1;
                Ok(())
            }
            Output::Tell(event) => {
                if event.name() == EventName::ClockJumped {
                    self.counts.jumps += 1;
                }
                Ok(())
            }
        }
    }

    /// The outputs are drained.
    pub(super) fn settled(&mut self, in_use: Option<(Generation, usize)>, world: &World, time: Duration) -> Verdict {
        if self.without_since.is_some() && in_use.is_some_and(|(_, token)| world.is_valid(token, time)) {
            self.counts.healed += 1;
            self.without_since = None;
        }
        match (in_use, self.in_use) {
            (Some((generation, token)), Some(known)) => {
                let fits = self.live.get(&known).is_some_and(|live| live.token == token);
                must(generation == known && fits, || format!("generation {generation} is in use without `Use`"))?;
            }
            (None, Some(known)) => {
                must(self.refused.contains(&known), || format!("generation {known} was given up without a refusal"))?;
            }
            (None, None) => {}
            (Some((generation, _)), None) => return Err(format!("generation {generation} is in use without `Use`")),
        }
        for (generation, live) in &self.live {
            must(!self.revoked.contains(&live.token), || format!("leaked generation {generation} is still held"))?;
        }
        let has_failed = std::mem::take(&mut self.has_failed);
        must(!has_failed || in_use.is_none(), || "callers get an error although a token is in use".to_owned())?;
        // A candidate whose canary is over is decided at once.
        let is_open = self.candidate.as_ref().is_some_and(|candidate| candidate.passed.is_some());
        must(!is_open, || "the canary is over and nothing was decided".to_owned())
    }

    fn fetch(&mut self, time: Duration) -> Verdict {
        must(!self.is_asking, || "two questions at once".to_owned())?;
        self.is_asking = true;
        if let Some((begin, end)) = self.window.take() {
            let is_inside = time + SECOND >= begin && time <= end + SECOND;
            must(is_inside, || format!("asked at {time:?} instead of {begin:?} to {end:?}"))?;
            self.counts.scheduled += 1;
        }
        self.is_disturbed = false;
        self.count_hour(time);
        self.fetches += 1;
        self.counts.fetches += 1;
        self.counts.most_fetches_in_an_hour = self.counts.most_fetches_in_an_hour.max(self.fetches);
        must(self.fetches <= FETCHES, || "too many questions in an hour".to_owned())
    }

    fn used(&mut self, generation: Generation, token: usize, world: &World, now: Now, time: Duration) -> Verdict {
        must(!self.revoked.contains(&token), || format!("revoked token {token} is in use"))?;
        let is_candidate = self.candidate.as_ref().is_some_and(|candidate| candidate.generation == generation);
        let is_first = self.newest == 0;
        if is_candidate {
            let passed = self.candidate.take().is_some_and(|it| it.passed == Some(true) && it.token == token);
            must(passed, || format!("generation {generation} is in use without having passed"))?;
            self.counts.promotions += 1;
        } else if is_first {
            self.newest = generation;
        } else {
            let fits = self.live.get(&generation).is_some_and(|live| live.token == token);
            must(fits, || format!("generation {generation} was not held"))?;
            self.counts.fallbacks += 1;
        }
        if let Some(left) = self.in_use.filter(|left| *left != generation)
            && let Some(live) = self.live.get_mut(&left)
        {
            live.left_at = Some(now.monotonic);
        }
        self.live.insert(generation, Live { token, left_at: None });
        self.in_use = Some(generation);
        self.refused.remove(&generation);
        if is_candidate || is_first {
            self.expect_refresh(token, world, time);
        }
        Ok(())
    }

    /// Undisturbed, the source is asked after 80 to 90 % of the life.
    fn expect_refresh(&mut self, token: usize, world: &World, time: Duration) {
        let Some((_, fetched)) = self.adopted.filter(|(adopted, _)| *adopted == token) else { return };
        let known = &world.tokens[token];
        let (begin, life) = match world.style {
            Style::ExpiresAt => (fetched, (known.issued + known.life).saturating_sub(fetched)),
            Style::Nothing => (fetched, self.settings.default_ttl),
            Style::IssuedAndTtl | Style::IssuedAndExpires => (known.issued, known.life),
        };
        let window = (begin + life.mul_f64(0.8), begin + life.mul_f64(0.9));
        if !self.is_disturbed && !self.is_asking && time < window.0 {
            self.window = Some(window);
        }
    }

    fn retired(&mut self, generation: Generation, token: usize, now: Now) -> Verdict {
        let is_alive = self.live.iter().any(|(other, live)| *other != generation && live.token == token);
        must(!is_alive, || format!("token {token} retires, but lives on in another generation"))?;
        let is_on_trial = self.candidate.as_ref().is_some_and(|candidate| candidate.token == token);
        must(!is_on_trial, || format!("token {token} retires while it is on trial"))?;
        let live = self.live.len();
        let Some(retired) = self.live.remove(&generation) else { return Ok(()) };
        let has_leaked = self.revoked.contains(&token);
        must(!has_leaked || self.left.contains(&generation), || {
            format!("generation {generation} has leaked and retires without `Revoke`")
        })?;
        let is_bad = has_leaked || self.refused.contains(&generation);
        let is_over = retired.left_at.is_some_and(|at| now.monotonic >= at + self.settings.grace);
        // The one in use is given up, and there was nothing to go back to.
        let is_lost = self.in_use.is_some_and(|known| self.refused.contains(&known) || self.left.contains(&known));
        must(is_bad || is_over || is_lost || live > 9, || {
            format!("generation {generation} retires within its grace period")
        })?;
        if self.in_use == Some(generation) {
            must(is_bad, || format!("generation {generation} is in use and retires"))?;
            self.in_use = None;
        }
        Ok(())
    }

    fn count_hour(&mut self, time: Duration) {
        let hour = time.as_secs() / HOUR.as_secs();
        if hour != self.hour {
            (self.hour, self.fetches, self.canaries) = (hour, 0, 0);
        }
    }

    pub(super) fn answered(&mut self, world: &World, outcome: &Outcome<Issued>, wrong: i64, time: Duration) {
        self.is_asking = false;
        self.adopted = None;
        if let Ok(issued) = outcome {
            self.named(world, issued);
        }
        if let Ok(issued) = outcome
            && wrong == 0
            && world.is_source_up()
        {
            self.adopted = Some((token_of(issued.token.expose()), time));
        }
    }

    pub(super) fn canary_done(&mut self, generation: Generation, passed: bool) {
        if let Some(candidate) = self.candidate.as_mut().filter(|candidate| candidate.generation == generation) {
            candidate.passed = Some(passed);
            self.counts.failed_canaries += u64::from(!passed);
        }
    }

    pub(super) fn pushed(&mut self, world: &World, news: Option<usize>, time: Duration) {
        self.disturbed();
        // A question that a push costs is not held against the machine.
        self.fetches = self.fetches.saturating_sub(1);
        if let Some(news) = news
            && world.is_source_up()
            && news == world.served
            && self.promised.is_none_or(|(promised, _)| promised != news)
        {
            self.promised = Some((news, time));
        }
    }

    pub(super) fn source_changed(&mut self, what: &Happening, world: &World) {
        if matches!(what, Happening::Publish | Happening::Revert { .. }) || !world.is_source_up() {
            self.promised = None;
        }
    }

    pub(super) fn disturbed(&mut self) {
        self.is_disturbed = true;
        self.window = None;
    }

    pub(super) fn refused(&mut self, generation: Generation) {
        self.disturbed();
        self.counts.refusals += 1;
        self.refused.insert(generation);
    }

    pub(super) fn revoked(&mut self, token: Option<usize>) {
        self.disturbed();
        self.counts.revocations += 1;
        self.revoked.extend(token);
        // A refused one is revoked as well.
        if token.is_none()
            && let Some(live) = self.in_use.and_then(|generation| self.live.get(&generation))
        {
            self.revoked.insert(live.token);
        }
        if self.promised.is_some_and(|(promised, _)| self.revoked.contains(&promised)) {
            self.promised = None;
        }
    }

    /// Some token is no good any more.
    pub(super) fn leaked(&mut self) {
        self.disturbed();
        self.promised = None;
    }

    /// What the source names as leaked is left now.
    fn named(&mut self, world: &World, issued: &Issued) {
        let named = world.leaked.iter().filter(|token| {
            issued.revoked.iter().any(|fingerprint| *fingerprint == Secret::new(name_of(**token)).fingerprint())
        });
        let news: Vec<usize> = named.filter(|token| !self.revoked.contains(token)).copied().collect();
        if !news.is_empty() {
            self.disturbed();
        }
        self.counts.named += self.live.values().filter(|live| news.contains(&live.token)).count() as u64;
        self.revoked.extend(news);
    }

    pub(super) fn jumped(&mut self) {
        self.disturbed();
        self.adopted = None;
    }

    pub(super) fn slept(&mut self) {
        self.jumped();
        self.without_since = None;
        self.promised = None;
    }
}
