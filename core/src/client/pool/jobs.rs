//! The tasks of a pool: none outlives it (OPS-5, SRC-4).

use std::future::Future;
use std::sync::Arc;

use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Handle, Notify, until};

#[derive(Debug)]
pub(super) struct Jobs {
    runtime: Handle,
    live: Arc<Live>,
}

#[derive(Debug, Default)]
struct Live {
    count: AtomicUsize,
    ended: Notify,
    closing: AtomicBool,
    closed: Notify,
}

impl Live {
    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }
}

/// Something that [`Jobs::all_ended`] waits for.
#[derive(Debug)]
pub(super) struct Counted(Arc<Live>);

impl Drop for Counted {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.ended.notify_waiters();
        }
    }
}

impl Jobs {
    pub(super) fn new(runtime: Handle) -> Self {
        Jobs { runtime, live: Arc::default() }
    }

    /// Dropped when the pool closes; after that it does not even begin.
    pub(super) fn spawn(&self, job: impl Future<Output = ()> + Send + 'static) {
        let live = Arc::clone(&self.live);
        self.spawn_to_the_end(async move {
            tokio::select! {
                biased;
                () = until(&live.closed, || live.is_closing().then_some(())) => {}
                () = job => {}
            }
        });
    }

    /// Runs to its end, however the pool does: what it does must be bounded in time.
    pub(super) fn spawn_to_the_end(&self, job: impl Future<Output = ()> + Send + 'static) {
        let counted = self.hold();
        self.runtime.spawn(async move {
            let _counted = counted;
            job.await;
        });
    }

    /// Until it is dropped, not all has ended: for what has been decided and not been done yet.
    pub(super) fn hold(&self) -> Counted {
        self.live.count.fetch_add(1, Ordering::AcqRel);
        Counted(Arc::clone(&self.live))
    }

    pub(super) fn close(&self) {
        self.live.closing.store(true, Ordering::Release);
        self.live.closed.notify_waiters();
    }

    pub(super) fn is_closing(&self) -> bool {
        self.live.is_closing()
    }

    /// Ends when no task is left.
    pub(super) async fn all_ended(&self) {
        until(&self.live.ended, || (self.live.count.load(Ordering::Acquire) == 0).then_some(())).await;
    }
}
