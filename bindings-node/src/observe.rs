//! Events and metrics (OPS-1).

use std::collections::HashMap;

use napi::bindgen_prelude::{Either3, PromiseRaw};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;
use tdsec::EventName;
use tdsec::event::Field;
use tdsec::observe::{self, Exposure, Filter, Record, Server, Subscription};

use crate::error::to_napi;

/// JavaScript that is told that events have come. It does not keep the event loop alive.
pub type Bell = ThreadsafeFunction<(), (), (), Status, false, true>;

/// One row of the core's table of events.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
#[allow(missing_docs)]
pub struct EventKind {
    pub name: &'static str,
    pub severity: &'static str,
    pub sentence: &'static str,
    pub fields: Vec<&'static str>,
}

/// The core's table of events, for the types and for tests.
#[napi(catch_unwind)]
pub fn event_names() -> Vec<EventKind> {
    let row = |event: &EventName| EventKind {
        name: event.name(),
        severity: event.severity().name(),
        sentence: event.sentence(),
        fields: event.fields().to_vec(),
    };
    EventName::ALL.iter().map(row).collect()
}

/// One thing that happened.
#[napi(object, object_from_js = false)]
pub struct EventInfo {
    /// Its stable name.
    pub name: &'static str,
    /// `debug`, `info`, `warning` or `error`.
    pub severity: &'static str,
    /// Milliseconds since 1970, for a Date.
    pub time: f64,
    /// Its fields.
    pub fields: HashMap<&'static str, Either3<String, f64, bool>>,
    /// One line for a log.
    pub text: String,
}

impl EventInfo {
    fn new(record: &Record) -> Self {
        let value = |field: &Field| match field {
            Field::Integer(number) => Either3::B(*number as f64),
            Field::Real(number) => Either3::B(*number),
            Field::Bool(value) => Either3::C(*value),
            other => Either3::A(other.to_string()),
        };
        EventInfo {
            name: record.name().name(),
            severity: record.severity().name(),
            time: record.since_epoch().as_secs_f64() * 1000.0,
            fields: record.fields().iter().map(|(name, field)| (*name, value(field))).collect(),
            text: record.to_string(),
        }
    }
}

/// Events in a bounded queue.
#[napi]
pub struct EventFeed(Subscription);

#[napi]
impl EventFeed {
    /// Subscribes; `bell` is rung when an event comes into the empty queue, and at the end.
    #[napi(constructor, catch_unwind)]
    pub fn new(names: Vec<String>, severity: Option<String>, pool: Option<String>, bell: Bell) -> napi::Result<Self> {
        let filter = Filter::read(names.iter().map(String::as_str), severity.as_deref(), pool.as_deref());
        let subscription = observe::subscribe(filter.map_err(to_napi)?);
        // Whether JavaScript still listens is its own matter.
        subscription.on_arrival(move || {
            bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        });
        Ok(EventFeed(subscription))
    }

    /// The next event if it is there; throws `CLOSED` once closed and read to its end.
    #[napi(catch_unwind)]
    pub fn take(&self) -> napi::Result<Option<EventInfo>> {
        let record = self.0.try_next().map_err(to_napi)?;
        Ok(record.as_ref().map(EventInfo::new))
    }

    /// No more events. Idempotent.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.close();
    }
}

/// All metrics in Prometheus' text format.
#[napi(catch_unwind)]
pub fn metrics() -> String {
    observe::prometheus()
}

/// Serves the metrics until it is closed.
#[napi]
pub struct MetricsServerHandle(Server);

/// Starts serving.
#[napi(catch_unwind, ts_return_type = "Promise<MetricsServerHandle>")]
pub fn serve_metrics<'env>(
    env: &'env Env,
    address: String,
    danger_any_address: bool,
) -> napi::Result<PromiseRaw<'env, MetricsServerHandle>> {
    let exposure = if danger_any_address { Exposure::DangerAnyAddress } else { Exposure::Loopback };
    env.spawn_future(async move { observe::serve(&address, exposure).await.map(MetricsServerHandle).map_err(to_napi) })
}

#[napi]
impl MetricsServerHandle {
    /// `IP:port`, with the port that was found.
    #[napi(getter, catch_unwind)]
    pub fn address(&self) -> String {
        self.0.address().to_string()
    }

    /// Stops. Idempotent.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.close();
    }
}
