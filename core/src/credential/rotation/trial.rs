//! Trials, switches and ways back.

use std::time::Duration;

use super::{MOST, Output, Rotation, Stage, Trial};
use crate::clock::Now;
use crate::credential::Issued;
use crate::credential::held::{Earlier, Held};
use crate::error::{Error, ErrorCode};
use crate::event::EventName;
impl Rotation {
    pub(super) fn use_first(&mut self, first: Held, now: Now) {
        self.outputs.push_back(Output::Use { generation: first.generation, token: first.issued.token.clone() });
        self.stage = Stage::Using { current: first, earlier: Earlier::default() };
        self.grew_older(now);
        self.count_in_vain(now);
    }

    pub(super) fn start_canary(&mut self, candidate: Held, network_failures: u32) {
        let connections = self.settings.canary_connections;
        let event = candidate.event(EventName::RotationStarted).with("connections", connections);
        self.outputs.push_back(Output::Tell(event));
        let token = candidate.issued.token.clone();
        self.outputs.push_back(Output::Canary { generation: candidate.generation, token, connections });
        self.trial = Trial::AwaitingCanary { candidate, network_failures };
    }

    pub(super) fn promote(&mut self, candidate: Held, now: Now) {
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
    pub(super) fn held_instead(&mut self, held: Option<Held>, candidate: Held) -> Held {
        let Some(held) = held else { return candidate };
        self.outputs.push_back(Output::DropCandidate { generation: candidate.generation });
        Held { generation: held.generation, ..candidate }
    }

    pub(super) fn canary_failed(&mut self, candidate: Held, network_failures: u32, error: Error, now: Now) {
        self.outputs.push_back(Output::DropCandidate { generation: candidate.generation });
        // What lies behind the token is not its fault: network, certificate, a gateway without its cluster, a session limit.
        if error.is_endpoints_fault() {
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

    pub(super) fn tell_rolled_back(&mut self, failed: &Held, error: &Error, now: Now) {
        let retry_in = self.retry_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now.monotonic));
        let event = failed.event(EventName::RotationRolledBack).with_error(error);
        self.outputs.push_back(Output::Tell(event.with("retry_in_s", retry_in.as_secs_f64())));
    }

    /// Goes back to the token before, and gives the one that was in use; `None` if there is none to go back to, or it has ended.
    pub(super) fn fall_back(&mut self, now: Now) -> Option<Held> {
        let Stage::Using { current, earlier } = &mut self.stage else { return None };
        let before = earlier.newest(now)?;
        let given_up = std::mem::replace(current, before);
        let (generation, token) = (current.generation, current.issued.token.clone());
        // It needs no trial any more.
        if self.candidate().is_some_and(|candidate| candidate.issued.token == token) {
            self.drop_candidate();
        }
        self.outputs.push_back(Output::Use { generation, token });
        self.grew_older(now);
        Some(given_up)
    }

    /// The token in use is not to be used, and there is no other.
    pub(super) fn give_up_current(&mut self, now: Now) -> Option<Held> {
        let error = Error::new(ErrorCode::TokenRevoked, "the token was revoked, and the source has given no other");
        let limit = Some(now.monotonic + self.settings.wait_for_new);
        self.in_vain = 0;
        match std::mem::replace(&mut self.stage, Stage::AwaitingNew { refused: None, error, limit }) {
            Stage::Using { current, earlier } => {
                self.retire_all(earlier);
                Some(current)
            }
            Stage::AwaitingFirst | Stage::AwaitingNew { .. } => None,
        }
    }

    pub(super) fn remember_failed(&mut self, failed: &Held, now: Now) {
        let patience = self.settings.retry_after_failure;
        self.refused.failed(failed.fingerprint.clone(), patience, &mut self.chance, now);
        self.retry_at = self.refused.again(&failed.fingerprint, self.is_urgent(now));
    }

    /// Ends the trial of another token than `issued`, which is newer.
    pub(super) fn drop_candidate_for(&mut self, issued: &Issued) {
        if self.candidate().is_some_and(|candidate| !candidate.is(issued))
            && let Some(dropped) = self.drop_candidate()
        {
            self.leftover = Some(dropped);
            self.retire_leftover();
        }
    }

    pub(super) fn drop_candidate(&mut self) -> Option<Held> {
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
    pub(super) fn retire_leftover(&mut self) {
        if let Some(leftover) = self.leftover.take()
            && !self.is_held(&leftover.issued)
        {
            self.retire(leftover);
        }
    }

    /// Ends the trial of any of them: the source is asked again, and what it then gives begins anew.
    pub(super) fn retire_all(&mut self, earlier: Earlier) {
        for held in earlier.into_all() {
            if self.candidate().is_some_and(|candidate| candidate.is(&held.issued)) {
                self.drop_candidate();
            }
            self.retire(held);
        }
    }

    pub(super) fn retire(&mut self, held: Held) {
        self.retired.keep(held.generation, held.fingerprint);
        self.outputs.push_back(Output::Retire { generation: held.generation, token: held.issued.token });
    }
}
