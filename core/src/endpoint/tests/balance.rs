use super::*;

#[test]
fn least_connections_shares_evenly() {
    let mut world = World::new("a,b,c", Balance::LeastConnections);
    let counts = world.fill(20);
    assert!(counts.values().all(|count| (6..=7).contains(count)), "{counts:?}");
}

#[test]
fn least_connections_counts_those_being_opened() {
    let mut world = World::new("a,b", Balance::LeastConnections);
    let (first, second) = (world.pick(), world.pick());
    assert_ne!(first, second);
}

#[test]
fn least_connections_fills_what_was_closed() {
    let mut world = World::new("a,b,c", Balance::LeastConnections);
    world.fill(9);
    world.machine.handle_closed(&endpoint("b"));
    world.machine.handle_closed(&endpoint("b"));
    assert_eq!(world.fill(2), HashMap::from([("b".to_owned(), 2)]));
}

#[test]
fn a_fleet_does_not_begin_with_the_first_endpoint() {
    for balance in [Balance::LeastConnections, Balance::RoundRobin, Balance::Random] {
        let mut firsts = HashMap::new();
        for seed in 0..300 {
            let host = World::seeded("a,b,c", balance, seed, start()).pick().host().to_owned();
            *firsts.entry(host).or_insert(0) += 1;
        }
        assert!(firsts.len() == 3 && firsts.values().all(|count| (60..140).contains(count)), "{balance:?} {firsts:?}");
    }
}

#[test]
fn round_robin_goes_round_past_those_that_are_down() {
    let mut world = World::new("a,b,c", Balance::RoundRobin);
    let order: Vec<_> = (0..6).map(|_| world.pick()).collect();
    assert_eq!(order[..3], order[3..]);
    assert_eq!(order[..3].iter().collect::<std::collections::HashSet<_>>().len(), 3);
    world.fail("b", ErrorCode::ConnectRefused);
    let order: Vec<_> = (0..4).map(|_| world.pick()).collect();
    assert!(order[0] != order[1] && order[..2] == order[2..] && !order.contains(&endpoint("b")), "{order:?}");
}

#[test]
fn random_reaches_all() {
    let counts = World::new("a,b,c", Balance::Random).fill(300);
    assert!(counts.len() == 3 && counts.values().all(|count| (60..140).contains(count)), "{counts:?}");
}

#[test]
fn a_caller_goes_elsewhere_than_where_it_just_failed_if_it_can() {
    let mut world = World::new("a,b", Balance::LeastConnections);
    for _ in 0..5 {
        assert_eq!(world.machine.pick(&[endpoint("a")], world.now).unwrap(), endpoint("b"));
    }
    assert!(world.machine.pick(&endpoints("a,b"), world.now).is_ok());
}

#[test]
fn one_that_returns_gets_its_share_again_a_few_at_a_time() {
    for balance in [Balance::LeastConnections, Balance::RoundRobin, Balance::Random] {
        let mut world = World::new("a,b,c", balance);
        while world.pick() != endpoint("c") {}
        let opening: usize = ["a", "b"].into_iter().map(|host| world.connections(host)).sum();
        world.fail("c", ErrorCode::ConnectRefused);
        world.fill(24 - opening);
        world.outputs();
        world.pass_to_deadline();
        assert_eq!(world.told(), ["probe c"]);
        world.machine.handle_connected(&endpoint("c"), world.now);
        assert_eq!(world.told(), ["endpoint.up c:6041"]);
        let (mut moved, mut rounds) = (0, 0);
        while let Some(deadline) = world.machine.next_deadline() {
            world.pass(deadline.saturating_duration_since(world.now.monotonic));
            for output in world.outputs() {
                let Output::Rebalance { from, connections } = output else { continue };
                assert!(connections <= 2);
                for _ in 0..connections {
                    moved += 1;
                    world.machine.handle_closed(&from);
                    world.fill(1);
                }
            }
            rounds += 1;
            assert!(rounds < 30, "it never ends");
        }
        let shares: Vec<_> = ["a", "b", "c"].into_iter().map(|host| world.connections(host)).collect();
        assert!(shares.iter().all(|share| (8..=9).contains(share)), "{balance:?} {shares:?}");
        assert!((7..=9).contains(&moved) && rounds >= 3, "{balance:?}: {moved} in {rounds} rounds");
    }
}

#[test]
fn shares_that_cannot_be_restored_are_given_up_on() {
    let mut world = World::new("a,b", Balance::LeastConnections);
    while world.pick() != endpoint("b") {}
    world.fail("b", ErrorCode::ConnectRefused);
    world.fill(10);
    world.pass_to_deadline();
    world.machine.handle_connected(&endpoint("b"), world.now);
    // All of them are lent: the driver replaces none.
    let mut rounds = 0;
    while world.machine.next_deadline().is_some() {
        world.pass_to_deadline();
        rounds += 1;
        assert!(rounds < 100);
    }
    assert!(rounds >= 30);
}
