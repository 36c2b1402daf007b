//! One endpoint: its connections and its health.
//!
//! | State | Input | Next state | Told |
//! |---|---|---|---|
//! | `Up` | connecting fails and it is [`Unfit`](Verdict::Unfit) or [`Busy`](Verdict::Busy) | `Down` | endpoint.down |
//! | `Up` | an open connection breaks: the last one, or the third within [`WINDOW`] | `Down` | endpoint.down |
//! | `Up` | anything else | `Up` | – |
//! | `Down` | its time has come, or somebody needs it and that time has come | `Probing` | – |
//! | `Down` | an attempt from before connects, and it is not busy | `Up` | endpoint.up |
//! | `Down` | an attempt from before fails | `Down` | – |
//! | `Probing` | connected, or it answers that the credential is at fault | `Up` | endpoint.up |
//! | `Probing` | fails again | `Down`, twice as long | endpoint.down, if it never served |
//! | `Probing` | nothing was learned | `Down`, as long | – |

use std::time::{Duration, Instant};

use super::backoff::{Backoff, Wait};
use super::verdict::Verdict;
use crate::clock::Rng;
use crate::config::Endpoint;
use crate::error::{Error, ErrorCode};
use crate::event::{Event, EventName};

/// Several connections that break within this time are a fault of the endpoint.
const WINDOW: Duration = Duration::from_secs(5);
const SEVERAL: usize = 3;
/// An endpoint that fails so soon after it came back goes on where its backoff was.
const STEADY: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Address,
    /// Named by the cluster; `listed` in its latest list.
    Cluster {
        listed: bool,
    },
}

#[derive(Debug)]
pub(super) struct Server {
    pub(super) endpoint: Endpoint,
    pub(super) origin: Origin,
    opening: usize,
    open: usize,
    health: Health,
}

#[derive(Debug)]
enum Health {
    Up(Service),
    Down(Outage),
    Probing(Outage),
}

#[derive(Debug, Default)]
struct Service {
    /// Connections that broke since then.
    broken: Option<(usize, Instant)>,
    /// The step of a failure until then.
    shaky: Option<(Duration, Instant)>,
}

#[derive(Debug)]
struct Outage {
    error: Error,
    step: Duration,
    wait: Wait,
    /// Attempts from before, whose outcome says nothing of the probe's.
    before: usize,
    busy: bool,
    told: bool,
}

/// What a machine of one endpoint needs of the others'.
pub(super) struct Around<'a> {
    pub(super) backoff: Backoff,
    pub(super) rng: &'a mut dyn Rng,
    pub(super) now: Instant,
}

impl Server {
    /// One of the address: taken for well.
    pub(super) fn of_address(endpoint: Endpoint) -> Self {
        Server { endpoint, origin: Origin::Address, opening: 0, open: 0, health: Health::Up(Service::default()) }
    }

    /// One that the cluster named: it may be known there by a name that leads nowhere from here, so it is asked first.
    pub(super) fn of_cluster(endpoint: Endpoint, around: &mut Around<'_>) -> Self {
        let step = around.backoff.first();
        let outage = Outage {
            error: Error::new(ErrorCode::ConnectFailed, format!("{endpoint} was not asked yet")),
            step,
            wait: around.backoff.wait(step, around.rng, around.now),
            before: 0,
            busy: false,
            told: false,
        };
        let origin = Origin::Cluster { listed: true };
        Server { endpoint, origin, opening: 0, open: 0, health: Health::Down(outage) }
    }

    /// Open and being opened.
    pub(super) fn connections(&self) -> usize {
        self.open + self.opening
    }

    /// The cluster dropped it from its list and nothing of ours is left there.
    pub(super) fn is_forgettable(&self) -> bool {
        self.is_unlisted() && self.connections() == 0
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(self.health, Health::Up(_)) && !self.is_unlisted()
    }

    /// When it may be asked again; `None` if it serves or is being asked.
    pub(super) fn wait(&self) -> Option<Wait> {
        match &self.health {
            Health::Down(outage) if !self.is_unlisted() => Some(outage.wait),
            _ => None,
        }
    }

    /// A connection to it is being opened from now on; to a dead one as its probe.
    pub(super) fn begin(&mut self) {
        self.opening += 1;
        self.health = match std::mem::take(&mut self.health) {
            Health::Down(outage) => Health::Probing(outage),
            other => other,
        };
    }

    /// Whether it came back by this.
    pub(super) fn connected(&mut self, around: &Around<'_>) -> Option<Recovery> {
        self.opening = self.opening.saturating_sub(1);
        self.open += 1;
        match &mut self.health {
            Health::Up(_) => None,
            Health::Down(outage) if outage.busy => {
                outage.before = outage.before.saturating_sub(1);
                None
            }
            Health::Down(_) | Health::Probing(_) => Some(self.recover(around)),
        }
    }

    pub(super) fn closed(&mut self) {
        self.open = self.open.saturating_sub(1);
    }

    /// A connection could not be opened.
    pub(super) fn refused(&mut self, error: &Error, around: &mut Around<'_>) -> Change {
        self.opening = self.opening.saturating_sub(1);
        let verdict = Verdict::of_connecting(error);
        let faulty = matches!(verdict, Verdict::Unfit | Verdict::Busy);
        match &mut self.health {
            Health::Up(_) if faulty => self.take_out(error, verdict, around),
            Health::Up(_) => Change::None,
            Health::Down(outage) => {
                outage.before = outage.before.saturating_sub(1);
                Change::None
            }
            // Those that began earlier end earlier.
            Health::Probing(outage) if outage.before > 0 => {
                outage.before -= 1;
                Change::None
            }
            Health::Probing(_) if verdict == Verdict::Answers => Change::Up(self.recover(around)),
            Health::Probing(_) => self.stay_out(error, verdict, around),
        }
    }

    /// An open connection is none any more.
    pub(super) fn broke(&mut self, error: &Error, around: &mut Around<'_>) -> Change {
        self.open = self.open.saturating_sub(1);
        let verdict = Verdict::of_breaking(error);
        let Health::Up(service) = &mut self.health else { return Change::None };
        if verdict != Verdict::Unfit {
            return Change::None;
        }
        let (broken, since) = match service.broken {
            Some((broken, since)) if around.now < since + WINDOW => (broken + 1, since),
            _ => (1, around.now),
        };
        service.broken = Some((broken, since));
        if broken < SEVERAL && self.open > 0 {
            return Change::None;
        }
        self.take_out(error, verdict, around)
    }

    fn is_unlisted(&self) -> bool {
        self.origin == Origin::Cluster { listed: false }
    }

    fn take_out(&mut self, error: &Error, verdict: Verdict, around: &mut Around<'_>) -> Change {
        let step = match &self.health {
            Health::Up(Service { shaky: Some((step, until)), .. }) if around.now < *until => *step,
            _ => around.backoff.first(),
        };
        let wait = around.backoff.wait(step, around.rng, around.now);
        let told = self.down(error, wait, around.now);
        let busy = verdict == Verdict::Busy;
        self.health = Health::Down(Outage { error: error.clone(), step, wait, before: self.opening, busy, told: true });
        told
    }

    /// The probe failed, or nothing came of it.
    fn stay_out(&mut self, error: &Error, verdict: Verdict, around: &mut Around<'_>) -> Change {
        let Health::Probing(mut outage) = std::mem::take(&mut self.health) else { return Change::None };
        let mut change = Change::None;
        if verdict == Verdict::Nothing {
            outage.wait = around.backoff.wait(outage.step, around.rng, around.now);
        } else {
            outage.step = around.backoff.after(outage.step);
            outage.wait = around.backoff.wait(outage.step, around.rng, around.now);
            outage.busy = verdict == Verdict::Busy;
            outage.error = error.clone();
            change = match std::mem::replace(&mut outage.told, true) {
                true => Change::StillDown(error.clone()),
                false => self.down(error, outage.wait, around.now),
            };
        }
        self.health = Health::Down(outage);
        change
    }

    fn down(&self, error: &Error, wait: Wait, now: Instant) -> Change {
        let retry = wait.probe.saturating_duration_since(now).as_secs_f64();
        let event = Event::new(EventName::EndpointDown)
            .with("endpoint", self.endpoint.to_string())
            .with_error(error)
            .with("retry_in_s", retry);
        Change::Down(error.clone(), event)
    }

    fn recover(&mut self, around: &Around<'_>) -> Recovery {
        let (told, step) = match std::mem::take(&mut self.health) {
            Health::Up(_) => return Recovery { event: None },
            // An attempt from before: the outage was none, or is the same one still.
            Health::Down(outage) => (outage.told, outage.step),
            Health::Probing(outage) => (outage.told, around.backoff.after(outage.step)),
        };
        let shaky = Some((step, around.now + step.max(STEADY)));
        self.health = Health::Up(Service { broken: None, shaky });
        let event = || Event::new(EventName::EndpointUp).with("endpoint", self.endpoint.to_string());
        Recovery { event: told.then(event) }
    }
}

impl Default for Health {
    fn default() -> Self {
        Health::Up(Service::default())
    }
}

/// An endpoint came back; the event if it was told that it was gone.
#[derive(Debug)]
pub(super) struct Recovery {
    pub(super) event: Option<Event>,
}

/// What a failure changed.
#[derive(Debug)]
pub(super) enum Change {
    None,
    /// It does not take new work any more, because of this.
    Down(Error, Event),
    /// It was asked again, in vain.
    StillDown(Error),
    /// It answers again, though not with a connection.
    Up(Recovery),
}
