//! How long a token lives, and when the next one is asked for (ROT-1, ROT-8, ROT-9).

use std::time::{Duration, Instant};

use super::Issued;
use super::chance::Chance;
use crate::clock::Now;

/// Part of the life after which the source is asked for the next token, and the random part that is added to it.
const REFRESH: f64 = 0.8;
const SPREAD: f64 = 0.1;
/// A token that is already past that point is not asked for by a whole fleet at once.
const SOON: Duration = Duration::from_secs(10);
/// A longer life is told of (TOK-6).
const LONG: Duration = Duration::from_secs(7 * 24 * 3600);
/// Times of a source are not trusted: longer lives count as this one, so that no sum overflows.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A point in time on both clocks. It is reached when either of them says so: the monotonic one goes on when the wall clock is
/// set back, the wall clock knows of the time that the machine slept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    monotonic: Instant,
    wall: Duration,
}

impl Moment {
    fn after(step: Duration, now: Now) -> Self {
        Moment { monotonic: now.monotonic + step, wall: now.wall.saturating_add(step) }
    }

    fn reached(&self, now: Now) -> bool {
        now.monotonic >= self.monotonic || now.wall >= self.wall
    }

    /// Until the first of the clocks says so.
    fn left(&self, now: Now) -> Duration {
        let monotonic = self.monotonic.saturating_duration_since(now.monotonic);
        monotonic.min(self.wall.saturating_sub(now.wall))
    }
}

/// What a life says about its token, in the order in which it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Age {
    /// Nothing to do.
    Fresh,
    /// The next one is wanted.
    Due,
    /// It has ended by its times; the server has the last word.
    Over,
}

/// The life of a token.
#[derive(Debug, Clone)]
pub(super) struct Lifetime {
    refresh: Moment,
    end: Moment,
    whole: Duration,
    /// The source said something about it; else its end is a guess.
    pub(super) stated: bool,
}

impl Lifetime {
    /// Of a token that was fetched now.
    pub(super) fn of(issued: &Issued, default_ttl: Duration, chance: &mut Chance, now: Now) -> Self {
        let (whole, left) = match issued.end() {
            Some(end) => {
                let left = end.saturating_sub(now.wall);
                let since_issue = issued.issued_at.and_then(|at| end.checked_sub(at));
                let whole = since_issue.or(issued.ttl).unwrap_or(left);
                // More than the whole life cannot be left: then our clock is behind.
                (whole, left.min(whole))
            }
            None => {
                let whole = issued.ttl.unwrap_or(default_ttl);
                (whole, whole)
            }
        };
        let (whole, left) = (whole.min(LONGEST), left.min(LONGEST));
        let after_refresh = whole.mul_f64(1.0 - REFRESH - SPREAD * chance.part());
        let refresh = match left.checked_sub(after_refresh) {
            Some(step) if !step.is_zero() => step,
            _ => chance.within(SOON.min(left / 2)),
        };
        Lifetime {
            refresh: Moment::after(refresh, now),
            end: Moment::after(left, now),
            whole,
            stated: issued.expires_at.is_some() || issued.ttl.is_some(),
        }
    }

    pub(super) fn whole(&self) -> Duration {
        self.whole
    }

    pub(super) fn age(&self, now: Now) -> Age {
        match () {
            () if self.end.reached(now) => Age::Over,
            () if self.refresh.reached(now) => Age::Due,
            () => Age::Fresh,
        }
    }

    pub(super) fn left(&self, now: Now) -> Duration {
        self.end.left(now)
    }

    /// Until the next one is due.
    pub(super) fn until_refresh(&self, now: Now) -> Duration {
        self.refresh.left(now)
    }

    /// Until it has come to something else.
    pub(super) fn until_older(&self, now: Now) -> Option<Duration> {
        match self.age(now) {
            Age::Fresh => Some(self.refresh.left(now)),
            Age::Due => Some(self.end.left(now)),
            Age::Over => None,
        }
    }

    pub(super) fn is_long(&self) -> bool {
        self.stated && self.whole > LONG
    }
}
