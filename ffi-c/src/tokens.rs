//! `tdsec_tokens`: the tokens of a server, as it lists them.

use std::ffi::{CString, c_char};
use std::ptr;

use tdsec_core::blocking;
use tdsec_core::tokens::{TokenInfo, Tokens as CoreTokens};

use crate::connection::Connection;
use crate::error::Error;
use crate::guard;
use crate::pointer::{self, Kind};
use crate::text::c_string;
use crate::token::since_1970_ms;

/// The tokens that a user may see, without the tokens themselves. Never changes.
pub struct Tokens(Vec<Row>);

struct Row {
    info: TokenInfo,
    name: CString,
    user: CString,
    provider: CString,
    extra_info: CString,
}

impl Kind for Tokens {
    const NAME: &'static str = "list of tokens";
}

impl Row {
    fn new(info: TokenInfo) -> Self {
        Row {
            name: c_string(&info.name),
            user: c_string(&info.user),
            provider: c_string(&info.provider),
            extra_info: c_string(&info.extra_info),
            info,
        }
    }
}

/// All tokens that the user of the connection may see: root everybody's, others their own. None on a server without
/// tokens. tdsec_tokens_free frees the list.
///
/// Thread safety: as tdsec_connection_query.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_token_list(
    connection: *const Connection,
    tokens: *mut *mut Tokens,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(tokens, "tokens")?;
        let connection = pointer::enter(connection)?;
        let listed = blocking::wait(CoreTokens::new(connection.core()).list())?;
        out.set(pointer::give(Tokens(listed.into_iter().map(Row::new).collect())));
        Ok(())
    })
}

/// How many there are.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_tokens_count(tokens: *const Tokens) -> usize {
    guard::read(0, || Some(pointer::peek(tokens)?.0.len()))
}

/// Name of token number `index`, unique in the cluster; NULL past the last one. Lives as long as the list.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_tokens_name(tokens: *const Tokens, index: usize) -> *const c_char {
    text(tokens, index, |row| &row.name)
}

/// Whom token number `index` logs in; NULL past the last one. Lives as long as the list.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_tokens_user(tokens: *const Tokens, index: usize) -> *const c_char {
    text(tokens, index, |row| &row.user)
}

/// Who made token number `index`, often empty; NULL past the last one. Lives as long as the list.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_tokens_provider(tokens: *const Tokens, index: usize) -> *const c_char {
    text(tokens, index, |row| &row.provider)
}

/// Free text of token number `index`, often empty; NULL past the last one. Lives as long as the list.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_tokens_extra_info(tokens: *const Tokens, index: usize) -> *const c_char {
    text(tokens, index, |row| &row.extra_info)
}

/// Whether token number `index` may be used; false past the last one.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_tokens_is_enabled(tokens: *const Tokens, index: usize) -> bool {
    read(tokens, index, false, |row| row.info.enabled)
}

/// When token number `index` was made, in milliseconds since 1970-01-01 UTC; -1 if unknown and past the last one.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_tokens_created_at(tokens: *const Tokens, index: usize) -> i64 {
    read(tokens, index, -1, |row| since_1970_ms(row.info.created_at))
}

/// When token number `index` ends, in milliseconds since 1970-01-01 UTC; -1 if never and past the last one.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_tokens_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_tokens_expires_at(tokens: *const Tokens, index: usize) -> i64 {
    read(tokens, index, -1, |row| since_1970_ms(row.info.expires_at))
}

/// Frees the list. NULL is fine.
///
/// Thread safety: nobody may use the list during or after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_tokens_free(tokens: *mut Tokens) {
    guard::free(tokens);
}

fn text(tokens: *const Tokens, index: usize, of: fn(&Row) -> &CString) -> *const c_char {
    guard::read(ptr::null(), || Some(of(row(tokens, index)?).as_ptr()))
}

fn read<T>(tokens: *const Tokens, index: usize, otherwise: T, of: impl FnOnce(&Row) -> T) -> T {
    guard::read(otherwise, || Some(of(row(tokens, index)?)))
}

fn row<'a>(tokens: *const Tokens, index: usize) -> Option<&'a Row> {
    pointer::peek(tokens)?.0.get(index)
}
