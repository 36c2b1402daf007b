//! `tdsec_issued`: what a program's own callback gives, a token and what is known of its life.

use std::ffi::{c_char, c_void};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tdsec_core::{Error as CoreError, ErrorCode, Issued as CoreIssued, Result, Secret, source};

use crate::error::Error;
use crate::guard::{self, Border, Handle};
use crate::options::milliseconds;
use crate::pointer::{self, Kind, Lent, UserData};

/// A token on its way from a callback to the library, with what is known of its life. Belongs to the library; a
/// callback writes into it and forgets it when it returns.
pub struct Issued {
    border: Border,
    given: Mutex<Given>,
}

#[derive(Default)]
struct Given {
    token: Option<Secret>,
    expires_at: Option<Duration>,
    ttl: Option<Duration>,
    issued_at: Option<Duration>,
    revoked: Vec<String>,
    problem: Option<String>,
}

impl Kind for Issued {
    const NAME: &'static str = "issued token";
}

impl Handle for Issued {
    fn border(&self) -> &Border {
        &self.border
    }
}

impl Issued {
    fn given(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the callback left here; `gave` says whether it meant to.
    fn outcome(self, gave: bool) -> Result<CoreIssued> {
        let given = self.given.into_inner().unwrap_or_else(PoisonError::into_inner);
        let refused = |code, text: &str| Err(CoreError::new(code, text));
        if !gave {
            let text = given.problem.as_deref().unwrap_or("the callback has no token");
            return refused(ErrorCode::SourceUnavailable, text);
        }
        let Some(token) = given.token else { return refused(ErrorCode::SourceInvalid, "the callback set no token") };
        let mut issued = CoreIssued::new(token);
        issued.expires_at = given.expires_at;
        issued.ttl = given.ttl;
        issued.issued_at = given.issued_at;
        issued.revoked = given.revoked;
        Ok(issued)
    }
}

/// Gives a token: sets it in `issued` by tdsec_issued_set_token and returns 0. Any other number means that there is
/// none now; tdsec_issued_set_problem says why.
///
/// It is called from a thread of the library as long as the source, or a pool with it, lives; by one at a time for each
/// pool with the source. It may wait; what takes longer than the time-out counts as a failure, and its answer is taken
/// at the next attempt. It must not throw or end the thread. Functions of tdsec that wait answer TDSEC_INVALID_ARGUMENT
/// in it.
pub type TokenCallback = Option<extern "C" fn(user_data: *mut c_void, issued: *const Issued) -> i32>;

/// Frees what a callback works with. It is called once, from any thread, when nothing can call the callback any more.
pub type FreeCallback = Option<extern "C" fn(user_data: *mut c_void)>;

/// A callback that gives tokens, with what it works on.
pub(crate) struct Giver {
    callback: extern "C" fn(*mut c_void, *const Issued) -> i32,
    free: FreeCallback,
    user_data: UserData,
}

impl Giver {
    /// Takes `user_data` over.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for no callback; nothing is taken over then.
    pub(crate) fn new(callback: TokenCallback, free: FreeCallback, user_data: *mut c_void) -> Result<Self> {
        match callback {
            Some(callback) => Ok(Giver { callback, free, user_data: UserData(user_data) }),
            None => Err(CoreError::new(ErrorCode::InvalidArgument, "callback is NULL")),
        }
    }

    /// Asks.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` if there is no token, `SOURCE_INVALID` if it was forgotten.
    pub(crate) fn ask(&self) -> Result<CoreIssued> {
        let place = Lent::new(Issued { border: Border::default(), given: Mutex::default() });
        let answer = (self.callback)(self.user_data.0, place.pointer());
        place.into_handle().outcome(answer == 0)
    }
}

impl Drop for Giver {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            free(self.user_data.0);
        }
    }
}

/// The token, without blanks or line ends around it. The text is copied, and wiped after use. The last call counts.
///
/// Thread safety: to be called in the callback that was given issued, from its thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_issued_set_token(
    issued: *const Issued,
    token: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    set(issued, error, |given| {
        given.token = Some(Secret::new(pointer::text(token, "token")?));
        Ok(())
    })
}

/// When it expires, in milliseconds since 1970-01-01 UTC. Default: what the other two say, else the option token_ttl.
///
/// Thread safety: as tdsec_issued_set_token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_issued_set_expires_at(
    issued: *const Issued,
    since_1970_ms: i64,
    error: *mut *mut Error,
) -> i32 {
    set(issued, error, |given| {
        given.expires_at = Some(milliseconds(since_1970_ms, "since_1970_ms")?);
        Ok(())
    })
}

/// How long it lives from its issue, in milliseconds.
///
/// Thread safety: as tdsec_issued_set_token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_issued_set_ttl(issued: *const Issued, ttl_ms: i64, error: *mut *mut Error) -> i32 {
    set(issued, error, |given| {
        given.ttl = Some(milliseconds(ttl_ms, "ttl_ms")?);
        Ok(())
    })
}

/// When it was issued, in milliseconds since 1970-01-01 UTC. Default: now.
///
/// Thread safety: as tdsec_issued_set_token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_issued_set_issued_at(
    issued: *const Issued,
    since_1970_ms: i64,
    error: *mut *mut Error,
) -> i32 {
    set(issued, error, |given| {
        given.issued_at = Some(milliseconds(since_1970_ms, "since_1970_ms")?);
        Ok(())
    })
}

/// Fingerprints of earlier tokens that leaked, of twelve hexadecimal digits each, by comma or blank: pools leave those
/// tokens at once (OPS-6). Anything else is TDSEC_SOURCE_INVALID.
///
/// Thread safety: as tdsec_issued_set_token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_issued_set_revoked(
    issued: *const Issued,
    fingerprints: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    set(issued, error, |given| {
        given.revoked = source::revoked(pointer::text(fingerprints, "fingerprints")?)?;
        Ok(())
    })
}

/// Why there is no token, for the error that callers of the pool get: a sentence without a secret. The text is copied.
///
/// Thread safety: as tdsec_issued_set_token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_issued_set_problem(
    issued: *const Issued,
    problem: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    set(issued, error, |given| {
        given.problem = Some(pointer::text(problem, "problem")?.to_owned());
        Ok(())
    })
}

fn set(issued: *const Issued, error: *mut *mut Error, change: impl FnOnce(&mut Given) -> Result<()>) -> i32 {
    guard::status(error, || change(&mut pointer::enter(issued)?.given()))
}
