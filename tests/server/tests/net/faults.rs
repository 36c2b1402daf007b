//! Every kind of fault, seen from a client.

use std::time::{Duration, Instant};

use crate::common::{Client, control, header, start};
use serde_json::{Value, json};
use tdsec_testserver::TestServer;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

fn on(server: &TestServer, action: &str, fault: Value) {
    server.add_fault_json(&json!({ "when": { "action": action }, "do": fault })).unwrap();
}

/// A client that has met a fault on its first `get_server_info`, and the answer.
async fn meet(fault: Value) -> (TestServer, Client, Result<Message, String>) {
    let server = start();
    on(&server, "get_server_info", fault);
    let mut client = Client::logged_in(&server).await;
    client.send_action("get_server_info", json!({ "req_id": 7 })).await;
    let answer = client.receive().await;
    (server, client, answer)
}

async fn logins(server: &TestServer) -> usize {
    server.stats()["sessions"].as_array().unwrap().len()
}

#[tokio::test]
async fn drop_before_cuts_without_executing() {
    let server = start();
    on(&server, "conn", json!({ "kind": "drop_before" }));
    let mut client = Client::open(&server).await;
    client.send_action("conn", json!({ "req_id": 1, "bearer_token": server.token() })).await;
    assert!(client.receive().await.is_err());
    assert_eq!(server.stats()["logins"], json!([]));
    assert_eq!(server.stats()["requests"]["conn"], 1);
}

#[tokio::test]
async fn drop_after_executes_and_cuts() {
    let server = start();
    on(&server, "conn", json!({ "kind": "drop_after" }));
    let mut client = Client::open(&server).await;
    client.send_action("conn", json!({ "req_id": 1, "bearer_token": server.token() })).await;
    assert!(client.receive().await.is_err());
    assert_eq!(server.stats()["logins"][0]["ok"], true);
}

#[tokio::test]
async fn delay_holds_the_answer_back_and_others_overtake() {
    let server = start();
    let mut client = Client::logged_in(&server).await;
    on(&server, "get_server_info", json!({ "kind": "delay", "ms": 300 }));
    let asked = Instant::now();
    client.send_action("get_server_info", json!({ "req_id": 7 })).await;
    assert_eq!(client.ask("version", json!({ "req_id": 8 })).await["req_id"], 8);
    assert_eq!(client.receive_json().await["req_id"], 7);
    assert!(asked.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn no_answer_keeps_the_connection() {
    let server = start();
    on(&server, "conn", json!({ "kind": "no_answer" }));
    let mut client = Client::open(&server).await;
    client.send_action("conn", json!({ "req_id": 1, "bearer_token": server.token() })).await;
    client.expect_silence().await;
    // The login runs beside the question that was just answered, and may end after it.
    let patience = Instant::now() + Duration::from_secs(5);
    while logins(&server).await == 0 && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(logins(&server).await, 1, "it was executed");
}

#[tokio::test]
async fn error_has_the_form_of_the_action() {
    let (server, mut client, answer) =
        meet(json!({ "kind": "error", "code": 0x8000_0215u32, "message": "killed" })).await;
    let reply: Value = serde_json::from_str(answer.unwrap().to_text().unwrap()).unwrap();
    assert_eq!((&reply["code"], &reply["message"], &reply["req_id"]), (&json!(0x0215), &json!("killed"), &json!(7)));
    on(&server, "fetch", json!({ "kind": "error", "code": 0x0700, "message": "broken" }));
    let reply = client.fetch(9, 4).await;
    assert_eq!((reply.code, reply.message.as_str(), reply.id, reply.finished), (0x0700, "broken", 4, true));
}

#[tokio::test]
async fn truncate_shortens_the_payload() {
    let (_server, mut client, answer) = meet(json!({ "kind": "truncate", "bytes": 5 })).await;
    assert_eq!(answer.unwrap().to_text().unwrap(), r#"{"cod"#);
    client.expect_silence().await;
}

#[tokio::test]
async fn truncate_with_cut_ends_inside_the_frame() {
    let (_server, _client, answer) = meet(json!({ "kind": "truncate", "bytes": 5, "cut": true })).await;
    assert!(answer.is_err());
}

#[tokio::test]
async fn corrupt_changes_one_byte() {
    let (_server, _client, answer) = meet(json!({ "kind": "corrupt", "offset": 0, "xor": 1 })).await;
    assert!(answer.unwrap().to_text().unwrap().starts_with(r#"z"code":0"#));
    let (_server, _client, answer) = meet(json!({ "kind": "corrupt", "offset": -1, "xor": 1 })).await;
    assert!(answer.unwrap().to_text().unwrap().ends_with('|'));
}

#[tokio::test]
async fn half_close_ends_one_direction_only() {
    let (server, mut client, answer) = meet(json!({ "kind": "half_close" })).await;
    assert!(answer.is_err());
    assert_eq!(server.stats()["connections_open"], 1);
    client.0.get_mut();
    drop(client);
}

#[tokio::test]
async fn reset_is_a_tcp_reset() {
    let (_server, _client, answer) = meet(json!({ "kind": "reset" })).await;
    assert!(answer.unwrap_err().contains("reset by peer"));
}

#[tokio::test]
async fn slow_read_slows_the_sender_until_faults_are_cleared() {
    let server = start();
    on(&server, "get_server_info", json!({ "kind": "slow_read", "bytes_per_s": 20_000 }));
    let mut client = Client::logged_in(&server).await;
    client.ask("get_server_info", json!({ "req_id": 7 })).await;
    let big = || json!({ "req_id": 8, "pad": "x".repeat(10_000) });
    let asked = Instant::now();
    client.ask("version", big()).await;
    assert!(asked.elapsed() >= Duration::from_millis(350), "{:?}", asked.elapsed());
    assert_eq!(control(&server, "DELETE", "/faults", json!(null)).await.0, 200);
    client.ask("version", json!({ "req_id": 9 })).await;
    let asked = Instant::now();
    client.ask("version", big()).await;
    assert!(asked.elapsed() < Duration::from_millis(350), "{:?}", asked.elapsed());
}

#[tokio::test]
async fn duplicate_answer_comes_twice() {
    let (_server, mut client, answer) = meet(json!({ "kind": "duplicate_answer" })).await;
    assert_eq!(client.receive().await, answer);
    client.expect_silence().await;
}

#[tokio::test]
async fn reorder_lets_the_next_answer_pass() {
    let server = start();
    let mut client = Client::logged_in(&server).await;
    on(&server, "get_server_info", json!({ "kind": "reorder", "ms": 60_000 }));
    client.send_action("get_server_info", json!({ "req_id": 7 })).await;
    // The first is held for sure once its request has been counted.
    while server.stats()["faults_fired"] == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.ask("version", json!({ "req_id": 8 })).await["req_id"], 8);
    assert_eq!(client.receive_json().await["req_id"], 7);
}

#[tokio::test]
async fn rate_limit_refuses_beyond_the_rate() {
    let server = start();
    on(&server, "get_server_info", json!({ "kind": "rate_limit", "per_s": 3 }));
    let mut client = Client::logged_in(&server).await;
    let mut codes = Vec::new();
    for req_id in 0..5 {
        codes.push(client.ask("get_server_info", json!({ "req_id": req_id })).await["code"].clone());
    }
    assert_eq!(codes, [0, 0, 0, 65534, 65534]);
}

#[tokio::test]
async fn close_frame_carries_code_and_reason() {
    let (_server, _client, answer) = meet(json!({ "kind": "close_frame", "code": 1012, "reason": "restart" })).await;
    let frame = CloseFrame { code: 1012.into(), reason: "restart".into() };
    assert_eq!(answer, Ok(Message::Close(Some(frame))));
    let (_server, _client, answer) = meet(json!({ "kind": "close_frame" })).await;
    assert_eq!(answer, Ok(Message::Close(None)));
}

#[tokio::test]
async fn replace_answers_with_any_frame() {
    let (server, mut client, answer) =
        meet(json!({ "kind": "replace", "text": "{\"req_id\":$REQ_ID,\"odd\":1}" })).await;
    assert_eq!(answer.unwrap().to_text().unwrap(), "{\"req_id\":7,\"odd\":1}");
    on(&server, "fetch", json!({ "kind": "replace", "hex": "ff 00000000 00000000 ee", "req_id_at": 1 }));
    client.send(header(0x0102, 1, 7, &[1, 0])).await;
    assert_eq!(client.receive_bytes().await, [0xff, 2, 1, 0, 0, 0, 0, 0, 0, 0xee]);
}

#[tokio::test]
async fn the_upgrade_can_fail_with_a_status() {
    let server = start();
    on(&server, "upgrade", json!({ "kind": "error", "code": 503 }));
    let refused = Client::try_open(&server, "/ws").await.err().unwrap();
    assert!(refused.to_string().contains("503"), "{refused}");
    assert!(Client::try_open(&server, "/ws").await.is_ok());
    on(&server, "accept", json!({ "kind": "drop_before" }));
    assert!(Client::try_open(&server, "/ws").await.is_err());
}
