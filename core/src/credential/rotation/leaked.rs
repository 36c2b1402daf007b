//! Tokens that leaked: given up at once, wherever they are held, and never used again (OPS-6).

use super::{Output, Rotation, Stage, Trial};
use crate::clock::Now;
use crate::credential::Issued;
use crate::credential::held::Held;
use crate::event::{Event, EventName};

impl Rotation {
    /// The token in use has leaked, or the one that was refused last: it may be used no longer, not even as a fallback.
    pub(crate) fn handle_revoked(&mut self, now: Now) {
        self.read_clocks(now);
        self.leave_current(now);
        self.ask(now);
    }

    /// Leaves every token that the source names as leaked.
    pub(super) fn leave_leaked(&mut self, issued: &Issued, now: Now) {
        if issued.revoked.is_empty() {
            return;
        }
        // The fallbacks first: none of them is to be gone back to.
        while let Stage::Using { earlier, .. } = &mut self.stage
            && let Some(leaked) = earlier.leaked(issued)
        {
            self.leave(leaked);
        }
        let last = match &self.stage {
            Stage::AwaitingFirst => None,
            Stage::Using { current, .. } => Some(current),
            Stage::AwaitingNew { refused, .. } => refused.as_ref(),
        };
        if last.is_some_and(|held| issued.has_revoked(&held.fingerprint)) {
            self.leave_current(now);
        }
        if self.candidate().is_some_and(|candidate| issued.has_revoked(&candidate.fingerprint))
            && let Some(candidate) = self.drop_candidate()
        {
            self.leave(candidate);
        }
        if let Some(leftover) = self.leftover.take_if(|leftover| issued.has_revoked(&leftover.fingerprint)) {
            self.leave(leftover);
        }
        for (generation, fingerprint) in self.retired.leaked(issued) {
            let event = Event::new(EventName::TokenRevoked).with("generation", generation);
            self.outputs.push_back(Output::Tell(event.with("fingerprint", fingerprint.as_str())));
            self.outputs.push_back(Output::Revoke { generation });
            self.refused.revoked(fingerprint);
        }
        // Nor is one to be tried that nobody here has ever held: a source may go back to an earlier content.
        for fingerprint in issued.revoked.iter().filter(|fingerprint| issued.has_revoked(fingerprint)) {
            self.refused.revoked(fingerprint.clone());
        }
    }

    fn leave_current(&mut self, now: Now) {
        match &mut self.stage {
            Stage::AwaitingFirst => {}
            Stage::AwaitingNew { refused, .. } => {
                if let Some(refused) = refused.take() {
                    self.leave(refused);
                }
            }
            Stage::Using { current, .. } => {
                // Before another is used, so that nobody is lent what is about to be closed.
                self.outputs.push_back(Output::Revoke { generation: current.generation });
                if let Some(revoked) = self.fall_back(now).or_else(|| self.give_up_current(now)) {
                    self.forget(revoked);
                }
            }
        }
        // Whatever may help is done at once.
        if let (Stage::AwaitingNew { .. }, Trial::AwaitingNetwork { at, .. }) = (&self.stage, &mut self.trial) {
            *at = now.monotonic;
        }
    }

    fn leave(&mut self, leaked: Held) {
        self.outputs.push_back(Output::Revoke { generation: leaked.generation });
        self.forget(leaked);
    }

    fn forget(&mut self, leaked: Held) {
        self.refused.revoked(leaked.fingerprint.clone());
        self.outputs.push_back(Output::Tell(leaked.event(EventName::TokenRevoked)));
        // The same token may be on trial again, or have failed there.
        if self.candidate().is_some_and(|candidate| candidate.is(&leaked.issued)) {
            self.drop_candidate();
        }
        self.leftover.take_if(|leftover| leftover.is(&leaked.issued));
        self.outputs.push_back(Output::Retire { generation: leaked.generation, token: leaked.issued.token });
    }
}
