//! What a token source is: the interface only; the sources themselves open files and sockets, in the room `source`.

use std::fmt::Debug;
use std::future::{Future, pending};
use std::pin::Pin;
use std::time::Duration;

use super::Issued;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// A boxed future of a source.
pub type SourceFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The longest answer that is waited for, whatever the source is. Each kind has shorter limits of its own, for each server and call:
/// this one must leave it the time to go on to the next.
pub(crate) const SOURCE_PATIENCE: Duration = Duration::from_secs(60);

/// Gives tokens. Whoever uses a source asks once at a time, keeps the last good token when it fails, and repeats with
/// backoff: a source reports failures and neither retries nor caches.
///
/// All futures may be dropped at any time.
pub trait TokenSource: Debug + Send + Sync + 'static {
    /// Its kind for events and metrics: `file`, `nacos`.
    fn name(&self) -> &str;

    /// The token of the moment. A pool gives up an answer that takes longer than a minute.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` if it cannot be asked, `SOURCE_INVALID` if what it gave holds no token.
    fn fetch(&self) -> SourceFuture<'_, Result<Issued>>;

    /// Ends when the token may have changed; never for a source that cannot tell. An error is as good as "may have changed":
    /// it is repeated with backoff.
    fn changed(&self) -> SourceFuture<'_, Result<()>> {
        Box::pin(pending())
    }

    /// Nothing uses this token of the source any more; one that makes tokens disables and drops it.
    ///
    /// # Errors
    /// It could not be told; it is asked again later.
    fn retire<'a>(&'a self, token: &'a Secret) -> SourceFuture<'a, Result<()>> {
        let _ = token;
        Box::pin(async { Ok(()) })
    }

    /// Puts `issued` where the clients of this source read their token. What else stands there stays.
    ///
    /// # Errors
    /// `SOURCE_READ_ONLY` by a source that cannot be written, `SOURCE_INVALID` if what stands there cannot be changed without loss,
    /// `SOURCE_UNAVAILABLE` if it could not be done. Nothing has changed then, unless [`Error::may_have_run`] says that this is
    /// not known.
    fn publish<'a>(&'a self, issued: &'a Issued) -> SourceFuture<'a, Result<()>> {
        let _ = issued;
        let refused = read_only(self.name());
        Box::pin(async { Err(refused) })
    }

    /// What [`publish`](Self::publish) would be refused for, as far as that can be told without changing what stands there. A source
    /// that has the one has the other.
    ///
    /// # Errors
    /// Those of `publish`. Without one it may still fail: not every place tells beforehand who may write.
    fn check_publish(&self) -> SourceFuture<'_, Result<()>> {
        let refused = read_only(self.name());
        Box::pin(async { Err(refused) })
    }
}

fn read_only(name: &str) -> Error {
    Error::new(ErrorCode::SourceReadOnly, format!("the source {name} cannot be written"))
}
