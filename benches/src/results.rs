//! From samples to the lines of `latest.json`: medians, and ratios taken round by round.
//!
//! A ratio is the median of the rounds' ratios, not the ratio of medians: what slows the machine down in a round slows
//! both down. Every ratio says how many times as fast as the other: above 1 is faster, for times as well as for rates.

use serde::{Deserialize, Serialize};

use crate::contender::{Contender, Role};
use crate::measure::{Sample, Samples};
use crate::plan::{Plan, Workload};

/// Surface of the bare client.
pub const LIMIT: &str = "limit";

/// One line of the results.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Entry {
    /// Name of the workload.
    pub workload: String,
    /// Name of the contender.
    pub surface: String,
    /// What was measured.
    pub metric: String,
    /// The figure; `None` if the contender could not be had.
    pub value: Option<f64>,
    /// Unit of `value`.
    pub unit: String,
    /// How many times as fast as the fastest peer of this workload.
    pub vs_peer: Option<f64>,
    /// How many times as fast as the limit.
    pub vs_limit: Option<f64>,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

impl Entry {
    /// A line without ratios.
    pub fn plain(workload: &str, surface: &str, metric: &str, value: f64, unit: &str) -> Entry {
        Entry {
            workload: workload.to_owned(),
            surface: surface.to_owned(),
            metric: metric.to_owned(),
            value: Some(value),
            unit: unit.to_owned(),
            vs_peer: None,
            vs_limit: None,
            note: None,
        }
    }

    /// A line that says why somebody takes no part.
    pub fn missing(surface: &str, reason: &str) -> Entry {
        let note = Some(reason.to_owned());
        Entry { value: None, note, ..Entry::plain("all", surface, "not-measured", 0.0, "") }
    }
}

/// The lines of everything that was measured in rounds.
pub fn entries(samples: &Samples, contenders: &[Contender], plan: &Plan) -> Vec<Entry> {
    let mut entries = Vec::new();
    for workload in Workload::ALL {
        let peer = fastest_peer(samples, contenders, workload);
        let limit = samples.get(&(workload, LIMIT)).map(|samples| times(samples));
        for contender in contenders {
            let Some(of_rounds) = samples.get(&(workload, contender.name)) else { continue };
            let own = times(of_rounds);
            let against = |other: Option<&Vec<f64>>| other.map(|other| ratio(other, &own));
            let mut headline = headline(workload, contender.name, &own, plan);
            headline.vs_limit = (contender.role != Role::Limit).then(|| against(limit.as_ref())).flatten();
            headline.vs_peer = (contender.role == Role::Surface).then(|| against(peer.as_ref())).flatten();
            entries.push(headline);
            entries.extend(details(workload, contender.name, of_rounds, plan));
        }
    }
    entries
}

fn headline(workload: Workload, surface: &str, times: &[f64], plan: &Plan) -> Entry {
    let ns = median(times.to_vec());
    match workload.is_fetch() {
        true => Entry::plain(workload.name(), surface, "rows_per_s", plan.rows as f64 * 1e9 / ns, "rows/s"),
        false => Entry::plain(workload.name(), surface, "p50", ns / 1000.0, "us"),
    }
}

fn details(workload: Workload, surface: &str, samples: &[Sample], plan: &Plan) -> Vec<Entry> {
    let name = workload.name();
    let repetitions = |sample: &Sample| sample.ns.len().max(1) as f64;
    let cpu = median(samples.iter().map(|sample| sample.cpu_ns as f64 / repetitions(sample)).collect());
    let peak = samples.iter().map(|sample| sample.peak_kib).max().unwrap_or(0) as f64 / 1024.0;
    let mut lines = Vec::new();
    if workload.is_fetch() {
        lines.push(Entry::plain(name, surface, "cpu_per_row", cpu / plan.rows as f64, "ns"));
        lines.push(Entry::plain(name, surface, "peak_rss", peak, "MiB"));
    } else {
        let mut all: Vec<u64> = samples.iter().flat_map(|sample| sample.ns.iter().copied()).collect();
        all.sort_unstable();
        let p99 = all.get((all.len() * 99 / 100).min(all.len().saturating_sub(1))).copied().unwrap_or(0);
        lines.push(Entry::plain(name, surface, "p99", p99 as f64 / 1000.0, "us"));
        lines.push(Entry::plain(name, surface, "cpu", cpu / 1000.0, "us"));
    }
    // The quietest round: what is left is what the surface itself does to its event loop.
    let lag = samples.iter().filter_map(|sample| sample.lag_ms).min_by(f64::total_cmp);
    lines.extend(lag.map(|lag| Entry::plain(name, surface, "loop_lag_max", lag, "ms")));
    lines
}

fn fastest_peer(samples: &Samples, contenders: &[Contender], workload: Workload) -> Option<Vec<f64>> {
    let peers = contenders.iter().filter(|contender| contender.role == Role::Peer);
    let times = peers.filter_map(|peer| samples.get(&(workload, peer.name))).map(|samples| times(samples));
    times.min_by(|a, b| median(a.clone()).total_cmp(&median(b.clone())))
}

/// The time of each round: the median of its repetitions, in ns.
pub fn times(samples: &[Sample]) -> Vec<f64> {
    samples.iter().map(|sample| median(sample.ns.iter().map(|ns| *ns as f64).collect())).collect()
}

/// How many times as fast `own` is as `other`, round by round.
pub fn ratio(other: &[f64], own: &[f64]) -> f64 {
    median(other.iter().zip(own).map(|(other, own)| other / own).collect())
}

/// The middle one; 0 of nothing.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[odd / 2],
        even => f64::midpoint(values[even / 2 - 1], values[even / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(ns: &[u64]) -> Sample {
        Sample { ns: ns.to_vec(), ..Sample::default() }
    }

    #[test]
    fn a_round_that_slows_both_down_does_not_change_their_ratio() {
        let (own, other) = ([100.0, 100.0, 900.0], [200.0, 200.0, 1800.0]);
        assert!((ratio(&other, &own) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn one_slow_repetition_does_not_count() {
        let times = times(&[sample(&[10, 11, 5000])]);
        assert!((times[0] - 11.0).abs() < 1e-9);
    }

    #[test]
    fn somebody_missing_is_a_reason_and_no_number() {
        let line = serde_json::to_value(Entry::missing("peer-x", "not installed")).unwrap_or_default();
        assert!(line["value"].is_null(), "{line}");
        assert_eq!(line["note"], "not installed");
    }
}
