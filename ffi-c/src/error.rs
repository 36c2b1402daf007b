//! `tdsec_error`: what went wrong, for reading.

use std::error::Error as _;
use std::ffi::{CStr, CString, c_char};
use std::ptr;

use tdsec_core::Error as CoreError;

use crate::guard;
use crate::pointer::{self, Kind};
use crate::text::c_string;

/// An error. Owned by whoever received it, to be freed by tdsec_error_free. Every string it gives is UTF-8 and lives as
/// long as the error.
pub struct Error {
    core: CoreError,
    text: CString,
    message: CString,
    name: CString,
    kind: CString,
    retry: CString,
    cause: CString,
    remedy: CString,
    source: Option<CString>,
    option: Option<CString>,
    server_message: Option<CString>,
}

impl Kind for Error {
    const NAME: &'static str = "error";
}

impl Error {
    pub(crate) fn new(core: &CoreError) -> Self {
        let code = core.code();
        Error {
            core: core.clone(),
            text: c_string(&core.to_string()),
            message: c_string(core.message()),
            name: c_string(code.name()),
            kind: c_string(core.kind().name()),
            retry: c_string(core.retry().name()),
            cause: c_string(code.cause()),
            remedy: c_string(code.remedy()),
            source: core.source().map(|source| c_string(&source.to_string())),
            option: core.option().map(c_string),
            server_message: core.server_message().map(c_string),
        }
    }

    #[cfg(test)]
    pub(crate) fn core(&self) -> &CoreError {
        &self.core
    }
}

/// Reads a string of the error; NULL gives NULL.
fn read(error: *const Error, pick: impl FnOnce(&Error) -> Option<&CStr>) -> *const c_char {
    guard::read(ptr::null(), || pointer::peek(error).and_then(pick).map(CStr::as_ptr))
}

/// The number of the error, one of the TDSEC_… constants; 0 for NULL. It never changes its meaning.
///
/// Thread safety: an error does not change; any number of threads may read it at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_number(error: *const Error) -> i32 {
    guard::read(0, || pointer::peek(error).map(|error| error.core.code().number() as i32))
}

/// The name of the error, such as TOKEN_EXPIRED: the same in every language.
///
/// Thread safety: any number of threads may read an error at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_name(error: *const Error) -> *const c_char {
    read(error, |error| Some(&error.name))
}

/// What the failure is about: config, auth, tls, network, timeout, usage, protocol, server, data or internal.
///
/// Thread safety: any number of threads may read an error at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_kind(error: *const Error) -> *const c_char {
    read(error, |error| Some(&error.kind))
}

/// Whether trying again makes sense: never, same_connection, new_connection or new_credential.
///
/// Thread safety: any number of threads may read an error at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_retry(error: *const Error) -> *const c_char {
    read(error, |error| Some(&error.retry))
}

/// Everything in one line, for a log: name, sentence, the server's words. Never holds a secret.
///
/// Thread safety: any number of threads may read an error at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_text(error: *const Error) -> *const c_char {
    read(error, |error| Some(&error.text))
}

/// The sentence alone: what was being done, what went wrong.
///
/// Thread safety: any number of threads may read an error at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_message(error: *const Error) -> *const c_char {
    read(error, |error| Some(&error.message))
}

/// The likely cause of errors with this number.
///
/// Thread safety: any number of threads may read an error at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_cause(error: *const Error) -> *const c_char {
    read(error, |error| Some(&error.cause))
}

/// What to do about errors with this number.
///
/// Thread safety: any number of threads may read an error at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_remedy(error: *const Error) -> *const c_char {
    read(error, |error| Some(&error.remedy))
}

/// The text of the underlying error, for example the operating system's; NULL if there is none.
///
/// Thread safety: any number of threads may read an error at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_source(error: *const Error) -> *const c_char {
    read(error, |error| error.source.as_deref())
}

/// The option that is wrong, by its canonical name; NULL if the error is about none.
///
/// Thread safety: any number of threads may read an error at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_option(error: *const Error) -> *const c_char {
    read(error, |error| error.option.as_deref())
}

/// The server's own number as it came over the wire; -1 if the server did not speak.
///
/// Thread safety: any number of threads may read an error at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_server_code(error: *const Error) -> i64 {
    guard::read(-1, || pointer::peek(error)?.core.server_code().map(i64::from))
}

/// The server's own text; NULL if the server did not speak.
///
/// Thread safety: any number of threads may read an error at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_server_message(error: *const Error) -> *const c_char {
    read(error, |error| error.server_message.as_deref())
}

/// True if the server may have executed the statement although no answer arrived: check before repeating a write.
///
/// Thread safety: any number of threads may read an error at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_may_have_run(error: *const Error) -> bool {
    guard::read(false, || pointer::peek(error).map(|error| error.core.may_have_run()))
}

/// Frees the error and its strings. NULL is fine.
///
/// Thread safety: nobody may use the error during or after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_error_free(error: *mut Error) {
    guard::free(error);
}
