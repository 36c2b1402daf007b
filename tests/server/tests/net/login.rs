//! Who is let in, and what the server remembers of it.

use crate::common::{Client, plain, replay, start, vector};
use serde_json::{Value, json};
use tdsec_testserver::accounts::{Accounts as _, Caller, NewToken, NewUser, TokenChange};
use tdsec_testserver::{TestServer, TestServerConfig};
use tokio_tungstenite::tungstenite::Message;

const AS_ROOT: Caller<'static> = Caller { user: "root", token: None };

fn token_of_u1(server: &TestServer) -> String {
    let user = NewUser { name: "u1".into(), password: "Secret#1".into(), ..Default::default() };
    server.accounts().create_user(AS_ROOT, user).unwrap();
    let token = NewToken { name: "app".into(), user: "u1".into(), ..Default::default() };
    server.accounts().create_token(AS_ROOT, token).unwrap().unwrap()
}

async fn conn(client: &mut Client, args: Value) -> (u64, String) {
    let reply = client.ask("conn", args).await;
    (reply["code"].as_u64().unwrap(), reply["message"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn failed_logins_keep_the_socket_open() {
    if crate::common::no_vectors() {
        return;
    }
    let server = start();
    let mut client = Client::open(&server).await;
    replay(&mut client, vector("json/js03_login_errors")["steps"].as_array().unwrap(), &[]).await;
    assert_eq!(server.stats()["auth_failures"], 1);
}

#[tokio::test]
async fn a_token_counts_before_user_and_password() {
    if crate::common::no_vectors() {
        return;
    }
    let server = start();
    let token = token_of_u1(&server);
    let mut client = Client::open(&server).await;
    let steps = vector("json/js04_token_login");
    replay(&mut client, steps["steps"].as_array().unwrap(), &[("<valid token>", &token)]).await;
    let stats = server.stats();
    let login = &stats["logins"][1];
    assert_eq!((&login["kind"], &login["user"]), (&json!("token"), &json!("u1")));
    assert_eq!((&login["sent_password"], &login["sent_user"]), (&json!(true), &json!(true)));
    assert_eq!(login["fingerprint"], json!(tdsec_testserver::accounts::fingerprint(&token)));
    assert_eq!(stats["logins"][0]["ok"], false);
    assert!(!stats.to_string().contains(&token));
}

#[tokio::test]
async fn a_token_in_the_url_switches_bearer_tokens_off_and_shows_in_the_request_lines() {
    let server = start();
    let mut client = Client::open_at(&server, "/ws?token=").await;
    let with_password = json!({ "req_id": 1, "user": "root", "password": "taosdata", "bearer_token": "nonsense" });
    assert_eq!(conn(&mut client, with_password).await.0, 0);
    assert_eq!(server.stats()["request_lines"], json!(["GET /ws?token= HTTP/1.1"]));
    assert_eq!(server.stats()["logins"][0]["kind"], "password");
}

#[tokio::test]
async fn the_legacy_path_knows_no_tokens() {
    let server = start();
    let mut client = Client::open_at(&server, "/rest/ws").await;
    assert_eq!(conn(&mut client, json!({ "req_id": 1, "bearer_token": server.token() })).await.0, 0x0357);
    assert_eq!(conn(&mut client, json!({ "req_id": 1, "user": "root", "password": "taosdata" })).await.0, 0);
    let reply = client.ask("get_server_info", json!({ "req_id": 2 })).await;
    assert_eq!(reply["message"], "unknown action get_server_info");
}

#[tokio::test]
async fn expiry_follows_the_virtual_clock_and_leaves_open_sessions_alone() {
    let server = start();
    let mut open = Client::logged_in(&server).await;
    server.clock().advance(86_401.0);
    let mut late = Client::open(&server).await;
    let refused = conn(&mut late, json!({ "req_id": 1, "bearer_token": server.token() })).await;
    assert_eq!(refused, (0x0F03, "Token is expired".to_owned()));
    assert_eq!(open.ask("get_server_info", json!({ "req_id": 2 })).await["code"], 0);
    server.accounts().change_token("t1", TokenChange { ttl_s: Some(60), ..Default::default() }).unwrap();
    assert_eq!(conn(&mut late, json!({ "req_id": 2, "bearer_token": server.token() })).await.0, 0);
}

#[tokio::test]
async fn the_numbers_of_token_failures_come_from_the_configuration() {
    let other = "not_exist=0x0ABC,disabled=0x0ABD,expired=0x0ABE,totp=0x0ABF".parse().unwrap();
    for (codes, expected) in [(Default::default(), [0x0F01, 0x0F02, 0x0F03]), (other, [0x0ABC, 0x0ABD, 0x0ABE])] {
        let server = TestServer::start(TestServerConfig { token_codes: codes, ..plain() }).unwrap();
        let mut client = Client::open(&server).await;
        let mut codes = vec![conn(&mut client, json!({ "req_id": 1, "bearer_token": "made-up" })).await.0];
        let enable = |on| TokenChange { enable: Some(on), ..Default::default() };
        server.accounts().change_token("t1", enable(false)).unwrap();
        codes.push(conn(&mut client, json!({ "req_id": 2, "bearer_token": server.token() })).await.0);
        server.accounts().change_token("t1", enable(true)).unwrap();
        server.clock().advance(1e6);
        codes.push(conn(&mut client, json!({ "req_id": 3, "bearer_token": server.token() })).await.0);
        assert_eq!(codes, expected);
    }
}

#[tokio::test]
async fn a_user_with_totp_needs_the_code_of_the_moment() {
    let server = start();
    let secret = b"12345678901234567890";
    server.accounts().set_totp_secret("root", Some(secret.to_vec())).unwrap();
    let mut client = Client::open(&server).await;
    let login = |code: &str| json!({ "req_id": 1, "user": "root", "password": "taosdata", "totp_code": code });
    assert_eq!(conn(&mut client, login("")).await, (0x0F04, "Invalid TOTP code".to_owned()));
    let code = tdsec_testserver::accounts::totp_code_at(secret, server.clock().now_ms() / 1000);
    assert_eq!(conn(&mut client, login(&code)).await.0, 0);
    let mut second = Client::open(&server).await;
    assert_eq!(conn(&mut second, login(&code)).await.0, 0x0F04, "a code is good once");
    assert_eq!(server.stats()["logins"][1]["kind"], "totp");
}

#[tokio::test]
async fn a_database_or_zone_that_does_not_exist_fails_the_login() {
    let server = start();
    let mut client = Client::open(&server).await;
    let with = |name: &str, value: &str| json!({ "req_id": 1, "bearer_token": server.token(), name: value });
    assert_eq!(conn(&mut client, with("db", "nope")).await, (0x0388, "Database not exist".to_owned()));
    assert_eq!(conn(&mut client, with("tz", "Mars/Olympus")).await.0, 0x0118);
    assert_eq!(conn(&mut client, with("tz", "Asia/Shanghai")).await.0, 0);
}

#[tokio::test]
async fn a_dropped_user_gets_an_empty_close_frame() {
    let server = start();
    let token = token_of_u1(&server);
    let (mut of_u1, mut of_root) = (Client::open(&server).await, Client::logged_in(&server).await);
    assert_eq!(conn(&mut of_u1, json!({ "req_id": 1, "bearer_token": token })).await.0, 0);
    server.accounts().drop_user(AS_ROOT, "u1", false).unwrap();
    assert_eq!(of_u1.receive().await, Ok(Message::Close(None)));
    assert_eq!(of_root.ask("get_server_info", json!({ "req_id": 2 })).await["code"], 0);
}

#[tokio::test]
async fn list_instances_is_answered_when_asked_for() {
    let config = TestServerConfig { instances: vec!["a:6041".into(), "https://b:6041".into()], ..plain() };
    let server = TestServer::start(config).unwrap();
    let login = |list| json!({ "req_id": 5, "bearer_token": server.token(), "list_instances": list });
    let reply = Client::open(&server).await.ask("conn", login(true)).await;
    assert_eq!(reply["list_instances"], json!(["a:6041", "https://b:6041"]));
    let reply = Client::open(&server).await.ask("conn", login(false)).await;
    assert_eq!(reply.get("list_instances"), None);
}
