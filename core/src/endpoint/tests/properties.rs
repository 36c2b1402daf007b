use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const HOSTS: [&str; 4] = ["a", "b", "c", "d"];
const CODES: [ErrorCode; 7] = [
    ErrorCode::ConnectRefused,
    ErrorCode::ConnectTimeout,
    ErrorCode::RateLimited,
    ErrorCode::TokenRefused,
    ErrorCode::SourceUnavailable,
    ErrorCode::ConnectionLost,
    ErrorCode::SessionEnded,
];

#[derive(Debug, Clone)]
enum Step {
    Pick,
    /// The oldest or the newest attempt.
    Connected(bool),
    Failed(bool, ErrorCode),
    Broke(usize, ErrorCode),
    Closed(usize),
    Pass(u64),
    Discovered(Vec<&'static str>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Pick),
        3 => any::<bool>().prop_map(Step::Connected),
        3 => (any::<bool>(), select(&CODES[..])).prop_map(|(oldest, code)| Step::Failed(oldest, code)),
        1 => (any::<usize>(), select(&CODES[..])).prop_map(|(which, code)| Step::Broke(which, code)),
        1 => any::<usize>().prop_map(Step::Closed),
        3 => (0u64..20_000).prop_map(Step::Pass),
        1 => vec(select(&HOSTS[..]), 0..4).prop_map(Step::Discovered),
    ]
}

/// What a driver holds.
#[derive(Default)]
struct Driver {
    attempts: VecDeque<Endpoint>,
    open: Vec<Endpoint>,
}

impl Driver {
    fn attempt(&mut self, oldest: bool) -> Option<Endpoint> {
        if oldest { self.attempts.pop_front() } else { self.attempts.pop_back() }
    }

    fn opened(&mut self, which: usize) -> Option<Endpoint> {
        (!self.open.is_empty()).then(|| self.open.swap_remove(which % self.open.len()))
    }

    fn count(&self, endpoint: &Endpoint) -> usize {
        self.attempts.iter().chain(&self.open).filter(|known| *known == endpoint).count()
    }
}

fn apply(world: &mut World, driver: &mut Driver, step: Step) {
    let now = world.now;
    match step {
        Step::Pick => {
            let up: Vec<_> =
                world.machine.servers.iter().filter(|server| server.is_up()).map(|up| up.endpoint.clone()).collect();
            match world.machine.pick(&[], now) {
                Ok(endpoint) => {
                    assert!(up.is_empty() || up.contains(&endpoint), "{endpoint} is down, {up:?} are not");
                    driver.attempts.push_back(endpoint);
                }
                Err(_) => assert!(up.is_empty(), "refused although {up:?} serve"),
            }
        }
        Step::Connected(oldest) => {
            if let Some(endpoint) = driver.attempt(oldest) {
                world.machine.handle_connected(&endpoint, now);
                driver.open.push(endpoint);
            }
        }
        Step::Failed(oldest, code) => {
            if let Some(endpoint) = driver.attempt(oldest) {
                world.machine.handle_failed(&endpoint, &code.into(), false, now);
            }
        }
        Step::Broke(which, code) => {
            if let Some(endpoint) = driver.opened(which) {
                world.machine.handle_failed(&endpoint, &code.into(), true, now);
            }
        }
        Step::Closed(which) => {
            if let Some(endpoint) = driver.opened(which) {
                world.machine.handle_closed(&endpoint);
            }
        }
        Step::Pass(milliseconds) => world.pass(Duration::from_millis(milliseconds)),
        Step::Discovered(hosts) => {
            let named = hosts.into_iter().map(endpoint).collect();
            world.machine.handle_discovered(named, now);
        }
    }
}

proptest! {
    /// Whatever happens in whatever order: it counts what the driver holds, one that serves is preferred, a deadline that
    /// was kept does not come again, and those of the address stay.
    #[test]
    fn counts_and_choices_hold_in_any_order(seed: u64, balance in 0..3, steps in vec(step(), 0..200)) {
        let balance = [Balance::LeastConnections, Balance::RoundRobin, Balance::Random][balance as usize];
        let mut world = World::seeded("a,b", balance, seed, start());
        let mut driver = Driver::default();
        for step in steps {
            apply(&mut world, &mut driver, step);
            for output in world.outputs() {
                if let Output::Probe(endpoint) = output {
                    driver.attempts.push_back(endpoint);
                }
            }
            for server in &world.machine.servers {
                prop_assert_eq!(server.connections(), driver.count(&server.endpoint));
            }
            world.machine.handle_deadline(world.now);
            world.outputs().into_iter().for_each(|output| if let Output::Probe(endpoint) = output {
                driver.attempts.push_back(endpoint);
            });
            prop_assert!(world.machine.next_deadline().is_none_or(|deadline| deadline > world.now.monotonic));
            let address: Vec<_> = endpoints("a,b");
            prop_assert!(address.iter().all(|known| world.machine.servers.iter().any(|server| server.endpoint == *known)));
        }
    }

    /// Closing and opening at will, least connections keeps the shares within one.
    #[test]
    fn least_connections_is_even_within_one(seed: u64, number in 1usize..60) {
        let mut world = World::seeded("a,b,c,d", Balance::LeastConnections, seed, start());
        world.fill(number);
        let shares: Vec<_> = HOSTS.into_iter().map(|host| world.connections(host)).collect();
        prop_assert!(shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1, "{:?}", shares);
    }
}
