//! The text that Prometheus reads: the registry's OpenMetrics as format 0.0.4, which every collector understands and which
//! may be appended to other metrics of the program.

use std::collections::HashSet;
use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::gauges::Measured;
use super::metrics::Metrics;

/// Everything that is counted and measured.
pub(super) fn exposition(metrics: &Metrics, measured: &[Measured]) -> String {
    let mut gauges = Registry::default();
    for gauge in measured.iter().filter(|gauge| !gauge.values.is_empty()) {
        let values = gauge.values.clone();
        gauges.register_collector(Box::new(Gauge { metric: gauge.metric, help: gauge.help, values }));
    }
    let mut open = String::new();
    // Writing to a String cannot fail.
    let _ = text::encode_registry(&mut open, &metrics.registry);
    let _ = text::encode_registry(&mut open, &gauges);
    classic(&open)
}

#[derive(Debug)]
struct Gauge {
    metric: &'static str,
    help: &'static str,
    values: std::collections::BTreeMap<super::metrics::Labels, f64>,
}

impl Collector for Gauge {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        // The registry ends the help of its own metrics with a full stop.
        let help = format!("{}.", self.help);
        let mut family = encoder.encode_descriptor(self.metric, &help, None, MetricType::Gauge)?;
        for (labels, value) in &self.values {
            ConstGauge::new(*value).encode(family.encode_family(labels)?)?;
        }
        Ok(())
    }
}

/// OpenMetrics names a counter without the `_total` of its samples; format 0.0.4 with it.
fn classic(open: &str) -> String {
    let is_counter = |line: &&str| line.starts_with("# TYPE ") && line.ends_with(" counter");
    let counters: HashSet<&str> = open.lines().filter(is_counter).filter_map(named).collect();
    let mut text = String::with_capacity(open.len());
    for line in open.lines() {
        match named(line).filter(|name| counters.contains(name)) {
            Some(name) => text.push_str(&line.replacen(name, &format!("{name}_total"), 1)),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// The metric that a line of description names.
fn named(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("# HELP ").or_else(|| line.strip_prefix("# TYPE "))?;
    rest.split(' ').next()
}
