//! Notices that the wall clock jumped, or that the machine slept (ROT-8).

use std::time::{Duration, Instant};

use crate::clock::Now;

/// The clocks are compared at least so often while there is a token to watch over.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// Clocks that are being adjusted drift by less in a heartbeat.
const TOLERANCE: Duration = Duration::from_secs(5);

/// Compares how far both clocks have moved.
#[derive(Debug)]
pub(super) struct Skew {
    pub(super) last: Now,
}

impl Skew {
    pub(super) fn new(now: Now) -> Self {
        Skew { last: now }
    }

    /// Seconds by which the wall clock moved further than the monotonic one, if these are too many.
    pub(super) fn jump(&mut self, now: Now) -> Option<f64> {
        let monotonic = now.monotonic.saturating_duration_since(self.last.monotonic);
        let expected = self.last.wall.saturating_add(monotonic);
        self.last = now;
        let seconds = now.wall.as_secs_f64() - expected.as_secs_f64();
        (now.wall.abs_diff(expected) > TOLERANCE).then_some(seconds)
    }

    /// When to look again.
    pub(super) fn heartbeat(&self) -> Instant {
        self.last.monotonic + HEARTBEAT
    }
}
