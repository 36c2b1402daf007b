//! In the place of the core's room `sync`: loom's primitives, and what loom lacks, made of them.

#[path = "../../../core/src/sync/until.rs"]
mod until;

use std::future::Future;
use std::pin::Pin;
use std::sync::{LockResult, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

pub(crate) use loom::sync::{Mutex, MutexGuard, atomic};
pub(crate) use loom::thread;
pub(crate) use until::until;

/// loom's does not know what is begun with `const`.
macro_rules! local_of_thread {
    ($(#[$about:meta])* static $name:ident: $of:ty = const $begin:block;) => {
        loom::thread_local! {
            $(#[$about])*
            static $name: $of = $begin;
        }
    };
}
pub(crate) use local_of_thread as thread_local;

use atomic::{AtomicBool, AtomicUsize, Ordering};

/// Time does not pass: a wait ends by a notification.
pub(crate) struct Condvar(loom::sync::Condvar);

impl Condvar {
    pub(crate) fn new() -> Self {
        Condvar(loom::sync::Condvar::new())
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    pub(crate) fn wait_timeout_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        _: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        while condition(&mut guard) {
            guard = self.0.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        Ok((guard, false))
    }
}

/// Set with the ordering of the standard one.
pub(crate) struct OnceLock<T> {
    value: std::sync::OnceLock<T>,
    is_set: AtomicBool,
}

impl<T> OnceLock<T> {
    pub(crate) fn new() -> Self {
        OnceLock { value: std::sync::OnceLock::new(), is_set: AtomicBool::new(false) }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        if self.is_set.load(Ordering::Acquire) { self.value.get() } else { None }
    }

    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        self.value.set(value)?;
        self.is_set.store(true, Ordering::Release);
        Ok(())
    }
}

/// tokio's own, each of whose operations is one step; loom is shown that they are ordered.
#[derive(Debug, Default)]
pub(crate) struct Notify {
    real: tokio::sync::Notify,
    order: AtomicUsize,
}

impl Notify {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn notify_one(&self) {
        self.step();
        self.real.notify_one();
    }

    pub(crate) fn notify_waiters(&self) {
        self.step();
        self.real.notify_waiters();
    }

    pub(crate) fn notified(&self) -> Notified<'_> {
        self.step();
        Notified { of: self, real: Box::pin(self.real.notified()) }
    }

    fn step(&self) {
        self.order.fetch_add(1, Ordering::AcqRel);
    }
}

pub(crate) struct Notified<'a> {
    of: &'a Notify,
    real: Pin<Box<tokio::sync::futures::Notified<'a>>>,
}

impl Notified<'_> {
    pub(crate) fn enable(mut self: Pin<&mut Self>) -> bool {
        self.of.step();
        self.real.as_mut().enable()
    }
}

impl Future for Notified<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.of.step();
        self.real.as_mut().poll(context)
    }
}

impl Drop for Notified<'_> {
    fn drop(&mut self) {
        self.of.step();
    }
}

/// A runtime with a thread for each task.
#[derive(Debug, Clone)]
pub(crate) struct Handle;

impl Handle {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        thread::spawn(move || loom::future::block_on(task));
    }
}
