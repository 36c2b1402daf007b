//! Giving an endpoint that came back its share again, a few connections at a time.

use std::time::{Duration, Instant};

use crate::clock::Rng;

/// So many of an endpoint's connections are replaced in one round, or a tenth of what it has too many.
const FEW: usize = 2;
const ROUND: Duration = Duration::from_secs(1);
/// By then the shares are even, or the driver has no idle connections to replace.
const ROUNDS: usize = 60;

/// The rounds that are still to come.
#[derive(Debug, Default)]
pub(super) struct Shares {
    next: Option<(usize, Instant)>,
}

impl Shares {
    /// An endpoint came back.
    pub(super) fn restore(&mut self, rng: &mut dyn Rng, now: Instant) {
        self.next = Some((ROUNDS, round_after(rng, now)));
    }

    pub(super) fn is_restoring(&self) -> bool {
        self.next.is_some()
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.next.map(|(_, at)| at)
    }

    /// How many connections each of these endpoints is to give up now.
    pub(super) fn round(&mut self, connections: &[usize], rng: &mut dyn Rng, now: Instant) -> Vec<usize> {
        let Some((rounds, at)) = self.next else { return Vec::new() };
        if now < at {
            return Vec::new();
        }
        let surplus = surplus(connections);
        let goes_on = rounds > 1 && surplus.iter().any(|count| *count > 0);
        self.next = goes_on.then(|| (rounds - 1, round_after(rng, now)));
        surplus.into_iter().map(|count| count.min(FEW.max(count / 10))).collect()
    }
}

/// How many connections of each are to go to others until no two differ by more than one.
fn surplus(connections: &[usize]) -> Vec<usize> {
    let total: usize = connections.iter().sum();
    let share = total / connections.len().max(1);
    // So many may have one more than the others: those that have most.
    let mut spare = total - share * connections.len();
    let mut order: Vec<_> = (0..connections.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(connections[*index]));
    let mut surplus = vec![0; connections.len()];
    for index in order {
        let fair = share + usize::from(spare > 0);
        spare = spare.saturating_sub(1);
        surplus[index] = connections[index].saturating_sub(fair);
    }
    surplus
}

/// At chance, so that the clients of a fleet do not move in step.
fn round_after(rng: &mut dyn Rng, now: Instant) -> Instant {
    now + ROUND.mul_f64(0.5 + rng.fraction())
}
