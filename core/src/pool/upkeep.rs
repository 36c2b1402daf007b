//! What time asks for: callers whose patience is over, connections that are quiet, idle for too long, or lent without an end.

use super::slot::State;
use super::{Output, PoolStatus, SlotId, Table};
use crate::clock::Now;
use crate::error::{Error, ErrorCode};
use crate::event::{Event, EventName};

impl Table {
    pub(super) fn end_patience(&mut self, now: Now) {
        while let Some(waiter) = self.waiters.expired(now.monotonic) {
            // The reason, if it is another one than what the others do.
            let reason = self.unusable.clone().or_else(|| self.opening.error.clone());
            let error = reason.unwrap_or_else(|| self.waited_in_vain(now));
            self.outputs.push_back(Output::Fail { waiter, error });
        }
    }

    fn waited_in_vain(&mut self, now: Now) -> Error {
        if self.generation.is_none() {
            return Error::new(ErrorCode::SourceUnavailable, "the source has given no usable token yet");
        }
        let PoolStatus { in_use, opening, max_size, .. } = self.status(now.monotonic);
        if in_use < max_size {
            let text = format!("no connection was ready in time: {opening} are being opened");
            return Error::new(ErrorCode::AcquireTimeout, text).with_option("acquire_timeout");
        }
        let event = Event::new(EventName::PoolExhausted)
            .with("in_use", in_use)
            .with("waiting", self.waiters.len() + 1)
            .with("max_size", max_size);
        self.outputs.push_back(Output::Tell(event));
        let text = format!("no connection became free in time: {in_use} of at most {max_size} are in use");
        Error::new(ErrorCode::AcquireTimeout, text).with_option("acquire_timeout")
    }

    pub(super) fn look_after_idle(&mut self, now: Now) {
        let idle: Vec<SlotId> = self.slots.iter().filter(|(_, slot)| slot.is_idle()).map(|(id, _)| *id).collect();
        let mut spare = idle.len().saturating_sub(self.settings.min_idle);
        for slot in idle {
            let Some(found) = self.slots.get_mut(&slot) else { continue };
            if spare > 0 && found.has_rested(self.settings.idle_timeout, now.monotonic) {
                spare -= 1;
                self.close(slot, "idle for too long", None);
            } else if found.is_quiet(self.settings.validation_interval, now.monotonic) {
                found.state = State::Validating;
                self.outputs.push_back(Output::Validate { slot });
            }
        }
    }

    pub(super) fn warn_of_leaks(&mut self, now: Now) {
        let Some(limit) = self.settings.leak_warning else { return };
        for (id, slot) in &mut self.slots {
            if let State::Lent { since, told: false } = slot.state
                && now.monotonic >= since + limit
            {
                slot.state = State::Lent { since, told: true };
                self.outputs.push_back(Output::Overdue { slot: *id, lent: now.monotonic - since });
            }
        }
    }
}
