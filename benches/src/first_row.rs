//! How often the far end is waited for between connecting and the first row: `tdsec-bench first-row`, a table of `docs/tls.md`.
//!
//! Everybody connects through two relays, one that holds bytes back for a round trip and one that does not. The difference of
//! the times, in round trips as a bare exchange through the same relay takes them, is what was waited for.

use std::fmt::Write as _;
use std::io;
use std::time::{Duration, Instant};

use serde_json::json;
use tdsec_tests::relay::Relay;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::contender::{Contender, Role};
use crate::measure::Runner;
use crate::plan::Workload;
use crate::report::chart::{self, Bar, Row};
use crate::report::check::{Goal, at_most};
use crate::report::plot::colour;
use crate::server::Server;

const ROUND_TRIP: Duration = Duration::from_millis(20);
const ROUNDS: usize = 7;
const CONNECTS: u64 = 5;
/// TCP, TLS 1.3, upgrade, login, statement, first block.
const STEPS: f64 = 6.0;
/// Less than that is what the machine does, not another trip.
const NOISE: f64 = 0.5;

/// One contender, with full handshakes or resuming.
#[derive(Debug)]
pub struct Measured {
    /// Its name.
    pub name: &'static str,
    /// As what it takes part.
    pub role: Role,
    /// Whether the server saw its TLS sessions resumed.
    pub resumed: bool,
    /// Of the fastest in each round; medians over the rounds.
    pub cost: Cost,
}

/// From the call of connect to the first row.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Time without delay, in ms.
    pub near: f64,
    /// Time with it, in ms.
    pub far: f64,
    /// TCP connections that were opened for it.
    pub connections: f64,
    /// Round trips, those of TCP included.
    pub trips: f64,
}

/// The relays and what they are measured by.
struct Way {
    near: Relay,
    far: Relay,
    /// A relay like `far`, and what is sent through it comes back.
    echo: (Relay, TcpStream),
}

impl Way {
    async fn new(server: &Server) -> io::Result<Way> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let echo = Relay::start(listener.local_addr()?, ROUND_TRIP).await?;
        tokio::spawn(async move {
            let Ok((stream, _)) = listener.accept().await else { return };
            let (mut from, mut to) = stream.into_split();
            let _ = tokio::io::copy(&mut from, &mut to).await;
        });
        let near = Relay::start(server.test.address(), Duration::ZERO).await?;
        let far = Relay::start(server.test.address(), ROUND_TRIP).await?;
        let stream = TcpStream::connect(echo.address()).await?;
        stream.set_nodelay(true)?;
        Ok(Way { near, far, echo: (echo, stream) })
    }

    /// A round trip through the far relay as it is now, in ms.
    async fn round_trip(&mut self) -> io::Result<f64> {
        let mut times = Vec::new();
        for _ in 0..CONNECTS {
            let start = Instant::now();
            self.echo.1.write_all(b"?").await?;
            self.echo.1.read_exact(&mut [0]).await?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        Ok(fastest(times))
    }
}

/// Measures everybody who connects.
pub async fn measure(
    runners: &mut [Runner<'_>],
    server: &mut Server,
    progress: impl Fn(&str),
) -> Result<Vec<Measured>, String> {
    let mut way = Way::new(server).await.map_err(|error| format!("the relays: {error}"))?;
    let mut kinds: Vec<(usize, bool, Vec<Cost>)> = Vec::new();
    for (place, runner) in runners.iter().enumerate() {
        if connects(runner.contender) {
            kinds.push((place, false, Vec::new()));
            if runner.contender.role == Role::Surface {
                kinds.push((place, true, Vec::new()));
            }
        }
    }
    for round in 1..=ROUNDS {
        for (place, resumed, costs) in &mut kinds {
            costs.push(once(&mut runners[*place], server, &mut way, *resumed).await?);
        }
        progress(&format!("round {round} of {ROUNDS}"));
    }
    let measured = kinds.into_iter().map(|(place, resumed, costs)| {
        let Contender { name, role, .. } = runners[place].contender;
        let of = |part: fn(&Cost) -> f64| median(costs.iter().map(part).collect());
        let cost = Cost {
            near: of(|cost| cost.near),
            far: of(|cost| cost.far),
            connections: of(|cost| cost.connections),
            trips: of(|cost| cost.trips),
        };
        Measured { name, role: *role, resumed, cost }
    });
    Ok(measured.collect())
}

/// Whether somebody takes part in this.
pub fn connects(contender: &Contender) -> bool {
    contender.role != Role::Limit && contender.step(Workload::ConnectFull).is_some()
}

async fn once(runner: &mut Runner<'_>, server: &mut Server, way: &mut Way, resumed: bool) -> Result<Cost, String> {
    let (near, _) = times(runner, server, &way.near, resumed).await?;
    let (far, connections) = times(runner, server, &way.far, resumed).await?;
    let round_trip = way.round_trip().await.map_err(|error| format!("the echo: {error}"))?;
    let connections = connections as f64 / CONNECTS as f64;
    Ok(Cost { near, far, connections, trips: connections + (far - near) / round_trip })
}

/// The least time through this relay, in ms, and how many TCP connections were opened.
async fn times(
    runner: &mut Runner<'_>,
    server: &mut Server,
    relay: &Relay,
    resumed: bool,
) -> Result<(f64, u64), String> {
    let step = |each: Vec<serde_json::Value>| {
        let address = format!("wss://localhost:{}", relay.address().port());
        json!({ "op": "bench", "conn": "bench", "workload": "connect", "address": address, "each": each, "sql": "select 1" })
    };
    let each = match resumed {
        // The first one makes the session that the others resume.
        true => {
            runner.ask(&step(vec![server.options()])).await?;
            vec![server.options(); CONNECTS as usize]
        }
        false => (0..CONNECTS).map(|_| server.fresh_options()).collect::<Result<_, _>>().map_err(|e| e.to_string())?,
    };
    let (handshakes, connections) = (server.handshakes(), relay.connections());
    let ok = runner.ask(&step(each)).await?;
    let (full, again) = (server.handshakes().0 - handshakes.0, server.handshakes().1 - handshakes.1);
    let seen = if resumed { again } else { full };
    if runner.contender.role == Role::Surface && seen != CONNECTS {
        return Err(format!("{}: {full} full and {again} resumed handshakes of {CONNECTS}", runner.contender.name));
    }
    let ns: Vec<f64> = ok["ns"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_f64).collect();
    if ns.len() != CONNECTS as usize {
        return Err(format!("{}: {} times of {CONNECTS}", runner.contender.name, ns.len()));
    }
    Ok((fastest(ns) / 1e6, relay.connections() - connections))
}

/// What the machine does meanwhile only adds to a time.
fn fastest(times: Vec<f64>) -> f64 {
    times.into_iter().fold(f64::INFINITY, f64::min)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Each surface takes no more trips than its steps, and fewer than the official Python connector.
pub fn goals(measured: &[Measured]) -> Vec<Goal> {
    let peer = measured.iter().find(|row| row.name == "peer-taosws").map(|row| row.cost.trips);
    let mut goals = Vec::new();
    for row in measured.iter().filter(|row| row.role == Role::Surface) {
        let who = format!("{}{}", row.name, if row.resumed { ", resumed" } else { "" });
        let trips = Some(row.cost.trips);
        goals.push(at_most(
            format!("first row {who}: {STEPS} round trips, and {NOISE} for noise,"),
            trips,
            STEPS + NOISE,
        ));
        let fewer = peer.map(|peer| row.cost.trips - peer);
        goals.push(at_most(format!("first row {who}: trips beyond those of peer-taosws, -{NOISE}"), fewer, -NOISE));
    }
    goals
}

/// Where the table stands in `docs/tls.md`.
pub const SECTION: &str = "measured by tdsec-bench first-row";

/// The Markdown table.
pub fn table(measured: &[Measured], machine: &str) -> String {
    let mut text = format!(
        "{machine}; TLS 1.3, {} ms of delay; the fastest of {CONNECTS} in a round, medians of {ROUNDS} rounds, everybody in turn.\n\n\
         | | TCP connections | without delay | with it | round trips | resumed: with it | round trips |\n\
         |---|---|---|---|---|---|---|\n",
        ROUND_TRIP.as_millis()
    );
    for row in measured.iter().filter(|row| !row.resumed) {
        let again = measured.iter().find(|other| other.resumed && other.name == row.name);
        let again = again.map_or(" | ".to_owned(), |row| format!("{:.0} ms | {:.1}", row.cost.far, row.cost.trips));
        let Cost { near, far, connections, trips } = row.cost;
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {} | {connections} | {near:.1} ms | {far:.0} ms | {trips:.1} | {again} |", row.name);
    }
    text
}

/// Bars of round trips.
pub fn svg(measured: &[Measured]) -> String {
    let title =
        format!("Round trips from connect to the first row, {} ms each: shorter is better", ROUND_TRIP.as_millis());
    let rows: Vec<_> = measured
        .iter()
        .filter(|row| !row.resumed)
        .map(|row| {
            let text = format!("{:.1} ({:.0} ms)", row.cost.trips, row.cost.far);
            Row {
                label: row.name.to_owned(),
                bars: vec![Bar { value: row.cost.trips, text, colour: colour(row.name) }],
            }
        })
        .collect();
    chart::svg(&title, 170.0, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_trip_too_many_or_as_many_as_the_peer_is_missed() {
        let row = |name, role, trips| Measured {
            name,
            role,
            resumed: false,
            cost: Cost { near: 1.0, far: 1.0, connections: 1.0, trips },
        };
        let reached = |own, peer: Option<f64>| {
            let mut rows = vec![row("rust", Role::Surface, own)];
            rows.extend(peer.map(|trips| row("peer-taosws", Role::Peer, trips)));
            goals(&rows).iter().map(|goal| goal.reached).collect::<Vec<_>>()
        };
        assert_eq!(reached(6.1, Some(7.0)), [true, true]);
        assert_eq!(reached(7.0, Some(7.1)), [false, false]);
        assert_eq!(reached(6.0, None), [true, false], "without the peer nothing is shown");
    }
}
