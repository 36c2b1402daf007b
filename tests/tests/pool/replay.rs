//! What is sent again after a lost connection, and what never is (NET-2).

use tdsec::QueryOptions;

use super::*;

async fn table(pool: &Pool) {
    pool.execute("create database d").await.unwrap();
    pool.execute("create table d.t (ts timestamp, v int)").await.unwrap();
}

async fn count(pool: &Pool) -> i64 {
    number(&mut pool.query("select count(*) from d.t").await.unwrap()).await
}

#[tokio::test]
async fn a_read_is_run_again_on_another_connection() {
    let server = plain_server();
    let pool = pool(&server, &[]);
    fault(&server, json!({ "action": "query", "sql_contains": "select 1" }), json!({ "kind": "drop_after" }));
    assert_eq!(number(&mut pool.query("select 1").await.unwrap()).await, 1);
}

#[tokio::test]
async fn a_read_whose_rows_do_not_come_is_run_again_and_what_makes_something_is_not() {
    let server = plain_server();
    let pool = pool(&server, &[]);
    fault(&server, json!({ "action": "fetch" }), json!({ "kind": "drop_before" }));
    let mut read = pool.query("select 1").await.unwrap();
    assert_eq!(number(&mut read).await, 1);
    // To its end: the next fault is not for a block that was asked for ahead.
    while read.next_block().await.unwrap().is_some() {}
    fault(&server, json!({ "action": "fetch" }), json!({ "kind": "drop_before" }));
    // The cut may come while the answer to the statement is still on its way to the caller.
    let lost = match pool.query("create token once from user root").await {
        Ok(mut made) => made.next_block().await.unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(lost.code(), ErrorCode::ConnectionLost);
    assert_eq!(server.stats()["requests"]["query"], 3);
}

#[tokio::test]
async fn a_write_that_may_have_run_is_told_and_never_sent_twice() {
    let server = plain_server();
    let pool = pool(&server, &[]);
    table(&pool).await;
    for kind in ["drop_before", "drop_after"] {
        fault(&server, json!({ "action": "query", "sql_contains": "insert" }), json!({ "kind": kind }));
        let before = count(&pool).await;
        let error = pool.execute("insert into d.t values (now, 1)").await.unwrap_err();
        assert!(error.may_have_run(), "{error}");
        assert_eq!(count(&pool).await - before, i64::from(kind == "drop_after"));
    }
}

#[tokio::test]
async fn a_write_marked_as_idempotent_is_run_again() {
    let server = plain_server();
    let pool = pool(&server, &[]);
    table(&pool).await;
    fault(&server, json!({ "action": "query", "sql_contains": "insert" }), json!({ "kind": "drop_after" }));
    let sql = "insert into d.t values (1700000000000, 1)";
    pool.query_with(sql, &QueryOptions::new().idempotent(true)).await.unwrap();
    assert_eq!(count(&pool).await, 1);
}

#[tokio::test]
async fn a_write_on_a_connection_that_was_gone_before_is_sent_on_another() {
    let server = plain_server();
    let pool = pool(&server, &[("min_idle", "1")]);
    table(&pool).await;
    server.stop_endpoint().unwrap();
    until("the loss is noticed", || pool.status().idle == 0).await;
    server.start_endpoint().unwrap();
    pool.execute("insert into d.t values (now, 1)").await.unwrap();
    assert_eq!(count(&pool).await, 1);
}

#[tokio::test]
async fn a_reached_limit_is_waited_for() {
    let server = plain_server();
    let pool = pool(&server, &[]);
    let limited = json!({ "kind": "error", "code": 0xFFFE, "message": "rate limit reached" });
    server.add_fault_json(&json!({ "when": { "action": "query", "count": 2 }, "do": limited })).unwrap();
    assert_eq!(number(&mut pool.query("select 1").await.unwrap()).await, 1);
}

#[tokio::test]
async fn a_session_ended_between_the_rows_of_a_result_is_lent_to_nobody_again() {
    let server = plain_server();
    let pool = pool(&server, &[("max_size", "1"), ("min_idle", "0")]);
    let mut result = pool.query("select * from tdsec_gen(1000000, 2)").await.unwrap();
    server.kill_sessions();
    let error = loop {
        match result.next_block().await {
            Ok(block) => assert!(block.is_some(), "the rest of the rows is gone"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), ErrorCode::SessionEnded, "{error}");
    drop(result);
    pool.execute("create database d").await.unwrap();
}

#[tokio::test]
async fn a_session_that_the_server_ended_fails_one_write_and_no_read() {
    let server = plain_server();
    let pool = pool(&server, &[("max_size", "1"), ("min_idle", "0")]);
    table(&pool).await;
    server.kill_sessions();
    assert_eq!(count(&pool).await, 0);
    server.kill_sessions();
    let error = pool.execute("insert into d.t values (now, 1)").await.unwrap_err();
    assert_eq!((error.code(), error.may_have_run()), (ErrorCode::SessionEnded, true), "{error}");
    pool.execute("insert into d.t values (now, 1)").await.unwrap();
    assert_eq!(count(&pool).await, 1);
}

#[tokio::test]
async fn sessions_that_end_together_use_up_no_attempt_of_a_read() {
    let server = plain_server();
    let pool = pool(&server, &[("max_size", "6")]);
    let mut lent = Vec::new();
    for _ in 0..6 {
        lent.push(pool.acquire().await.unwrap());
    }
    drop(lent);
    until("all rest", || pool.status().idle == 6).await;
    server.kill_sessions();
    assert_eq!(number(&mut pool.query("select 1").await.unwrap()).await, 1);
}
