//! `POST /rest/sql` and what belongs to it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tdsec_testserver::accounts::{Accounts as _, Caller, TokenChange, UserChange};
use tdsec_testserver::{TestServer, TestServerConfig};

use crate::common::{http, plain, start, vector};

const ROWS: [&str; 4] = [
    "create database power",
    "use power",
    "create table d1 (ts timestamp, v int, d decimal(10,4), f float, b varbinary(8), n nchar(8), ok bool)",
    "insert into d1 values (1700000000000, 1, 1234.5678, 1.5, '\\x01ff', 'é', true) \
     (1700000000001, null, null, null, null, null, null)",
];

fn with_data(config: TestServerConfig) -> TestServer {
    let server = TestServer::start(config).unwrap();
    let mut session = tdsec_testserver::engine::SqlSession::new("root");
    for sql in ROWS {
        server.engine().execute(&mut session, sql).unwrap();
    }
    server
}

async fn post_as(server: &TestServer, authorization: &str, path: &str, sql: &str) -> (u16, Value) {
    let headers = [("Authorization", authorization)];
    let (status, body) = http(&server.address().to_string(), "POST", path, &headers, sql).await;
    (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}")))
}

async fn post(server: &TestServer, path: &str, sql: &str) -> (u16, Value) {
    post_as(server, &format!("Bearer {}", server.token()), path, sql).await
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

#[tokio::test]
async fn rows_come_as_the_notes_show_them() {
    let server = with_data(plain());
    let (status, reply) = post(&server, "/rest/sql/power", "select ts, v, d from d1 order by ts").await;
    let expected = json!({
        "code": 0,
        "column_meta": [["ts", "TIMESTAMP", 8], ["v", "INT", 4], ["d", "DECIMAL(10,4)", 8]],
        "data": [["2023-11-14T22:13:20.000Z", 1, "1234.5678"], ["2023-11-14T22:13:20.001Z", null, null]],
        "rows": 2,
    });
    assert_eq!((status, reply), (200, expected));
    let (_, reply) = post(&server, "/rest/sql/power", "select f, b, n, ok from d1 where v = 1").await;
    assert_eq!(reply["data"], json!([[1.5, "01ff", "é", true]]));
}

#[tokio::test]
async fn zones_objects_and_timing_can_be_asked_for() {
    let server = with_data(plain());
    let sql = "select ts from power.d1 where v = 1";
    let (_, reply) = post(&server, "/rest/sql?tz=Asia/Shanghai&row_with_meta=true&timing=true", sql).await;
    assert_eq!(reply["data"], json!([{ "ts": "2023-11-15T06:13:20.000+08:00" }]));
    assert!(reply["timing"].is_u64());
    let (_, reply) = post(&server, "/rest/sql?tz=UTC&conn_tz=Asia%2FShanghai", sql).await;
    assert_eq!(reply["data"][0][0], "2023-11-15T06:13:20.000+08:00");
    assert_eq!(post(&server, "/rest/sql?tz=Mars", sql).await.0, 400);
    let (status, reply) = post(&server, "/rest/sql?req_id=x", sql).await;
    assert_eq!((status, &reply["code"]), (400, &json!(0xffff)));
}

#[tokio::test]
async fn updates_and_errors_have_their_own_form() {
    let server = with_data(plain());
    let (_, reply) = post(&server, "/rest/sql/power", "insert into d1 (ts, v) values (1700000000009, 5)").await;
    let expected = json!({ "code": 0, "column_meta": [["affected_rows", "INT", 4]], "data": [[1]], "rows": 1 });
    assert_eq!(reply, expected);
    let (status, reply) = post(&server, "/rest/sql", "selec 1").await;
    assert_eq!((status, &reply["code"]), (200, &json!(0x2600)));
    assert!(reply["desc"].is_string());
    let shown = with_data(TestServerConfig { http_code_server_error: true, ..plain() });
    assert_eq!(post(&shown, "/rest/sql", "selec 1").await.0, 400);
    assert_eq!(post_as(&shown, &basic("root", "bad"), "/rest/sql", "select 1").await.0, 401);
    assert_eq!(post_as(&shown, "Bearer made-up", "/rest/sql", "select 1").await.0, 500);
}

#[tokio::test]
async fn the_vector_of_all_types_is_rendered_alike() {
    if crate::common::no_vectors() {
        return;
    }
    // The engine has no JSON column outside of tags; the vector is checked through the types it has.
    let vector = vector("raw_block/rb07_17types_2rows_json_tag");
    let expected = &vector["rest_rendering"]["tz_UTC"];
    let server = start();
    let mut session = tdsec_testserver::engine::SqlSession::new("root");
    for sql in [
        "create database power",
        "use power",
        "create stable st (ts timestamp, v1 bool, v2 tinyint, v3 smallint, v4 int, v5 bigint, v6 tinyint unsigned, \
         v7 smallint unsigned, v8 int unsigned, v9 bigint unsigned, v10 float, v11 double, v12 binary(20), \
         v13 nchar(20), v14 varbinary(30), v15 geometry(100)) tags (info json)",
        "create table t1 using st tags ('{\"a\":1}')",
        "insert into t1 values (1660114960500, true, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 'binary', 'nchar', \
         'test_varbinary', 'point(100 100)') (1660114961500, null, null, null, null, null, null, null, null, null, \
         null, null, null, null, null, null)",
    ] {
        server.engine().execute(&mut session, sql).unwrap();
    }
    let (_, reply) = post(&server, "/rest/sql/power", "select *, info from st order by ts").await;
    let shown = |row: usize, column: usize| reply["data"][row][column].clone();
    for row in 0..2 {
        for column in 0..17 {
            assert_eq!(shown(row, column), expected[row][column], "row {row} column {column}");
        }
    }
}

#[tokio::test]
async fn authorization_is_read_in_all_its_forms() {
    let server = start();
    for (header, code) in [
        ("Digest x", 0x1122),
        ("Basic !!", 0x1124),
        ("Basic cm9vdDo=", 0x1124),
        ("Taosd !!", 0x1125),
        ("Bearer", 0x1122),
    ] {
        let (status, reply) = post_as(&server, header, "/rest/sql", "select 1").await;
        assert_eq!((status, &reply["code"]), (401, &json!(code)), "{header}");
    }
    let (status, body) = http(&server.address().to_string(), "POST", "/rest/sql", &[], "select 1").await;
    assert_eq!((status, body.contains("no auth info input")), (401, true));
    let with_url_token = format!("Bearer {}", server.token());
    assert_eq!(post_as(&server, &with_url_token, "/rest/sql?token=", "select 1").await.1["code"], 0x1122);
    let (_, login) = http(&server.address().to_string(), "GET", "/rest/login/root/taosdata", &[], "").await;
    let login: Value = serde_json::from_str(&login).unwrap();
    let taosd = format!("Taosd {}", login["desc"].as_str().unwrap());
    for header in [basic("root", "taosdata"), taosd, with_url_token] {
        assert_ne!(post_as(&server, &header, "/rest/sql", "nonsense").await.1["code"], 0x0357);
        assert_eq!(post_as(&server, &header, "/rest/sql", "nonsense").await.0, 200);
    }
    assert_eq!(
        post_as(&server, &basic("root", "bad"), "/rest/sql", "x").await,
        (
            200,
            json!({
        "code": 0x0357, "desc": "Authentication failure" })
        )
    );
    assert_eq!(server.stats()["logins"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn bodies_without_sql_are_refused() {
    let server = start();
    assert_eq!(post(&server, "/rest/sql", "").await.1["code"], 0x1106);
    let (status, reply) = post(&server, "/rest/sql", "  \n").await;
    assert_eq!((status, &reply["code"]), (400, &json!(0x1107)));
}

#[tokio::test]
async fn a_pooled_credential_is_checked_again_only_after_a_password_change() {
    let server = start();
    let (bearer, password) = (format!("Bearer {}", server.token()), basic("root", "taosdata"));
    let code = async |header: &str| post_as(&server, header, "/rest/sql", "nonsense").await.1["code"].clone();
    assert_eq!((code(&bearer).await, code(&password).await), (json!(0x2600), json!(0x2600)));
    let off = TokenChange { enable: Some(false), ..Default::default() };
    server.accounts().change_token("t1", off).unwrap();
    assert_eq!(code(&bearer).await, 0x2600, "a revoked token works on the open pool");
    let caller = Caller { user: "root", token: None };
    let change = UserChange { password: Some("Other#1x".into()), ..Default::default() };
    server.accounts().alter_user(caller, "root", change).unwrap();
    assert_eq!(code(&password).await, 0x0357);
    assert_eq!(code(&bearer).await, 0x2600, "tokens do not depend on the password");
}
