//! Which token is in use, until when, and what happens when another one comes.
//!
//! Pure: the rotation machine is told what happened and says what to do; it opens nothing and asks no clock.

mod issued;
mod rotation;
mod source;

pub use issued::Issued;
pub(crate) use rotation::{Output, Rotation, Settings};
pub use source::{SourceFuture, TokenSource};

/// Counts the credentials a pool has had: 1 is the first. Connections carry theirs.
pub type Generation = u64;
