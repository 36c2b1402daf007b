//! Memory of tokens that are not to be tried: failed ones until their time has come, revoked ones never.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::chance::Chance;
use crate::clock::Now;
use crate::secret::Secret;

/// So many are remembered; a source that makes a new bad token each time must not fill the memory.
const REMEMBERED: usize = 64;
/// Longest delay before the only token there is is tried again.
const URGENT_MOST: Duration = Duration::from_secs(300);

/// One that failed.
#[derive(Debug)]
struct Failed {
    fingerprint: String,
    at: Instant,
    times: u32,
    again: Instant,
    again_if_urgent: Instant,
}

/// Fingerprints only.
#[derive(Debug, Default)]
pub(super) struct Refused {
    failed: VecDeque<Failed>,
    revoked: VecDeque<String>,
}

impl Refused {
    /// The token failed now; it is tried again after `patience`, with up to a tenth of random delay.
    pub(super) fn failed(&mut self, fingerprint: String, patience: Duration, chance: &mut Chance, now: Now) {
        let place = self.failed.iter().position(|known| known.fingerprint == fingerprint);
        let before = place.and_then(|place| self.failed.remove(place));
        // A token that worked for long, and fails now, begins anew.
        let recent = before.filter(|known| now.monotonic.saturating_duration_since(known.at) <= 2 * URGENT_MOST);
        let times = recent.map_or(1, |known| known.times.saturating_add(1));
        let again_if_urgent = now.monotonic + chance.backoff(times, URGENT_MOST);
        let again = now.monotonic + patience + chance.within(patience / 10);
        keep(&mut self.failed, Failed { fingerprint, at: now.monotonic, times, again, again_if_urgent });
    }

    /// When this token may be tried (again); sooner if there is nothing better. `None`: at any time.
    pub(super) fn again(&self, fingerprint: &str, urgent: bool) -> Option<Instant> {
        let failed = self.failed.iter().find(|known| known.fingerprint == fingerprint)?;
        Some(if urgent { failed.again_if_urgent.min(failed.again) } else { failed.again })
    }

    pub(super) fn revoked(&mut self, fingerprint: String) {
        // Heard of again, it is among the last to be forgotten.
        self.revoked.retain(|known| *known != fingerprint);
        keep(&mut self.revoked, fingerprint);
    }

    pub(super) fn is_revoked(&self, token: &Secret) -> bool {
        !self.revoked.is_empty() && self.revoked.contains(&token.fingerprint())
    }
}

fn keep<T>(memory: &mut VecDeque<T>, item: T) {
    if memory.len() == REMEMBERED {
        memory.pop_front();
    }
    memory.push_back(item);
}
