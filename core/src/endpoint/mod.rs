//! Which endpoint the next connection goes to (NET-1, NET-4): balancing, health, backoff.
//!
//! Pure: told what happened to connections, it answers where to go and when to ask an endpoint again. After each
//! `handle_…` and [`Endpoints::pick`], drain the outputs. States and transitions of one endpoint are in `server`.
//!
//! - An endpoint that could not be reached, or whose connections break, is not picked while another one serves.
//! - It is asked again after a random part of a second, then of twice as long each time, up to a minute: one attempt at a
//!   time. If no endpoint serves and somebody wants one, the wait is at most the health interval.
//! - A credential that is refused says nothing about the endpoint; one that asks for less work gets less.

mod backoff;
mod server;
mod shares;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use backoff::Backoff;
use server::{Around, Change, Origin, Recovery, Server};
use shares::Shares;

use crate::clock::{Now, Rng};
use crate::config::{Balance, Endpoint};
use crate::error::{Error, ErrorCode};
use crate::event::{Event, EventName};

/// What the driver has to do.
#[derive(Debug)]
pub(crate) enum Output {
    /// Open a connection to see whether it serves again; answer by `handle_connected` or `handle_failed`.
    Probe(Endpoint),
    /// The endpoint has more connections than its share: replace so many of its idle ones.
    Rebalance { from: Endpoint, connections: usize },
    /// Something to tell; without `pool`, which the driver adds.
    Tell(Event),
}

/// Most endpoints, those of the address and those of the cluster together.
const MOST: usize = 64;
/// Somebody who was refused an endpoint is thought to want one for so long.
const WANTED: Duration = Duration::from_secs(30);

/// The endpoints of a pool.
pub(crate) struct Endpoints {
    servers: Vec<Server>,
    balance: Balance,
    backoff: Backoff,
    rng: Box<dyn Rng>,
    shares: Shares,
    /// Where round robin goes on.
    turn: usize,
    wanted_until: Option<Instant>,
    last_error: Option<Error>,
    outputs: VecDeque<Output>,
}

impl Endpoints {
    /// All are taken for well at first. `interval` is the longest wait for an endpoint that is missed.
    pub(crate) fn new(known: Vec<Endpoint>, balance: Balance, interval: Duration, mut rng: Box<dyn Rng>) -> Self {
        let turn = rng.below(known.len());
        Endpoints {
            servers: known.into_iter().map(Server::of_address).collect(),
            balance,
            backoff: Backoff::new(interval),
            rng,
            shares: Shares::default(),
            turn,
            wanted_until: None,
            last_error: None,
            outputs: VecDeque::new(),
        }
    }

    /// Where to open the next connection, and counts it there as being opened; the error of the last failure if none may be
    /// asked now. `not` has just failed for the same caller. Answer by `handle_connected` or `handle_failed`, the latter
    /// with `CANCELLED` if nothing came of it.
    pub(crate) fn pick(&mut self, not: &[Endpoint], now: Now) -> Result<Endpoint, Error> {
        let serving = |server: &Server| server.is_up();
        let another = |server: &Server| server.is_up() && !not.contains(&server.endpoint);
        let chosen = self.choose(another).or_else(|| self.choose(serving)).or_else(|| self.due(not, now.monotonic));
        match chosen {
            Some(index) => {
                self.servers[index].begin();
                Ok(self.servers[index].endpoint.clone())
            }
            None => {
                self.wanted_until = Some(now.monotonic + WANTED);
                Err(self.refusal(now.monotonic))
            }
        }
    }

    /// A picked or probed endpoint was logged in to.
    pub(crate) fn handle_connected(&mut self, endpoint: &Endpoint, now: Now) {
        let recovery = self.at(endpoint, now, |server, around| server.connected(around)).flatten();
        if let Some(recovery) = recovery {
            self.recovered(recovery, now.monotonic);
        }
    }

    /// A picked or probed endpoint could not be reached, or an open connection to it broke (`was_open`).
    pub(crate) fn handle_failed(&mut self, endpoint: &Endpoint, error: &Error, was_open: bool, now: Now) {
        let change = self.at(endpoint, now, |server, around| match was_open {
            true => server.broke(error, around),
            false => server.refused(error, around),
        });
        match change {
            None | Some(Change::None) => {}
            Some(Change::Down(error, event)) => {
                self.last_error = Some(error);
                self.outputs.push_back(Output::Tell(event));
            }
            Some(Change::StillDown(error)) => self.last_error = Some(error),
            Some(Change::Up(recovery)) => self.recovered(recovery, now.monotonic),
        }
        self.forget();
    }

    /// A connection was closed by us.
    pub(crate) fn handle_closed(&mut self, endpoint: &Endpoint) {
        if let Some(server) = self.servers.iter_mut().find(|server| server.endpoint == *endpoint) {
            server.closed();
        }
        self.forget();
    }

    /// The cluster named its gateways. A list without any says nothing; one that is missing from the list gets no new work
    /// unless the address names it.
    pub(crate) fn handle_discovered(&mut self, endpoints: Vec<Endpoint>, now: Now) {
        if endpoints.is_empty() {
            return;
        }
        for server in &mut self.servers {
            if let Origin::Cluster { listed } = &mut server.origin {
                *listed = endpoints.contains(&server.endpoint);
            }
        }
        self.forget();
        for endpoint in endpoints {
            if self.servers.len() < MOST && self.servers.iter().all(|server| server.endpoint != endpoint) {
                let event = Event::new(EventName::EndpointDiscovered).with("endpoint", endpoint.to_string());
                let mut around = Around { backoff: self.backoff, rng: &mut *self.rng, now: now.monotonic };
                self.servers.push(Server::of_cluster(endpoint, &mut around));
                self.outputs.push_back(Output::Tell(event));
            }
        }
    }

    /// Time passed.
    pub(crate) fn handle_deadline(&mut self, now: Now) {
        let missed = self.are_missed(now.monotonic);
        if !missed {
            self.wanted_until = None;
        }
        for server in &mut self.servers {
            let due = server.wait().map(|wait| if missed { wait.wanted } else { wait.probe });
            if due.is_some_and(|at| at <= now.monotonic) {
                server.begin();
                self.outputs.push_back(Output::Probe(server.endpoint.clone()));
            }
        }
        let up: Vec<_> = self.servers.iter().filter(|server| server.is_up()).collect();
        let connections: Vec<_> = up.iter().map(|server| server.connections()).collect();
        let surplus = self.shares.round(&connections, &mut *self.rng, now.monotonic);
        for (server, connections) in up.iter().zip(surplus).filter(|(_, surplus)| *surplus > 0) {
            self.outputs.push_back(Output::Rebalance { from: server.endpoint.clone(), connections });
        }
    }

    /// Every endpoint: whether new work goes there, and how many connections lead to it.
    pub(crate) fn states(&self) -> impl Iterator<Item = (&Endpoint, bool, usize)> {
        self.servers.iter().map(|server| (&server.endpoint, server.is_up(), server.connections()))
    }

    /// The next thing to do, until there is nothing left.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Endpoints::handle_deadline`] if nothing happens before.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let waits = || self.servers.iter().filter_map(Server::wait);
        let probe = waits().map(|wait| wait.probe).min();
        let wanted = self.wanted_until.filter(|_| !self.any_serves());
        let wanted = wanted.and_then(|until| waits().map(|wait| wait.wanted).filter(|at| *at < until).min());
        [probe, wanted, self.shares.next_deadline()].into_iter().flatten().min()
    }

    fn any_serves(&self) -> bool {
        self.servers.iter().any(Server::is_up)
    }

    /// No endpoint serves, and somebody wants one.
    fn are_missed(&self, now: Instant) -> bool {
        !self.any_serves() && self.wanted_until.is_some_and(|until| now < until)
    }

    fn at<T>(
        &mut self,
        endpoint: &Endpoint,
        now: Now,
        what: impl FnOnce(&mut Server, &mut Around<'_>) -> T,
    ) -> Option<T> {
        let mut around = Around { backoff: self.backoff, rng: &mut *self.rng, now: now.monotonic };
        let server = self.servers.iter_mut().find(|server| server.endpoint == *endpoint)?;
        Some(what(server, &mut around))
    }

    /// One of those that `may` take work, by the rule of the pool.
    fn choose(&mut self, may: impl Fn(&Server) -> bool) -> Option<usize> {
        let able: Vec<_> = (0..self.servers.len()).filter(|index| may(&self.servers[*index])).collect();
        if able.is_empty() {
            return None;
        }
        // While shares are uneven, the emptiest comes first whatever the rule.
        match self.balance {
            Balance::LeastConnections => Some(self.emptiest(able)),
            _ if self.shares.is_restoring() => Some(self.emptiest(able)),
            Balance::RoundRobin => {
                let next = able.iter().copied().find(|index| *index >= self.turn).unwrap_or(able[0]);
                self.turn = next + 1;
                Some(next)
            }
            Balance::Random => Some(able[self.rng.below(able.len())]),
        }
    }

    /// Ties are broken by chance, lest a whole fleet begins with the first.
    fn emptiest(&mut self, mut able: Vec<usize>) -> usize {
        let least = able.iter().map(|index| self.servers[*index].connections()).min();
        able.retain(|index| Some(self.servers[*index].connections()) == least);
        able[self.rng.below(able.len())]
    }

    /// None serves: one whose turn it is to be asked again.
    fn due(&self, not: &[Endpoint], now: Instant) -> Option<usize> {
        let due = self.servers.iter().enumerate().filter_map(|(index, server)| {
            let at = server.wait()?.wanted;
            (at <= now).then_some((not.contains(&server.endpoint), at, index))
        });
        due.min().map(|(_, _, index)| index)
    }

    /// What the last failure was, and for how long it stands.
    fn refusal(&self, now: Instant) -> Error {
        let Some(last) = &self.last_error else { return ErrorCode::AddressEmpty.into() };
        let next = self.servers.iter().filter_map(Server::wait).map(|wait| wait.wanted).min();
        let next = match next {
            Some(at) => format!("the next attempt is in {:.1} s", at.saturating_duration_since(now).as_secs_f64()),
            None => "an attempt is on its way".to_owned(),
        };
        let none = match self.servers.len() {
            1 => "the endpoint does not serve".to_owned(),
            number => format!("none of {number} endpoints serves"),
        };
        let error = Error::new(last.code(), format!("{none}; {next}; the last failure: {}", last.message()));
        let error = match (last.server_code(), last.server_message()) {
            (Some(number), Some(text)) => error.with_server(number, text),
            _ => error,
        };
        error.with_source(last.clone())
    }

    fn recovered(&mut self, recovery: Recovery, now: Instant) {
        self.outputs.extend(recovery.event.map(Output::Tell));
        if self.servers.len() > 1 {
            self.shares.restore(&mut *self.rng, now);
        }
    }

    fn forget(&mut self) {
        self.servers.retain(|server| !server.is_forgettable());
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints")
            .field("servers", &self.servers)
            .field("balance", &self.balance)
            .finish_non_exhaustive()
    }
}
