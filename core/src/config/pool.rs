//! Options of pools and of the rotation of their tokens (ROT-1 … ROT-12, NET-1).

use std::time::Duration;

use super::value::{Values, conflict, invalid};
use crate::Result;

/// How endpoints share the connections of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Balance {
    /// The one with the fewest connections.
    #[default]
    LeastConnections,
    /// In turn.
    RoundRobin,
    /// By chance.
    Random,
}

/// Options of a pool; a single connection has no use for them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PoolConfig {
    /// Name in events and metrics.
    pub name: Option<String>,
    /// Most connections.
    pub max_size: usize,
    /// Connections kept open for the next caller.
    pub min_idle: usize,
    /// Age at which a connection is replaced; `None`: half the life of the token, at most [`PoolConfig::LIFETIME`].
    pub max_lifetime: Option<Duration>,
    /// A connection beyond `min_idle` that nobody wanted for so long is closed.
    pub idle_timeout: Duration,
    /// How long a caller waits for a connection.
    pub acquire_timeout: Duration,
    /// How often an idle connection is asked for a sign of life.
    pub validation_interval: Duration,
    /// A loan longer than this is told of.
    pub leak_warning: Option<Duration>,
    /// How endpoints share the connections.
    pub balance: Balance,
    /// The longest wait for an endpoint that failed, while none serves and somebody wants one.
    pub health_interval: Duration,
    /// Use the gateways that the cluster names.
    pub discover: bool,
    /// Life of a token of which the source says nothing.
    pub token_ttl: Duration,
    /// Connections on which a new token must pass.
    pub canary_connections: usize,
    /// A statement that must succeed on them.
    pub canary_query: Option<String>,
    /// How long the earlier token stays a fallback.
    pub token_grace: Duration,
    /// When a token that failed its canary is tried again.
    pub token_retry: Duration,
    /// Longest random delay before a pushed token is fetched.
    pub token_jitter: Duration,
    /// How long a refused token waits for another one.
    pub token_wait: Duration,
}

impl PoolConfig {
    /// Longest life of a connection unless `max_lifetime` says otherwise.
    pub const LIFETIME: Duration = Duration::from_secs(30 * 60);
}

const MAX_SIZE: u64 = 1000;

pub(super) fn read(values: &mut Values) -> Result<PoolConfig> {
    let seconds = Duration::from_secs;
    let max_size = values.take_integer("max_size", 1, MAX_SIZE)?.unwrap_or(10);
    let min_idle = values.take_integer("min_idle", 0, MAX_SIZE)?;
    if min_idle.is_some_and(|least| least > max_size) {
        return Err(conflict("min_idle", "more idle connections than max_size allows"));
    }
    let canary_connections = values.take_share("canary_connections", max_size)?.unwrap_or(1);
    Ok(PoolConfig {
        name: values.take_text("pool_name")?,
        max_size: max_size as usize,
        min_idle: min_idle.unwrap_or(2).min(max_size) as usize,
        max_lifetime: values.take_duration("max_lifetime")?,
        idle_timeout: values.take_duration("idle_timeout")?.unwrap_or(seconds(600)),
        acquire_timeout: values.take_duration("acquire_timeout")?.unwrap_or(seconds(30)),
        validation_interval: values.take_duration("validation_interval")?.unwrap_or(seconds(60)),
        leak_warning: values.take_duration("leak_warning")?,
        balance: take_balance(values)?,
        health_interval: values.take_duration("health_interval")?.unwrap_or(seconds(5)),
        discover: values.take_bool("discover")?.unwrap_or(false),
        token_ttl: values.take_duration("token_ttl")?.unwrap_or(seconds(24 * 3600)),
        canary_connections: canary_connections as usize,
        canary_query: values.take_text("canary_query")?,
        token_grace: values.take_duration("token_grace")?.unwrap_or(seconds(300)),
        token_retry: values.take_duration("token_retry")?.unwrap_or(seconds(3600)),
        token_jitter: values.take_duration("token_jitter")?.unwrap_or(seconds(10)),
        token_wait: values.take_duration("token_wait")?.unwrap_or(seconds(60)),
    })
}

fn take_balance(values: &mut Values) -> Result<Balance> {
    let Some(text) = values.take_text("load_balance")? else { return Ok(Balance::default()) };
    match text.trim().to_ascii_lowercase().replace('-', "_").as_str() {
        "least_connections" => Ok(Balance::LeastConnections),
        "round_robin" => Ok(Balance::RoundRobin),
        "random" => Ok(Balance::Random),
        _ => Err(invalid("load_balance", "one of least_connections, round_robin, random")),
    }
}
