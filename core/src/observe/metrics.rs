//! What is counted (OPS-1): nearly everything follows from the events told, by one table.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::event::{Event, EventName, Field};

/// Series of one metric; further ones are counted together as [`OTHER`]. A program with a pool for every customer must not
/// fill the memory of whoever collects.
const MAX_SERIES: usize = 1000;
/// The value of every label of what is counted together.
const OTHER: &str = "other";

/// From 1 ms, which is a connection that was idle, to the longest patience.
const ACQUIRE_BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

pub(super) type Labels = Vec<(&'static str, String)>;

/// How a TLS handshake ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handshake {
    Full,
    Resumed,
    Failed,
}

/// A counter that follows from events.
pub(super) struct Rule {
    /// Without the ending `_total`.
    pub(super) metric: &'static str,
    pub(super) help: &'static str,
    /// Fields of the event that become labels.
    labels: &'static [&'static str],
    /// The events counted, each with a label of its own if there are several.
    events: &'static [(EventName, Option<(&'static str, &'static str)>)],
    /// Counted only if this field is true.
    only_if: Option<&'static str>,
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        metric: "tdsec_connections_opened",
        help: "Connections that logged in",
        labels: &["pool", "endpoint"],
        events: &[(EventName::ConnectionOpened, None)],
        only_if: None,
    },
    Rule {
        metric: "tdsec_connection_failures",
        help: "Connections that could not be opened, by code of the error",
        labels: &["pool", "endpoint", "code"],
        events: &[(EventName::ConnectionFailed, None)],
        only_if: None,
    },
    Rule {
        metric: "tdsec_connections_lost",
        help: "Open connections that broke, by code of the error",
        labels: &["pool", "endpoint", "code"],
        events: &[(EventName::ConnectionLost, None)],
        only_if: None,
    },
    Rule {
        metric: "tdsec_reconnects",
        help: "Connections opened in place of one that broke",
        labels: &["pool", "endpoint"],
        events: &[(EventName::ConnectionOpened, None)],
        only_if: Some("reconnect"),
    },
    Rule {
        metric: "tdsec_rotations",
        help: "Tokens that were tried, by what came of it",
        labels: &["pool"],
        events: &[
            (EventName::RotationPromoted, Some(("outcome", "promoted"))),
            (EventName::RotationRolledBack, Some(("outcome", "rolled_back"))),
        ],
        only_if: None,
    },
    Rule {
        metric: "tdsec_tokens_fetched",
        help: "New tokens that a source gave",
        labels: &["pool", "source"],
        events: &[(EventName::TokenFetched, None)],
        only_if: None,
    },
    Rule {
        metric: "tdsec_source_failures",
        help: "Times that a token source gave no usable token",
        labels: &["pool", "source"],
        events: &[(EventName::SourceFailed, None)],
        only_if: None,
    },
    Rule {
        metric: "tdsec_pool_acquire_timeouts",
        help: "Callers that got no connection in time because all were in use",
        labels: &["pool"],
        events: &[(EventName::PoolExhausted, None)],
        only_if: None,
    },
    Rule {
        metric: "tdsec_endpoint_failures",
        help: "Times that an endpoint was taken out of use",
        labels: &["pool", "endpoint"],
        events: &[(EventName::EndpointDown, None)],
        only_if: None,
    },
    Rule {
        metric: "tdsec_files_unusable",
        help: "Times that a file was replaced by something unusable, by option",
        labels: &["option"],
        events: &[(EventName::FileUnusable, None)],
        only_if: None,
    },
];

/// Counters and histograms of the process. Gauges are asked for when they are read.
pub(super) struct Metrics {
    pub(super) registry: Registry,
    rules: Vec<Series<Counter>>,
    events: Series<Counter>,
    lost: Counter,
    handshakes: Series<Counter>,
    acquires: Series<Histogram>,
}

impl Metrics {
    pub(super) fn new() -> Metrics {
        let mut registry = Registry::default();
        let rules = RULES.iter().map(|rule| counters(&mut registry, rule.metric, rule.help)).collect();
        let handshakes = counters(&mut registry, "tdsec_tls_handshakes", "TLS handshakes, by how they ended");
        // Present from the start, so that a rate has something to begin with.
        for kind in [Handshake::Full, Handshake::Resumed, Handshake::Failed] {
            handshakes.with(handshake_labels(kind));
        }
        let acquires = Family::new_with_constructor((|| Histogram::new(ACQUIRE_BUCKETS)) as fn() -> Histogram);
        registry.register(
            "tdsec_pool_acquire_seconds",
            "How long callers waited for a connection, whether they got one or not",
            acquires.clone(),
        );
        let events = counters(&mut registry, "tdsec_events", "Events told, by name");
        let lost = Counter::default();
        registry.register("tdsec_events_lost", "Events thrown away because their listener was too slow", lost.clone());
        let acquires = Series::new(acquires);
        Metrics { registry, rules, events, lost, handshakes, acquires }
    }

    pub(super) fn count(&self, event: &Event) {
        let name = event.name();
        self.events.with(vec![("name", name.name().to_owned())]).inc();
        for (rule, family) in RULES.iter().zip(&self.rules) {
            let Some((_, own)) = rule.events.iter().find(|(counted, _)| *counted == name) else { continue };
            if rule.only_if.is_some_and(|field| event.field(field) != Some(&Field::Bool(true))) {
                continue;
            }
            let text = |field: &str| event.field(field).map(ToString::to_string).unwrap_or_default();
            let mut labels: Labels = rule.labels.iter().map(|label| (*label, text(label))).collect();
            labels.extend(own.map(|(label, value)| (label, value.to_owned())));
            family.with(labels).inc();
        }
    }

    pub(super) fn count_lost(&self) {
        self.lost.inc();
    }

    pub(super) fn count_handshake(&self, handshake: Handshake) {
        self.handshakes.with(handshake_labels(handshake)).inc();
    }

    pub(super) fn count_acquire(&self, pool: &str, waited: Duration) {
        self.acquires.with(vec![("pool", pool.to_owned())]).observe(waited.as_secs_f64());
    }
}

fn counters(registry: &mut Registry, metric: &'static str, help: &'static str) -> Series<Counter> {
    let family = Family::new_with_constructor(Counter::default as fn() -> Counter);
    registry.register(metric, help, family.clone());
    Series::new(family)
}

fn handshake_labels(handshake: Handshake) -> Labels {
    let kind = match handshake {
        Handshake::Full => "full",
        Handshake::Resumed => "resumed",
        Handshake::Failed => "failed",
    };
    vec![("kind", kind.to_owned())]
}

/// The series of a metric, [`MAX_SERIES`] of them.
struct Series<M, C = fn() -> M> {
    family: Family<Labels, M, C>,
    count: AtomicUsize,
}

impl<M: Clone, C: MetricConstructor<M>> Series<M, C> {
    fn new(family: Family<Labels, M, C>) -> Self {
        Series { family, count: AtomicUsize::new(0) }
    }

    /// The metric with these labels, or the one of what is counted together once there are many.
    fn with(&self, labels: Labels) -> M {
        if let Some(known) = self.family.get(&labels) {
            return known.clone();
        }
        // Two threads may count one series twice: the bound is reached a little earlier.
        if self.count.fetch_add(1, Ordering::Relaxed) < MAX_SERIES {
            return self.family.get_or_create_owned(&labels);
        }
        let together = labels.into_iter().map(|(label, _)| (label, OTHER.to_owned())).collect();
        self.family.get_or_create_owned(&together)
    }
}
