//! Round trips: how often the far end is waited for before the first row is there (HOST-6, TLS-6).
//!
//! A relay makes each take long, so the time that passes counts them.
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::{Duration, Instant};

use tdsec::{Config, Connection};
use tdsec_tests::relay::Relay;
use tdsec_testserver::{TestServer, TestServerConfig};

const TOKEN: &str = "LatencyLatencyLatencyLatencyLatencyLatencyLatencyLatencyLatencyL";
/// Long enough that a busy machine does not look like another trip.
const ROUND_TRIP: Duration = Duration::from_millis(250);

/// Whole round trips between connecting and the first row; TCP's own is not held back and does not count.
async fn trips(config: &Config) -> (u32, bool) {
    let begun = Instant::now();
    let connection = Connection::connect(config).await.unwrap();
    let mut rows = connection.query("select 1").await.unwrap();
    assert_eq!(rows.next_block().await.unwrap().unwrap().rows(), 1);
    let trips = (begun.elapsed().as_secs_f64() / ROUND_TRIP.as_secs_f64()).floor();
    let resumed = connection.tls().unwrap().resumed;
    connection.close().await;
    (trips as u32, resumed)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_row_takes_no_more_round_trips_than_its_steps() {
    let server =
        TestServer::start(TestServerConfig { token: Some(TOKEN.into()), ..TestServerConfig::default() }).unwrap();
    let relay = Relay::start(server.address(), ROUND_TRIP).await.unwrap();
    let port = relay.address().port();
    let config = |version: &str| {
        Config::builder()
            .address(&format!("wss://localhost:{port}?tls_version={version}"))
            .and_then(|builder| builder.set("tls_ca", server.ca_path().unwrap().to_str().unwrap()))
            .and_then(|builder| builder.set("bearer_token", TOKEN))
            .and_then(|builder| builder.build())
            .unwrap()
    };
    // TLS 1.3, upgrade, login (with the version, in one trip), statement, its first block.
    let newer = config("TLSv1.3");
    assert_eq!(trips(&newer).await, (5, false));
    assert_eq!(trips(&newer).await, (5, true));
    // TLS 1.2 takes two; resumed, one.
    let older = config("TLSv1.2");
    assert_eq!(trips(&older).await, (6, false));
    assert_eq!(trips(&older).await, (5, true));
    assert_eq!(relay.connections(), 4);
    server.stop();
}
