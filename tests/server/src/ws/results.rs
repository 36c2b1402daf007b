//! Open results of a session: ids from 1 up, blocks made while they are fetched, the next one ahead of time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::answer::Failure;
use crate::engine::SqlError;

type Blocks = Box<dyn Iterator<Item = Result<Vec<u8>, SqlError>> + Send>;

#[derive(Default)]
pub(super) struct Results(Mutex<Table>);

#[derive(Default)]
struct Table {
    last_id: u64,
    open: HashMap<u64, Arc<OpenResult>>,
}

/// A result that has not been read to its end.
pub(super) struct OpenResult {
    /// Declared length of each column, for `num_fields` and the old `fetch`.
    pub(super) lengths: Vec<i32>,
    state: Mutex<State>,
}

struct State {
    /// `None` once it is freed.
    blocks: Option<Blocks>,
    ahead: Option<Option<Result<Vec<u8>, SqlError>>>,
    /// What `fetch` has brought and `fetch_block` hands over.
    fetched: Option<Bytes>,
}

impl Results {
    pub(super) fn add(&self, blocks: Blocks, lengths: Vec<i32>) -> u64 {
        let mut table = self.table();
        table.last_id += 1;
        let id = table.last_id;
        let state = Mutex::new(State { blocks: Some(blocks), ahead: None, fetched: None });
        table.open.insert(id, Arc::new(OpenResult { lengths, state }));
        id
    }

    pub(super) fn get(&self, id: u64) -> Result<Arc<OpenResult>, Failure> {
        self.table().open.get(&id).cloned().ok_or_else(|| Failure::gateway("result is nil"))
    }

    pub(super) fn free(&self, id: u64) {
        let freed = self.table().open.remove(&id);
        // Dropping a result may take long; the table is not locked any more.
        if let Some(result) = freed {
            *result.state() = State { blocks: None, ahead: None, fetched: None };
        }
    }

    /// The next block, or `None` at the end. The end and an error free the result.
    pub(super) fn next(&self, id: u64) -> Result<Option<Bytes>, Failure> {
        let next = self.get(id)?.state().next()?;
        match next {
            Some(Ok(block)) => Ok(Some(Bytes::from(block))),
            Some(Err(error)) => {
                self.free(id);
                Err(error.into())
            }
            None => {
                self.free(id);
                Ok(None)
            }
        }
    }

    /// Makes the next block before it is asked for.
    pub(super) fn prepare(&self, id: u64) {
        if let Ok(result) = self.get(id) {
            result.state().prepare();
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenResult {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn keep_fetched(&self, block: Bytes) {
        self.state().fetched = Some(block);
    }

    pub(super) fn fetched(&self) -> Option<Bytes> {
        self.state().fetched.clone()
    }
}

impl State {
    fn next(&mut self) -> Result<Option<Result<Vec<u8>, SqlError>>, Failure> {
        let blocks = self.blocks.as_mut().ok_or_else(|| Failure::gateway("result has been freed"))?;
        Ok(self.ahead.take().unwrap_or_else(|| blocks.next()))
    }

    fn prepare(&mut self) {
        if let (None, Some(blocks)) = (&self.ahead, &mut self.blocks) {
            self.ahead = Some(blocks.next());
        }
    }
}
