//! When the source is asked, and what time does to the token in use.

use std::time::Duration;

use super::{MOST, Output, Rotation, SPACING, Stage, Trial, earliest};
use crate::clock::Now;
use crate::credential::lifetime::Age;
use crate::event::{Event, EventName};

/// Longest delay between questions while the token in use has ended by its times and the server has not refused it: perhaps a
/// clock is wrong.
const MOST_WHILE_USED: Duration = Duration::from_secs(300);

impl Rotation {
    pub(super) fn read_clocks(&mut self, now: Now) {
        if let Some(seconds) = self.skew.jump(now) {
            self.outputs.push_back(Output::Tell(Event::new(EventName::ClockJumped).with("seconds", seconds)));
            // Pushes may have been slept through.
            self.push(now);
        }
    }

    pub(super) fn ask(&mut self, now: Now) {
        if self.asking.demand() {
            self.asked_at = now.monotonic;
            self.outputs.push_back(Output::Fetch);
        }
    }

    pub(super) fn push(&mut self, now: Now) {
        let wait = !self.is_awaiting_canary();
        let (chance, jitter) = (&mut self.chance, self.settings.push_jitter);
        self.asking.push(|| wait.then(|| now.monotonic + chance.within(jitter)));
    }

    /// Nothing is usable: whatever may help is done at once.
    pub(super) fn hurry(&mut self, now: Now) {
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
    pub(super) fn grew_older(&mut self, now: Now) -> bool {
        let Stage::Using { current, .. } = &mut self.stage else { return false };
        let before = std::mem::replace(&mut current.age, current.life.age(now));
        if current.age == Age::Over && current.life.stated && !current.end_told {
            current.end_told = true;
            self.outputs.push_back(Output::Tell(current.event(EventName::TokenExpired)));
        }
        current.age > before
    }

    /// A try brought nothing that helps; if nobody is to wait any longer, they hear of it.
    pub(super) fn count_in_vain(&mut self, now: Now) {
        self.in_vain = if self.is_urgent(now) { self.in_vain.saturating_add(1) } else { 0 };
        if let Stage::AwaitingNew { limit: None, error, .. } = &self.stage {
            self.outputs.push_back(Output::Fail(error.clone()));
        }
    }

    /// Sets the time of the next question.
    pub(super) fn plan(&mut self, now: Now) {
        let is_waiting = !self.is_awaiting_canary();
        let is_urgent = self.is_urgent(now);
        let delay = match &self.stage {
            _ if self.failures > 0 => Some(self.chance.backoff(self.failures, MOST)),
            _ if !is_waiting => None,
            Stage::Using { current, .. } if !is_urgent => {
                let interval = match current.life.age(now) {
                    Age::Fresh => None,
                    Age::Due => Some(interval(current.life.left(now))),
                    Age::Over => Some(MOST_WHILE_USED),
                };
                Some(match interval {
                    None => current.life.until_refresh(now).max(SPACING),
                    Some(interval) => interval / 2 + self.chance.within(interval / 2),
                })
            }
            Stage::Using { .. } => Some(self.chance.backoff(self.in_vain.max(1), MOST_WHILE_USED)),
            Stage::AwaitingFirst | Stage::AwaitingNew { .. } => Some(self.chance.backoff(self.in_vain.max(1), MOST)),
        };
        let usual = delay.map(|delay| now.monotonic + delay);
        let pushed = (is_waiting && self.asking.is_marked())
            .then(|| now.monotonic + self.chance.within(self.settings.push_jitter));
        let retry = self.retry_at.filter(|at| is_waiting && *at > now.monotonic);
        self.asking.plan(earliest([usual, pushed, retry]));
    }

    /// Nothing better is there than what the source gives: it is asked, and failed tokens are tried again, sooner.
    pub(super) fn is_urgent(&self, now: Now) -> bool {
        match &self.stage {
            Stage::AwaitingFirst | Stage::AwaitingNew { .. } => true,
            Stage::Using { current, .. } => current.life.stated && current.life.age(now) == Age::Over,
        }
    }
}

/// Delay between two questions while the next token is due and the source has none: closer together towards the end.
fn interval(left: Duration) -> Duration {
    (left / 10).clamp(Duration::from_secs(10), Duration::from_secs(900))
}
