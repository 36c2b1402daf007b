//! Those of the standard library and of tokio.

pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, atomic};
pub(crate) use std::{thread, thread_local};

pub(crate) use tokio::runtime::Handle;
pub(crate) use tokio::sync::Notify;
