//! Waiting for a condition that others make true.

use std::pin::pin;

use super::Notify;

/// Ends when `ready` gives something, which is looked at now and after each notification. It listens before it looks, so no
/// notification falls in between.
pub(crate) async fn until<T>(notify: &Notify, mut ready: impl FnMut() -> Option<T>) -> T {
    loop {
        let mut told = pin!(notify.notified());
        told.as_mut().enable();
        if let Some(value) = ready() {
            return value;
        }
        told.await;
    }
}
