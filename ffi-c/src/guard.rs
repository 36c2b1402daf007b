//! The border guard: no panic leaves the library.
//!
//! A panic is a defect of tdsec. It becomes an `INTERNAL` error; the handle that was entered when it happened is marked
//! and answers `INTERNAL` from then on, since nobody knows what state it is in.

use std::any::Any;
use std::future::Future;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use tdsec_core::{ErrorCode, Result};

use crate::error::Error;
use crate::pointer::{self, Kind};

/// Runs the body of an export that can fail. The error goes to `error`, which is set to NULL on success.
pub(crate) fn status(error: *mut *mut Error, body: impl FnOnce() -> Result<()>) -> i32 {
    let (status, handle) = match catch(body) {
        Ok(()) => (0, std::ptr::null_mut()),
        Err(failure) => (failure.code().number() as i32, pointer::give(Error::new(&failure))),
    };
    match pointer::optional_out(error) {
        Some(out) => out.set(handle),
        None => drop(pointer::take(handle)),
    }
    status
}

/// Runs the body of an export that only reads; `otherwise` stands for NULL and for a defect.
pub(crate) fn read<T>(otherwise: T, body: impl FnOnce() -> Option<T>) -> T {
    match catch(|| Ok(body())) {
        Ok(Some(value)) => value,
        _ => otherwise,
    }
}

/// Frees a handle; NULL is fine, and one of another kind is left alone.
pub(crate) fn free<H: Kind>(handle: *mut H) {
    read((), || {
        drop(pointer::take(handle));
        Some(())
    });
}

/// Runs `body`, a panic as an error.
pub(crate) fn catch<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    // Unwind safety: what a panic may have left half-done is behind a `Border`, which then stays shut.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| Err(defect(panic.as_ref())))
}

/// Runs `work`, a panic as an error.
pub(crate) async fn catch_future<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| Err(defect(panic.as_ref())))
}

fn defect(panic: &(dyn Any + Send)) -> tdsec_core::Error {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = format!("a panic was caught at the border: {}", text.unwrap_or("without a text"));
    tdsec_core::Error::new(ErrorCode::Internal, text)
}

/// Shut for good once a panic has passed it.
#[derive(Debug, Default)]
pub(crate) struct Border {
    shut: AtomicBool,
}

/// A handle of the library.
pub(crate) trait Handle: Kind {
    /// Its border.
    fn border(&self) -> &Border;
}

/// A handle in use; a panic meanwhile shuts its border.
#[derive(Debug)]
pub(crate) struct Entered<'a, H: Handle>(&'a H);

impl<'a, H: Handle> Entered<'a, H> {
    /// Enters `handle`.
    ///
    /// # Errors
    /// `INTERNAL` if a panic happened in it before.
    pub(crate) fn new(handle: &'a H) -> Result<Self> {
        if handle.border().shut.load(Ordering::Acquire) {
            let text = format!("the {} is unusable since a defect of tdsec showed in it", H::NAME);
            return Err(tdsec_core::Error::new(ErrorCode::Internal, text));
        }
        Ok(Entered(handle))
    }
}

impl<H: Handle> Deref for Entered<'_, H> {
    type Target = H;

    fn deref(&self) -> &H {
        self.0
    }
}

impl<H: Handle> Drop for Entered<'_, H> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.border().shut.store(true, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[derive(Default)]
    struct Thing(Border);

    impl Kind for Thing {
        const NAME: &'static str = "thing";
    }

    impl Handle for Thing {
        fn border(&self) -> &Border {
            &self.0
        }
    }

    #[test]
    fn a_panic_becomes_internal_and_its_handle_unusable() {
        let (thing, other) = (Thing::default(), Thing::default());
        let mut error = std::ptr::null_mut();
        let status = super::status(&mut error, || {
            let _entered = Entered::new(&thing)?;
            panic!("planted {}", 7)
        });
        assert_eq!(status, 9001);
        let error = pointer::take(error).unwrap();
        assert!(error.core().message().contains("planted 7"), "{}", error.core());
        assert_eq!(Entered::new(&thing).err().unwrap().code(), ErrorCode::Internal);
        assert!(Entered::new(&other).is_ok(), "other handles are not touched");
    }

    #[test]
    fn an_error_alone_leaves_the_handle_usable() {
        let thing = Thing::default();
        let status = super::status(std::ptr::null_mut(), || {
            let _entered = Entered::new(&thing)?;
            Err(ErrorCode::Closed.into())
        });
        assert_eq!(status, 5004);
        assert!(Entered::new(&thing).is_ok());
    }

    #[test]
    fn success_clears_the_error_pointer() {
        let mut error = std::ptr::NonNull::dangling().as_ptr();
        assert_eq!(super::status(&mut error, || Ok(())), 0);
        assert!(error.is_null());
    }

    #[test]
    fn a_panic_in_a_reader_gives_the_fallback() {
        assert_eq!(read(7, || panic!("planted")), 7);
        assert_eq!(read(7, || None), 7);
        assert_eq!(read(7, || Some(8)), 8);
    }

    #[test]
    fn a_panic_in_a_future_becomes_internal() {
        let outcome: Result<()> = catch_future(async { panic!("planted") }).now_or_never().unwrap();
        assert_eq!(outcome.unwrap_err().code(), ErrorCode::Internal);
    }
}
