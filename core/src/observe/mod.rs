//! Who hears of events, and what is counted (OPS-1): the one way by which the library speaks to its operator.
//!
//! ```text
//!                     tell(event)
//!                    /     |      \
//!              metrics   queues    tracing            counted, handed over, logged: nobody is waited for
//!             /       \     |  \
//!   prometheus()  serve()   |   listen(…)             a text, an endpoint, a thread that calls a function
//!                      subscribe(…)                   a bounded queue
//! ```
//!
//! One hub for the process: an event of a pool carries its name, so its own subscription is a [`Filter`]. No lock is held
//! while somebody else's code runs. A forked child begins with a hub of its own: nothing counted, nobody subscribed; what
//! was subscribed before answers `FORKED` there (HOST-3).

mod filter;
mod gauges;
mod hub;
mod listener;
mod metrics;
mod outlet;
mod serve;
mod subscription;
#[cfg(test)]
mod tests;
mod text;

use std::sync::Weak;
use std::time::Duration;

use crate::clock::{Clock as _, SystemClock};
use crate::error::{Error, Result};
use crate::event::{Event, Severity};

pub use filter::Filter;
pub(crate) use gauges::{EndpointGauges, Gauges, PoolGauges};
pub(crate) use hub::Expiry;
pub use listener::Listener;
pub(crate) use metrics::Handshake;
pub use outlet::Outlet;
pub use serve::{Exposure, Server};
pub use subscription::{QUEUE_LENGTH, Record, Subscription};

/// Media type of what [`prometheus`] gives.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Events from now on, into a queue of [`QUEUE_LENGTH`].
pub fn subscribe(filter: Filter) -> Subscription {
    Subscription::new(filter, hub::hub())
}

/// Calls `function` with every event from now on, one at a time, in a thread of its own: it may take its time and use
/// the library, also by blocking calls.
///
/// # Errors
/// `RUNTIME_UNAVAILABLE` if the operating system gives no thread.
pub fn listen(filter: Filter, function: impl FnMut(&Record) + Send + 'static) -> Result<Listener> {
    Listener::start(subscribe(filter), function)
}

/// All metrics in Prometheus' text format 0.0.4; may be appended to the text of another registry.
pub fn prometheus() -> String {
    hub::hub().map(|hub| hub.prometheus()).unwrap_or_default()
}

/// Serves `GET /metrics` on `address` (`127.0.0.1:9464`, port 0 for a free one) until the [`Server`] is dropped. Needs a
/// tokio runtime with I/O and time enabled.
///
/// # Errors
/// `INVALID_ARGUMENT` for what is no `IP:port`, and for one that is not loopback unless `exposure` says so;
/// `LISTEN_FAILED`.
pub async fn serve(address: &str, exposure: Exposure) -> Result<Server> {
    Server::start(address, exposure).await
}

/// Tells everybody who listens.
pub(crate) fn tell(event: Event) {
    if let Some(hub) = hub::hub() {
        hub.tell(&event);
    }
    log(&event);
}

fn log(event: &Event) {
    let name = event.name().name();
    match event.name().severity() {
        Severity::Debug => tracing::debug!(target: "tdsec", event = name, "{event}"),
        Severity::Info => tracing::info!(target: "tdsec", event = name, "{event}"),
        Severity::Warning => tracing::warn!(target: "tdsec", event = name, "{event}"),
        Severity::Error => tracing::error!(target: "tdsec", event = name, "{event}"),
    }
}

/// Counts a TLS handshake by how it ended.
pub(crate) fn count_handshake(handshake: Handshake) {
    if let Some(hub) = hub::hub() {
        hub.metrics.count_handshake(handshake);
    }
}

/// How long a caller of `pool` waited for its connection.
pub(crate) fn count_acquire(pool: &str, waited: Duration) {
    if let Some(hub) = hub::hub() {
        hub.metrics.count_acquire(pool, waited);
    }
}

/// From now on these are the certificates that `whose` side shows at `endpoint`.
pub(crate) fn saw_certificates(endpoint: &str, whose: &'static str, certificates: Vec<Expiry>) {
    if let Some(hub) = hub::hub() {
        hub.saw_certificates(endpoint, whose, certificates);
    }
}

/// Asks `gauges` at every reading of the metrics, as long as it lives. It is asked without a lock of ours.
pub(crate) fn register(gauges: Weak<dyn Gauges>) {
    if let Some(hub) = hub::hub() {
        hub.register(gauges);
    }
}

fn wall() -> Duration {
    SystemClock.now().wall
}

fn forked(what: &str) -> Error {
    let text = format!("{what} was made before a fork; it belongs to the parent process");
    Error::new(crate::error::ErrorCode::Forked, text)
}
