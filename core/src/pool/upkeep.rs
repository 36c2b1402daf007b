//! What time asks for: callers whose patience is over, connections that are quiet, idle for too long, or lent without an end.

use super::slot::State;
use super::{Output, SlotId, Table};
use crate::clock::Now;
use crate::error::{Error, ErrorCode};
use crate::event::{Event, EventName};

impl Table {
    pub(super) fn end_patience(&mut self, now: Now) {
        while let Some(waiter) = self.waiters.expired(now.monotonic) {
            let in_use = self.status(now.monotonic).in_use;
            let error = match &self.opening.error {
                // Not the others' fault: no connection could be opened.
                Some(error) => error.clone(),
                None => {
                    let event = Event::new(EventName::PoolExhausted)
                        .with("in_use", in_use)
                        .with("waiting", self.waiters.len() + 1)
                        .with("max_size", self.settings.max_size);
                    self.outputs.push_back(Output::Tell(event));
                    let text = format!(
                        "no connection became free in time: {in_use} of at most {} are in use",
                        self.settings.max_size
                    );
                    Error::new(ErrorCode::AcquireTimeout, text).with_option("acquire_timeout")
                }
            };
            self.outputs.push_back(Output::Fail { waiter, error });
        }
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
