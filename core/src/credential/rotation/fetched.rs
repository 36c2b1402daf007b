//! What a token of the source is good for.

use std::time::Duration;

use super::{Output, Rotation, Stage};
use crate::clock::Now;
use crate::credential::Issued;
use crate::credential::held::Held;
use crate::credential::lifetime::{Age, Lifetime};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Event, EventName};
impl Rotation {
    pub(super) fn usable(&self, issued: Issued) -> Result<Issued> {
        let text = issued.token.expose();
        if text.trim().is_empty() {
            return Err(Error::new(ErrorCode::SourceInvalid, "the token source gave an empty token"));
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            let sentence = "the token of the source contains blanks or control characters";
            return Err(Error::new(ErrorCode::SourceInvalid, sentence));
        }
        if self.refused.is_revoked(&issued.token) {
            return Err(Error::new(ErrorCode::TokenRevoked, "the token source still gives the token that was revoked"));
        }
        Ok(issued)
    }

    pub(super) fn source_failed(&mut self, error: Error, now: Now) {
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

    pub(super) fn fetched(&mut self, issued: Issued, now: Now) {
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
    pub(super) fn confirm(&mut self, issued: Issued, now: Now) {
        let Stage::Using { current, .. } = &mut self.stage else { return };
        let guess_over = !current.life.stated && current.life.age(now) == Age::Over;
        let same_times = current.issued.has_times_of(&issued);
        current.issued = issued;
        if !same_times || guess_over {
            current.life = Lifetime::of(&current.issued, self.settings.default_ttl, &mut self.chance, now);
            current.age = current.life.age(now);
            current.end_told &= current.age == Age::Over;
        }
    }

    /// A token that is neither in use nor on trial.
    pub(super) fn try_out(&mut self, issued: Issued, now: Now) {
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
