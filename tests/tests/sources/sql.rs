//! Tokens made by SQL: the typed functions, and the source that uses them (TOK-4, SRC-1).

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tdsec::source::{Builder, parse};
use tdsec::tokens::{NewToken, Tokens};
use tdsec::{Config, Connection, ErrorCode, Secret, TokenSource};
use tdsec_testserver::accounts::{Accounts as _, Caller, TokenChange};
use tdsec_testserver::{TestServer, TestServerConfig};

use crate::contract::{eventually, refused, token, within};
use crate::logs;

const DAY: Duration = Duration::from_secs(86_400);

fn server(lag: Duration) -> TestServer {
    TestServer::start(TestServerConfig { token_lag: lag, ..TestServerConfig::default() }).unwrap()
}

fn config(server: &TestServer, credential: &[(&str, &str)]) -> Config {
    let builder =
        Config::builder().address(server.url()).and_then(|builder| builder.set("tls_ca", ca(server))).unwrap();
    credential.iter().try_fold(builder, |builder, (name, value)| builder.set(name, value)).unwrap().build().unwrap()
}

fn ca(server: &TestServer) -> &str {
    server.ca_path().unwrap().to_str().unwrap()
}

async fn root(server: &TestServer) -> Connection {
    Connection::connect(&config(server, &[("user", "root"), ("password", "taosdata")])).await.unwrap()
}

pub(crate) fn minting(server: &TestServer, more: &[(&str, &str)]) -> Arc<dyn TokenSource> {
    let builder =
        Builder::new("sql").unwrap().set("address", server.url()).and_then(|builder| builder.set("tls_ca", ca(server)));
    let login = [("user", "root"), ("password", "taosdata")];
    login
        .iter()
        .chain(more)
        .try_fold(builder.unwrap(), |builder, (name, value)| builder.set(name, value))
        .unwrap()
        .build()
        .unwrap()
}

/// Names and whether they are enabled, without the server's first one.
pub(crate) fn made(server: &TestServer) -> Vec<(String, bool)> {
    let rows = server.accounts().show_tokens(Caller { user: "root", token: None });
    rows.into_iter().filter(|row| row.name != "t1").map(|row| (row.name, row.enable)).collect()
}

async fn logs_in(server: &TestServer, token: &Secret) -> Result<(), ErrorCode> {
    let connection = Connection::connect(&config(server, &[("bearer_token", token.expose())])).await;
    connection.map(|_| ()).map_err(|error| error.code())
}

#[tokio::test]
async fn tokens_are_made_listed_changed_and_dropped_by_functions() {
    let server = server(Duration::ZERO);
    let connection = root(&server).await;
    connection.execute("create user reader pass 'Secret-1234'").await.unwrap();
    let tokens = Tokens::new(&connection);
    let new = NewToken::new("select", "reader").ttl_days(2).provider("it's \"us\"").extra_info("a\\b");
    let issued = tokens.create(&new).await.unwrap();
    assert_eq!(issued.ttl, Some(2 * DAY));
    logs_in(&server, &issued.token).await.unwrap();

    let listed = tokens.list().await.unwrap();
    let info = listed.iter().find(|info| info.name == "select").unwrap();
    assert_eq!(
        (info.user.as_str(), info.provider.as_str(), info.extra_info.as_str()),
        ("reader", "it's \"us\"", "a\\b")
    );
    assert!(info.enabled);
    assert_eq!(info.expires_at, info.created_at.map(|made| made + 2 * DAY));

    tokens.set_enabled("select", false).await.unwrap();
    assert_eq!(logs_in(&server, &issued.token).await, Err(ErrorCode::TokenDisabled));
    tokens.set_enabled("select", true).await.unwrap();
    tokens.set_ttl("select", 0).await.unwrap();
    let listed = tokens.list().await.unwrap();
    assert_eq!(listed.iter().find(|info| info.name == "select").unwrap().expires_at, None);

    assert_eq!(tokens.create(&new).await.unwrap_err().code(), ErrorCode::ServerError, "the name is taken");
    tokens.drop("select").await.unwrap();
    tokens.drop("select").await.unwrap();
    assert_eq!(logs_in(&server, &issued.token).await, Err(ErrorCode::TokenRefused));
    assert!(tokens.set_enabled("select", true).await.is_err());
    assert_eq!(tokens.drop("x; drop user reader").await.unwrap_err().code(), ErrorCode::InvalidArgument);
    server.stop();
}

#[test]
fn tokens_are_made_and_dropped_by_waiting_functions_too() {
    let server = server(Duration::ZERO);
    let connection =
        tdsec::blocking::Connection::connect(&config(&server, &[("user", "root"), ("password", "taosdata")])).unwrap();
    let tokens = tdsec::blocking::Tokens::new(&connection);
    tokens.create(&NewToken::new("one", "root")).unwrap();
    tokens.set_ttl("one", 3).unwrap();
    tokens.set_enabled("one", false).unwrap();
    let listed = tokens.list().unwrap();
    let info = listed.iter().find(|info| info.name == "one").unwrap();
    assert!(!info.enabled && info.expires_at.is_some());
    tokens.drop("one").unwrap();
    assert_eq!(made(&server), []);
    connection.close();
    server.stop();
}

#[tokio::test]
async fn a_minted_token_is_usable_when_it_comes_tells_its_end_and_is_dropped_when_retired() {
    logs::capture();
    // In a cluster a new token is known everywhere only after a while.
    let server = server(Duration::from_millis(300));
    let source = minting(&server, &[("ttl_days", "7")]);
    let (first, second) = (source.fetch().await.unwrap(), source.fetch().await.unwrap());
    for issued in [&first, &second] {
        logs_in(&server, &issued.token).await.unwrap();
        let left = issued.expires_at.unwrap() - Duration::from_millis(server.clock().now_ms().try_into().unwrap());
        assert!(left <= 7 * DAY && left > 7 * DAY - Duration::from_secs(60));
    }
    assert_ne!(first.token, second.token);
    let names = made(&server);
    assert!(
        names.iter().all(|(name, enabled)| name.starts_with("tdsec_") && name.len() <= 31 && *enabled),
        "{names:?}"
    );

    source.retire(&first.token).await.unwrap();
    source.retire(&first.token).await.unwrap();
    source.retire(&Secret::new("of somebody else")).await.unwrap();
    assert_eq!(logs_in(&server, &first.token).await, Err(ErrorCode::TokenRefused));
    logs_in(&server, &second.token).await.unwrap();
    assert_eq!(made(&server).len(), 1);
    let texts = format!("{source:?} {}", logs::lines());
    assert!(!texts.contains(first.token.expose()) && !texts.contains("taosdata"));
    server.stop();
}

#[tokio::test]
async fn a_token_that_never_becomes_usable_is_taken_back() {
    let server = server(Duration::from_secs(3600));
    let source = minting(&server, &[("visible_timeout", "200ms")]);
    let error = refused(&source).await;
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert!(error.message().contains("cannot be used yet after 0.2 s"), "{error}");
    server.clock().advance(2.0 * 3600.0);
    assert_eq!(made(&server), []);
    server.stop();
}

#[tokio::test]
async fn at_the_limit_leftovers_of_this_instance_and_ended_ones_make_room_and_nothing_else() {
    let server = server(Duration::ZERO);
    // root has t1 already: room for two.
    server.accounts().remove_token("t1").unwrap();
    let before = minting(&server, &[("instance", "reports-0")]);
    let kept = before.fetch().await.unwrap();
    drop(before);
    let other = minting(&server, &[("instance", "reports-1")]);
    let others = other.fetch().await.unwrap();
    let foreign = Tokens::new(&root(&server).await);
    foreign.create(&NewToken::new("handmade", "root")).await.unwrap();

    // The same instance after a restart: the limit of three is reached, its leftover goes.
    let again = minting(&server, &[("instance", "reports-0")]);
    let fresh = again.fetch().await.unwrap();
    assert_eq!(logs_in(&server, &kept.token).await, Err(ErrorCode::TokenRefused));
    for good in [&others, &fresh] {
        logs_in(&server, &good.token).await.unwrap();
    }
    // Nothing is left that is nobody's.
    let error = refused(&again).await;
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert!(
        error.message().contains("as many tokens as it may have") && error.message().contains("ALLOW_TOKEN_NUM"),
        "{error}"
    );
    for good in [&others, &fresh] {
        logs_in(&server, &good.token).await.unwrap();
    }
    // What has ended or was disabled is nobody's any more.
    let name = made(&server).into_iter().map(|(name, _)| name).find(|name| name != "handmade").unwrap();
    server.accounts().change_token(&name, TokenChange { enable: Some(false), ..TokenChange::default() }).unwrap();
    let _ = within(again.fetch()).await;
    let _ = within(other.fetch()).await;
    assert!(made(&server).iter().any(|(name, _)| name == "handmade"));
    assert!(made(&server).iter().all(|(_, enabled)| *enabled));
    server.stop();
}

#[tokio::test]
async fn a_login_that_may_not_or_cannot_is_said_with_its_reason() {
    let server = server(Duration::ZERO);
    let wrong = minting(&server, &[("for_user", "nobody")]);
    assert!(refused(&wrong).await.message().contains("cannot make a token for the user nobody"), "{wrong:?}");
    let source = minting(&server, &[]);
    server.stop_endpoint().unwrap();
    let error = refused(&source).await;
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert!(error.message().contains("cannot log in to make a token"), "{error}");
    server.start_endpoint().unwrap();
    token(&source).await;
    for (text, option) in [
        ("sql:address=wss://h;bearer_token=abc", "for_user"),
        ("sql:address=wss://h;name_prefix=a-b", "name_prefix"),
        ("sql:address=wss://h;ttl_days=0", "ttl_days"),
        ("sql:ttl_days=1", ""),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.option().unwrap_or(""), option, "{error}");
    }
    server.stop();
}

#[tokio::test]
async fn tokens_whose_making_nobody_waited_for_do_not_use_up_the_limit() {
    let server = server(Duration::ZERO);
    let source = minting(&server, &[]);
    // With t1 these two are as many as root may have.
    for orphans in 1..=2 {
        let silent =
            json!({ "when": { "action": "query", "sql_contains": "show tokens" }, "do": { "kind": "no_answer" } });
        server.add_fault_json(&silent).unwrap();
        tokio::select! {
            outcome = source.fetch() => panic!("{outcome:?}"),
            () = eventually("it is made", || server.stats()["faults_fired"] == orphans) => {}
        }
        assert!(!made(&server).is_empty());
    }
    let issued = within(source.fetch()).await.unwrap();
    logs_in(&server, &issued.token).await.unwrap();
    assert_eq!(made(&server).len(), 1, "the others are taken back");
    server.stop();
}

#[tokio::test]
async fn a_token_that_could_not_be_retired_is_retired_with_the_next_fetch() {
    let server = server(Duration::ZERO);
    let source = minting(&server, &[]);
    let first = within(source.fetch()).await.unwrap();
    for begin in ["alter token", "drop token"] {
        let refused =
            json!({ "when": { "action": "query", "sql_contains": begin }, "do": { "kind": "error", "code": 0x000B } });
        server.add_fault_json(&refused).unwrap();
    }
    assert_eq!(source.retire(&first.token).await.unwrap_err().code(), ErrorCode::SourceUnavailable);
    logs_in(&server, &first.token).await.unwrap();
    let second = within(source.fetch()).await.unwrap();
    assert_eq!(logs_in(&server, &first.token).await, Err(ErrorCode::TokenRefused));
    logs_in(&server, &second.token).await.unwrap();
    server.stop();
}
