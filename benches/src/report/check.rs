//! The numbers to reach, and whether a run has reached them.

use crate::results::Entry;
use crate::rotation::SLOWER_AT_MOST;

/// One number to reach.
pub struct Goal {
    /// In words.
    pub text: String,
    /// What was measured; `None` if it could not be.
    pub seen: Option<f64>,
    /// Whether that is enough.
    pub reached: bool,
}

const SURFACES: [&str; 5] = ["rust", "c", "python", "python-asyncio", "node"];

/// All goals, measured by these results.
pub fn goals(entries: &[Entry]) -> Vec<Goal> {
    let mut goals = Vec::new();
    for (surface, least) in [("rust", 0.5), ("c", 0.5), ("python", 0.4), ("node", 0.4)] {
        let seen = find(entries, "fetch-columns", surface, "rows_per_s").and_then(|entry| entry.vs_limit);
        goals.push(at_least(format!("fetch-columns {surface}: {least} of the limit"), seen, least));
    }
    for (peer, least) in [("peer-taosws", 2.0), ("peer-taosws-fetchall", 8.0)] {
        let rows = |surface| find(entries, "fetch-rows", surface, "rows_per_s").and_then(|entry| entry.value);
        let seen = rows("python").zip(rows(peer)).map(|(own, peer)| own / peer);
        goals.push(at_least(format!("fetch-rows python: {least} times {peer}"), seen, least));
    }
    let lag = find(entries, "fetch-rows", "node", "loop_lag_max").and_then(|entry| entry.value);
    goals.push(at_most("fetch-rows node: event loop late by 5 ms".to_owned(), lag, 5.0));
    let ticks = find(entries, "select-1", "python", "other_thread_ticks").and_then(|entry| entry.value);
    goals.push(at_least("python: 0.95 of another thread's ticks while a query waits".to_owned(), ticks, 0.95));
    for surface in SURFACES {
        let seen = |metric| find(entries, "rotation-load", surface, metric).and_then(|entry| entry.value);
        goals.push(at_most(format!("rotation-load {surface}: failed statements"), seen("failed"), 0.0));
        let slower = seen("p99_rotating_to_calm");
        goals.push(at_most(format!("rotation-load {surface}: p99, calm = 1,"), slower, SLOWER_AT_MOST));
    }
    for surface in SURFACES {
        let seen = find(entries, "fetch-columns", surface, "rss_growth_streaming").and_then(|entry| entry.value);
        goals.push(at_most(format!("streaming {surface}: 150 MiB beyond the start"), seen, 150.0));
    }
    goals
}

fn find<'a>(entries: &'a [Entry], workload: &str, surface: &str, metric: &str) -> Option<&'a Entry> {
    entries.iter().find(|entry| entry.workload == workload && entry.surface == surface && entry.metric == metric)
}

pub(crate) fn at_least(text: String, seen: Option<f64>, least: f64) -> Goal {
    Goal { text: format!("{text} at least"), seen, reached: seen.is_some_and(|seen| seen >= least) }
}

pub(crate) fn at_most(text: String, seen: Option<f64>, most: f64) -> Goal {
    Goal { text: format!("{text} at most"), seen, reached: seen.is_some_and(|seen| seen <= most) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(surface: &str, vs_limit: f64) -> Entry {
        let entry = Entry::plain("fetch-columns", surface, "rows_per_s", 1.0, "rows/s");
        Entry { vs_limit: Some(vs_limit), ..entry }
    }

    #[test]
    fn a_missed_number_and_one_that_was_not_measured_are_not_reached() {
        let goals = goals(&[columns("rust", 0.49), columns("c", 0.5)]);
        let reached = |start: &str| goals.iter().find(|goal| goal.text.starts_with(start)).map(|goal| goal.reached);
        assert_eq!(reached("fetch-columns rust"), Some(false));
        assert_eq!(reached("fetch-columns c"), Some(true));
        assert_eq!(reached("fetch-columns node"), Some(false));
    }
}
