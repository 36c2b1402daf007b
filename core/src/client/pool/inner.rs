//! What the clones of a pool share: the three machines under one mutex, and what they speak of.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::jobs::Jobs;
use crate::client::lease::Lender;
use crate::client::{Connection, Origin};
use crate::clock::{Clock, Now, Rng, SeededRng, SystemClock};
use crate::config::{Config, Credential, Endpoint};
use crate::credential::{Generation, Rotation, Settings, TokenSource};
use crate::endpoint::Endpoints;
use crate::error::{Error, ErrorCode, Result};
use crate::observe::{self, EndpointGauges, Gauges, PoolGauges};
use crate::pool::{Fate, PoolStatus, SlotId, Table, WaiterId};
use crate::secret::Secret;
use crate::sync::{Handle, Notify, until};

/// Of a credential that never changes.
const ONLY: Generation = 1;

pub(in crate::client) struct Inner {
    pub(super) name: Arc<str>,
    pub(super) config: Config,
    pub(super) source: Option<Arc<dyn TokenSource>>,
    pub(super) jobs: Jobs,
    machines: Mutex<Machines>,
    clock: SystemClock,
    process: u32,
    next_waiter: AtomicU64,
    /// The earliest deadline has changed.
    pub(super) retimed: Notify,
    /// The last connection of a closing pool is gone.
    emptied: Notify,
    me: Weak<Inner>,
}

/// The state of a pool. Who holds the mutex does not wait, nor call anything of the user's.
pub(super) struct Machines {
    /// What connections have in common, whatever their token.
    pub(super) base: Config,
    /// `None` for a credential that never changes.
    pub(super) rotation: Option<Rotation>,
    pub(super) endpoints: Endpoints,
    pub(super) table: Table,
    /// What connections of a generation are opened with.
    pub(super) configs: HashMap<Generation, Config>,
    pub(super) open: HashMap<SlotId, Opened>,
    pub(super) waiting: HashMap<WaiterId, oneshot::Sender<Result<Connection>>>,
    /// The connections on which a new token has passed, until it is used.
    pub(super) candidates: HashMap<Generation, Vec<Opened>>,
    /// Tokens whose last connections have not come back yet.
    pub(super) retiring: Vec<(Generation, Secret)>,
    /// Connections that broke and have not been replaced.
    pub(super) lost: usize,
    /// When the machines are to be called again if nothing happens before.
    deadline: Option<Instant>,
    closing: bool,
}

/// An open connection and where it leads.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) endpoint: Endpoint,
    pub(super) generation: Generation,
}

impl Inner {
    pub(super) fn start(config: &Config, source: Option<Arc<dyn TokenSource>>) -> Result<Arc<Inner>> {
        let runtime = Handle::try_current().map_err(|error| {
            let text = "a pool is made inside a tokio runtime; blocking::Pool brings its own";
            Error::new(ErrorCode::RuntimeUnavailable, text).with_source(error)
        })?;
        if source.is_some() {
            refuse_second_credential(config)?;
        }
        let clock = SystemClock;
        let now = clock.now();
        let machines = Machines::new(config, source.is_some(), now);
        let inner = Arc::new_cyclic(|me| Inner {
            name: config.pool().name.clone().unwrap_or_else(next_name).into(),
            config: config.clone(),
            source,
            jobs: Jobs::new(runtime),
            machines: Mutex::new(machines),
            clock,
            process: std::process::id(),
            next_waiter: AtomicU64::new(1),
            retimed: Notify::new(),
            emptied: Notify::new(),
            me: Weak::clone(me),
        });
        observe::register(Arc::downgrade(&inner) as Weak<dyn Gauges>);
        Origin::default().of_pool(Arc::clone(&inner.name)).tell_warnings(config);
        inner.jobs.spawn(super::work::keep_time(Arc::clone(&inner)));
        if let Some(source) = &inner.source {
            inner.jobs.spawn(super::work::listen(Arc::clone(&inner), Arc::clone(source)));
        }
        inner.drive(|machines, now| {
            if machines.rotation.is_none() {
                machines.table.handle_use(ONLY, now);
            }
        });
        Ok(inner)
    }

    /// Tells the machines something, and does what they then want done.
    pub(super) fn drive<R>(&self, change: impl FnOnce(&mut Machines, Now) -> R) -> R {
        let now = self.clock.now();
        let (answer, work, _held, retimed, emptied) = {
            let mut machines = self.lock();
            let answer = change(&mut machines, now);
            let mut work = Vec::new();
            machines.settle(&mut work, now);
            // Before the mutex is free: the pool has not ended while something is still to be done.
            let held = (!work.is_empty()).then(|| self.jobs.hold());
            let deadline = machines.earliest();
            let before = std::mem::replace(&mut machines.deadline, deadline);
            (answer, work, held, deadline != before, machines.table.is_empty())
        };
        for item in work {
            self.perform(item);
        }
        if retimed {
            self.retimed.notify_one();
        }
        if emptied {
            self.emptied.notify_waiters();
        }
        answer
    }

    pub(super) async fn acquire(self: &Arc<Self>, patience: Duration) -> Result<Connection> {
        self.check_process()?;
        let waiter = self.next_waiter.fetch_add(1, Ordering::Relaxed);
        let (sender, lent) = oneshot::channel();
        let _cancelling = Waiting { inner: self, waiter };
        self.drive(|machines, now| {
            machines.waiting.insert(waiter, sender);
            machines.table.handle_acquire(waiter, patience, now);
        });
        let began = Instant::now();
        let outcome = lent.await.unwrap_or_else(|_| Err(ErrorCode::Closed.into()));
        observe::count_acquire(&self.name, began.elapsed());
        outcome
    }

    pub(super) fn rotate(&self) {
        if self.check_process().is_ok() {
            self.drive(|machines, now| {
                if let Some(rotation) = &mut machines.rotation {
                    rotation.handle_rotate(now);
                }
            });
        }
    }

    pub(super) fn revoke(&self) {
        if self.check_process().is_ok() {
            self.drive(|machines, now| {
                if let Some(rotation) = &mut machines.rotation {
                    rotation.handle_revoked(now);
                }
            });
        }
    }

    pub(super) fn status(&self) -> PoolStatus {
        match self.check_process() {
            Ok(()) => self.lock().table.status(self.clock.now().monotonic),
            Err(_) => PoolStatus::default(),
        }
    }

    pub(super) fn token_time_left(&self) -> Option<Duration> {
        self.check_process().ok()?;
        self.lock().rotation.as_ref()?.time_left(self.clock.now())
    }

    pub(super) fn is_closed(&self) -> bool {
        self.jobs.is_closing()
    }

    pub(super) fn begin_closing(&self) {
        if self.check_process().is_ok() {
            self.jobs.close();
            self.drive(|machines, _| machines.close());
        }
    }

    pub(super) async fn close(&self, patience: Duration) {
        if self.check_process().is_err() {
            return;
        }
        self.begin_closing();
        if tokio::time::timeout(patience, self.all_returned()).await.is_err() {
            self.drive(|machines, _| machines.table.handle_cut());
        }
        self.jobs.all_ended().await;
    }

    async fn all_returned(&self) {
        until(&self.emptied, || self.lock().table.is_empty().then_some(())).await;
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.lock().deadline
    }

    /// For what outlives the call.
    pub(super) fn shared(&self) -> Option<Arc<Inner>> {
        self.me.upgrade()
    }

    pub(super) fn check_process(&self) -> Result<()> {
        if std::process::id() == self.process { Ok(()) } else { Err(super::forked()) }
    }

    fn lock(&self) -> MutexGuard<'_, Machines> {
        self.machines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lender for Inner {
    fn take_back(&self, slot: SlotId, fate: Fate) {
        self.drive(|machines, now| {
            let lost = machines.open.get(&slot).is_none_or(|opened| opened.connection.is_closed());
            machines.table.handle_returned(slot, if lost { Fate::Bad } else { fate }, now);
        });
    }

    fn refused(&self, slot: SlotId, error: &Error) {
        self.drive(|machines, now| {
            let generation = machines.open.get(&slot).map(|opened| opened.generation);
            if let (Some(generation), Some(rotation)) = (generation, &mut machines.rotation) {
                rotation.handle_refused(generation, error.clone(), now);
            }
        });
    }
}

impl Gauges for Inner {
    fn read(&self) -> Option<PoolGauges> {
        let now = self.clock.now();
        let machines = self.lock();
        if machines.closing && machines.table.is_empty() {
            return None;
        }
        let status = machines.table.status(now.monotonic);
        Some(PoolGauges {
            pool: self.name.to_string(),
            idle: status.idle,
            in_use: status.in_use,
            opening: status.opening,
            waiting: status.waiting,
            max_size: status.max_size,
            generation: (status.generation > 0).then_some(status.generation),
            token_seconds_left: machines
                .rotation
                .as_ref()
                .and_then(|rotation| rotation.time_left(now))
                .map(|left| left.as_secs_f64()),
            endpoints: machines
                .endpoints
                .states()
                .map(|(endpoint, up, connections)| EndpointGauges { endpoint: endpoint.to_string(), up, connections })
                .collect(),
        })
    }
}

/// A caller who waits; forgotten when its future is dropped.
struct Waiting<'a> {
    inner: &'a Inner,
    waiter: WaiterId,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // A forked child must not wait for a lock that nobody holds there any more.
        if self.inner.check_process().is_err() {
            return;
        }
        let mut machines = self.inner.lock();
        if machines.waiting.remove(&self.waiter).is_some() {
            machines.table.handle_cancelled(self.waiter);
        }
    }
}

impl Machines {
    fn new(config: &Config, rotates: bool, now: Now) -> Self {
        let rng = || Box::new(SeededRng::from_entropy()) as Box<dyn Rng>;
        let options = config.pool();
        let settings = Settings {
            default_ttl: options.token_ttl,
            push_jitter: options.token_jitter,
            canary_connections: options.canary_connections,
            grace: options.token_grace,
            retry_after_failure: options.token_retry,
            wait_for_new: options.token_wait,
        };
        Machines {
            base: config.clone(),
            rotation: rotates.then(|| Rotation::new(settings, rng(), now)),
            endpoints: Endpoints::new(config.endpoints().to_vec(), options.balance, options.health_interval, rng()),
            table: Table::new(options.clone(), rotates, rng()),
            configs: if rotates { HashMap::new() } else { HashMap::from([(ONLY, config.clone())]) },
            open: HashMap::new(),
            waiting: HashMap::new(),
            candidates: HashMap::new(),
            retiring: Vec::new(),
            lost: 0,
            deadline: None,
            closing: false,
        }
    }

    fn earliest(&self) -> Option<Instant> {
        let rotation = self.rotation.as_ref().and_then(Rotation::next_deadline);
        [rotation, self.endpoints.next_deadline(), self.table.next_deadline()].into_iter().flatten().min()
    }

    /// The first time counts: each token is retired once, however many close the pool.
    fn close(&mut self) {
        if std::mem::replace(&mut self.closing, true) {
            return;
        }
        self.table.handle_closing();
        if self.rotation.is_some() {
            // The one in use, those in their grace period, and one on trial.
            let held = self
                .configs
                .iter()
                .filter_map(|(generation, config)| Some((*generation, config.credential().token()?)));
            self.retiring.extend(held.map(|(generation, token)| (generation, token.clone())));
        }
    }
}

/// A source is the credential: no other may stand beside it, except the client certificate of the TLS session.
fn refuse_second_credential(config: &Config) -> Result<()> {
    let second = match config.credential() {
        Credential::Token(_) | Credential::CertificateAndToken(..) => Some(("a bearer token", "bearer_token")),
        Credential::Password { .. } if config.has_given_credential() => Some(("user name and password", "password")),
        _ => None,
    };
    if let Some((what, option)) = second {
        let text = format!("a token source was given together with {what}; keep one of them");
        return Err(Error::new(ErrorCode::CredentialConflict, text).with_option(option));
    }
    // Exposed tokens are refused before one is fetched.
    config.with_token(Secret::new("none")).map(drop)
}

fn next_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("pool-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::client::pool::work::Work;

    #[test]
    fn a_pool_closed_by_two_at_once_retires_its_token_once() {
        let now = SystemClock.now();
        let config = Config::parse("wss://db.example").unwrap();
        let mut machines = Machines::new(&config, true, now);
        machines.configs.insert(1, config.with_token(Secret::new("one")).unwrap());
        let mut work = Vec::new();
        for _ in 0..2 {
            machines.close();
            machines.settle(&mut work, now);
        }
        assert_eq!(work.iter().filter(|item| matches!(item, Work::Retire { .. })).count(), 1);
    }
}
