//! What is measured when somebody asks: the state of pools, and how long certificates last.

use std::collections::BTreeMap;

use super::hub::Expiry;
use super::metrics::Labels;

const DAY: f64 = 86_400.0;

/// What a pool tells of itself whenever the metrics are read; see [`register`](super::register).
pub(crate) trait Gauges: Send + Sync {
    /// Its state at this moment; `None` when nothing is left of it. May be called from any thread; should not wait.
    fn read(&self) -> Option<PoolGauges>;
}

/// The state of a pool.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PoolGauges {
    /// The pool's name.
    pub(crate) pool: String,
    /// Connections that are open and not lent.
    pub(crate) idle: usize,
    /// Connections that are lent.
    pub(crate) in_use: usize,
    /// Connections being opened.
    pub(crate) opening: usize,
    /// Callers that wait for one.
    pub(crate) waiting: usize,
    /// Most connections.
    pub(crate) max_size: usize,
    /// Count of the credential that new connections use; `None` before the first.
    pub(crate) generation: Option<u64>,
    /// Until the token in use ends, 0 once it has; `None` if that is not known.
    pub(crate) token_seconds_left: Option<f64>,
    /// Every endpoint.
    pub(crate) endpoints: Vec<EndpointGauges>,
}

/// The state of an endpoint of a pool.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EndpointGauges {
    /// `host:port`
    pub(crate) endpoint: String,
    /// New work goes there.
    pub(crate) up: bool,
    /// Connections to it, lent or not.
    pub(crate) connections: usize,
}

/// A gauge and its values.
pub(super) struct Measured {
    pub(super) metric: &'static str,
    pub(super) help: &'static str,
    pub(super) values: BTreeMap<Labels, f64>,
}

impl Measured {
    fn new(metric: &'static str, help: &'static str) -> Self {
        Measured { metric, help, values: BTreeMap::new() }
    }

    /// Pools of one name are measured together: a series may stand in the text once.
    fn put(&mut self, labels: Labels, value: f64, join: fn(f64, f64) -> f64) {
        self.values.entry(labels).and_modify(|known| *known = join(*known, value)).or_insert(value);
    }
}

pub(super) fn of_pools(pools: &[PoolGauges]) -> Vec<Measured> {
    let sum: fn(f64, f64) -> f64 = |a, b| a + b;
    let mut connections = Measured::new("tdsec_pool_connections", "Connections of a pool, by what they do");
    let mut waiting = Measured::new("tdsec_pool_waiting", "Callers that wait for a connection");
    let mut max = Measured::new("tdsec_pool_max", "Most connections of a pool");
    let mut generation = Measured::new(
        "tdsec_token_generation",
        "Number of the token in use, or of the last one that was: each that is tried takes one",
    );
    let mut left = Measured::new(
        "tdsec_token_seconds_left",
        "Seconds until the token in use ends, 0 once it has. Absent while none is in use",
    );
    let mut up = Measured::new("tdsec_endpoint_up", "1 if new work goes to the endpoint, else 0");
    let mut shared = Measured::new("tdsec_endpoint_connections", "Connections to an endpoint");
    for pool in pools {
        let of = || vec![("pool", pool.pool.clone())];
        for (state, count) in [("idle", pool.idle), ("in_use", pool.in_use), ("opening", pool.opening)] {
            let mut labels = of();
            labels.push(("state", state.to_owned()));
            connections.put(labels, count as f64, sum);
        }
        waiting.put(of(), pool.waiting as f64, sum);
        max.put(of(), pool.max_size as f64, sum);
        if let Some(count) = pool.generation {
            generation.put(of(), count as f64, f64::max);
        }
        if let Some(seconds) = pool.token_seconds_left {
            left.put(of(), seconds, f64::min);
        }
        for endpoint in &pool.endpoints {
            let mut labels = of();
            labels.push(("endpoint", endpoint.endpoint.clone()));
            up.put(labels.clone(), f64::from(u8::from(endpoint.up)), f64::min);
            shared.put(labels, endpoint.connections as f64, sum);
        }
    }
    vec![connections, waiting, max, generation, left, up, shared]
}

/// Days until every certificate ends that was seen last, `now` in seconds since 1970-01-01 UTC.
pub(super) fn days_left(sides: &BTreeMap<(String, &'static str), Vec<Expiry>>, now: i64) -> Measured {
    let mut measured = Measured::new(
        "tdsec_certificate_days_left",
        "Days until a certificate ends, negative once it has, as of the last connection to the endpoint",
    );
    for ((endpoint, whose), certificates) in sides {
        for certificate in certificates {
            let labels = vec![
                ("endpoint", endpoint.clone()),
                ("whose", (*whose).to_owned()),
                ("fingerprint", certificate.fingerprint.clone()),
            ];
            measured.put(labels, (certificate.not_after - now) as f64 / DAY, f64::min);
        }
    }
    measured
}
