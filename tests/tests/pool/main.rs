//! Pools of connections, as their user sees them.
#![allow(missing_docs, clippy::unwrap_used)]

mod failover;
mod lending;
mod replay;
mod rotation;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tdsec::{Config, Error, ErrorCode, Issued, Pool, Result, SourceFuture, TokenSource, Value};
use tdsec_testserver::tls::{TlsMode, TlsOptions};
use tdsec_testserver::{TestServer, TestServerConfig};
use tokio::sync::Notify;

const TOKEN: &str = "PoolPoolPoolPoolPoolPoolPoolPoolPoolPoolPoolPoolPoolPoolPoolPoo";

fn plain_server() -> TestServer {
    let tls = TlsOptions { mode: TlsMode::Off, ..TlsOptions::default() };
    TestServer::start(TestServerConfig { tls, token: Some(TOKEN.into()), ..TestServerConfig::default() }).unwrap()
}

/// Without a credential.
fn config(servers: &[&TestServer], options: &[(&str, &str)]) -> Config {
    let hosts: Vec<String> = servers.iter().map(|server| server.address().to_string()).collect();
    let builder = Config::builder().address(&format!("ws://{}", hosts.join(","))).unwrap();
    options.iter().try_fold(builder, |builder, (name, value)| builder.set(name, value)).unwrap().build().unwrap()
}

fn pool(server: &TestServer, options: &[(&str, &str)]) -> Pool {
    let options: Vec<_> = options.iter().copied().chain([("bearer_token", TOKEN)]).collect();
    Pool::new(&config(&[server], &options), None).unwrap()
}

/// Waits for what must come soon.
async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let patience = tokio::time::Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(tokio::time::Instant::now() < patience, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn open_connections(server: &TestServer) -> u64 {
    server.stats()["connections_open"].as_u64().unwrap()
}

async fn one_number(connection: &tdsec::Connection, sql: &str) -> i64 {
    number(&mut connection.query(sql).await.unwrap()).await
}

async fn number(result: &mut tdsec::ResultSet) -> i64 {
    let block = result.next_block().await.unwrap().unwrap();
    match block.column(0).value(0).unwrap() {
        Value::I32(value) => value.into(),
        Value::I64(value) => value,
        other => panic!("{other:?} is no number"),
    }
}

/// A source in the hands of the test.
#[derive(Debug, Default)]
struct Hand {
    gives: Mutex<Option<Result<Issued>>>,
    changed: Notify,
    fetches: std::sync::atomic::AtomicUsize,
    retired: Mutex<Vec<String>>,
}

impl Hand {
    fn holding(token: &str) -> Arc<Self> {
        let hand = Arc::new(Hand::default());
        hand.set(Ok(Issued::new(token)));
        hand
    }

    fn set(&self, gives: Result<Issued>) {
        *self.gives.lock().unwrap() = Some(gives);
    }

    fn push(&self, token: &str) {
        self.set(Ok(Issued::new(token)));
        self.changed.notify_one();
    }
}

impl TokenSource for Hand {
    fn name(&self) -> &str {
        "hand"
    }

    fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
        self.fetches.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let gives = self.gives.lock().unwrap().clone();
        Box::pin(async move { gives.unwrap_or_else(|| Err(Error::from(ErrorCode::SourceUnavailable))) })
    }

    fn changed(&self) -> SourceFuture<'_, Result<()>> {
        Box::pin(async {
            self.changed.notified().await;
            Ok(())
        })
    }

    fn retire<'a>(&'a self, token: &'a tdsec::Secret) -> SourceFuture<'a, Result<()>> {
        self.retired.lock().unwrap().push(token.fingerprint());
        Box::pin(async { Ok(()) })
    }
}

/// A fault of the server.
fn fault(server: &TestServer, when: serde_json::Value, what: serde_json::Value) {
    server.add_fault_json(&json!({ "when": when, "do": what })).unwrap();
}
