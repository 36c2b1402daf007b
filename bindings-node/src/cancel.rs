//! Cancelling what is under way: `AbortSignal` of JavaScript ends in a dropped future.

use std::future::Future;

use napi_derive::napi;
use tdsec::{ErrorCode, Result};
use tokio::sync::watch;

/// A switch that can be thrown once and ends every future run under it.
#[napi(js_name = "Cancel")]
#[derive(Debug)]
pub struct Cancel(watch::Sender<bool>);

#[napi]
impl Cancel {
    /// A switch that was not thrown.
    #[napi(constructor)]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Cancel {
        Cancel(watch::Sender::new(false))
    }

    /// Throws the switch. Idempotent.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}

impl Cancel {
    pub(crate) fn watch(&self) -> Watch {
        Watch(Some(self.0.subscribe()))
    }
}

/// The other end of a [`Cancel`], or of none.
#[derive(Debug, Clone)]
pub(crate) struct Watch(Option<watch::Receiver<bool>>);

impl Watch {
    pub(crate) fn of(cancel: Option<&Cancel>) -> Watch {
        cancel.map_or(Watch(None), Cancel::watch)
    }

    /// Runs `future` to its end, or drops it when the switch is thrown and answers with `code`.
    pub(crate) async fn run<T>(mut self, code: ErrorCode, future: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.thrown() => Err(code.into()),
            outcome = future => outcome,
        }
    }

    async fn thrown(&mut self) {
        let thrown = match &mut self.0 {
            Some(receiver) => receiver.wait_for(|thrown| *thrown).await.is_ok(),
            None => false,
        };
        // A switch that was thrown away can never be thrown.
        if !thrown {
            std::future::pending::<()>().await;
        }
    }
}
