//! The calls that wait, with a callback instead of the wait.
//!
//! The callback is called exactly once, from a thread of the library, without any lock held; unless starting failed,
//! then it is never called.

use std::ffi::{CStr, c_char, c_void};
use std::future::Future;
use std::ptr;

use tdsec_core::{Error as CoreError, ErrorCode, Result, ResultSet, Secret, blocking};
use zeroize::Zeroizing;

use crate::block::Block;
use crate::cancel::race;
use crate::config::Config;
use crate::connection::Connection;
use crate::error::Error;
use crate::guard;
use crate::options::{AcquireOptions, ConnectOptions, QueryOptions};
use crate::pointer::{self, Kind, UserData};
use crate::pool::{self, Pool};
use crate::result::{self, QueryResult};

/// Receives a connection or an error; the other one is NULL. Both belong to the callback.
///
/// It is called once, from a thread of the library. It must not wait, throw or end the thread; functions that wait
/// answer TDSEC_INVALID_ARGUMENT in it.
pub type ConnectionCallback =
    Option<extern "C" fn(user_data: *mut c_void, connection: *mut Connection, error: *mut Error)>;

/// Receives a result or an error; the other one is NULL. Both belong to the callback. As tdsec_connection_callback.
pub type ResultCallback = Option<extern "C" fn(user_data: *mut c_void, result: *mut QueryResult, error: *mut Error)>;

/// Receives a block or an error; the other one is NULL, and both are at the end of the rows. Both belong to the
/// callback. As tdsec_connection_callback.
pub type BlockCallback = Option<extern "C" fn(user_data: *mut c_void, block: *mut Block, error: *mut Error)>;

/// Gives a one-time code: writes its digits and a NUL to `buffer`, which has room for `capacity` bytes, and returns 0;
/// any other number means that there is none. `buffer` is wiped after use.
///
/// It is called from a thread of the library, perhaps from several at once, as long as the configuration or a connect
/// with it lives. It may wait, within connect_timeout. It must not throw or end the thread.
pub type TotpCallback = Option<extern "C" fn(user_data: *mut c_void, buffer: *mut c_char, capacity: usize) -> i32>;

/// Asks `callback` for the one-time code of each login, instead of the option totp_code.
///
/// Thread safety: as tdsec_config_set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_config_set_totp_callback(
    config: *const Config,
    callback: TotpCallback,
    user_data: *mut c_void,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let config = pointer::enter(config)?;
        let callback = callback.ok_or_else(no_callback)?;
        config.add_totp(Totp { callback, user_data: UserData(user_data) })
    })
}

/// What was given for one-time codes.
#[derive(Clone)]
pub(crate) struct Totp {
    callback: extern "C" fn(*mut c_void, *mut c_char, usize) -> i32,
    user_data: UserData,
}

impl Totp {
    /// Asks.
    pub(crate) fn code(&self) -> Result<Secret> {
        let unavailable = |text: &str| CoreError::new(ErrorCode::CredentialUnavailable, text).with_option("totp_code");
        let mut buffer = Zeroizing::new([0_u8; MAX_CODE_BYTES]);
        if (self.callback)(self.user_data.0, buffer.as_mut_ptr().cast(), MAX_CODE_BYTES) != 0 {
            return Err(unavailable("the callback for the one-time code gave none"));
        }
        let code = CStr::from_bytes_until_nul(&buffer[..]).ok().and_then(|text| text.to_str().ok());
        code.map(Secret::new).ok_or_else(|| unavailable("the callback for the one-time code gave no text"))
    }
}

const MAX_CODE_BYTES: usize = 32;

/// Connects and logs in without waiting; options may be NULL. The configuration may be freed at once.
///
/// Thread safety: as tdsec_connection_new; may be called from a callback of tdsec.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_new_async(
    config: *const Config,
    options: *const ConnectOptions,
    callback: ConnectionCallback,
    user_data: *mut c_void,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let callback = callback.ok_or_else(no_callback)?;
        let config = pointer::enter(config)?.build()?;
        let cancel = ConnectOptions::read(options)?;
        start_connection(callback, user_data, async move {
            race(cancel.as_ref(), false, tdsec_core::Connection::connect(&config)).await
        })
    })
}

/// Runs one SQL statement without waiting; options may be NULL. The text of the statement may be freed at once.
///
/// Thread safety: as tdsec_connection_query; may be called from a callback of tdsec.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_query_async(
    connection: *const Connection,
    sql: *const c_char,
    options: *const QueryOptions,
    callback: ResultCallback,
    user_data: *mut c_void,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let callback = callback.ok_or_else(no_callback)?;
        let core = pointer::enter(connection)?.core().clone();
        start_query(callback, user_data, sql, options, move |sql, options| async move {
            core.query_with(&sql, &options).await
        })
    })
}

/// Lends a connection without waiting; options may be NULL. Freeing the pool meanwhile does not keep the callback from
/// being called.
///
/// Thread safety: as tdsec_pool_acquire; may be called from a callback of tdsec.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_acquire_async(
    pool: *const Pool,
    options: *const AcquireOptions,
    callback: ConnectionCallback,
    user_data: *mut c_void,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let callback = callback.ok_or_else(no_callback)?;
        let core = pointer::enter(pool)?.core().clone();
        let (patience, cancel) = AcquireOptions::read(options)?;
        start_connection(callback, user_data, async move {
            race(cancel.as_ref(), false, pool::acquire(&core, patience)).await
        })
    })
}

/// Runs one SQL statement on some connection of a pool without waiting; options may be NULL. The text of the statement
/// may be freed at once.
///
/// Thread safety: as tdsec_pool_query; may be called from a callback of tdsec.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_query_async(
    pool: *const Pool,
    sql: *const c_char,
    options: *const QueryOptions,
    callback: ResultCallback,
    user_data: *mut c_void,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let callback = callback.ok_or_else(no_callback)?;
        let core = pointer::enter(pool)?.core().clone();
        start_query(callback, user_data, sql, options, move |sql, options| async move {
            core.query_with(&sql, &options).await
        })
    })
}

/// Asks for the next block of rows without waiting. Freeing the result meanwhile does not keep the callback from being
/// called.
///
/// Thread safety: as tdsec_result_next_block; may be called from a callback of tdsec, there for the next block too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_result_next_block_async(
    result: *const QueryResult,
    callback: BlockCallback,
    user_data: *mut c_void,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let callback = callback.ok_or_else(no_callback)?;
        let (slot, cancel) = pointer::enter(result)?.reading();
        start(result::next_block(slot, cancel), user_data, move |user_data, outcome| {
            let (block, error) = split(outcome.map(|core| core.map(Block::new)));
            callback(user_data, block, error);
        })
    })
}

/// Spawns what gives a connection.
fn start_connection(
    callback: extern "C" fn(*mut c_void, *mut Connection, *mut Error),
    user_data: *mut c_void,
    work: impl Future<Output = Result<tdsec_core::Connection>> + Send + 'static,
) -> Result<()> {
    start(work, user_data, move |user_data, outcome| {
        let (connection, error) = split(outcome.map(|core| Some(Connection::new(core))));
        callback(user_data, connection, error);
    })
}

/// Spawns a statement on what `run` gives it to.
fn start_query<F: Future<Output = Result<ResultSet>> + Send + 'static>(
    callback: extern "C" fn(*mut c_void, *mut QueryResult, *mut Error),
    user_data: *mut c_void,
    sql: *const c_char,
    options: *const QueryOptions,
    run: impl FnOnce(String, tdsec_core::QueryOptions) -> F,
) -> Result<()> {
    let sql = pointer::text(sql, "sql")?.to_owned();
    let (options, cancel) = QueryOptions::read(options)?;
    let (work, for_result) = (run(sql, options), cancel.clone());
    start(async move { race(cancel.as_ref(), true, work).await }, user_data, move |user_data, outcome| {
        let (result, error) = split(outcome.map(|core| Some(QueryResult::new(core, for_result))));
        callback(user_data, result, error);
    })
}

/// Spawns `work` on the runtime of the process and delivers its outcome.
fn start<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
    user_data: *mut c_void,
    deliver: impl FnOnce(*mut c_void, Result<T>) + Send + 'static,
) -> Result<()> {
    let user_data = UserData(user_data);
    blocking::runtime()?.spawn(async move {
        let outcome = guard::catch_future(work).await;
        // The whole wrapper, which may change threads, not the pointer within.
        let user_data = user_data;
        deliver(user_data.0, outcome);
    });
    Ok(())
}

/// An outcome as the two pointers of a callback.
fn split<H: Kind>(outcome: Result<Option<H>>) -> (*mut H, *mut Error) {
    match outcome {
        Ok(handle) => (handle.map_or(ptr::null_mut(), pointer::give), ptr::null_mut()),
        Err(error) => (ptr::null_mut(), pointer::give(Error::new(&error))),
    }
}

fn no_callback() -> CoreError {
    CoreError::new(ErrorCode::InvalidArgument, "callback is NULL")
}
