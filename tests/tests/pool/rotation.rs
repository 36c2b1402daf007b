//! Tokens that change while the pool works.

use tdsec::EventName;
use tdsec::observe::{self, Filter};
use tdsec_testserver::accounts::NewToken;

use super::*;

#[tokio::test]
async fn a_source_beside_a_token_is_refused() {
    let server = plain_server();
    let config = config(&[&server], &[("bearer_token", TOKEN)]);
    let error = Pool::new(&config, Some(Hand::holding(TOKEN))).unwrap_err();
    assert_eq!(error.code(), ErrorCode::CredentialConflict);
}

#[tokio::test]
async fn a_source_for_a_server_without_tls_elsewhere_is_refused_before_it_is_asked() {
    let config = Config::parse("ws://db.example").unwrap();
    let hand = Hand::holding(TOKEN);
    let error = Pool::new(&config, Some(hand.clone())).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InsecureTransport);
    assert_eq!(hand.fetches.load(std::sync::atomic::Ordering::Relaxed), 0);
}

/// Everything at once, and so that a test does not wait.
const QUICK: [(&str, &str); 3] = [("token_jitter", "1ms"), ("min_idle", "2"), ("token_grace", "200ms")];

fn issue(server: &TestServer, name: &str) -> String {
    let token = NewToken { name: name.into(), user: "root".into(), ..NewToken::default() };
    server.accounts().issue_token(token, None).unwrap()
}

fn with_source(server: &TestServer, hand: &Arc<Hand>, options: &[(&str, &str)]) -> Pool {
    let given = |name: &str| options.iter().any(|(other, _)| *other == name);
    let options: Vec<_> = QUICK.iter().filter(|(name, _)| !given(name)).chain(options).copied().collect();
    Pool::new(&config(&[server], &options), Some(hand.clone())).unwrap()
}

fn fingerprint(token: &str) -> String {
    tdsec::Secret::new(token).fingerprint()
}

/// Logins so far with this token.
fn logins(server: &TestServer, token: &str) -> usize {
    let stats = server.stats();
    let logins = stats["logins"].as_array().unwrap();
    logins.iter().filter(|login| login["fingerprint"].as_str().unwrap().starts_with(&fingerprint(token))).count()
}

#[tokio::test]
async fn the_first_token_comes_from_the_source() {
    let server = plain_server();
    let hand = Hand::holding(TOKEN);
    let pool = with_source(&server, &hand, &[]);
    assert_eq!(number(&mut pool.query("select 1").await.unwrap()).await, 1);
    assert!(logins(&server, TOKEN) >= 1);
    assert!(pool.token_time_left().unwrap() > Duration::from_secs(23 * 3600));
}

#[tokio::test]
async fn a_source_that_is_away_at_the_start_is_told_and_its_return_heals_the_pool() {
    let server = plain_server();
    let hand = Arc::new(Hand::default());
    let pool = with_source(&server, &hand, &[]);
    assert_eq!(pool.acquire().await.unwrap_err().code(), ErrorCode::SourceUnavailable);
    hand.push(TOKEN);
    until("the pool heals", || pool.status().idle == 2).await;
    pool.query("select 1").await.unwrap();
}

#[tokio::test]
async fn a_new_token_is_tried_and_then_used_by_every_connection() {
    let server = plain_server();
    let hand = Hand::holding(TOKEN);
    let pool = with_source(&server, &hand, &[]);
    until("the pool fills", || pool.status().idle == 2).await;
    let next = issue(&server, "next");
    hand.push(&next);
    until("the next token is in use", || pool.status().generation == 2).await;
    until("nothing uses the earlier one", || hand.retired.lock().unwrap().contains(&fingerprint(TOKEN))).await;
    assert_eq!(pool.status().stale, 0);
    server.accounts().remove_token("t1").unwrap();
    pool.query("select 1").await.unwrap();
    assert_eq!(server.stats()["auth_failures"], 0);
}

#[tokio::test]
async fn a_bad_token_is_noticed_on_one_connection_and_nobody_else_sees_it() {
    let server = plain_server();
    let hand = Hand::holding(TOKEN);
    let pool = with_source(&server, &hand, &[]);
    until("the pool fills", || pool.status().idle == 2).await;
    hand.push("bad");
    until("the bad token is tried", || server.stats()["auth_failures"].as_u64() == Some(1)).await;
    for _ in 0..20 {
        pool.query("select 1").await.unwrap();
    }
    assert_eq!(pool.status().generation, 1);
    // The same bad one again changes nothing, a good one is used at once.
    hand.push("bad");
    let next = issue(&server, "next");
    hand.push(&next);
    until("the good token is in use", || pool.status().generation > 1).await;
    assert_eq!(server.stats()["auth_failures"], 1);
}

#[tokio::test]
async fn a_new_token_must_pass_the_users_statement_too() {
    let server = plain_server();
    let hand = Hand::holding(TOKEN);
    let pool = with_source(&server, &hand, &[("canary_query", "select 42")]);
    until("the pool fills", || pool.status().idle == 2).await;
    let refused = json!({ "kind": "error", "code": 0x2644, "message": "Permission denied" });
    fault(&server, json!({ "action": "query", "sql_contains": "select 42" }), refused);
    hand.push(&issue(&server, "poor"));
    until("it was tried", || server.stats()["requests"]["query"].as_u64() == Some(1)).await;
    pool.query("select 1").await.unwrap();
    assert_eq!(pool.status().generation, 1);
}

#[tokio::test]
async fn a_statement_under_way_crosses_a_rotation() {
    let server = plain_server();
    let hand = Hand::holding(TOKEN);
    let pool = with_source(&server, &hand, &[("token_grace", "50ms")]);
    fault(&server, json!({ "action": "query", "sql_contains": "select 7" }), json!({ "kind": "delay", "ms": 1500 }));
    let long = tokio::spawn({
        let pool = pool.clone();
        async move { number(&mut pool.query("select 7").await.unwrap()).await }
    });
    until("it runs", || server.stats()["requests"]["query"].as_u64() == Some(1)).await;
    hand.push(&issue(&server, "next"));
    until("the next token is in use", || pool.status().generation == 2).await;
    server.accounts().remove_token("t1").unwrap();
    assert!(!hand.retired.lock().unwrap().contains(&fingerprint(TOKEN)), "its connection is still lent");
    assert_eq!(long.await.unwrap(), 7);
    until("the earlier token is retired", || !hand.retired.lock().unwrap().is_empty()).await;
}

#[tokio::test]
async fn a_token_that_fails_after_the_switch_gives_way_to_the_one_before() {
    let server = plain_server();
    let hand = Hand::holding(TOKEN);
    let pool = with_source(&server, &hand, &[("token_grace", "60s"), ("max_size", "2")]);
    until("the pool fills", || pool.status().idle == 2).await;
    hand.push(&issue(&server, "next"));
    until("the next token is in use", || pool.status().generation == 2 && pool.status().stale == 0).await;
    server.accounts().remove_token("next").unwrap();
    server.stop_endpoint().unwrap();
    server.start_endpoint().unwrap();
    pool.query("select 1").await.unwrap();
    assert_eq!(pool.status().generation, 1);
}

#[tokio::test]
async fn a_refused_token_waits_for_the_next_one_of_the_source() {
    let server = plain_server();
    let hand = Hand::holding("not-yet-good");
    let pool = with_source(&server, &hand, &[]);
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move { pool.query("select 1").await.map(drop) }
    });
    until("it was refused", || server.stats()["auth_failures"].as_u64() >= Some(1)).await;
    hand.push(TOKEN);
    waiting.await.unwrap().unwrap();
    assert!(server.stats()["auth_failures"].as_u64() <= Some(2), "a refused token is not shown again and again");
}

#[tokio::test]
async fn a_session_whose_token_the_server_refuses_is_left_for_one_of_the_next_token() {
    let server = plain_server();
    let hand = Hand::holding(TOKEN);
    let pool = with_source(&server, &hand, &[]);
    until("the pool fills", || pool.status().idle == 2).await;
    hand.set(Ok(Issued::new(issue(&server, "next"))));
    let refused = json!({ "kind": "error", "code": 0x0357, "message": "Authentication failure" });
    fault(&server, json!({ "action": "query", "sql_contains": "select 1" }), refused);
    pool.query("select 1").await.unwrap();
    until("the next token is in use", || pool.status().generation == 2).await;
}

#[tokio::test]
async fn a_revoked_token_is_off_every_connection_within_five_seconds() {
    let server = plain_server();
    let hand = Hand::holding(TOKEN);
    let pool = with_source(&server, &hand, &[]);
    let lent = pool.acquire().await.unwrap();
    fault(&server, json!({ "action": "query", "sql_contains": "select 7" }), json!({ "kind": "delay", "ms": 60000 }));
    let running = tokio::spawn({
        let lent = lent.clone();
        async move { lent.query("select 7").await.map(drop) }
    });
    until("it runs", || server.stats()["requests"]["query"].as_u64() == Some(1)).await;
    let next = issue(&server, "next");
    hand.set(Ok(Issued::new(next.as_str())));
    let began = std::time::Instant::now();
    pool.revoke();
    pool.query("select 1").await.unwrap();
    assert!(logins(&server, &next) >= 1);
    assert_eq!(running.await.unwrap().unwrap_err().code(), ErrorCode::TokenRevoked);
    drop(lent);
    until("nothing uses it", || hand.retired.lock().unwrap().contains(&fingerprint(TOKEN))).await;
    assert!(began.elapsed() < Duration::from_secs(5));
}

/// A statement that would take a minute, on a connection of the pool.
async fn long_statement(server: &TestServer, pool: &Pool) -> tokio::task::JoinHandle<Result<()>> {
    fault(server, json!({ "action": "query", "sql_contains": "select 7" }), json!({ "kind": "delay", "ms": 60000 }));
    let lent = pool.acquire().await.unwrap();
    let running = tokio::spawn(async move { lent.query("select 7").await.map(drop) });
    until("it runs", || server.stats()["requests"]["query"].as_u64() == Some(1)).await;
    running
}

fn naming(token: &str, leaked: &str) -> Result<Issued> {
    Ok(Issued::new(token).revokes(fingerprint(leaked)))
}

async fn is_cut(running: tokio::task::JoinHandle<Result<()>>) {
    let ended = tokio::time::timeout(Duration::from_secs(5), running).await.expect("it is cut within seconds");
    assert_eq!(ended.unwrap().unwrap_err().code(), ErrorCode::TokenRevoked);
}

#[tokio::test]
async fn a_leaked_token_that_is_refused_before_the_pool_hears_of_the_leak_is_off_every_connection() {
    let server = plain_server();
    let hand = Hand::holding(TOKEN);
    let pool = with_source(&server, &hand, &[("min_idle", "0")]);
    let running = long_statement(&server, &pool).await;
    let next = issue(&server, "next");
    server.accounts().remove_token("t1").unwrap();
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move { pool.query("select 1").await.map(drop) }
    });
    until("it is refused", || server.stats()["auth_failures"].as_u64() >= Some(1)).await;
    hand.set(naming(&next, TOKEN));
    hand.changed.notify_one();
    waiting.await.unwrap().unwrap();
    is_cut(running).await;
}

#[tokio::test]
async fn a_refused_token_that_is_then_revoked_by_the_pool_is_off_every_connection() {
    let server = plain_server();
    let hand = Hand::holding(TOKEN);
    let pool = with_source(&server, &hand, &[("min_idle", "0")]);
    let running = long_statement(&server, &pool).await;
    server.accounts().remove_token("t1").unwrap();
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move { pool.query("select 1").await.map(drop) }
    });
    until("it is refused", || server.stats()["auth_failures"].as_u64() >= Some(1)).await;
    pool.revoke();
    is_cut(running).await;
    hand.push(&issue(&server, "next"));
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_leaked_token_of_before_the_last_rotation_is_off_every_connection() {
    let server = plain_server();
    let hand = Hand::holding(TOKEN);
    let pool = with_source(&server, &hand, &[("token_grace", "60s")]);
    let running = long_statement(&server, &pool).await;
    let next = issue(&server, "next");
    hand.push(&next);
    until("the next token is in use", || pool.status().generation == 2).await;
    hand.set(naming(&next, TOKEN));
    hand.changed.notify_one();
    is_cut(running).await;
    until("nothing uses it", || hand.retired.lock().unwrap().contains(&fingerprint(TOKEN))).await;
    assert_eq!(pool.status().generation, 2);
    pool.query("select 1").await.unwrap();
}

#[tokio::test]
async fn two_pools_have_nothing_in_common_but_the_server() {
    let server = plain_server();
    let (one, two) = (Hand::holding(TOKEN), Hand::holding(&issue(&server, "other")));
    let (first, second) = (with_source(&server, &one, &[]), with_source(&server, &two, &[]));
    first.ready().await.unwrap();
    second.ready().await.unwrap();
    two.push("bad");
    until("it was tried", || server.stats()["auth_failures"].as_u64() == Some(1)).await;
    first.revoke();
    second.query("select 1").await.unwrap();
    assert_ne!(first.name(), second.name());
    assert_eq!(one.fetches.load(std::sync::atomic::Ordering::Relaxed), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_notices_a_hundred_rotations_under_load() {
    let server = plain_server();
    let hand = Hand::holding(TOKEN);
    let pool = with_source(&server, &hand, &[("token_retry", "1s"), ("max_size", "8")]);
    pool.ready().await.unwrap();
    let ended = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let workers = (0..8).map(|_| {
        let (pool, ended) = (pool.clone(), ended.clone());
        tokio::spawn(async move {
            let mut queries = 0u64;
            while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                let mut result = pool.query("select 1").await?;
                while result.next_block().await?.is_some() {}
                queries += 1;
            }
            Ok::<u64, Error>(queries)
        })
    });
    let workers: Vec<_> = workers.collect();
    let mut rotations = 0;
    for round in 1..=100 {
        match round % 10 {
            3 | 8 => hand.push("bad"),
            5 => {
                hand.set(Err(ErrorCode::SourceUnavailable.into()));
                hand.changed.notify_one();
            }
            _ => {
                let before = pool.status().generation;
                hand.push(&issue(&server, &format!("n{round}")));
                until("the next token is in use", || pool.status().generation > before).await;
                rotations += 1;
                if round > 10 {
                    let _ = server.accounts().remove_token(&format!("n{}", round - 10));
                }
            }
        }
    }
    ended.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut queries = 0;
    for worker in workers {
        queries += worker.await.unwrap().expect("no statement fails");
    }
    assert!(rotations == 70 && queries > 1000, "{rotations} rotations, {queries} statements");
    pool.close(Duration::from_secs(5)).await;
    until("every socket closes", || open_connections(&server) == 0).await;
}

#[tokio::test]
async fn a_closed_pool_has_told_its_source_of_every_token_it_held() {
    let server = plain_server();
    let hand = Hand::holding(TOKEN);
    let pool = with_source(&server, &hand, &[("token_grace", "60s")]);
    until("the pool fills", || pool.status().idle == 2).await;
    let next = issue(&server, "next");
    hand.push(&next);
    until("the next token is in use", || pool.status().generation == 2).await;
    pool.close(Duration::from_secs(5)).await;
    let mut retired = hand.retired.lock().unwrap().clone();
    retired.sort();
    let mut held = vec![fingerprint(TOKEN), fingerprint(&next)];
    held.sort();
    assert_eq!(retired, held);
}

/// Fails over what it is told of a token that is retired.
#[derive(Debug)]
struct Clumsy {
    hand: Arc<Hand>,
    hangs: bool,
    told: Notify,
}

impl TokenSource for Clumsy {
    fn name(&self) -> &str {
        "clumsy"
    }

    fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
        self.hand.fetch()
    }

    fn changed(&self) -> SourceFuture<'_, Result<()>> {
        self.hand.changed()
    }

    fn retire<'a>(&'a self, _: &'a tdsec::Secret) -> SourceFuture<'a, Result<()>> {
        self.told.notify_one();
        assert!(self.hangs, "the source panics before there is a future");
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_source_that_panics_or_hangs_when_a_token_is_retired_is_told_with_the_tokens_fingerprint() {
    let server = plain_server();
    for (hangs, name, says) in [(false, "panics", "panicked"), (true, "hangs", "gave no answer within 10 s")] {
        let filter = Filter::new().pool(name).name(EventName::SourceFailed);
        let told = observe::subscribe(filter);
        let source = Arc::new(Clumsy { hand: Hand::holding(TOKEN), hangs, told: Notify::new() });
        let options: Vec<_> = QUICK.iter().copied().chain([("pool_name", name)]).collect();
        let pool = Pool::new(&config(&[&server], &options), Some(source.clone())).unwrap();
        until("the pool fills", || pool.status().idle == 2).await;
        source.hand.push(&issue(&server, name));
        tokio::time::timeout(Duration::from_secs(10), source.told.notified()).await.unwrap();
        if hangs {
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(11)).await;
            tokio::time::resume();
        }
        let record = tokio::time::timeout(Duration::from_secs(10), told.next()).await.unwrap().unwrap();
        let field = |name: &str| record.event().field(name).unwrap().to_string();
        assert_eq!((field("source"), field("code")), ("clumsy".into(), "SOURCE_UNAVAILABLE".into()));
        assert!(field("message").contains(says), "{}", field("message"));
        assert!(field("message").contains(&format!("the token {} is retired", fingerprint(TOKEN))), "{record:?}");
        pool.query("select 1").await.unwrap();
    }
}

/// Panics without giving a future, once.
#[derive(Debug, Default)]
struct Stumbles(std::sync::atomic::AtomicBool);

impl TokenSource for Stumbles {
    fn name(&self) -> &str {
        "stumbles"
    }

    fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
        let before = self.0.swap(true, std::sync::atomic::Ordering::Relaxed);
        assert!(before, "the source panics before there is a future");
        Box::pin(async { Ok(Issued::new(TOKEN)) })
    }

    fn changed(&self) -> SourceFuture<'_, Result<()>> {
        panic!("the source panics before there is a future")
    }
}

#[tokio::test]
async fn a_source_that_panics_before_there_is_a_future_is_asked_again() {
    let server = plain_server();
    let pool = Pool::new(&config(&[&server], &QUICK), Some(Arc::new(Stumbles::default()))).unwrap();
    let error = pool.acquire().await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert!(error.message().contains("the token source stumbles panicked when it was asked for a token"), "{error}");
    until("the pool heals", || pool.status().idle == 2).await;
}
