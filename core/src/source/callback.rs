//! Tokens from the program itself: a closure that may block, or one that gives a future.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::{JoinError, JoinHandle};

use crate::config::check_token;
use crate::credential::{Issued, SourceFuture, TokenSource};
use crate::error::{Error, ErrorCode, Result};

/// How long a callback may take, unless another time is given.
pub const CALLBACK_TIMEOUT: Duration = Duration::from_secs(30);

/// Shorter words are no tokens: those of the server are 63 characters long.
const TOKEN_LENGTH: usize = 32;
/// So much of what a callback says about its failure is told.
const MESSAGE_LENGTH: usize = 300;

type Closure = dyn Fn() -> Result<Issued> + Send + Sync;
type Asynchronous = dyn Fn() -> SourceFuture<'static, Result<Issued>> + Send + Sync;

/// Tokens of a closure, which runs on a thread where it may wait, one call at a time.
///
/// A call that takes longer than `timeout` is `SOURCE_UNAVAILABLE`; it goes on, and the next fetch takes its answer instead of
/// calling again. An error of the closure is `SOURCE_UNAVAILABLE` with its text, and so is a panic, without its text.
pub fn callback(
    timeout: Duration,
    closure: impl Fn() -> Result<Issued> + Send + Sync + 'static,
) -> Arc<dyn TokenSource> {
    Arc::new(Callback { closure: Arc::new(closure), timeout, running: Mutex::default() })
}

/// Tokens of a closure that gives a future; as [`callback`], but a call that takes too long is dropped.
pub fn async_callback<F>(timeout: Duration, closure: impl Fn() -> F + Send + Sync + 'static) -> Arc<dyn TokenSource>
where
    F: Future<Output = Result<Issued>> + Send + 'static,
{
    let closure: Box<Asynchronous> = Box::new(move || Box::pin(closure()));
    Arc::new(AsyncCallback { closure, timeout })
}

struct Callback {
    closure: Arc<Closure>,
    timeout: Duration,
    /// A call that nobody has got the answer of yet.
    running: Mutex<Option<JoinHandle<Result<Issued>>>>,
}

impl Callback {
    async fn ask(&self) -> Result<Issued> {
        let mut call = Call { of: self, handle: self.take() };
        let handle = call.handle.get_or_insert_with(|| {
            let closure = Arc::clone(&self.closure);
            tokio::task::spawn_blocking(move || closure())
        });
        match tokio::time::timeout(self.timeout, handle).await {
            Ok(outcome) => {
                call.handle = None;
                judge(outcome.map_err(panicked).and_then(|outcome| outcome))
            }
            Err(_) => Err(late(self.timeout)),
        }
    }

    fn take(&self) -> Option<JoinHandle<Result<Issued>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Gives an unfinished call back, also when the future that waits for it is dropped.
struct Call<'a> {
    of: &'a Callback,
    handle: Option<JoinHandle<Result<Issued>>>,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take() {
            *self.of.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
        }
    }
}

impl TokenSource for Callback {
    fn name(&self) -> &str {
        "callback"
    }

    fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
        Box::pin(self.ask())
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

struct AsyncCallback {
    closure: Box<Asynchronous>,
    timeout: Duration,
}

impl AsyncCallback {
    async fn ask(&self) -> Result<Issued> {
        // The closure itself may panic too, before there is a future.
        let call = AssertUnwindSafe(async { (self.closure)().await }).catch_unwind();
        match tokio::time::timeout(self.timeout, call).await {
            Ok(outcome) => judge(outcome.unwrap_or_else(|panic| Err(died(&panic)))),
            Err(_) => Err(late(self.timeout)),
        }
    }
}

impl TokenSource for AsyncCallback {
    fn name(&self) -> &str {
        "callback"
    }

    fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
        Box::pin(self.ask())
    }
}

impl fmt::Debug for AsyncCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncCallback").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

fn judge(outcome: Result<Issued>) -> Result<Issued> {
    match outcome {
        Ok(issued) => match check_token(&issued.token) {
            Ok(()) => Ok(issued),
            Err(flaw) => Err(Error::new(ErrorCode::SourceInvalid, format!("the callback: {}", flaw.message()))),
        },
        Err(error) if matches!(error.code(), ErrorCode::SourceUnavailable | ErrorCode::SourceInvalid) => {
            let told = harmless(error.message());
            Err(if told == error.message() { error } else { Error::new(error.code(), told) })
        }
        Err(error) => {
            let text = format!("the callback failed: {}", harmless(error.message()));
            Err(Error::new(ErrorCode::SourceUnavailable, text).with_source(error))
        }
    }
}

/// Words of the program: the beginning of their first line, without what is long enough to be a token.
fn harmless(text: &str) -> String {
    let line = text.trim_start().lines().next().unwrap_or_default();
    let mut told = String::new();
    for word in line.split_inclusive(|c: char| !is_of_token(c)) {
        let bare = word.trim_end_matches(|c: char| !is_of_token(c));
        told.push_str(if bare.len() < TOKEN_LENGTH { bare } else { "…" });
        told.push_str(&word[bare.len()..]);
        if told.len() > MESSAGE_LENGTH {
            told.truncate(told.floor_char_boundary(MESSAGE_LENGTH));
            told.push('…');
            break;
        }
    }
    told
}

fn is_of_token(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '-'
}

fn panicked(error: JoinError) -> Error {
    match error.try_into_panic() {
        Ok(panic) => died(&panic),
        Err(_) => Error::new(ErrorCode::SourceUnavailable, "the callback was stopped with its runtime"),
    }
}

/// A panic's text may hold anything.
fn died(_: &Box<dyn Any + Send>) -> Error {
    Error::new(ErrorCode::SourceUnavailable, "the callback panicked")
}

fn late(timeout: Duration) -> Error {
    Error::new(ErrorCode::SourceUnavailable, format!("the callback gave no token within {} s", timeout.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_token_is_taken_out_of_what_a_callback_says() {
        let token = "aB3".repeat(21);
        for (said, told) in [
            (format!("refused: {token}!"), "refused: …!"),
            (token.clone(), "…"),
            (format!("first line\nkey={token}"), "first line"),
            ("open(\"/run/secrets/tdengine/token\") failed".into(), "open(\"/run/secrets/tdengine/token\") failed"),
            (String::new(), ""),
        ] {
            assert_eq!(harmless(&said), told);
            let failed = judge(Err(Error::new(ErrorCode::Internal, said.clone()))).expect_err("it failed");
            assert_eq!(failed.code(), ErrorCode::SourceUnavailable);
            assert!(!failed.to_string().contains(&token), "{failed}");
        }
        assert!(harmless(&"ä ".repeat(1000)).len() <= MESSAGE_LENGTH + "…".len());
    }
}
