//! The one place that knows who listens. One for each process: a forked child makes its own and leaves the parent's alone,
//! because a lock in it may have been held at the fork.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use super::gauges::{self, Gauges, PoolGauges};
use super::metrics::Metrics;
use super::subscription::{Queue, Record};
use super::{text, wall};
use crate::event::{Event, EventName};
use crate::shared;
use crate::sync::{Mutex, MutexGuard};

/// Endpoints and sides whose certificates are remembered.
const MAX_SIDES: usize = 256;

pub(super) struct Hub {
    pub(super) process: u32,
    pub(super) metrics: Metrics,
    queues: Mutex<Vec<Arc<Queue>>>,
    gauges: Mutex<Vec<Weak<dyn Gauges>>>,
    certificates: Mutex<BTreeMap<Side, Vec<Expiry>>>,
}

/// An endpoint, and whether the certificates are the server's or ours.
type Side = (String, &'static str);

/// A certificate and its end, seconds since 1970-01-01 UTC.
#[derive(Debug, Clone)]
pub(crate) struct Expiry {
    pub(crate) fingerprint: String,
    pub(crate) not_after: i64,
}

/// The hub of this process. `None` only in a child that was forked in the instant in which another thread held the lock:
/// such a process is not observed rather than stuck.
pub(super) fn hub() -> Option<Arc<Hub>> {
    static HUB: std::sync::Mutex<Option<Arc<Hub>>> = std::sync::Mutex::new(None);
    let process = std::process::id();
    let mut kept = shared::lock(&HUB)?;
    if let Some(hub) = kept.as_ref().filter(|hub| hub.process == process) {
        return Some(Arc::clone(hub));
    }
    let hub = Arc::new(Hub::new(process));
    // The parent's is not dropped: that would take its locks.
    std::mem::forget(kept.replace(Arc::clone(&hub)));
    Some(hub)
}

impl Hub {
    pub(super) fn new(process: u32) -> Hub {
        Hub {
            process,
            metrics: Metrics::new(),
            queues: Mutex::default(),
            gauges: Mutex::default(),
            certificates: Mutex::default(),
        }
    }

    pub(super) fn tell(&self, event: &Event) {
        self.metrics.count(event);
        // A copy, so that nobody's queue is filled under our lock.
        let queues = lock(&self.queues).clone();
        let mut record = None;
        for queue in queues.iter().filter(|queue| queue.wants(event)) {
            let record = record.get_or_insert_with(|| Record::new(event.clone(), wall()));
            if queue.push(record.clone()) {
                self.metrics.count_lost();
            }
        }
    }

    pub(super) fn add(&self, queue: &Arc<Queue>) {
        lock(&self.queues).push(Arc::clone(queue));
    }

    pub(super) fn remove(&self, queue: &Arc<Queue>) {
        lock(&self.queues).retain(|other| !Arc::ptr_eq(other, queue));
    }

    pub(super) fn register(&self, gauges: Weak<dyn Gauges>) {
        let mut all = lock(&self.gauges);
        all.retain(|gauges| gauges.strong_count() > 0);
        all.push(gauges);
    }

    pub(super) fn saw_certificates(&self, endpoint: &str, whose: &'static str, certificates: Vec<Expiry>) {
        let mut sides = lock(&self.certificates);
        let side = (endpoint.to_owned(), whose);
        if sides.len() >= MAX_SIDES && !sides.contains_key(&side) {
            return;
        }
        sides.insert(side, certificates);
    }

    pub(super) fn prometheus(&self) -> String {
        let pools = self.pools();
        let sides = lock(&self.certificates).clone();
        let mut measured = gauges::of_pools(&pools);
        measured.push(gauges::days_left(&sides, seconds(wall())));
        text::exposition(&self.metrics, &measured)
    }

    /// Asked without our lock: what answers takes its own.
    fn pools(&self) -> Vec<PoolGauges> {
        let gauges = lock(&self.gauges).clone();
        gauges.iter().filter_map(Weak::upgrade).filter_map(|gauges| gauges.read()).collect()
    }
}

fn seconds(wall: Duration) -> i64 {
    i64::try_from(wall.as_secs()).unwrap_or(i64::MAX)
}

/// Inside of a hub nobody waits for long, and no lock of another process is ever seen.
pub(super) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is put in front of the first event after others were thrown away.
pub(super) fn lost(count: u64) -> Record {
    Record::new(Event::new(EventName::EventsLost).with("count", count), wall())
}
