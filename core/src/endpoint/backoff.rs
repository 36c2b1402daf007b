//! How long an endpoint that failed is left alone.

use std::time::{Duration, Instant};

use crate::clock::Rng;

/// The first wait.
pub(super) const FIRST: Duration = Duration::from_secs(1);
/// The longest wait of an endpoint that nobody misses.
const LONGEST: Duration = Duration::from_secs(60);
/// Full jitter, but for this part of a step: chance alone must not make a tight loop.
const LEAST: f64 = 0.1;

/// The rule: a second, then twice as long after each failure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backoff {
    /// The longest wait while somebody has no endpoint to go to.
    interval: Duration,
}

/// When an endpoint may be asked again. Both are the same random part of their step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    /// If no endpoint serves and somebody waits.
    pub(super) wanted: Instant,
    /// In any case.
    pub(super) probe: Instant,
}

impl Backoff {
    pub(super) fn new(interval: Duration) -> Self {
        Backoff { interval }
    }

    pub(super) fn first(self) -> Duration {
        FIRST.min(self.interval)
    }

    pub(super) fn after(self, step: Duration) -> Duration {
        (step * 2).min(LONGEST.max(self.interval))
    }

    pub(super) fn wait(self, step: Duration, rng: &mut dyn Rng, now: Instant) -> Wait {
        let part = LEAST + (1.0 - LEAST) * rng.fraction();
        Wait { wanted: now + step.min(self.interval).mul_f64(part), probe: now + step.mul_f64(part) }
    }
}
