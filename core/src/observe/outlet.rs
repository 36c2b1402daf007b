//! One function for what the library tells, exchanged at any time, also by itself.

use std::cell::RefCell;
use std::sync::Arc;

use super::hub::lock;
use super::{Filter, Listener, Record, listen};
use crate::error::Result;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, thread_local};

thread_local! {
    /// Whether the function that this thread is running has had its last call.
    static RUNNING: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// Where one function stands that hears of events, or none.
#[derive(Debug, Default)]
pub struct Outlet {
    listener: Mutex<Option<Listener>>,
}

impl Outlet {
    /// Without a function.
    pub fn new() -> Outlet {
        Self::default()
    }

    /// Has `function` called as by [`listen`], instead of the one before; `None` for none. When this returns, the one before has
    /// been called with all that was told until then and is not called again; unless it was called by that function itself,
    /// which then was its last call.
    ///
    /// # Errors
    /// As [`listen`]; then the one before stays.
    pub fn exchange<F>(&self, filter: Filter, function: Option<F>) -> Result<()>
    where
        F: FnMut(&Record) + Send + 'static,
    {
        // Also if somebody else is ending it at this moment, and it still has to hear of what happened before.
        RUNNING.with(|running| {
            if let Some(ended) = &*running.borrow() {
                ended.store(true, Ordering::Release);
            }
        });
        // Held until the new one stands here: its first call may come at once, and end itself by this function.
        let mut place = lock(&self.listener);
        let new = function.map(|function| listen(filter, until_ended(function))).transpose()?;
        let old = std::mem::replace(&mut *place, new);
        // Ended without the lock: its thread may be in here.
        drop(place);
        drop(old);
        Ok(())
    }
}

/// `function`, until one of its calls has been its last.
fn until_ended(mut function: impl FnMut(&Record) + Send) -> impl FnMut(&Record) + Send {
    let ended = Arc::new(AtomicBool::new(false));
    move |record| {
        if ended.load(Ordering::Acquire) {
            return;
        }
        RUNNING.with(|running| running.replace(Some(Arc::clone(&ended))));
        function(record);
        RUNNING.with(|running| running.replace(None));
    }
}
