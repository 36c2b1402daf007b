//! One bar chart for each workload: a bar for each contender.

use super::chart::{self, Bar, Row};
use crate::plan::Workload;
use crate::report::markdown::figure;
use crate::results::Entry;

const LABEL: f64 = 170.0;

/// The chart of a workload; `None` if nobody has done it.
pub fn svg(entries: &[Entry], workload: Workload) -> Option<String> {
    let metric = if workload.is_fetch() { "rows_per_s" } else { "p50" };
    let of_workload = |entry: &&Entry| entry.workload == workload.name() && entry.metric == metric;
    let mut bars: Vec<(&Entry, f64)> =
        entries.iter().filter(of_workload).filter_map(|entry| Some((entry, entry.value?))).collect();
    bars.sort_by(|a, b| if workload.is_fetch() { b.1.total_cmp(&a.1) } else { a.1.total_cmp(&b.1) });
    if bars.is_empty() {
        return None;
    }
    let title = match workload.is_fetch() {
        true => format!("{workload}: rows a second, longer is faster"),
        false => format!("{workload}: median time, shorter is faster"),
    };
    let rows: Vec<_> = bars
        .into_iter()
        .map(|(entry, value)| Row {
            label: entry.surface.clone(),
            bars: vec![Bar { value, text: label(entry), colour: colour(&entry.surface) }],
        })
        .collect();
    Some(chart::svg(&title, LABEL, &rows))
}

fn label(entry: &Entry) -> String {
    let value = figure(entry);
    match entry.vs_limit {
        Some(part) if entry.metric == "rows_per_s" => format!("{value} ({:.0} % of limit)", part * 100.0),
        _ => value,
    }
}

/// The colour of a contender: ours, theirs, and what both are measured against: told apart without colours by their names.
pub fn colour(surface: &str) -> &'static str {
    match surface {
        "limit" | "wire" => "#8c959f",
        peer if peer.starts_with("peer-") => "#d4a72c",
        _ => "#1a7f64",
    }
}
