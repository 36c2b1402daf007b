//! The virtual clock: real monotonic time plus an offset that `POST /clock` moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Wall time as the server sees it. Cheap to clone; all clones share one offset.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    started: Instant,
    /// Nanoseconds since 1970 at `started`, by the machine's clock.
    epoch_ns: i64,
    offset_ns: AtomicI64,
}

impl Default for Clock {
    fn default() -> Self {
        Clock::new()
    }
}

impl Clock {
    /// A clock that agrees with the machine's.
    pub fn new() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock::starting_at(since_epoch.as_nanos() as i64)
    }

    /// A clock that shows the given nanoseconds since 1970 now.
    pub fn starting_at(epoch_ns: i64) -> Self {
        Clock(Arc::new(Inner { started: Instant::now(), epoch_ns, offset_ns: AtomicI64::new(0) }))
    }

    /// Nanoseconds since 1970-01-01 UTC.
    pub fn now_ns(&self) -> i64 {
        let elapsed = self.0.started.elapsed().as_nanos() as i64;
        self.0.epoch_ns.saturating_add(elapsed).saturating_add(self.0.offset_ns.load(Ordering::SeqCst))
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub fn now_ms(&self) -> i64 {
        self.now_ns().div_euclid(1_000_000)
    }

    /// Moves the clock by so many seconds, backwards if negative.
    pub fn advance(&self, seconds: f64) {
        self.0.offset_ns.fetch_add((seconds * 1e9) as i64, Ordering::SeqCst);
    }

    /// How far the clock has been moved so far, in seconds.
    pub fn offset_s(&self) -> f64 {
        self.0.offset_ns.load(Ordering::SeqCst) as f64 / 1e9
    }
}
