//! One bar chart for each workload, as SVG written by hand: a bar for each contender, longer is better.

use std::fmt::Write as _;

use crate::plan::Workload;
use crate::report::markdown::figure;
use crate::results::Entry;

const WIDTH: f64 = 760.0;
const LABEL: f64 = 170.0;
const VALUE: f64 = 150.0;
const ROW: f64 = 26.0;
const TOP: f64 = 54.0;

/// The chart of a workload; `None` if nobody has done it.
pub fn svg(entries: &[Entry], workload: Workload) -> Option<String> {
    let metric = if workload.is_fetch() { "rows_per_s" } else { "p50" };
    let of_workload = |entry: &&Entry| entry.workload == workload.name() && entry.metric == metric;
    let mut bars: Vec<(&Entry, f64)> =
        entries.iter().filter(of_workload).filter_map(|entry| Some((entry, entry.value?))).collect();
    bars.sort_by(|a, b| if workload.is_fetch() { b.1.total_cmp(&a.1) } else { a.1.total_cmp(&b.1) });
    let longest = bars.iter().map(|bar| bar.1).max_by(f64::total_cmp)?;
    let title = match workload.is_fetch() {
        true => format!("{workload}: rows a second, longer is faster"),
        false => format!("{workload}: median time, shorter is faster"),
    };
    let height = TOP + ROW * bars.len() as f64 + 14.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\" \
         role=\"img\" aria-label=\"{title}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"14\" y=\"30\" font-size=\"16\" fill=\"#1b1f24\">{title}</text>\n"
    );
    for (place, (entry, value)) in bars.iter().enumerate() {
        let top = TOP + ROW * place as f64;
        let length = ((WIDTH - LABEL - VALUE) * value / longest).max(1.0);
        let text = top + 15.0;
        // Writing to a String cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{text:.0}\" text-anchor=\"end\" fill=\"#1b1f24\">{}</text>\
             <rect x=\"{LABEL:.0}\" y=\"{:.0}\" width=\"{length:.1}\" height=\"18\" rx=\"2\" fill=\"{}\"/>\
             <text x=\"{:.1}\" y=\"{text:.0}\" fill=\"#57606a\">{}</text>",
            LABEL - 8.0,
            entry.surface,
            top + 1.0,
            colour(&entry.surface),
            LABEL + length + 6.0,
            label(entry),
        );
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

fn label(entry: &Entry) -> String {
    let value = figure(entry);
    match entry.vs_limit {
        Some(part) if entry.metric == "rows_per_s" => format!("{value} ({:.0} % of limit)", part * 100.0),
        _ => value,
    }
}

/// Ours, theirs, and what both are measured against: told apart without colours by their names.
fn colour(surface: &str) -> &'static str {
    match surface {
        "limit" | "wire" => "#8c959f",
        peer if peer.starts_with("peer-") => "#d4a72c",
        _ => "#1a7f64",
    }
}
