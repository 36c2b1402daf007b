//! The blocks of a result on their way to Python: read by whoever needs one, lost by nobody.
//!
//! A read that is given up (Ctrl-C, a cancelled task) between the arrival of its block and the delivery must not lose
//! the block, so blocks go through a queue and are taken out only by who uses them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tdsec::{Block, Result, ResultSet};

/// The core's result and the blocks that were read and not used.
pub(crate) struct Feed {
    /// Lent to one reader at a time.
    source: tokio::sync::Mutex<ResultSet>,
    arrived: Mutex<VecDeque<Block>>,
}

impl Feed {
    pub(crate) fn new(source: ResultSet) -> Arc<Self> {
        Arc::new(Feed { source: tokio::sync::Mutex::new(source), arrived: Mutex::default() })
    }

    /// Reads one more block into the queue, unless one is there already; false at the end.
    pub(crate) async fn fill(&self) -> Result<bool> {
        if !self.arrived().is_empty() {
            return Ok(true);
        }
        let mut source = self.source.lock().await;
        // Nothing is awaited between the arrival and the queue: a dropped future has either not read, or kept.
        let block = source.next_block().await?;
        let mut arrived = self.arrived();
        arrived.extend(block);
        Ok(!arrived.is_empty())
    }

    /// The next block; `None` at the end.
    pub(crate) async fn next(&self) -> Result<Option<Block>> {
        loop {
            if let Some(block) = self.take() {
                return Ok(Some(block));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    /// A block that is there.
    pub(crate) fn take(&self) -> Option<Block> {
        self.arrived().pop_front()
    }

    /// Frees what was not read. Whoever reads at this moment, in another thread, gets the block it asked for.
    pub(crate) fn close(self: &Arc<Self>) {
        self.arrived().clear();
        match self.source.try_lock() {
            Ok(mut source) => source.close(),
            Err(_) => {
                let feed = Arc::clone(self);
                if let Ok(runtime) = tdsec::blocking::runtime() {
                    runtime.spawn(async move { feed.source.lock().await.close() });
                }
            }
        }
    }

    fn arrived(&self) -> MutexGuard<'_, VecDeque<Block>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
