use super::*;

/// One endpoint that has just failed with this.
fn failed(code: ErrorCode) -> World {
    let mut world = World::new("a", Balance::LeastConnections);
    world.pick();
    world.fail("a", code);
    world
}

#[test]
fn new_work_goes_elsewhere_at_once_when_connecting_fails() {
    for code in [
        ErrorCode::ResolveFailed,
        ErrorCode::ConnectRefused,
        ErrorCode::ConnectTimeout,
        ErrorCode::TlsExpired,
        ErrorCode::UpgradeRefused,
        ErrorCode::ProtocolMessage,
        ErrorCode::RateLimited,
        ErrorCode::BackendUnavailable,
        ErrorCode::SessionEnded,
        ErrorCode::ServerTooOld,
    ] {
        let mut world = World::new("a,b", Balance::LeastConnections);
        while world.pick() != endpoint("a") {}
        world.fail("a", code);
        assert_eq!(world.told(), ["endpoint.down a:6041"], "{code:?}");
        for _ in 0..50 {
            assert_eq!(world.pick(), endpoint("b"), "{code:?}");
        }
    }
}

#[test]
fn the_event_says_why_and_when_it_is_asked_again() {
    let mut world = failed(ErrorCode::ConnectRefused);
    let Some(Output::Tell(event)) = world.machine.poll_output() else { panic!() };
    assert_eq!(event.field("code").unwrap().to_string(), "CONNECT_REFUSED");
    let Some(crate::event::Field::Real(retry)) = event.field("retry_in_s") else { panic!("{event}") };
    assert!((0.1..=1.0).contains(retry));
}

#[test]
fn a_refused_credential_or_a_wrong_option_is_not_the_endpoints_fault() {
    for code in [
        ErrorCode::AuthenticationFailed,
        ErrorCode::TokenRefused,
        ErrorCode::TokenExpired,
        ErrorCode::TokenDisabled,
        ErrorCode::TotpRefused,
        ErrorCode::NotAllowed,
        ErrorCode::UpgradeUnauthorized,
        ErrorCode::DatabaseNotFound,
        ErrorCode::SourceUnavailable,
        ErrorCode::Cancelled,
        ErrorCode::FileUnreadable,
    ] {
        let mut world = failed(code);
        assert!(world.told().is_empty() && world.machine.next_deadline().is_none(), "{code:?}");
        assert_eq!(world.connections("a"), 0);
        assert_eq!(world.pick(), endpoint("a"));
    }
}

#[test]
fn a_single_broken_connection_does_not_take_an_endpoint_out() {
    let mut world = World::new("a", Balance::LeastConnections);
    world.fill(3);
    world.break_one("a");
    assert!(world.told().is_empty());
    assert_eq!((world.pick(), world.connections("a")), (endpoint("a"), 3));
    world.fail("a", ErrorCode::ConnectRefused);
    assert_eq!(world.told(), ["endpoint.down a:6041"], "but if connecting fails as well");
}

#[test]
fn several_broken_connections_in_a_short_time_do() {
    let mut world = World::new("a", Balance::LeastConnections);
    world.fill(10);
    for pause in [0, 6, 6, 6, 1, 1] {
        assert!(world.told().is_empty());
        world.pass(pause * SECOND);
        world.break_one("a");
    }
    assert_eq!(world.told(), ["endpoint.down a:6041"]);
}

#[test]
fn the_last_broken_connection_does() {
    let mut world = World::new("a", Balance::LeastConnections);
    world.fill(1);
    world.break_one("a");
    assert_eq!(world.told(), ["endpoint.down a:6041"]);
}

#[test]
fn a_session_ended_by_an_administrator_or_a_revoked_token_breaks_nothing() {
    let mut world = World::new("a", Balance::LeastConnections);
    world.fill(4);
    for code in [ErrorCode::SessionEnded, ErrorCode::TokenRevoked, ErrorCode::Closed, ErrorCode::TokenExpired] {
        world.machine.handle_failed(&endpoint("a"), &code.into(), true, world.now);
    }
    assert!(world.told().is_empty());
    assert_eq!(world.connections("a"), 0);
}

#[test]
fn an_endpoint_is_asked_again_once_and_then_serves() {
    let mut world = failed(ErrorCode::ConnectTimeout);
    world.outputs();
    assert!(world.pass_to_deadline() <= SECOND);
    assert_eq!(world.told(), ["probe a"]);
    world.pass(30 * SECOND);
    assert!(world.told().is_empty(), "one attempt at a time");
    assert_eq!(world.refusal().code(), ErrorCode::ConnectTimeout, "and the probe is that attempt");
    world.machine.handle_connected(&endpoint("a"), world.now);
    assert_eq!(world.told(), ["endpoint.up a:6041"]);
    assert_eq!((world.pick(), world.connections("a")), (endpoint("a"), 2));
}

#[test]
fn the_wait_doubles_up_to_a_minute_each_time_with_chance() {
    let mut world = failed(ErrorCode::ConnectRefused);
    let mut waits = Vec::new();
    for _ in 0..10 {
        waits.push(world.pass_to_deadline().as_secs_f64());
        world.fail("a", ErrorCode::ConnectRefused);
    }
    for (wait, step) in waits.iter().zip([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0, 60.0]) {
        assert!((step * 0.1..=step).contains(wait), "{wait} of {step}");
    }
    assert!(waits[6..].windows(2).any(|pair| pair[0] != pair[1]));
    let downs = world.told().into_iter().filter(|told| told.starts_with("endpoint.down")).count();
    assert_eq!(downs, 1, "it is told once");
}

#[test]
fn somebody_who_waits_shortens_the_wait_to_the_health_interval() {
    let mut world = failed(ErrorCode::ConnectRefused);
    for _ in 0..8 {
        world.pass_to_deadline();
        world.fail("a", ErrorCode::ConnectRefused);
    }
    world.outputs();
    world.refusal();
    let deadline = world.machine.next_deadline().unwrap();
    assert!(deadline <= world.now.monotonic + INTERVAL);
    world.now = world.now.after(deadline - world.now.monotonic);
    assert_eq!(world.pick(), endpoint("a"), "a caller's demand is as good as a probe");
    world.refusal();
    world.machine.handle_deadline(world.now);
    assert!(world.told().is_empty(), "but there is one attempt only");
    world.fail("a", ErrorCode::ConnectRefused);
    assert_eq!(world.refusal().code(), ErrorCode::ConnectRefused);
}

#[test]
fn a_refusal_says_what_failed_and_how_long_it_stands() {
    let mut world = World::new("a,b", Balance::LeastConnections);
    let (first, second) = (world.pick(), world.pick());
    let busy = Error::new(ErrorCode::BackendUnavailable, "the server refused the login").with_server(11, "no cluster");
    world.machine.handle_failed(&first, &ErrorCode::ConnectRefused.into(), false, world.now);
    world.machine.handle_failed(&second, &busy, false, world.now);
    let error = world.refusal();
    assert_eq!((error.code(), error.server_code()), (ErrorCode::BackendUnavailable, Some(11)));
    let text = error.to_string();
    assert!(text.contains("none of 2 endpoints") && text.contains("next attempt is in 0."), "{text}");
}

#[test]
fn failures_of_one_outage_count_once() {
    let mut world = World::new("a", Balance::LeastConnections);
    let attempts: Vec<_> = (0..20).map(|_| world.pick()).collect();
    attempts.iter().for_each(|_| world.fail("a", ErrorCode::ConnectRefused));
    assert_eq!(world.told(), ["endpoint.down a:6041"]);
    assert!(world.pass_to_deadline() <= SECOND);
    assert_eq!(world.connections("a"), 1);
}

#[test]
fn an_attempt_from_before_does_not_answer_for_the_probe() {
    let mut world = World::new("a", Balance::LeastConnections);
    world.pick();
    world.pick();
    world.fail("a", ErrorCode::ConnectRefused);
    world.pass_to_deadline();
    world.outputs();
    world.fail("a", ErrorCode::ConnectTimeout);
    world.pass(60 * SECOND);
    assert!(world.told().is_empty(), "the probe is still on its way");
}

#[test]
fn an_attempt_from_before_that_succeeds_ends_the_outage_unless_less_work_was_asked_for() {
    for (code, up) in [(ErrorCode::ConnectTimeout, true), (ErrorCode::RateLimited, false)] {
        let mut world = World::new("a", Balance::LeastConnections);
        world.pick();
        world.pick();
        world.fail("a", code);
        world.outputs();
        world.machine.handle_connected(&endpoint("a"), world.now);
        assert_eq!(!world.told().is_empty(), up, "{code:?}");
        assert_eq!(world.machine.pick(&[], world.now).is_ok(), up, "{code:?}");
    }
}

#[test]
fn a_burst_of_which_half_fails_is_one_outage() {
    let mut world = World::new("a", Balance::LeastConnections);
    (0..20).for_each(|_| drop(world.pick()));
    for _ in 0..9 {
        world.fail("a", ErrorCode::ConnectRefused);
        world.machine.handle_connected(&endpoint("a"), world.now);
    }
    world.fail("a", ErrorCode::ConnectRefused);
    assert!(world.pass_to_deadline() <= SECOND);
}

#[test]
fn a_probe_answered_by_a_refused_credential_finds_a_living_endpoint() {
    let mut world = failed(ErrorCode::ConnectRefused);
    world.pass_to_deadline();
    world.outputs();
    world.fail("a", ErrorCode::TokenRefused);
    assert_eq!(world.told(), ["endpoint.up a:6041"]);
}

#[test]
fn a_probe_that_could_not_be_made_is_made_again_without_counting_as_a_failure() {
    let mut world = failed(ErrorCode::ConnectRefused);
    for _ in 0..5 {
        assert!(world.pass_to_deadline() <= SECOND);
        world.fail("a", ErrorCode::SourceUnavailable);
    }
    assert_eq!(world.refusal().code(), ErrorCode::ConnectRefused);
}

#[test]
fn one_that_fails_right_after_it_came_back_goes_on_with_its_backoff() {
    let mut world = failed(ErrorCode::ConnectRefused);
    for _ in 0..6 {
        world.pass_to_deadline();
        world.machine.handle_connected(&endpoint("a"), world.now);
        world.pass(SECOND / 10);
        world.break_one("a");
    }
    let wait = world.pass_to_deadline();
    assert!(wait > SECOND * 32 / 10, "{wait:?}");
    world.machine.handle_connected(&endpoint("a"), world.now);
    world.pass(120 * SECOND);
    world.break_one("a");
    assert!(world.pass_to_deadline() <= SECOND, "after a while it is as any other");
}
