use super::*;

/// One known endpoint with a connection; the cluster named these.
fn discovered(hosts: &str) -> World {
    let mut world = World::new("a", Balance::LeastConnections);
    world.fill(1);
    world.machine.handle_discovered(endpoints(hosts), world.now);
    world
}

#[test]
fn a_named_endpoint_is_asked_before_it_gets_work() {
    let mut world = discovered("a,b");
    assert_eq!(world.told(), ["endpoint.discovered b:6041"]);
    assert_eq!(world.pick(), endpoint("a"));
    assert!(world.pass_to_deadline() <= SECOND);
    assert_eq!(world.told(), ["probe b"]);
    world.machine.handle_connected(&endpoint("b"), world.now);
    assert!(world.told().is_empty(), "it was never told to be down");
    assert_eq!(world.pick(), endpoint("b"));
}

#[test]
fn a_named_endpoint_that_cannot_be_reached_is_told_once_and_never_used() {
    let mut world = discovered("b");
    world.outputs();
    let mut told = Vec::new();
    for _ in 0..5 {
        world.pass_to_deadline();
        world.fail("b", ErrorCode::ResolveFailed);
        told.extend(world.told());
        assert_eq!(world.pick(), endpoint("a"));
    }
    assert_eq!(told.iter().filter(|told| *told == "endpoint.down b:6041").count(), 1, "{told:?}");
}

#[test]
fn the_same_list_again_changes_nothing() {
    let mut world = discovered("a,b,b");
    assert_eq!(world.told(), ["endpoint.discovered b:6041"]);
    world.machine.handle_discovered(endpoints("b,a"), world.now);
    assert!(world.told().is_empty());
}

#[test]
fn one_that_vanishes_gets_no_work_and_is_forgotten_with_its_last_connection() {
    let mut world = discovered("a,b");
    world.pass_to_deadline();
    world.machine.handle_connected(&endpoint("b"), world.now);
    world.machine.handle_discovered(endpoints("a,c"), world.now);
    assert_eq!(world.machine.servers.len(), 3);
    assert_eq!((world.pick(), world.pick()), (endpoint("a"), endpoint("a")));
    world.machine.handle_closed(&endpoint("b"));
    assert_eq!(world.machine.servers.len(), 2);
    // A late answer of one that is forgotten.
    world.break_one("b");
    world.machine.handle_connected(&endpoint("b"), world.now);
}

#[test]
fn those_of_the_address_stay_for_ever_and_an_empty_list_says_nothing() {
    let mut world = discovered("b");
    world.machine.handle_discovered(Vec::new(), world.now);
    assert_eq!(world.machine.servers.len(), 2);
    world.machine.handle_discovered(endpoints("c"), world.now);
    let hosts: Vec<_> = world.machine.servers.iter().map(|server| server.endpoint.host()).collect();
    assert_eq!(hosts, ["a", "c"]);
}

#[test]
fn a_list_without_end_is_cut() {
    let mut world = World::new("a", Balance::LeastConnections);
    for block in 0..5 {
        let hosts: Vec<_> = (0..60).map(|number| format!("h{}", block * 60 + number)).collect();
        let named = hosts.iter().map(|host| endpoint(host)).collect();
        world.machine.handle_discovered(named, world.now);
        assert!(world.machine.servers.len() <= 64);
    }
    let many = (0..500).map(|number| endpoint(&format!("g{number}"))).collect();
    world.machine.handle_discovered(many, world.now);
    assert_eq!(world.machine.servers.len(), 64);
}
