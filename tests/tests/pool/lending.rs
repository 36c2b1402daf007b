//! Lending and taking back.

use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn a_connection_that_was_given_back_is_lent_again() {
    let server = plain_server();
    let pool = pool(&server, &[("min_idle", "0")]);
    for _ in 0..20 {
        let connection = pool.acquire().await.unwrap();
        assert_eq!(one_number(&connection, "select 1").await, 1);
    }
    assert_eq!(server.stats()["connections_total"], 1);
    pool.close(Duration::from_secs(5)).await;
    until("the socket closes", || open_connections(&server) == 0).await;
}

#[tokio::test]
async fn fifty_callers_share_ten_connections_and_none_waits_for_ever() {
    let server = plain_server();
    let pool = pool(&server, &[]);
    let callers = (0..50).map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let connection = pool.acquire().await.unwrap();
            one_number(&connection, "select 1").await
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        assert_eq!(caller.await.unwrap(), 1);
    }
    assert!(server.stats()["connections_total"].as_u64().unwrap() <= 10);
}

#[tokio::test]
async fn a_connection_that_is_never_given_back_is_missed_and_named() {
    let server = plain_server();
    let pool = pool(&server, &[("max_size", "1"), ("acquire_timeout", "50ms")]);
    let held = pool.acquire().await.unwrap();
    let error = pool.acquire().await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::AcquireTimeout, "{error}");
    assert!(error.to_string().contains("1 of at most 1"), "{error}");
    drop(held);
    pool.acquire().await.unwrap();
}

#[tokio::test]
async fn a_result_that_is_read_later_keeps_its_connection() {
    let server = plain_server();
    let pool = pool(&server, &[("max_size", "1"), ("acquire_timeout", "50ms")]);
    let mut result = pool.query("select * from tdsec_gen(100000, 2)").await.unwrap();
    assert_eq!(pool.acquire().await.unwrap_err().code(), ErrorCode::AcquireTimeout);
    let mut rows = 0;
    while let Some(block) = result.next_block().await.unwrap() {
        rows += block.rows();
    }
    assert_eq!(rows, 100_000);
    pool.acquire().await.expect("it is free at the end of the rows");
}

#[tokio::test]
async fn closing_a_lent_connection_gives_it_back_and_ends_its_use() {
    let server = plain_server();
    let pool = pool(&server, &[("min_idle", "0")]);
    let connection = pool.acquire().await.unwrap();
    let clone = connection.clone();
    connection.close().await;
    assert!(clone.is_closed());
    assert_eq!(clone.query("select 1").await.unwrap_err().code(), ErrorCode::Closed);
    assert_eq!(one_number(&pool.acquire().await.unwrap(), "select 1").await, 1);
    assert_eq!(server.stats()["connections_total"], 1);
}

#[tokio::test]
async fn what_is_still_running_when_a_connection_is_given_back_never_meets_the_next_caller() {
    let server = plain_server();
    fault(&server, json!({ "action": "query", "sql_contains": "select 4" }), json!({ "kind": "no_answer" }));
    let pool = pool(&server, &[("min_idle", "0")]);
    let connection = pool.acquire().await.unwrap();
    let running = tokio::spawn({
        let connection = connection.clone();
        async move { connection.query("select 4").await }
    });
    until("the statement is on its way", || server.stats()["requests"]["query"].as_u64() == Some(1)).await;
    connection.close().await;
    assert!(running.await.unwrap().is_err());
    assert_eq!(one_number(&pool.acquire().await.unwrap(), "select 1").await, 1);
    assert_eq!(server.stats()["connections_total"], 2, "the busy one was closed");
}

#[tokio::test]
async fn the_next_caller_finds_the_database_of_the_address() {
    let server = plain_server();
    let setup = pool(&server, &[]);
    setup.execute("create database one").await.unwrap();
    setup.execute("create database two").await.unwrap();
    let pool = pool(&server, &[("database", "one"), ("max_size", "1")]);
    let connection = pool.acquire().await.unwrap();
    connection.execute("use two").await.unwrap();
    drop(connection);
    let next = pool.acquire().await.unwrap();
    assert_eq!(next.current_database().await.unwrap().as_deref(), Some("one"));
}

#[tokio::test]
async fn a_lost_connection_is_replaced_before_somebody_gets_it() {
    let server = plain_server();
    let pool = pool(&server, &[("min_idle", "2")]);
    until("the pool fills", || pool.status().idle == 2).await;
    server.stop_endpoint().unwrap();
    until("the loss is noticed", || pool.status().idle == 0).await;
    server.start_endpoint().unwrap();
    assert_eq!(one_number(&pool.acquire().await.unwrap(), "select 1").await, 1);
}

#[tokio::test]
async fn callers_wait_for_a_server_that_comes_back() {
    let server = plain_server();
    let pool = pool(&server, &[]);
    pool.ready().await.unwrap();
    server.stop_endpoint().unwrap();
    until("the loss is noticed", || pool.status().idle == 0).await;
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move { pool.query("select 1").await.map(drop) }
    });
    until("somebody waits", || pool.status().waiting == 1).await;
    server.start_endpoint().unwrap();
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_refused_credential_is_told_at_once_and_shown_only_once() {
    let server = plain_server();
    let config = config(&[&server], &[("bearer_token", "wrong"), ("min_idle", "0")]);
    let pool = Pool::new(&config, None).unwrap();
    let began = Instant::now();
    for _ in 0..5 {
        assert_eq!(pool.acquire().await.unwrap_err().code(), ErrorCode::TokenRefused);
    }
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(server.stats()["auth_failures"], 1);
}

#[tokio::test]
async fn new_work_goes_to_another_server_within_a_second() {
    let (first, second) = (plain_server(), plain_server());
    let options = [("bearer_token", TOKEN), ("min_idle", "2")];
    let pool = Pool::new(&config(&[&first, &second], &options), None).unwrap();
    pool.ready().await.unwrap();
    first.stop_endpoint().unwrap();
    let began = Instant::now();
    for _ in 0..20 {
        pool.query("select 1").await.unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_hundred_pools_leave_nothing_behind() {
    let server = plain_server();
    for _ in 0..100 {
        let pool = pool(&server, &[("min_idle", "1")]);
        pool.query("select 1").await.unwrap();
        pool.close(Duration::from_secs(5)).await;
        pool.close(Duration::from_secs(5)).await;
        assert_eq!(pool.acquire().await.unwrap_err().code(), ErrorCode::Closed);
    }
    until("every socket closes", || open_connections(&server) == 0).await;
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert!(tasks <= 1, "{tasks} tasks are left");
}

#[tokio::test]
async fn what_is_lent_outlives_its_pool() {
    let server = plain_server();
    let pool = pool(&server, &[]);
    let connection = pool.acquire().await.unwrap();
    drop(pool);
    assert_eq!(one_number(&connection, "select 1").await, 1);
    drop(connection);
    until("the socket closes", || open_connections(&server) == 0).await;
}

#[tokio::test]
async fn a_closed_pool_is_measured_no_more() {
    let server = plain_server();
    let pool = pool(&server, &[("pool_name", "measured-until-closed")]);
    pool.acquire().await.unwrap();
    let measured = || tdsec::observe::prometheus().contains(r#"tdsec_pool_max{pool="measured-until-closed"}"#);
    assert!(measured());
    pool.close(Duration::from_secs(5)).await;
    assert!(!measured());
    drop(pool);
}
