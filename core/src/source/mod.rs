//! Where tokens come from (SRC-1 … SRC-4): one [`TokenSource`](crate::TokenSource) for each place, made from texts.
//!
//! ```text
//! "nacos:server_addr=h1:8848;namespace=prod"      Builder::new("nacos")?.set("server_addr", "h1:8848")?
//!            |  parse                                  |
//!            +-------------------> Builder <-----------+        kinds: the table of kinds and options
//!                                     | build
//!                                     v
//!   static  env  file  nacos  vault  kubernetes  sql            callback  async_callback  chain: made by code
//!                 |      \      |      /
//!               watch      http, over tls                       content: what all of them read; published: what they write
//! ```
//!
//! A source reports; it neither retries nor caches: backoff, jitter and keeping the last good token are the business of the
//! rotation. Nothing of a content or a credential is in any error, and a future that is dropped leaves no socket, thread or
//! watch behind.

mod builder;
mod callback;
mod chain;
mod content;
mod docs;
mod file;
mod fixed;
mod http;
mod kinds;
mod kubernetes;
mod nacos;
mod published;
mod reference;
mod sql;
mod vault;
mod watch;

pub use builder::{Builder, parse};
pub use callback::{CALLBACK_TIMEOUT, async_callback, callback};
pub use chain::chain;
pub use content::{issued, parse as parse_content, revoked, token_key};
pub use docs::sources_markdown;
pub use kinds::{SourceKind, kinds};

use crate::error::{Error, ErrorCode, Result};

/// Runs what may block on a disk beside the runtime's threads.
async fn beside_the_runtime<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Error::new(ErrorCode::SourceUnavailable, "the source could not be read").with_source(error))
    })
}
