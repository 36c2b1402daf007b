//! Events in a bounded queue: whoever tells never waits, whoever reads slowly loses the oldest and is told how many.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Filter;
use super::forked;
use super::hub::{self, Hub, lock};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Event, EventName, Field, Severity};
use crate::sync::{Condvar, Mutex, Notify, OnceLock, until};

/// Events that a subscription holds.
pub const QUEUE_LENGTH: usize = 1024;

/// An event and when it happened. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Record(Arc<(Event, Duration)>);

impl Record {
    pub(super) fn new(event: Event, wall: Duration) -> Record {
        Record(Arc::new((event, wall)))
    }

    /// What happened.
    pub fn event(&self) -> &Event {
        &self.0.0
    }

    /// Its stable name.
    pub fn name(&self) -> EventName {
        self.event().name()
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.name().severity()
    }

    /// Its fields, in order.
    pub fn fields(&self) -> &[(&'static str, Field)] {
        self.event().fields()
    }

    /// When it happened, by the wall clock.
    pub fn time(&self) -> SystemTime {
        UNIX_EPOCH + self.since_epoch()
    }

    /// When it happened, since 1970-01-01 UTC.
    pub fn since_epoch(&self) -> Duration {
        self.0.1
    }
}

/// One log line, without the time.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.event().fmt(f)
    }
}

/// Where a subscription's events wait.
pub(super) struct Queue {
    filter: Filter,
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    woken: Notify,
    bell: OnceLock<Bell>,
}

type Bell = Box<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Waiting {
    records: VecDeque<Record>,
    lost: u64,
    closed: bool,
}

impl Waiting {
    fn has_news(&self) -> bool {
        self.closed || !self.records.is_empty()
    }

    /// The next one; before it, how many were thrown away.
    fn take(&mut self) -> Option<Record> {
        match std::mem::take(&mut self.lost) {
            0 => self.records.pop_front(),
            count => Some(hub::lost(count)),
        }
    }
}

impl Queue {
    pub(super) fn wants(&self, event: &Event) -> bool {
        self.filter.passes(event)
    }

    /// True if an older one had to go for it.
    pub(super) fn push(&self, record: Record) -> bool {
        let (dropped, first) = {
            let mut waiting = lock(&self.waiting);
            if waiting.closed {
                return false;
            }
            let dropped = if waiting.records.len() >= QUEUE_LENGTH { waiting.records.pop_front() } else { None };
            waiting.lost += u64::from(dropped.is_some());
            waiting.records.push_back(record);
            (dropped.is_some(), waiting.records.len() == 1)
        };
        self.arrived.notify_one();
        self.woken.notify_one();
        if let Some(bell) = self.bell.get().filter(|_| first) {
            bell();
        }
        dropped
    }

    fn close(&self) {
        lock(&self.waiting).closed = true;
        self.arrived.notify_all();
        self.woken.notify_waiters();
        // For one that is about to wait.
        self.woken.notify_one();
        if let Some(bell) = self.bell.get() {
            bell();
        }
    }

    fn take(&self) -> Result<Option<Record>> {
        let mut waiting = lock(&self.waiting);
        match waiting.take() {
            None if waiting.closed => Err(closed()),
            record => Ok(record),
        }
    }
}

/// Events of the library from the moment it was made. Several threads and tasks may read it; each event goes to one of them.
/// Dropping it ends it.
pub struct Subscription {
    queue: Arc<Queue>,
    hub: Option<Arc<Hub>>,
    process: u32,
}

impl Subscription {
    pub(super) fn new(filter: Filter, hub: Option<Arc<Hub>>) -> Subscription {
        let queue = Arc::new(Queue {
            filter,
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            woken: Notify::new(),
            bell: OnceLock::new(),
        });
        if let Some(hub) = &hub {
            hub.add(&queue);
        }
        Subscription { queue, hub, process: std::process::id() }
    }

    /// The next event. Dropping the future loses none.
    ///
    /// # Errors
    /// `CLOSED` once it is closed and read to its end; `FORKED` in a child of the process that made it.
    pub async fn next(&self) -> Result<Record> {
        until(&self.queue.woken, || self.try_next().transpose()).await
    }

    /// Waits until an event is there, and leaves it to [`Subscription::try_next`]: for who may be given up between the two.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub async fn arrived(&self) -> Result<()> {
        until(&self.queue.woken, || self.has_arrived().transpose()).await
    }

    fn has_arrived(&self) -> Result<Option<()>> {
        self.check_process()?;
        let (is_empty, is_closed) = {
            let waiting = lock(&self.queue.waiting);
            (waiting.records.is_empty(), waiting.closed)
        };
        if !is_empty {
            // Who waited may be given up before it takes the event: others look too.
            self.queue.woken.notify_one();
            return Ok(Some(()));
        }
        if is_closed { Err(closed()) } else { Ok(None) }
    }

    /// The next event within `patience`, waiting in this thread; `None` if there was none.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub fn next_timeout(&self, patience: Duration) -> Result<Option<Record>> {
        self.check_process()?;
        let nothing = |waiting: &mut Waiting| !waiting.has_news();
        let waiting = lock(&self.queue.waiting);
        let (mut waiting, _) =
            self.queue.arrived.wait_timeout_while(waiting, patience, nothing).unwrap_or_else(PoisonError::into_inner);
        match waiting.take() {
            None if waiting.closed => Err(closed()),
            record => Ok(record),
        }
    }

    /// The next event if it is there already.
    ///
    /// # Errors
    /// As [`Subscription::next`].
    pub fn try_next(&self) -> Result<Option<Record>> {
        self.check_process()?;
        self.queue.take()
    }

    /// Has `bell` called, by whoever tells an event, when one comes into the empty queue, and at the end; at once if either
    /// has been. It must return at once. The first bell stays.
    pub fn on_arrival(&self, bell: impl Fn() + Send + Sync + 'static) {
        if self.check_process().is_ok()
            && self.queue.bell.set(Box::new(bell)).is_ok()
            && lock(&self.queue.waiting).has_news()
            && let Some(bell) = self.queue.bell.get()
        {
            bell();
        }
    }

    /// No more events; what has arrived can still be read. Idempotent.
    pub fn close(&self) {
        if self.check_process().is_err() {
            return;
        }
        if let Some(hub) = &self.hub {
            hub.remove(&self.queue);
        }
        self.queue.close();
    }

    fn check_process(&self) -> Result<()> {
        if std::process::id() == self.process { Ok(()) } else { Err(forked("this subscription")) }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("filter", &self.queue.filter).finish_non_exhaustive()
    }
}

fn closed() -> Error {
    Error::new(ErrorCode::Closed, "the subscription was closed by its user")
}
