//! Statements and their results over `/ws`.

use serde_json::{Value, json};
use tdsec_testserver::TestServer;

use crate::common::{Client, RawBlockReply, header, plain, replay, start, vector, vector_bytes};

/// A server with a database `power` and the table of the worked example of the raw block notes.
fn with_data() -> TestServer {
    let server = start();
    let mut session = tdsec_testserver::engine::SqlSession::new("root");
    for sql in [
        "create database power",
        "use power",
        "create table d1 (ts timestamp, i int, v varchar(20), n nchar(10))",
        "insert into d1 values (1700000000000, 1, 'hi', 'é') (1700000000001, null, null, null) \
         (1700000000002, -3, '', '日本')",
    ] {
        server.engine().execute(&mut session, sql).unwrap();
    }
    server
}

async fn logged_in_to(server: &TestServer, database: &str) -> Client {
    let mut client = Client::open(server).await;
    let args = json!({ "req_id": 1, "bearer_token": server.token(), "db": database });
    assert_eq!(client.ask("conn", args).await["code"], 0);
    client
}

#[tokio::test]
async fn a_whole_exchange_goes_as_the_vector_says() {
    if crate::common::no_vectors() {
        return;
    }
    let server = with_data();
    let mut client = Client::open(&server).await;
    let vector = vector("json/js01_password_query");
    let steps = vector["steps"].as_array().unwrap();
    replay(&mut client, &steps[..4], &[]).await;
    let mut reply = client.query(3, "select * from d1").await;
    reply["timing"] = json!(100_000);
    assert_eq!(reply, steps[5]["frame"]);
    let expected = RawBlockReply::read(&vector_bytes("fetch_raw_block/fr01_data"));
    let data = client.fetch(16, 1).await;
    assert_eq!((data.req_id, data.id, data.code, data.finished), (16, 1, 0, false));
    // Newer servers append one zero byte to the block; schema and data have to be the same.
    assert_eq!(data.block[28..146], expected.block[28..146]);
    let end = client.fetch(17, 1).await;
    assert_eq!(end, RawBlockReply::read(&vector_bytes("fetch_raw_block/fr02_finished")));
    assert_eq!(client.fetch(18, 1).await.message, "result is nil");
}

#[tokio::test]
async fn updates_answer_as_the_vector_says_and_use_changes_the_database() {
    if crate::common::no_vectors() {
        return;
    }
    let server = with_data();
    let mut client = Client::logged_in(&server).await;
    client.query(2, "create database other").await;
    client.query(2, "create table other.d1 (ts timestamp, i int)").await;
    client.query(3, "use other").await;
    replay(&mut client, vector("json/js02_text_query_update")["steps"].as_array().unwrap(), &[]).await;
    assert_eq!(client.ask("get_current_db", json!({ "req_id": 6 })).await["db"], "power");
}

#[tokio::test]
async fn miscellaneous_actions_answer_as_the_vector_says() {
    if crate::common::no_vectors() {
        return;
    }
    let mut config = plain();
    config.instances = vec!["adapter1:6041".into(), "https://adapter2:6041".into()];
    let server = TestServer::start(config).unwrap();
    let mut session = tdsec_testserver::engine::SqlSession::new("root");
    server.engine().execute(&mut session, "create database power").unwrap();
    let vector = vector("json/js06_misc");
    let steps = vector["steps"].as_array().unwrap();
    let new_socket = steps.iter().position(|step| !step["note"].is_null()).unwrap();
    replay(&mut logged_in_to(&server, "power").await, &steps[..new_socket], &[]).await;
    replay(&mut Client::open(&server).await, &steps[new_socket..], &[]).await;
}

#[tokio::test]
async fn the_older_pair_fetches_the_same_block() {
    let server = with_data();
    let mut client = logged_in_to(&server, "power").await;
    let id = client.ask("query", json!({ "req_id": 2, "sql": " select * from d1 " })).await["id"].as_u64().unwrap();
    assert_eq!(client.ask("num_fields", json!({ "req_id": 3, "result_id": id })).await["num_fields"], 4);
    let args = json!({ "req_id": 4, "id": id });
    assert_eq!(client.ask("fetch_block", args.clone()).await["message"], "block is nil");
    let fetched = client.ask("fetch", args.clone()).await;
    assert_eq!((&fetched["completed"], &fetched["rows"]), (&json!(false), &json!(3)));
    assert_eq!(fetched["lengths"].as_array().unwrap().len(), 4);
    client.send_action("fetch_block", args.clone()).await;
    let old = client.receive_bytes().await;
    assert_eq!(old[8..16], id.to_le_bytes());
    let second = client.query(5, "select * from d1").await["id"].as_u64().unwrap();
    assert_eq!(client.fetch(6, second).await.block, old[16..]);
    let end = client.ask("fetch", args).await;
    assert_eq!((&end["completed"], &end["lengths"], &end["rows"]), (&json!(true), &Value::Null, &json!(0)));
}

#[tokio::test]
async fn a_freed_result_is_gone_without_an_answer() {
    let server = with_data();
    let mut client = logged_in_to(&server, "power").await;
    let id = client.query(2, "select * from d1").await["id"].as_u64().unwrap();
    client.send_action("free_result", json!({ "req_id": 3, "id": id })).await;
    client.expect_silence().await;
    assert_eq!(client.fetch(4, id).await.message, "result is nil");
}

#[tokio::test]
async fn validate_sql_answers_the_whole_code_and_changes_nothing() {
    if crate::common::no_vectors() {
        return;
    }
    let server = with_data();
    let mut client = logged_in_to(&server, "power").await;
    client.send(vector_bytes("requests/rq03_validate_sql")).await;
    let reply = client.receive_json().await;
    assert_eq!((&reply["action"], &reply["req_id"]), (&json!("validate_sql"), &json!(3)));
    assert_eq!((&reply["code"], &reply["result_code"]), (&json!(0), &json!(0)));
    client.send(crate::common::binary_sql(4, 10, "select * from nope")).await;
    let reply = client.receive_json().await;
    assert_eq!((&reply["code"], &reply["action"]), (&json!(0), &json!("validate_sql")));
    let wrong = client.query(5, "select * from nope").await["code"].as_i64().unwrap();
    assert_eq!(reply["result_code"], (0x8000_0000u32 | wrong as u32) as i32);
}

#[tokio::test]
async fn the_request_vectors_are_understood() {
    if crate::common::no_vectors() {
        return;
    }
    let server = start();
    let mut client = Client::logged_in(&server).await;
    client.query(2, "create database power").await;
    client.query(2, "create table power.meters (ts timestamp, v int)").await;
    client.send(vector_bytes("requests/rq01_binary_query")).await;
    let reply = client.receive_json().await;
    assert_eq!((&reply["code"], &reply["req_id"], &reply["id"]), (&json!(0), &json!(1), &json!(1)), "{reply}");
    client.send(vector_bytes("requests/rq02_fetch_raw_block")).await;
    let end = RawBlockReply::read(&client.receive_bytes().await);
    assert_eq!((end.req_id, end.code, end.finished), (2, 0, true));
}

#[tokio::test]
async fn many_blocks_arrive_whole_and_in_order() {
    let server = start();
    let mut client = Client::logged_in(&server).await;
    let reply = client.query(2, "select * from tdsec_gen(20000, 5)").await;
    let id = reply["id"].as_u64().unwrap();
    let (mut rows, mut first_bytes) = (0, Vec::new());
    loop {
        let block = client.fetch(3, id).await;
        if block.finished {
            break;
        }
        rows += i32::from_le_bytes(block.block[8..12].try_into().unwrap());
        first_bytes.push(block.block);
    }
    assert_eq!(rows, 20_000);
    assert!(first_bytes.len() > 1);
}

#[tokio::test]
async fn tokens_made_by_sql_log_in_and_a_dropped_user_is_sent_away() {
    let server = start();
    let mut root = Client::logged_in(&server).await;
    assert_eq!(root.query(2, "create user u1 pass 'Secret#1'").await["code"], 0);
    let reply = root.query(3, "create token app from user u1 ttl 1").await;
    assert_eq!((&reply["is_update"], &reply["fields_names"]), (&json!(false), &json!(["token"])), "{reply}");
    let block = root.fetch(4, reply["id"].as_u64().unwrap()).await.block;
    let text = String::from_utf8_lossy(&block);
    let token = text.split(|letter: char| !letter.is_ascii_alphanumeric()).find(|part| part.len() == 63).unwrap();
    let mut u1 = Client::open(&server).await;
    assert_eq!(u1.ask("conn", json!({ "req_id": 1, "bearer_token": token })).await["code"], 0);
    assert_eq!(root.query(5, "drop user u1").await["code"], 0);
    assert!(matches!(u1.receive().await, Ok(tokio_tungstenite::tungstenite::Message::Close(None))));
}

#[tokio::test]
async fn an_open_session_can_be_made_to_fail_with_its_token() {
    let mut config = plain();
    config.recheck_tokens = true;
    let server = TestServer::start(config).unwrap();
    let mut client = Client::logged_in(&server).await;
    assert_eq!(client.query(2, "select 1").await["code"], 0);
    server.accounts().remove_token("t1").unwrap();
    assert_eq!(client.query(3, "select 1").await["code"], 0x0F01);
}

#[tokio::test]
async fn a_fault_on_an_insert_tells_executed_from_not_executed() {
    let server = with_data();
    for (kind, rows) in [("drop_before", 3), ("drop_after", 4)] {
        let when = json!({ "action": "query", "sql_contains": "insert" });
        server.add_fault_json(&json!({ "when": when, "do": { "kind": kind } })).unwrap();
        let mut client = logged_in_to(&server, "power").await;
        client.send(crate::common::binary_sql(2, 6, "insert into d1 values (1800000000000, 1, 'a', 'b')")).await;
        assert!(client.receive().await.is_err());
        let mut client = logged_in_to(&server, "power").await;
        let id = client.query(3, "select count(*) from d1").await["id"].as_u64().unwrap();
        let block = client.fetch(4, id).await.block;
        // One BIGINT column of one row: header, schema, length, null bitmap, value.
        assert_eq!(i64::from_le_bytes(block[28 + 5 + 4 + 1..][..8].try_into().unwrap()), rows, "{kind}");
    }
}

#[tokio::test]
async fn a_truncated_block_is_a_short_frame() {
    let server = with_data();
    let mut client = logged_in_to(&server, "power").await;
    let id = client.query(2, "select * from d1").await["id"].as_u64().unwrap();
    let fault = json!({ "when": { "action": "fetch" }, "do": { "kind": "truncate", "bytes": 60 } });
    server.add_fault_json(&fault).unwrap();
    client.send(header(3, id, 7, &[1, 0])).await;
    assert_eq!(client.receive_bytes().await.len(), 60);
}
