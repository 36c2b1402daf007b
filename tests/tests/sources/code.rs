//! Sources of the program itself: the environment, callbacks, chains.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tdsec::source::{async_callback, callback, chain, parse};
use tdsec::{Error, ErrorCode, Issued, Result, Secret, SourceFuture, TokenSource};

use crate::contract::{self, Origin, refused, token, within};
use crate::logs;

/// What a closure of a program would look up. Contents are parsed by the program itself here.
#[derive(Default)]
struct Program {
    token: Mutex<Option<String>>,
}

impl Program {
    fn answer(&self) -> Result<Issued> {
        match &*self.token.lock().unwrap() {
            Some(content) => match content.strip_prefix("token=").unwrap_or(content).trim() {
                token if token.contains(['=', '{']) => {
                    Err(Error::new(ErrorCode::SourceInvalid, "the callback: no token"))
                }
                token => Ok(Issued::new(token)),
            },
            None => Err(Error::new(ErrorCode::InvalidArgument, "nothing there")),
        }
    }
}

struct ByCallback {
    program: Arc<Program>,
    asynchronous: bool,
    hangs: Arc<AtomicBool>,
    waits: Arc<AtomicUsize>,
}

struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Origin for ByCallback {
    fn source(&self) -> Arc<dyn TokenSource> {
        let program = Arc::clone(&self.program);
        let (hangs, waits) = (Arc::clone(&self.hangs), Arc::clone(&self.waits));
        if !self.asynchronous {
            return callback(Duration::from_secs(5), move || program.answer());
        }
        async_callback(Duration::from_secs(5), move || {
            let (program, hangs, waits) = (Arc::clone(&program), Arc::clone(&hangs), Arc::clone(&waits));
            async move {
                if hangs.load(Ordering::SeqCst) {
                    waits.fetch_add(1, Ordering::SeqCst);
                    let _waiting = Waiting(waits);
                    std::future::pending::<()>().await;
                }
                program.answer()
            }
        })
    }

    async fn put(&self, content: &str) {
        *self.program.token.lock().unwrap() = Some(content.to_owned());
    }

    async fn remove(&self) {
        *self.program.token.lock().unwrap() = None;
    }

    fn place(&self) -> String {
        "the callback".into()
    }

    fn tells(&self) -> bool {
        false
    }

    fn hang(&self, hangs: bool) -> bool {
        self.hangs.store(hangs, Ordering::SeqCst);
        self.asynchronous
    }

    fn is_waited_for(&self) -> bool {
        self.waits.load(Ordering::SeqCst) > 0
    }
}

fn by_callback(asynchronous: bool) -> ByCallback {
    ByCallback { program: Arc::default(), asynchronous, hangs: Arc::default(), waits: Arc::default() }
}

#[tokio::test]
async fn a_callback_keeps_the_contract() {
    contract::holds(by_callback(false)).await;
}

#[tokio::test]
async fn an_async_callback_keeps_the_contract() {
    contract::holds(by_callback(true)).await;
}

#[tokio::test]
async fn a_slow_callback_is_waited_for_and_not_called_twice() {
    let (calls, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new((Mutex::new(false), Condvar::new())));
    let source = {
        let (calls, gate) = (Arc::clone(&calls), Arc::clone(&gate));
        callback(Duration::from_millis(50), move || {
            calls.fetch_add(1, Ordering::SeqCst);
            let (open, opened) = &*gate;
            drop(opened.wait_while(open.lock().unwrap(), |open| !*open).unwrap());
            Ok(Issued::new("abc"))
        })
    };
    for _ in 0..3 {
        let error = refused(&source).await;
        assert_eq!(error.code(), ErrorCode::SourceUnavailable);
        assert!(error.message().contains("within 0.05 s"), "{error}");
    }
    // A wait that is dropped gives the call back as well.
    let _ = tokio::time::timeout(Duration::from_millis(5), source.fetch()).await;
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    assert_eq!(token(&source).await, "abc");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(token(&source).await, "abc");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_callback_that_panics_or_fails_is_an_error_with_a_code() {
    logs::capture();
    let secret = "PanicText8812";
    let panicking: [Arc<dyn TokenSource>; 2] = [
        callback(Duration::from_secs(5), || panic!("PanicText8812")),
        async_callback(Duration::from_secs(5), || async { panic!("PanicText8812") }),
    ];
    for source in &panicking {
        let error = refused(source).await;
        assert_eq!((error.code(), error.message()), (ErrorCode::SourceUnavailable, "the callback panicked"));
        assert!(!format!("{error:?}").contains(secret));
    }
    let failing = callback(Duration::from_secs(5), || Err(Error::new(ErrorCode::InvalidArgument, "no such key")));
    let error = refused(&failing).await;
    assert_eq!((error.code(), error.message()), (ErrorCode::SourceUnavailable, "the callback failed: no such key"));
    let wrong = callback(Duration::from_secs(5), || Ok(Issued::new("a b")));
    assert_eq!(refused(&wrong).await.code(), ErrorCode::SourceInvalid);
}

#[tokio::test]
async fn the_environment_is_read_at_every_fetch() {
    let source = parse("env:TDSEC_TEST_SOURCE_OF_NO_TOKEN").unwrap();
    let error = refused(&source).await;
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert!(error.message().contains("TDSEC_TEST_SOURCE_OF_NO_TOKEN is not set"), "{error}");
    // What the process was started with serves: a process with threads must not set variables.
    let there = std::env::vars().find(|(name, value)| name == "CARGO_PKG_NAME" && !value.is_empty()).unwrap();
    assert_eq!(token(&parse("env:CARGO_PKG_NAME").unwrap()).await, there.1);
    let spaced = parse("env:CARGO_PKG_DESCRIPTION").unwrap();
    assert_eq!(refused(&spaced).await.code(), ErrorCode::SourceInvalid);
}

/// Gives what it is told, remembers what was retired.
#[derive(Debug, Default)]
struct Scripted {
    token: Mutex<Option<&'static str>>,
    retired: Mutex<Vec<String>>,
    changed: tokio::sync::Notify,
}

impl TokenSource for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
        Box::pin(async {
            let token = *self.token.lock().unwrap();
            token.map(Issued::new).ok_or_else(|| Error::new(ErrorCode::SourceUnavailable, "down"))
        })
    }

    fn changed(&self) -> SourceFuture<'_, Result<()>> {
        Box::pin(async {
            self.changed.notified().await;
            Ok(())
        })
    }

    fn retire<'a>(&'a self, token: &'a Secret) -> SourceFuture<'a, Result<()>> {
        Box::pin(async {
            self.retired.lock().unwrap().push(token.expose().to_owned());
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_chain_gives_what_the_first_one_that_answers_gives_and_retires_it_there() {
    let (first, second) = (Arc::new(Scripted::default()), Arc::new(Scripted::default()));
    let source = chain(vec![Arc::clone(&first) as _, Arc::clone(&second) as _]).unwrap();
    let error = refused(&source).await;
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert!(error.message().contains("scripted: down; scripted: down"), "{error}");

    *second.token.lock().unwrap() = Some("second");
    assert_eq!(token(&source).await, "second");
    *first.token.lock().unwrap() = Some("first");
    let (changed, ()) = tokio::join!(within(source.changed()), async { first.changed.notify_one() });
    changed.unwrap();
    assert_eq!(token(&source).await, "first");

    for retired in ["second", "unknown", "first", "second"] {
        source.retire(&Secret::new(retired)).await.unwrap();
    }
    assert_eq!(*first.retired.lock().unwrap(), ["first"]);
    assert_eq!(*second.retired.lock().unwrap(), ["second"], "each token once, where it came from");
    assert_eq!(chain(Vec::new()).unwrap_err().code(), ErrorCode::InvalidArgument);
}
