//! What connecting may take, and what one of several endpoints may take of it.

use std::time::{Duration, Instant};

use crate::config::Config;
use crate::error::{Error, ErrorCode};

/// What connecting may take, over all endpoints.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time {
    whole: Duration,
    end: Instant,
}

impl Time {
    /// An endpoint has this long to be reached, if there is as much: far ones need some round trips, slow ones work too.
    const SHORTEST_SHARE: Duration = Duration::from_secs(3);

    pub(crate) fn of(config: &Config) -> Self {
        let whole = config.connect_timeout();
        Time { whole, end: Instant::now() + whole }
    }

    pub(crate) fn is_over(self) -> bool {
        self.left().is_zero()
    }

    pub(super) fn left(self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// What one of `endpoints` that are left may take to be reached, so that one which hangs leaves the others their time.
    pub(super) fn share(self, endpoints: usize) -> Duration {
        share(self.left(), endpoints)
    }

    pub(super) fn passed(self) -> Error {
        // Not the time that has passed, which is never the same twice.
        let share = if self.is_over() { "" } else { "its share of " };
        let text = format!("no connection within {share}{} s", self.whole.as_secs_f64());
        Error::new(ErrorCode::ConnectTimeout, text)
    }
}

fn share(left: Duration, endpoints: usize) -> Duration {
    let equal = left / u32::try_from(endpoints.max(1)).unwrap_or(u32::MAX);
    equal.max(Time::SHORTEST_SHARE).min(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_an_equal_share_and_never_less_than_far_ones_need() {
        let second = Duration::from_secs(1);
        for (left, endpoints, wanted) in
            [(10, 1, 10), (10, 2, 5), (10, 0, 10), (10, 4, 3), (10, 64, 3), (2, 4, 2), (60, 3, 20), (0, 2, 0)]
        {
            assert_eq!(share(left * second, endpoints), wanted * second, "{left} s, {endpoints}");
        }
    }
}
