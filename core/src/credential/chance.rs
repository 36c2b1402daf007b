//! Random delays.

use std::time::Duration;

use crate::clock::Rng;

/// First step of a backoff.
const FIRST: Duration = Duration::from_secs(1);
/// Of a step, this part is waited at least: chance alone must not make a tight loop.
const LEAST: u32 = 10;

/// The dice of a machine.
#[derive(Debug)]
pub(super) struct Chance(Box<dyn Rng>);

impl Chance {
    pub(super) fn new(rng: Box<dyn Rng>) -> Self {
        Chance(rng)
    }

    /// Uniform from 0 to less than 1.
    pub(super) fn part(&mut self) -> f64 {
        // 53 bits: what the mantissa of a double holds.
        (self.0.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform from 0 to less than `most`.
    pub(super) fn within(&mut self, most: Duration) -> Duration {
        most.mul_f64(self.part())
    }

    /// Delay after so many attempts in vain, with full jitter: steps of 1 s, 2 s, 4 s … `most`.
    pub(super) fn backoff(&mut self, attempts: u32, most: Duration) -> Duration {
        let step = FIRST.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(most);
        self.within(step).max(step / LEAST)
    }
}
