//! Round trips: how often the far end is waited for before the first row is there (HOST-6, TLS-6).
//!
//! A relay holds every byte back for half a round trip in each direction, so the time that passes counts the trips, whatever
//! the machine does meanwhile.
#![allow(missing_docs, clippy::unwrap_used)]

use std::net::SocketAddr;
use std::time::Duration;

use tdsec::{Config, Connection};
use tdsec_testserver::{TestServer, TestServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, tcp};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

const TOKEN: &str = "LatencyLatencyLatencyLatencyLatencyLatencyLatencyLatencyLatencyL";
/// Long enough that a busy machine does not look like another trip.
const ROUND_TRIP: Duration = Duration::from_millis(100);

/// Where a relay to `server` listens.
async fn relay(server: SocketAddr) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(server).await.unwrap();
            near.set_nodelay(true).unwrap();
            far.set_nodelay(true).unwrap();
            let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
            tokio::spawn(hold_back(near_read, far_write));
            tokio::spawn(hold_back(far_read, near_write));
        }
    });
    port
}

async fn hold_back(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((due, bytes)) = receiver.recv().await {
            sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if sender.send((Instant::now() + ROUND_TRIP / 2, buffer[..count].to_vec())).is_err() {
            return;
        }
    }
}

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
    let port = relay(server.address()).await;
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
    server.stop();
}
