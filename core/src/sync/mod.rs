//! What the concurrent parts are made of, and the one way in which they wait for each other.
//!
//! `tests/loom` compiles lease, jobs, subscriptions and listeners a second time, with the primitives of loom in the place of
//! `primitives.rs`, and tries every order in which their threads may run.

mod primitives;
mod until;

pub(crate) use primitives::{Condvar, Handle, Mutex, MutexGuard, Notify, OnceLock, atomic, thread, thread_local};
pub(crate) use until::until;
