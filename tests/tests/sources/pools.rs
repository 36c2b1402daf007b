//! A pool that lives by a source: a published token gets into use, and a closed pool asks nobody any more (SRC-4).

use std::sync::Arc;
use std::time::Duration;

use tdsec::{Config, Pool, TokenSource};
use tdsec_testserver::accounts::NewToken;
use tdsec_testserver::{TestServer, TestServerConfig};

use crate::contract::{Origin, eventually, within};
use crate::files::{ALONE, Files, Writing};
use crate::kubernetes::Pod;
use crate::nacos::Centre;
use crate::sql::{made, minting};
use crate::standin::{Reply, Standin};

fn pool(server: &TestServer, source: Arc<dyn TokenSource>) -> Pool {
    let options = [("token_jitter", "1ms"), ("token_grace", "100ms"), ("min_idle", "2")];
    let builder =
        Config::builder().address(server.url()).unwrap().set("tls_ca", server.ca_path().unwrap().to_str().unwrap());
    let config = options.iter().try_fold(builder.unwrap(), |builder, (name, value)| builder.set(name, value));
    Pool::new(&config.unwrap().build().unwrap(), Some(source)).unwrap()
}

fn issue(server: &TestServer, name: &str) -> String {
    let token = NewToken { name: name.into(), user: "root".into(), ..NewToken::default() };
    server.accounts().issue_token(token, None).unwrap()
}

async fn rotates_by(origin: &impl Origin) {
    let server = TestServer::start(TestServerConfig::default()).unwrap();
    let (first, second) = (issue(&server, "first"), issue(&server, "second"));
    origin.put(&format!("token={first}")).await;
    let pool = pool(&server, origin.source());
    within(pool.query("select 1")).await.unwrap();
    assert_eq!(pool.status().generation, 1);
    origin.waited_for().await;
    origin.put(&format!("token={second}")).await;
    eventually("the second token is in use", || pool.status().generation == 2 && pool.status().stale == 0).await;
    // What the first one logged in is gone: it may be dropped.
    server.accounts().remove_token("first").unwrap();
    within(pool.query("select 1")).await.unwrap();

    origin.waited_for().await;
    within(pool.close(Duration::from_secs(5))).await;
    eventually("nobody listens for a closed pool", || !origin.is_waited_for()).await;
    server.stop();
}

#[tokio::test]
async fn a_token_published_in_nacos_gets_into_use_and_a_closed_pool_asks_no_more() {
    let centre = Centre::new("v1", true, "username=tdsec;password=NacosPassw0rd77").await;
    rotates_by(&centre).await;
    let asked = centre.server.asked().len();
    centre.put("token=nobody").await;
    // Another source of the same entry hears of it: whoever listened would have asked by then.
    let other = centre.source();
    within(other.fetch()).await.unwrap();
    assert_eq!(centre.server.asked().len(), asked + 2, "its login and its reading, nothing else");
}

#[tokio::test]
async fn a_source_may_take_longer_for_its_next_server_than_a_connection_may_take() {
    let server = TestServer::start(TestServerConfig::default()).unwrap();
    let centre = Centre::new("v1", true, "username=tdsec;password=NacosPassw0rd77").await;
    centre.put(&format!("token={}", issue(&server, "first"))).await;
    let dead = Standin::start(|_| async { Reply::new(500, "") }).await;
    dead.hang(true);
    let hosts = format!("{},{}", dead.address, centre.server.address);
    let text = format!("nacos:server_addr={hosts};timeout=1500ms;username=tdsec;password=NacosPassw0rd77");
    let builder = Config::builder().address(server.url()).unwrap().set("connect_timeout", "1s").unwrap();
    let config = builder.set("tls_ca", server.ca_path().unwrap().to_str().unwrap()).unwrap().build().unwrap();
    let pool = Pool::new(&config, Some(tdsec::source::parse(&text).unwrap())).unwrap();
    let asked = within(pool.query("select 1")).await;
    assert!(asked.is_ok(), "{:?}", asked.err());
    assert!(!dead.asked().is_empty(), "it was asked first");
    within(pool.close(Duration::from_secs(5))).await;
    server.stop();
}

#[tokio::test]
async fn a_secret_changed_in_kubernetes_gets_into_use() {
    rotates_by(&Pod::new().await).await;
}

#[tokio::test]
async fn a_file_renamed_over_gets_into_use() {
    let _alone = ALONE.lock().await;
    rotates_by(&Files::new(Writing::Rename)).await;
}

#[tokio::test]
async fn a_pool_that_makes_its_tokens_leaves_the_one_in_use_behind_and_no_other() {
    let server = TestServer::start(TestServerConfig::default()).unwrap();
    let pool = pool(&server, minting(&server, &[]));
    within(pool.query("select 1")).await.unwrap();
    let first = made(&server);
    assert_eq!(first.len(), 1);
    for generation in 2..5 {
        pool.rotate();
        eventually("the next token is in use", || pool.status().generation == generation).await;
        within(pool.query("select 1")).await.unwrap();
        eventually("the one before is dropped", || made(&server).len() == 1).await;
    }
    assert_ne!(made(&server), first);
    within(pool.close(Duration::from_secs(5))).await;
    server.stop();
}
