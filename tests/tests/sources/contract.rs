//! What every source promises, whatever it reads from.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tdsec::{Error, ErrorCode, TokenSource};

use crate::logs;

/// What a source reads from, in the hands of the test.
pub(crate) trait Origin: Send + Sync {
    /// A source of it.
    fn source(&self) -> Arc<dyn TokenSource>;

    /// It holds this content from now on.
    fn put(&self, content: &str) -> impl Future<Output = ()> + Send;

    /// It holds nothing any more: the file is deleted, the entry removed.
    fn remove(&self) -> impl Future<Output = ()> + Send;

    /// What errors name.
    fn place(&self) -> String;

    /// Whether a source of it tells of changes.
    fn tells(&self) -> bool {
        true
    }

    /// Nobody answers any more.
    fn stop(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// It answers again.
    fn start(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// From now on no request is answered, until told otherwise. False if there is no way to be slow.
    fn hang(&self, _: bool) -> bool {
        false
    }

    /// Something of this process waits for it: a socket, a watch.
    fn is_waited_for(&self) -> bool;

    /// Until somebody waits for a change of it.
    fn waited_for(&self) -> impl Future<Output = ()> + Send {
        eventually("somebody waits", || self.is_waited_for())
    }

    /// Further secrets that may be in no text.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}

const PATIENCE: Duration = Duration::from_secs(20);
/// Long enough for several polls of every source under test.
const A_WHILE: Duration = Duration::from_millis(400);

/// Goes through all of it.
pub(crate) async fn holds(origin: impl Origin) {
    logs::capture();
    let mut texts = String::new();
    let source = origin.source();
    let secret = |label: &str| format!("{label}Secret{:016x}", std::ptr::from_ref(&origin).addr() ^ 0x5eed);
    let tokens: Vec<String> = (0..9).map(|number| secret(&format!("T{number}"))).collect();

    origin.put(&format!("token={}\n", tokens[0])).await;
    assert_eq!(token(&source).await, tokens[0], "the first value");
    if origin.tells() {
        unchanged(&origin, &source).await;
        change_is_noticed(&origin, &source, &tokens).await;
        dropped_while_waiting(&origin, &source).await;
    }

    let garbage = secret("Garbage");
    for content in [format!("tokn={garbage}"), format!("{{\"token\": \"{garbage}"), " \n".to_owned()] {
        origin.put(&content).await;
        let error = refused(&source).await;
        assert_eq!(error.code(), ErrorCode::SourceInvalid, "{content:?}: {error}");
        assert!(error.message().contains(&origin.place()), "{error}");
        texts += &format!("{error} {error:?} {source:?}");
    }
    origin.put(&tokens[3]).await;
    assert_eq!(token(&source).await, tokens[3], "back after garbage");

    origin.remove().await;
    let error = refused(&source).await;
    assert!(matches!(error.code(), ErrorCode::SourceInvalid | ErrorCode::SourceUnavailable), "{error}");
    assert!(error.message().contains(&origin.place()), "{error}");
    texts += &format!("{error} {error:?}");
    if origin.tells() {
        // What comes back is a change too.
        let (noticed, ()) = tokio::join!(within(source.changed()), async {
            let _ = tokio::time::timeout(A_WHILE / 4, std::future::pending::<()>()).await;
            origin.put(&tokens[4]).await;
        });
        noticed.unwrap();
    } else {
        origin.put(&tokens[4]).await;
    }
    assert_eq!(token(&source).await, tokens[4], "back after it was gone");

    origin.stop().await;
    let outcome = within(source.fetch()).await;
    if let Err(error) = &outcome {
        assert_eq!(error.code(), ErrorCode::SourceUnavailable, "{error}");
        texts += &format!("{error} {error:?}");
        if origin.tells() {
            assert!(within(source.changed()).await.is_err(), "a source that cannot be asked says so");
        }
    }
    origin.start().await;
    assert_eq!(token(&source).await, tokens[4], "back after it was down");

    if origin.hang(true) {
        let late = tokio::time::timeout(A_WHILE, source.fetch()).await;
        assert!(late.is_err(), "the caller's patience ends it");
        quiet(&origin).await;
        origin.hang(false);
        assert_eq!(token(&source).await, tokens[4], "back after it was slow");
    }
    drop(source);
    quiet(&origin).await;

    texts += &logs::lines();
    for secret in tokens.iter().chain(&origin.secrets()).chain([&garbage]) {
        assert!(!texts.contains(secret.as_str()), "a secret in a text");
    }
}

async fn unchanged(origin: &impl Origin, source: &Arc<dyn TokenSource>) {
    let early = tokio::time::timeout(A_WHILE, source.changed()).await;
    assert!(early.is_err(), "nothing changed, but the source said {early:?}");
    quiet(origin).await;
}

async fn change_is_noticed(origin: &impl Origin, source: &Arc<dyn TokenSource>, tokens: &[String]) {
    let waiting = {
        let source = Arc::clone(source);
        tokio::spawn(async move { source.changed().await })
    };
    origin.waited_for().await;
    origin.put(&format!("token={}", tokens[1])).await;
    within(waiting).await.unwrap().unwrap();
    assert_eq!(token(source).await, tokens[1], "the change");

    // Between a fetch and the wait for the next change nothing is lost.
    origin.put(&format!("token={}", tokens[2])).await;
    within(source.changed()).await.unwrap();
    assert_eq!(token(source).await, tokens[2], "the change that nobody waited for");
}

async fn dropped_while_waiting(origin: &impl Origin, source: &Arc<dyn TokenSource>) {
    let waiting = {
        let source = Arc::clone(source);
        tokio::spawn(async move { source.changed().await })
    };
    origin.waited_for().await;
    waiting.abort();
    assert!(within(waiting).await.unwrap_err().is_cancelled());
    quiet(origin).await;
}

async fn quiet(origin: &impl Origin) {
    eventually("nobody waits any more", || !origin.is_waited_for()).await;
}

/// Looks again and again until it holds.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !holds() {
        assert!(tokio::time::Instant::now() < deadline, "never came: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("no end within the test's patience")
}

pub(crate) async fn token(source: &Arc<dyn TokenSource>) -> String {
    within(source.fetch()).await.unwrap_or_else(|error| panic!("{error}")).token.expose().to_owned()
}

pub(crate) async fn refused(source: &Arc<dyn TokenSource>) -> Error {
    within(source.fetch()).await.expect_err("this holds no token")
}
