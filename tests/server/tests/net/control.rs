//! The control API and the endpoint that stops and starts.

use crate::common::{Client, control, http, start};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

#[tokio::test]
async fn stats_have_the_fields_of_the_contract_and_can_be_reset() {
    let server = start();
    let _client = Client::logged_in(&server).await;
    let (status, stats) = control(&server, "GET", "/stats", Value::Null).await;
    assert_eq!(status, 200);
    assert_eq!((&stats["connections_open"], &stats["connections_total"]), (&json!(1), &json!(1)));
    assert_eq!(stats["requests"]["conn"], 1);
    assert_eq!(stats["tls"], json!({ "full": 0, "resumed": 0, "failed": 0 }));
    assert_eq!(stats["request_lines"], json!(["GET /ws HTTP/1.1"]));
    assert_eq!((&stats["members"], &stats["auth_failures"]), (&json!([]), &json!(0)));
    assert_eq!(control(&server, "POST", "/stats/reset", Value::Null).await.0, 200);
    let (_, stats) = control(&server, "GET", "/stats", Value::Null).await;
    assert_eq!((&stats["connections_open"], &stats["connections_total"]), (&json!(1), &json!(0)));
    assert_eq!((&stats["logins"], &stats["requests"]["conn"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn tokens_are_made_changed_and_dropped() {
    let server = start();
    let (_, made) = control(&server, "POST", "/tokens", json!({ "name": "t2", "user": "root", "ttl_s": 60 })).await;
    let token = made["token"].as_str().unwrap().to_owned();
    let login = json!({ "req_id": 1, "bearer_token": token });
    assert_eq!(Client::open(&server).await.ask("conn", login.clone()).await["code"], 0);
    assert_eq!(control(&server, "PATCH", "/tokens/t2", json!({ "enable": false })).await.0, 200);
    assert_eq!(Client::open(&server).await.ask("conn", login.clone()).await["code"], 0x0F02);
    assert_eq!(control(&server, "PATCH", "/tokens/t2", json!({ "enable": true })).await.0, 200);
    let (_, clock) = control(&server, "POST", "/clock", json!({ "advance_s": 61 })).await;
    assert_eq!(clock["offset_s"], 61.0);
    assert_eq!(Client::open(&server).await.ask("conn", login.clone()).await["code"], 0x0F03);
    assert_eq!(control(&server, "DELETE", "/tokens/t2", Value::Null).await.0, 200);
    assert_eq!(Client::open(&server).await.ask("conn", login).await["code"], 0x0F01);
    assert_eq!(control(&server, "DELETE", "/tokens/t2", Value::Null).await.0, 404);
    let (_, list) = control(&server, "GET", "/tokens", Value::Null).await;
    assert_eq!(list["tokens"][0]["name"], "t1");
    assert!(!list.to_string().contains(server.token()));
}

#[tokio::test]
async fn unknown_fields_paths_and_bad_values_are_refused() {
    let server = start();
    let bad = [
        ("POST", "/tokens", json!({ "name": "t2", "user": "root", "ttl": 60 })),
        ("POST", "/tokens", json!({ "user": "root" })),
        ("POST", "/tokens", json!({ "name": "t1", "user": "root" })),
        ("POST", "/tokens", json!({ "name": "t2", "user": "nobody" })),
        ("PATCH", "/tokens/t1", json!({ "enabled": false })),
        ("POST", "/clock", json!({ "advance_s": 1, "x": 1 })),
        ("POST", "/clock", json!({})),
        ("POST", "/faults", json!({ "do": { "kind": "delay" } })),
        ("POST", "/faults", json!({ "when": { "action": "any", "x": 1 }, "do": { "kind": "reset" } })),
        ("POST", "/stats/reset", json!({ "x": 1 })),
        ("POST", "/endpoints/stop", json!({ "x": 1 })),
    ];
    for (method, path, body) in bad {
        let (status, answer) = control(&server, method, path, body).await;
        assert_eq!(status, 400, "{path} {answer}");
        assert!(answer["error"].is_string());
    }
    assert_eq!(http(server.control_url(), "POST", "/faults", &[], "{").await.0, 400);
    assert_eq!(control(&server, "GET", "/nothing", Value::Null).await.0, 404);
}

#[tokio::test]
async fn faults_are_numbered_and_cleared() {
    let server = start();
    let rule = json!({ "when": { "action": "version", "count": 0 }, "do": { "kind": "error", "code": 9 } });
    assert_eq!(control(&server, "POST", "/faults", rule.clone()).await, (200, json!({ "id": 1 })));
    assert_eq!(control(&server, "POST", "/faults", rule).await.1, json!({ "id": 2 }));
    let mut client = Client::open(&server).await;
    assert_eq!(client.ask("version", json!({ "req_id": 1 })).await["code"], 9);
    assert_eq!(control(&server, "DELETE", "/faults", Value::Null).await.0, 200);
    assert_eq!(client.ask("version", json!({ "req_id": 2 })).await["code"], 0);
}

#[tokio::test]
async fn a_stopped_endpoint_cuts_refuses_and_comes_back_on_its_port() {
    let server = start();
    let mut client = Client::logged_in(&server).await;
    assert_eq!(control(&server, "POST", "/endpoints/stop", Value::Null).await.0, 200);
    assert!(client.receive().await.is_err());
    assert!(TcpStream::connect(server.address()).await.is_err());
    let (status, answer) = control(&server, "POST", "/endpoints/start", Value::Null).await;
    assert_eq!((status, &answer["url"]), (200, &json!(server.url())));
    Client::logged_in(&server).await;
}

#[tokio::test]
async fn every_byte_that_arrives_is_counted_and_every_first_line_kept() {
    let server = start();
    let mut tcp = TcpStream::connect(server.address()).await.unwrap();
    tcp.write_all(b"EHLO secret-token\nmore").await.unwrap();
    tcp.shutdown().await.unwrap();
    while server.stats()["request_lines"] == json!([]) || server.stats()["connections_open"] != 0 {
        tokio::task::yield_now().await;
    }
    let stats = server.stats();
    assert_eq!(stats["bytes_received"], 22);
    assert_eq!(stats["request_lines"], json!(["EHLO secret-token"]));
}

#[tokio::test]
async fn the_control_port_is_loopback_only() {
    let config = tdsec_testserver::TestServerConfig { control: "0.0.0.0:0".into(), ..crate::common::plain() };
    assert!(tdsec_testserver::TestServer::start(config).is_err());
}

#[tokio::test]
async fn a_killed_session_keeps_its_websocket_and_refuses_what_needs_a_login() {
    let server = start();
    let mut client = Client::logged_in(&server).await;
    assert_eq!(control(&server, "POST", "/sessions/kill", Value::Null).await.0, 200);
    assert_eq!(client.ask("query", json!({ "req_id": 2, "sql": "select 1" })).await["code"], 0x0215);
    assert_eq!(client.ask("get_current_db", json!({ "req_id": 3 })).await["code"], 0x0215);
    assert_eq!(client.ask("check_server_status", json!({ "req_id": 4 })).await["status"], 2);
    assert_eq!(client.fetch(5, 1).await.code, 0x0215);
    assert_eq!(server.stats()["sessions"], json!([]));
    assert_eq!(Client::logged_in(&server).await.ask("get_current_db", json!({ "req_id": 6 })).await["code"], 0);
}
