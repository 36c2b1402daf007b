//! A relay that holds every byte back: what is behind it seems to be a round trip away, whatever the machine does meanwhile.
//!
//! The round trip of TCP itself, before the first byte, is not held back: [`Relay::connections`] counts those.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, tcp};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

/// A relay that listens on loopback until it is dropped. Connections that are open then go on.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    connections: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Relay {
    /// Bytes take half of `round_trip` each way to and from `server`. Runs on the runtime of the caller.
    ///
    /// # Errors
    /// If it cannot listen.
    pub async fn start(server: SocketAddr, round_trip: Duration) -> io::Result<Relay> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let connections = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(serve(listener, server, round_trip / 2, Arc::clone(&connections)));
        Ok(Relay { address, connections, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// TCP connections so far.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, server: SocketAddr, way: Duration, connections: Arc<AtomicU64>) {
    while let Ok((near, _)) = listener.accept().await {
        connections.fetch_add(1, Ordering::Relaxed);
        // The client sees an end of what the server does not accept.
        let Ok(far) = TcpStream::connect(server).await else { continue };
        if near.set_nodelay(true).and_then(|()| far.set_nodelay(true)).is_err() {
            continue;
        }
        let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
        tokio::spawn(hold_back(near_read, far_write, way));
        tokio::spawn(hold_back(far_read, near_write, way));
    }
}

async fn hold_back(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, way: Duration) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((due, bytes)) = receiver.recv().await {
            // The timer counts whole milliseconds: what is due must not wait for the next one.
            if due > Instant::now() {
                sleep_until(due).await;
            }
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if sender.send((Instant::now() + way, buffer[..count].to_vec())).is_err() {
            return;
        }
    }
}
