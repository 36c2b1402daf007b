//! Envelope, generic errors, actions that need no data, keep-alive.

use std::time::Duration;

use crate::common::{Client, binary_sql, header, plain, replay, start, vector, vector_bytes};
use serde_json::json;
use tdsec_testserver::{TestServer, TestServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn malformed_requests_get_the_generic_errors() {
    if crate::common::no_vectors() {
        return;
    }
    let server = start();
    let mut client = Client::logged_in(&server).await;
    replay(&mut client, vector("json/js05_generic_errors")["steps"].as_array().unwrap(), &[]).await;
}

#[tokio::test]
async fn fields_come_in_the_order_of_the_protocol() {
    let server = start();
    let mut client = Client::open(&server).await;
    client.send_action("version", json!({ "req_id": 18_446_744_073_709_551_615u64 })).await;
    let text = client.receive().await.unwrap().to_text().unwrap().to_owned();
    let start = r#"{"code":0,"message":"","action":"version","req_id":18446744073709551615,"timing":"#;
    assert!(text.starts_with(start) && text.ends_with(r#","version":"3.4.1.13"}"#), "{text}");
    client.send(r#"{"action":"version"}"#).await;
    assert_eq!(client.receive_json().await["req_id"], 0);
}

#[tokio::test]
async fn nothing_but_version_status_and_conn_works_before_the_login() {
    if crate::common::no_vectors() {
        return;
    }
    let server = start();
    let mut client = Client::open(&server).await;
    for action in ["query", "fetch", "free_result", "stmt2_init", "no_such_action"] {
        let reply = client.ask(action, json!({ "req_id": 3 })).await;
        assert_eq!((&reply["code"], &reply["message"]), (&json!(65535), &json!("server not connected")));
        assert_eq!((&reply["action"], &reply["req_id"]), (&json!(action), &json!(3)));
    }
    client.send(vector_bytes("requests/rq02_fetch_raw_block")).await;
    let reply = client.receive_json().await;
    assert_eq!((&reply["message"], &reply["action"]), (&json!("server not connected"), &json!("fetch_raw_block")));
    let status = client.ask("check_server_status", json!({ "req_id": 4, "fqdn": null, "port": 0 })).await;
    assert_eq!((&status["status"], &status["details"]), (&json!(2), &json!("")));
    let reply = client.ask("conn", json!({ "req_id": 5, "user": 7 })).await;
    assert_eq!(reply["message"], "unmarshal connect request error");
}

#[tokio::test]
async fn malformed_binary_frames_get_errors_and_the_connection_lives() {
    let server = start();
    let mut client = Client::logged_in(&server).await;
    let errors: [(Vec<u8>, &str, &str); 6] = [
        (vec![1; 23], "unknown", "message length is too short"),
        (header(1, 0, 6, &[1, 0, 0, 0, 0, 0]), "binary_query", "message length is too short"),
        (header(1, 0, 6, &[2, 0, 1, 0, 0, 0, b'x']), "binary_query", "unknown binary query version:2"),
        (
            header(1, 0, 10, &[1, 0, 9, 0, 0, 0, b'x']),
            "validate_sql",
            "uncompleted message, sql length:9, remainMessageLength:1",
        ),
        (header(1, 0, 99, &[]), "unknown", "unknown binary action 99"),
        (header(1, 0, 9, &[0; 6]), "stmt2_bind", "not supported by the test server"),
    ];
    for (frame, action, message) in errors {
        client.send(frame).await;
        let reply = client.receive_json().await;
        assert_eq!((&reply["code"], &reply["message"]), (&json!(65535), &json!(message)));
        assert_eq!(reply["action"], action);
    }
    client.send(header(8, 3, 7, &[1])).await;
    let reply = crate::common::RawBlockReply::read(&client.receive_bytes().await);
    assert_eq!((reply.req_id, reply.id, reply.message.as_str()), (8, 3, "message length is too short"));
    client.send(header(8, 3, 7, &[2, 0])).await;
    let reply = crate::common::RawBlockReply::read(&client.receive_bytes().await);
    assert_eq!((reply.code, reply.finished), (65535, true));
    assert_eq!(reply.message, "unknown fetch raw block version");
}

#[tokio::test]
async fn results_that_are_not_there_are_nil() {
    if crate::common::no_vectors() {
        return;
    }
    let server = start();
    let mut client = Client::logged_in(&server).await;
    let expected = crate::common::RawBlockReply::read(&vector_bytes("fetch_raw_block/fr03_error"));
    assert_eq!(client.fetch(18, 9).await, expected);
    for (action, args) in [("fetch", json!({ "req_id": 2, "id": 9 })), ("num_fields", json!({ "result_id": 9 }))] {
        assert_eq!(client.ask(action, args).await["message"], "result is nil");
    }
    client.send_action("free_result", json!({ "req_id": 3, "id": 9 })).await;
    client.expect_silence().await;
}

#[tokio::test]
async fn a_session_tells_about_itself_and_takes_options() {
    let server = start();
    let mut client = Client::logged_in(&server).await;
    assert_eq!(client.ask("get_server_info", json!({ "req_id": 2 })).await["info"], "ver:3.4.1.13");
    assert_eq!(client.ask("get_current_db", json!({ "req_id": 2 })).await["db"], "");
    assert_eq!(client.ask("get_connection_info", json!({ "req_id": 2, "info": 0 })).await["info"], "root");
    assert_eq!(client.ask("get_connection_info", json!({ "req_id": 2, "info": 9 })).await["code"], 0x0118);
    let options = |option: i64, value| json!({ "req_id": 3, "options": [{ "option": option, "value": value }] });
    for (option, value) in [(1, json!("Europe/Berlin")), (3, json!(null)), (4, json!("x")), (-1, json!(null))] {
        assert_eq!(client.ask("options_connection", options(option, value)).await["code"], 0, "{option}");
    }
    assert_eq!(client.ask("options_connection", options(1, json!("No/Where"))).await["code"], 0x0118);
    assert_eq!(client.ask("options_connection", options(77, json!(null))).await["code"], 0x0118);
    assert_eq!(
        client.ask("options_connection", options(1, json!(5))).await["message"],
        "unmarshal options connection request error"
    );
    let reply = client.ask("stmt2_init", json!({ "req_id": 4 })).await;
    assert_eq!((&reply["code"], &reply["message"]), (&json!(65535), &json!("not supported by the test server")));
}

#[tokio::test]
async fn a_rejected_statement_is_an_engine_error_in_both_forms() {
    let server = start();
    let mut client = Client::logged_in(&server).await;
    let reply = client.ask("query", json!({ "req_id": 5, "sql": "selec 1" })).await;
    assert_eq!((&reply["code"], &reply["action"]), (&json!(0x2600), &json!("query")));
    client.send(binary_sql(6, 6, "selec 1")).await;
    let reply = client.receive_json().await;
    assert_eq!(
        (&reply["code"], &reply["action"], &reply["req_id"]),
        (&json!(0x2600), &json!("binary_query"), &json!(6))
    );
    assert_eq!(server.stats()["requests"]["query"], 2);
    assert_eq!(server.stats()["requests"]["binary_query"], 1);
}

#[tokio::test]
async fn fragments_pings_and_closes_are_answered() {
    let server = start();
    let mut client = Client::open(&server).await;
    client.send(Message::Ping(b"TAOS".as_slice().into())).await;
    let big = format!(r#"{{"action":"version","args":{{"req_id":1,"pad":"{}"}}}}"#, "x".repeat(200_000));
    client.send(big).await;
    assert_eq!(client.receive_json().await["req_id"], 1);
    client.0.close(None).await.unwrap();
    assert!(matches!(client.receive().await, Ok(Message::Close(_))));
    assert!(client.receive().await.is_err());
}

#[tokio::test]
async fn a_client_that_does_not_answer_pings_is_dropped() {
    let (ping_interval, read_deadline) = (Duration::from_millis(60), Duration::from_millis(200));
    let server = TestServer::start(TestServerConfig { ping_interval, read_deadline, ..plain() }).unwrap();
    let mut tcp = TcpStream::connect(server.address()).await.unwrap();
    let upgrade = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    tcp.write_all(upgrade.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    tokio::time::timeout(crate::common::LIMIT, tcp.read_to_end(&mut all)).await.unwrap().unwrap();
    let end = all.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    assert!(all[end..].starts_with(&[0x89, 0]), "an empty ping: {:?}", &all[end..]);
}

#[tokio::test]
async fn other_paths_are_not_found_and_ping_is_empty() {
    let server = start();
    let address = server.address().to_string();
    for path in ["/rest/tmq", "/", "/rest/stmt", "/rest/schemaless"] {
        assert_eq!(crate::common::http(&address, "GET", path, &[], "").await.0, 404, "{path}");
    }
    assert_eq!(crate::common::http(&address, "GET", "/ws", &[], "").await.0, 400);
    assert_eq!(crate::common::http(&address, "GET", "/-/ping", &[], "").await, (200, String::new()));
}
