//! Which token is in use, until when, and what happens when another one comes.
//!
//! Pure: the rotation machine is told what happened and says what to do; it opens nothing and asks no clock.
//!
//! | File | Holds |
//! |---|---|
//! | `rotation` | the machine and its table of states |
//! | `asking` | when the source is asked: one question at a time |
//! | `lifetime` | how long a token lives, when the next one is due |
//! | `skew` | jumps of the wall clock, sleep of the machine |
//! | `held` | tokens with their generation; earlier ones in their grace period |
//! | `refused` | tokens that are not tried (again) |
//! | `issued`, `source` | what a source gives, and what a source is |

mod asking;
mod chance;
mod held;
mod issued;
mod lifetime;
mod refused;
mod rotation;
mod skew;
mod source;
#[cfg(test)]
mod tests;

pub use issued::Issued;
pub(crate) use rotation::{Output, Rotation, Settings};
pub(crate) use source::SOURCE_PATIENCE;
pub use source::{SourceFuture, TokenSource};

/// Counts the credentials a pool has had: 1 is the first. Connections carry theirs.
pub type Generation = u64;
