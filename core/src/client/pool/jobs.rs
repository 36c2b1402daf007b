//! The tasks of a pool: none outlives it (OPS-5, SRC-4).

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

#[derive(Debug)]
pub(super) struct Jobs {
    runtime: Handle,
    closing: watch::Sender<bool>,
    live: Arc<Live>,
}

#[derive(Debug, Default)]
struct Live {
    count: AtomicUsize,
    ended: Notify,
}

struct Counted(Arc<Live>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::AcqRel);
        self.0.ended.notify_waiters();
    }
}

impl Jobs {
    pub(super) fn new(runtime: Handle) -> Self {
        Jobs { runtime, closing: watch::Sender::new(false), live: Arc::default() }
    }

    /// Dropped when the pool closes.
    pub(super) fn spawn(&self, job: impl Future<Output = ()> + Send + 'static) {
        let mut closing = self.closing.subscribe();
        self.spawn_to_the_end(async move {
            tokio::select! {
                _ = closing.wait_for(|closing| *closing) => {}
                () = job => {}
            }
        });
    }

    /// Runs to its end, however the pool does: what it does must be bounded in time.
    pub(super) fn spawn_to_the_end(&self, job: impl Future<Output = ()> + Send + 'static) {
        self.live.count.fetch_add(1, Ordering::AcqRel);
        let counted = Counted(Arc::clone(&self.live));
        self.runtime.spawn(async move {
            let _counted = counted;
            job.await;
        });
    }

    pub(super) fn close(&self) {
        self.closing.send_replace(true);
    }

    pub(super) fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    /// Ends when no task is left.
    pub(super) async fn all_ended(&self) {
        loop {
            let mut ended = std::pin::pin!(self.live.ended.notified());
            ended.as_mut().enable();
            if self.live.count.load(Ordering::Acquire) == 0 {
                return;
            }
            ended.await;
        }
    }
}
