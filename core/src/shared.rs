//! What the whole process shares, safely across `fork` (HOST-3).
//!
//! Another thread may hold a lock at the moment of a fork; in the child nobody ever gives it back. What is kept here only saves
//! work, so whoever cannot have the lock goes on without.

use std::sync::{Mutex, MutexGuard, TryLockError};

/// Far longer than anybody holds such a lock, far shorter than anybody waits for a connection.
const TRIES: u32 = 20_000;

/// The content, or `None` if the lock seems to be held by a thread that is no more.
pub(crate) fn lock<T>(shared: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    for _ in 0..TRIES {
        match shared.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => std::thread::yield_now(),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_lock_that_nobody_gives_back_is_done_without() {
        let shared = Mutex::new(7);
        assert_eq!(*lock(&shared).unwrap(), 7);
        let held = shared.lock().unwrap();
        assert!(lock(&shared).is_none());
        drop(held);
        assert!(lock(&shared).is_some());
    }
}
