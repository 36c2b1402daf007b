//! `tdsec_token`: tokens made, changed and dropped by SQL (TOK-4).

use std::ffi::{CString, c_char};
use std::future::Future;
use std::ptr;
use std::time::Duration;

use safer_ffi::derive_ReprC;
use tdsec_core::tokens::{NewToken, Tokens};
use tdsec_core::{Issued, Result, blocking};
use zeroize::Zeroizing;

use crate::connection::Connection;
use crate::error::Error;
use crate::guard;
use crate::pointer::{self, Kind};
use crate::text::c_string;

/// A new token with its times. Freeing it wipes the token.
pub struct Token {
    issued: Issued,
    /// With its NUL.
    text: Zeroizing<Vec<u8>>,
    fingerprint: CString,
}

impl Kind for Token {
    const NAME: &'static str = "token";
}

impl Token {
    fn new(issued: Issued) -> Self {
        let secret = issued.token.expose();
        let mut text = Zeroizing::new(Vec::with_capacity(secret.len() + 1));
        text.extend_from_slice(secret.as_bytes());
        text.push(0);
        Token { fingerprint: c_string(&issued.token.fingerprint()), text, issued }
    }
}

/// What a token may be given besides its name, user and TTL. Zero the structure, set struct_size, then what is wanted.
#[derive_ReprC]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TokenOptions {
    /// sizeof(tdsec_token_options): lets the structure grow in later versions.
    pub struct_size: usize,
    /// Who makes it, at most 63 bytes; NULL for none.
    pub provider: *const c_char,
    /// Free text of at most 1023 bytes; NULL for none.
    pub extra_info: *const c_char,
    /// Not 0: it cannot be used until tdsec_token_enable.
    pub disabled: i64,
}

impl TokenOptions {
    fn apply(options: *const TokenOptions, mut token: NewToken) -> Result<NewToken> {
        let options = pointer::options(options)?;
        if !options.provider.is_null() {
            token = token.provider(pointer::text(options.provider, "provider")?);
        }
        if !options.extra_info.is_null() {
            token = token.extra_info(pointer::text(options.extra_info, "extra_info")?);
        }
        Ok(token.enable(options.disabled == 0))
    }
}

/// Makes a token that logs in as user and lives for ttl_days days, 0 for ever; options may be NULL. Waits for the
/// server's answer; in a cluster it may take seconds until the token can be used. The token is told this once.
///
/// A name has at most 31 letters, digits and underscores and does not begin with a digit; what cannot be a name or a
/// user is TDSEC_INVALID_ARGUMENT, and nothing is sent. TDSEC_SERVER_ERROR if the name is taken or the user has as many
/// tokens as it may have; TDSEC_PERMISSION_DENIED; TDSEC_NOT_SUPPORTED of a server without tokens, which are of TDengine
/// Enterprise 3.4 and newer.
///
/// Thread safety: as tdsec_connection_query.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_token_create(
    connection: *const Connection,
    name: *const c_char,
    user: *const c_char,
    ttl_days: u32,
    options: *const TokenOptions,
    token: *mut *mut Token,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(token, "token")?;
        let connection = pointer::enter(connection)?;
        let new = NewToken::new(pointer::text(name, "name")?, pointer::text(user, "user")?).ttl_days(ttl_days);
        let new = TokenOptions::apply(options, new)?;
        let issued = blocking::wait(Tokens::new(connection.core()).create(&new))?;
        out.set(pointer::give(Token::new(issued)));
        Ok(())
    })
}

/// The token itself, a secret, for the option bearer_token and for tdsec_issued_set_token. Lives as long as the handle.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_token_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_token_reveal(token: *const Token) -> *const c_char {
    guard::read(ptr::null(), || Some(pointer::peek(token)?.text.as_ptr().cast()))
}

/// Twelve hexadecimal digits that stand for the token in logs, events and metrics. Lives as long as the handle.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_token_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_token_fingerprint(token: *const Token) -> *const c_char {
    guard::read(ptr::null(), || Some(pointer::peek(token)?.fingerprint.as_ptr()))
}

/// When it was issued by the clock of this machine, in milliseconds since 1970-01-01 UTC; -1 for NULL.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_token_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_token_issued_at(token: *const Token) -> i64 {
    guard::read(-1, || Some(since_1970_ms(pointer::peek(token)?.issued.issued_at)))
}

/// When it ends, in milliseconds since 1970-01-01 UTC; -1 if never, and for NULL.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_token_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_token_expires_at(token: *const Token) -> i64 {
    guard::read(-1, || Some(since_1970_ms(pointer::peek(token)?.issued.end())))
}

/// Wipes and frees what was made; the server keeps its token. NULL is fine.
///
/// Thread safety: nobody may use the handle during or after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_token_free(token: *mut Token) {
    guard::free(token);
}

/// Allows the use of the token with this name.
///
/// Thread safety: as tdsec_connection_query.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_token_enable(
    connection: *const Connection,
    name: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    change(connection, name, error, |tokens, name| async move { tokens.set_enabled(name, true).await })
}

/// Forbids the use of the token with this name: logins with it get TDSEC_TOKEN_DISABLED. Sessions that are open go on.
///
/// Thread safety: as tdsec_connection_query.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_token_disable(
    connection: *const Connection,
    name: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    change(connection, name, error, |tokens, name| async move { tokens.set_enabled(name, false).await })
}

/// The token with this name lives for so many days from now on, 0 for ever.
///
/// Thread safety: as tdsec_connection_query.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_token_set_ttl(
    connection: *const Connection,
    name: *const c_char,
    days: u32,
    error: *mut *mut Error,
) -> i32 {
    change(connection, name, error, |tokens, name| async move { tokens.set_ttl(name, days).await })
}

/// Removes the token with this name for ever; one that is not there is no error. Sessions that are open go on.
///
/// Thread safety: as tdsec_connection_query.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_token_drop(
    connection: *const Connection,
    name: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    change(connection, name, error, |tokens, name| async move { tokens.drop(name).await })
}

fn change<'a, F: Future<Output = Result<()>>>(
    connection: *const Connection,
    name: *const c_char,
    error: *mut *mut Error,
    work: impl FnOnce(Tokens, &'a str) -> F,
) -> i32 {
    guard::status(error, || {
        let connection = pointer::enter(connection)?;
        let name = pointer::text(name, "name")?;
        blocking::wait(work(Tokens::new(connection.core()), name))
    })
}

/// For C; -1 for none.
pub(crate) fn since_1970_ms(time: Option<Duration>) -> i64 {
    time.map_or(-1, |time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}
