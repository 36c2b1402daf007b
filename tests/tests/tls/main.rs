//! Certificates and keys that change while the process works (TLS-3, TLS-6, TLS-7).
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rcgen::{DnType, ExtendedKeyUsagePurpose};
use tdsec::{Config, Connection, ErrorCode};
use tdsec_tests::certificates::{self, Ca, Chain, Workshop};
use tdsec_testserver::tls::{TlsMode, TlsOptions};
use tdsec_testserver::{TestServer, TestServerConfig};

const TOKEN: &str = "ReloadReloadReloadReloadReloadReloadReloadReloadReloadReloadRelo";

fn client(issuer: &Ca, name: &str) -> Chain {
    certificates::leaf(issuer, |params| {
        params.subject_alt_names.clear();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    })
}

/// Under its own name at once, as renewal tools do it.
fn replace(path: &Path, content: &str) {
    let fresh = path.with_extension("fresh");
    std::fs::write(&fresh, content).unwrap();
    std::fs::rename(&fresh, path).unwrap();
}

fn server(tls: TlsOptions) -> TestServer {
    TestServer::start(TestServerConfig { tls, token: Some(TOKEN.into()), ..TestServerConfig::default() }).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pair_swapped_fifty_times_under_load_fails_and_drops_nothing() {
    let (workshop, clients) = (Workshop::new(), certificates::ca("clients"));
    let client_ca = Some(workshop.write("clients.pem", clients.pem()));
    let server = server(TlsOptions { client_ca, ..TlsOptions::default() });
    let pairs = [client(&clients, "one"), client(&clients, "two")];
    let (certificate, key) = (workshop.path("client.pem"), workshop.path("client.key"));
    let install = |pair: &Chain| {
        replace(&certificate, &pair.certificates);
        replace(&key, &pair.key);
    };
    install(&pairs[0]);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let config = Config::builder()
        .address(&format!("wss://localhost:{}", server.address().port()))
        .and_then(|builder| builder.set("tls_ca", &text(server.ca_path().unwrap())))
        .and_then(|builder| builder.set("tls_cert", &text(&certificate)))
        .and_then(|builder| builder.set("tls_key", &text(&key)))
        .and_then(|builder| builder.set("tls_key_permissions", "ignore"))
        .and_then(|builder| builder.set("bearer_token", TOKEN))
        .and_then(|builder| builder.build())
        .unwrap();

    let (ended, connects, queries) = (Arc::new(AtomicBool::new(false)), AtomicU64::new(0), AtomicU64::new(0));
    let (connects, queries) = (Arc::new(connects), Arc::new(queries));
    let workers = (0..8).map(|_| {
        let (config, ended) = (config.clone(), Arc::clone(&ended));
        let (connects, queries) = (Arc::clone(&connects), Arc::clone(&queries));
        tokio::spawn(async move {
            let lasting = Connection::connect(&config).await?;
            while !ended.load(Ordering::Relaxed) {
                let passing = Connection::connect(&config).await?;
                connects.fetch_add(1, Ordering::Relaxed);
                for connection in [&lasting, &passing] {
                    connection.query("select 1").await?.next_block().await?;
                    queries.fetch_add(1, Ordering::Relaxed);
                }
                passing.close().await;
            }
            let lives = !lasting.is_closed();
            lasting.close().await;
            Ok::<bool, tdsec::Error>(lives)
        })
    });
    let workers: Vec<_> = workers.collect();
    for swap in 1..=50 {
        install(&pairs[swap % 2]);
        // Until somebody has connected since: every pair is in use for a while.
        let before = connects.load(Ordering::Relaxed);
        let patience = Instant::now() + Duration::from_secs(10);
        while connects.load(Ordering::Relaxed) == before && Instant::now() < patience {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    ended.store(true, Ordering::Relaxed);
    for worker in workers {
        assert!(worker.await.unwrap().unwrap(), "a connection that was open all the time is open still");
    }
    assert!(connects.load(Ordering::Relaxed) >= 50 && queries.load(Ordering::Relaxed) >= 100);
    server.stop();
}

#[tokio::test]
async fn a_server_revoked_while_running_is_refused_within_a_second_of_the_change() {
    let (workshop, ca) = (Workshop::new(), certificates::ca("ca"));
    let leaf = certificates::leaf(&ca, |params| params.subject_alt_names = vec![certificates::dns("localhost")]);
    let mode = TlsMode::Files {
        cert: workshop.write("server.pem", &leaf.certificates),
        key: workshop.write("server.key", &leaf.key),
    };
    let server = server(TlsOptions { mode, ..TlsOptions::default() });
    let list = workshop.write("crl.pem", certificates::list(&ca, &[], 2100));
    let config = Config::builder()
        .address(&format!("wss://localhost:{}", server.address().port()))
        .and_then(|builder| builder.set("tls_ca", &ca.pem()))
        .and_then(|builder| builder.set("tls_crl", list.to_str().unwrap()))
        .and_then(|builder| builder.set("bearer_token", TOKEN))
        .and_then(|builder| builder.build())
        .unwrap();
    let lasting = Connection::connect(&config).await.unwrap();
    assert!(Connection::connect(&config).await.unwrap().tls().unwrap().resumed);

    let changed = Instant::now();
    replace(&list, &certificates::list(&ca, &[77], 2100));
    let refused = Connection::connect(&config).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::TlsRevoked, "{refused}");
    assert!(changed.elapsed() < Duration::from_secs(1));
    lasting.query("select 1").await.unwrap();
    server.stop();
}

#[tokio::test]
async fn a_callback_gives_the_code_of_each_login() {
    use tdsec_testserver::accounts::{base32_decode, totp_code_at};
    let server = server(TlsOptions::default());
    let ca = server.ca_path().unwrap().to_str().unwrap().to_owned();
    let builder = || {
        let address = format!("wss://localhost:{}", server.address().port());
        Config::builder().address(&address).and_then(|builder| builder.set("tls_ca", &ca)).unwrap()
    };
    let root = Connection::connect(&builder().set("bearer_token", TOKEN).unwrap().build().unwrap()).await.unwrap();
    root.execute("create user machine pass 'Secret-1234'").await.unwrap();
    let mut rows = root.query("create totp_secret for user machine").await.unwrap();
    let block = rows.next_block().await.unwrap().unwrap();
    let tdsec::Value::Text(secret) = block.column(0).value(0).unwrap() else { panic!("a text") };
    let secret = base32_decode(&secret).unwrap();

    let asked = Arc::new(AtomicU64::new(0));
    let (count, clock) = (Arc::clone(&asked), server.clock().now_ms() / 1000);
    let config = builder()
        .set("user", "machine")
        .and_then(|builder| builder.set("password", "Secret-1234"))
        .and_then(|builder| {
            builder.totp_callback(move || {
                count.fetch_add(1, Ordering::Relaxed);
                Ok(tdsec::Secret::new(totp_code_at(&secret, clock)))
            })
        })
        .and_then(|builder| builder.build())
        .unwrap();
    Connection::connect(&config).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert!(!format!("{config:?} {:?}", config.credential()).contains("Secret-1234"));
    server.stop();
}
