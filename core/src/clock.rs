//! Time and chance, passed in: the pure rooms take a [`Now`] and a [`Rng`] instead of asking the system.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// One reading of both clocks. Deadlines are monotonic; wall time only turns an expiry into a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The monotonic clock.
    pub monotonic: Instant,
    /// The wall clock, since 1970-01-01 UTC.
    pub wall: Duration,
}

impl Now {
    /// This reading moved on by `step` on both clocks.
    pub fn after(self, step: Duration) -> Now {
        Now { monotonic: self.monotonic + step, wall: self.wall + step }
    }
}

/// Where the I/O rooms get the time from.
pub trait Clock: Send + Sync {
    /// Reads both clocks.
    fn now(&self) -> Now;
}

/// The system's clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { monotonic: Instant::now(), wall }
    }
}

/// Random numbers for request ids and jitter; not for keys.
pub trait Rng: Send + std::fmt::Debug {
    /// The next number, uniform over all of `u64`.
    fn next(&mut self) -> u64;

    /// A number from 0 to 1, without 1.
    fn fraction(&mut self) -> f64 {
        // 53 bits are what a double holds.
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number from 0 to `limit`, without `limit`; 0 for a limit of 0.
    fn below(&mut self, limit: usize) -> usize {
        (self.fraction() * limit as f64) as usize
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, seedable, good enough to spread jitter.
#[derive(Debug, Clone)]
pub struct SeededRng(u64);

impl SeededRng {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        SeededRng(seed)
    }

    /// Seeded from the system's entropy.
    pub fn from_entropy() -> Self {
        use std::hash::{BuildHasher, Hasher};
        // `RandomState` carries keys from the operating system's random source.
        SeededRng(std::collections::hash_map::RandomState::new().build_hasher().finish())
    }
}

impl Rng for SeededRng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
