//! Many clients against servers that die and come back, in made-up time.

use super::*;

/// A client that wants a connection whenever it has none, and is told within `patience` that there is none.
struct Client {
    world: World,
    connected: bool,
    attempts: Vec<Duration>,
}

/// How long a dead server lets a client wait.
const PATIENCE: Duration = Duration::from_millis(200);

/// Runs clients that lose their connection at 0 s; the server serves again at `back`. Returns when each came back.
fn outage(clients: usize, back: Duration, wants: bool) -> (Vec<Duration>, Vec<Client>) {
    let begin = start();
    let mut fleet: Vec<_> = (0..clients)
        .map(|seed| {
            let mut world = World::seeded("a", Balance::LeastConnections, seed as u64, begin);
            world.fill(1);
            world.break_one("a");
            Client { world, connected: false, attempts: Vec::new() }
        })
        .collect();
    for client in &mut fleet {
        while !client.connected {
            let world = &mut client.world;
            if wants {
                world.outputs();
                // Its caller asks ten times a second, which must not make it try more often.
                if world.machine.pick(&[], world.now).is_err() {
                    world.pass(SECOND / 10);
                    if !world.outputs().iter().any(|output| matches!(output, Output::Probe(_))) {
                        continue;
                    }
                }
            } else {
                world.pass_to_deadline();
                world.outputs();
            }
            let since = world.now.monotonic - begin.monotonic;
            client.attempts.push(since);
            if since >= back {
                world.machine.handle_connected(&endpoint("a"), world.now);
                client.connected = true;
            } else {
                world.now = world.now.after(PATIENCE);
                world.fail("a", ErrorCode::ConnectTimeout);
            }
        }
    }
    let arrivals = fleet.iter().map(|client| *client.attempts.last().unwrap()).collect();
    (arrivals, fleet)
}

/// Most of these within one second.
fn peak(mut times: Vec<Duration>) -> usize {
    times.sort();
    (0..times.len())
        .map(|first| times[first..].iter().take_while(|time| **time < times[first] + SECOND).count())
        .max()
        .unwrap_or(0)
}

#[test]
fn a_thousand_clients_do_not_come_back_in_the_same_second() {
    // Nobody waits: they are back within a minute. Somebody waits at each: within the health interval.
    for (wants, longest, most) in [(false, 60, 60), (true, 6, 450)] {
        let back = 300 * SECOND;
        let (arrivals, _) = outage(1000, back, wants);
        let latest = *arrivals.iter().max().unwrap() - back;
        let peak = peak(arrivals);
        assert!(latest <= longest * SECOND, "wanted {wants}: the last came {latest:?} late");
        assert!(peak <= most, "wanted {wants}: {peak} in one second");
    }
}

#[test]
fn a_short_outage_is_over_soon() {
    let (arrivals, _) = outage(200, 2 * SECOND, true);
    assert!(arrivals.iter().all(|arrival| *arrival <= 2 * SECOND + PATIENCE + INTERVAL + SECOND / 10), "{arrivals:?}");
}

#[test]
fn attempts_on_a_dead_endpoint_are_few_however_often_it_is_wanted() {
    for (wants, most) in [(false, 10), (true, 40)] {
        let (_, fleet) = outage(50, 1800 * SECOND, wants);
        for client in &fleet {
            for (index, first) in client.attempts.iter().enumerate() {
                let minute = client.attempts[index..].iter().take_while(|time| **time < *first + 60 * SECOND).count();
                assert!(minute <= most, "wanted {wants}: {minute} attempts in a minute");
            }
            let mean = client.attempts.len() as f64 / 30.0;
            assert!(mean <= if wants { 25.0 } else { 3.0 }, "wanted {wants}: {mean} a minute");
        }
    }
}

#[test]
fn a_server_that_limits_logins_is_not_stormed() {
    let mut world = World::new("a", Balance::LeastConnections);
    let begin = world.now.monotonic;
    let mut attempts = 0;
    while world.now.monotonic < begin + 600 * SECOND {
        if world.machine.pick(&[], world.now).is_ok() {
            attempts += 1;
            world.fail("a", ErrorCode::RateLimited);
        }
        world.now = world.now.after(SECOND / 20);
    }
    assert!((100..=300).contains(&attempts), "{attempts} in ten minutes of wanting one");
}
