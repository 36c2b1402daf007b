//! Who hears of events, and what is counted (OPS-1): the one way by which the library speaks to its operator.

use crate::event::{Event, Severity};

/// Tells everybody who listens: `tracing`, and the subscribers.
pub(crate) fn tell(event: Event) {
    match event.name().severity() {
        Severity::Debug => tracing::debug!(target: "tdsec", event = event.name().name(), "{event}"),
        Severity::Info => tracing::info!(target: "tdsec", event = event.name().name(), "{event}"),
        Severity::Warning => tracing::warn!(target: "tdsec", event = event.name().name(), "{event}"),
        Severity::Error => tracing::error!(target: "tdsec", event = event.name().name(), "{event}"),
    }
}
