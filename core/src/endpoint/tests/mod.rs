//! Every row of the table in `server.rs`, driven by hand with a made-up clock; then fleets, and anything in any order.
#![allow(clippy::unwrap_used)]

mod balance;
mod discovery;
mod fleet;
mod health;
mod properties;

use std::collections::HashMap;

use super::*;
use crate::clock::SeededRng;

const SECOND: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_secs(5);

fn endpoints(hosts: &str) -> Vec<Endpoint> {
    let config = crate::Config::parse(&format!("wss://root:taosdata@{hosts}")).unwrap();
    config.endpoints().to_vec()
}

fn endpoint(host: &str) -> Endpoint {
    endpoints(host)[0].clone()
}

fn start() -> Now {
    Now { monotonic: Instant::now(), wall: Duration::ZERO }
}

/// The endpoints of one client, and its clock.
struct World {
    machine: Endpoints,
    now: Now,
}

impl World {
    fn new(hosts: &str, balance: Balance) -> World {
        World::seeded(hosts, balance, 7, start())
    }

    fn seeded(hosts: &str, balance: Balance, seed: u64, now: Now) -> World {
        let rng = Box::new(SeededRng::new(seed));
        World { machine: Endpoints::new(endpoints(hosts), balance, INTERVAL, rng), now }
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.machine.poll_output()).collect()
    }

    /// Names of events, and `probe HOST`, `rebalance HOST N`.
    fn told(&mut self) -> Vec<String> {
        let text = |output| match output {
            Output::Probe(endpoint) => format!("probe {}", endpoint.host()),
            Output::Rebalance { from, connections } => format!("rebalance {} {connections}", from.host()),
            Output::Tell(event) => format!("{} {}", event.name().name(), event.field("endpoint").unwrap()),
        };
        self.outputs().into_iter().map(text).collect()
    }

    fn pass(&mut self, step: Duration) {
        self.now = self.now.after(step);
        self.machine.handle_deadline(self.now);
    }

    /// Moves to the machine's own next deadline.
    fn pass_to_deadline(&mut self) -> Duration {
        let deadline = self.machine.next_deadline().unwrap();
        let step = deadline.saturating_duration_since(self.now.monotonic);
        self.pass(step);
        step
    }

    fn pick(&mut self) -> Endpoint {
        self.machine.pick(&[], self.now).unwrap()
    }

    /// Picks and connects `number` times.
    fn fill(&mut self, number: usize) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for _ in 0..number {
            let endpoint = self.pick();
            self.machine.handle_connected(&endpoint, self.now);
            *counts.entry(endpoint.host().to_owned()).or_insert(0) += 1;
        }
        counts
    }

    fn fail(&mut self, host: &str, code: ErrorCode) {
        self.machine.handle_failed(&endpoint(host), &code.into(), false, self.now);
    }

    fn break_one(&mut self, host: &str) {
        self.machine.handle_failed(&endpoint(host), &ErrorCode::ConnectionLost.into(), true, self.now);
    }

    fn refusal(&mut self) -> Error {
        self.machine.pick(&[], self.now).unwrap_err()
    }

    fn connections(&self, host: &str) -> usize {
        self.machine.servers.iter().find(|server| server.endpoint.host() == host).map_or(0, Server::connections)
    }
}
