//! The table.

use std::fmt::Write as _;

use crate::contender::{Contender, Role};
use crate::plan::{Plan, Workload};
use crate::report::check::Goal;
use crate::results::Entry;

/// What the run was made with.
pub struct Setting {
    /// Processor and number of CPUs.
    pub machine: String,
    /// Short id of the commit.
    pub commit: String,
    /// How the CPUs were shared out.
    pub pinning: String,
    /// All values of the result, added up; the same for everybody.
    pub checksum: String,
    /// Seconds it took.
    pub seconds: u64,
}

/// The whole report.
pub fn report(entries: &[Entry], contenders: &[Contender], goals: &[Goal], plan: &Plan, setting: &Setting) -> String {
    let mut text = format!(
        "# Benchmark\n\n{} rows of 5 columns (timestamp, float, int, float, short text) from a server on loopback, over TLS 1.3; \
         {} rounds, medians. Commit {}, {}, {}; the run took {} s. How to read it: [docs/benchmarks.md](../../docs/benchmarks.md).\n\
         Everybody's values add up to `{}`.\n",
        plan.rows, plan.rounds, setting.commit, setting.machine, setting.pinning, setting.seconds, setting.checksum
    );
    for workload in Workload::ALL {
        table(&mut text, entries, contenders, workload);
    }
    others(&mut text, entries);
    text.push_str("\n## Numbers to reach\n\n| | measured | |\n|---|---|---|\n");
    for goal in goals {
        let seen = goal.seen.map_or("not measured".to_owned(), |seen| format!("{seen:.2}"));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {} | {seen} | {} |", goal.text, if goal.reached { "reached" } else { "missed" });
    }
    text.push_str("\n## Who took part\n\n| | what it verifies, how it logs in |\n|---|---|\n");
    for contender in contenders.iter().filter(|contender| contender.role != Role::Limit) {
        let _ = writeln!(text, "| {} | {} |", contender.name, contender.about);
    }
    for entry in entries.iter().filter(|entry| entry.value.is_none()) {
        let _ = writeln!(text, "| {} | not measured: {} |", entry.surface, entry.note.as_deref().unwrap_or_default());
    }
    text
}

fn table(text: &mut String, entries: &[Entry], contenders: &[Contender], workload: Workload) {
    let of = |surface: &str, metric: &str| {
        let same =
            |entry: &&Entry| entry.workload == workload.name() && entry.surface == surface && entry.metric == metric;
        entries.iter().find(same)
    };
    let (headline, [second, third], titles) = match workload.is_fetch() {
        true => (
            "rows_per_s",
            ["cpu_per_row", "peak_rss"],
            "rows/s | of the limit | of the fastest peer | CPU a row | peak memory",
        ),
        false => ("p50", ["p99", "cpu"], "median | of the limit's speed | of the fastest peer's speed | p99 | CPU"),
    };
    let lines: Vec<_> = contenders.iter().filter_map(|who| Some((who, of(who.name, headline)?))).collect();
    if lines.iter().all(|(who, _)| who.role == Role::Limit) {
        return;
    }
    let _ =
        write!(text, "\n## {workload}\n\n![{workload}]({workload}.svg)\n\n| | {titles} |\n|---|---|---|---|---|---|\n");
    for (who, entry) in lines {
        let part = |ratio: Option<f64>| ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let detail = |metric| of(who.name, metric).map_or(String::new(), figure);
        let (limit, peer) = (part(entry.vs_limit), part(entry.vs_peer));
        let _ = writeln!(
            text,
            "| {} | {} | {limit} | {peer} | {} | {} |",
            who.name,
            figure(entry),
            detail(second),
            detail(third)
        );
    }
}

/// What has no workload of its own.
fn others(text: &mut String, entries: &[Entry]) {
    let shown =
        ["loop_lag_max", "other_thread_ticks", "rss_growth_streaming", "rss_per_connection", "p99_rotating_to_calm"];
    let mut lines = entries.iter().filter(|entry| shown.contains(&entry.metric.as_str())).peekable();
    if lines.peek().is_none() {
        return;
    }
    text.push_str("\n## As a guest in the process\n\n| | | |\n|---|---|---|\n");
    for entry in lines {
        let _ = writeln!(text, "| {} | {}, {} | {} |", entry.surface, entry.metric, entry.workload, figure(entry));
    }
}

/// A value with its unit, short.
pub fn figure(entry: &Entry) -> String {
    let Some(value) = entry.value else { return "not measured".to_owned() };
    match entry.unit.as_str() {
        "rows/s" if value >= 1e6 => format!("{:.2} M/s", value / 1e6),
        "rows/s" => format!("{:.0} k/s", value / 1e3),
        "us" if value >= 1000.0 => format!("{:.2} ms", value / 1000.0),
        "us" => format!("{value:.0} µs"),
        unit if value >= 100.0 => format!("{value:.0} {unit}"),
        unit => format!("{value:.2} {unit}").trim_end().to_owned(),
    }
}
