//! `tdsec_pool`: connections that are there when they are wanted, whose token rotates by itself.

use std::ffi::{CString, c_char};
use std::ptr;
use std::time::Duration;

use safer_ffi::derive_ReprC;
use tdsec_core::{PoolStatus, Result, blocking};

use crate::cancel::race;
use crate::config::Config;
use crate::connection::Connection;
use crate::error::Error;
use crate::guard::{self, Border, Entered, Handle};
use crate::options::{AcquireOptions, QueryOptions, milliseconds};
use crate::pointer::{self, Kind};
use crate::result::QueryResult;
use crate::source::Source;
use crate::text::c_string;

/// Connections to one cluster that are opened ahead and lent, for one application or tenant. With a source the pool
/// fetches the next token before the present one ends, tries it on a few connections and goes back by itself if it
/// fails; statements never notice.
///
/// After a fork it belongs to the parent process: in the child every call answers TDSEC_FORKED, and freeing it touches
/// nothing of the parent's.
pub struct Pool {
    border: Border,
    core: tdsec_core::Pool,
    name: CString,
}

impl Kind for Pool {
    const NAME: &'static str = "pool";
}

impl Handle for Pool {
    fn border(&self) -> &Border {
        &self.border
    }
}

impl Pool {
    pub(crate) fn core(&self) -> &tdsec_core::Pool {
        &self.core
    }
}

/// What a pool has at the moment. Zero the structure and set struct_size.
#[derive_ReprC]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PoolCounts {
    /// sizeof(tdsec_pool_counts): lets the structure grow in later versions.
    pub struct_size: usize,
    /// Connections at rest.
    pub idle: usize,
    /// Connections lent.
    pub in_use: usize,
    /// Connections being opened.
    pub opening: usize,
    /// Connections of an earlier token or past their lifetime that are still to be replaced.
    pub stale: usize,
    /// Callers that wait.
    pub waiting: usize,
    /// Most connections.
    pub max_size: usize,
    /// The credential in use, or the last one that was while another is awaited: each that is tried takes a number, from 1
    /// on; 0 before the first.
    pub generation: u64,
}

impl PoolCounts {
    fn new(status: &PoolStatus) -> Self {
        PoolCounts {
            struct_size: size_of::<PoolCounts>(),
            idle: status.idle,
            in_use: status.in_use,
            opening: status.opening,
            stale: status.stale,
            waiting: status.waiting,
            max_size: status.max_size,
            generation: status.generation,
        }
    }
}

/// Makes a pool and starts to fill it in the background. Does not wait; a server that is away is no error here. source
/// may be NULL: then the credential of the configuration is used for ever. Configuration and source may be freed at
/// once.
///
/// Thread safety: may be called from any thread; several threads may use one configuration and one source at the same
/// time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_new(
    config: *const Config,
    source: *const Source,
    pool: *mut *mut Pool,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(pool, "pool")?;
        let config = pointer::enter(config)?.build()?;
        let source = match source.is_null() {
            true => None,
            false => Some(pointer::enter(source)?.core()?),
        };
        let core = blocking::Pool::new(&config, source)?.asynchronous().clone();
        let name = c_string(core.name());
        out.set(pointer::give(Pool { border: Border::default(), core, name }));
        Ok(())
    })
}

/// Lends a connection, which behaves as one opened directly: tdsec_connection_close, or tdsec_connection_free once its
/// results are freed too, gives it back. Waits for timeout_ms of the options, for acquire_timeout without options, not
/// at all with no_wait, and then answers TDSEC_ACQUIRE_TIMEOUT or what kept connections from being opened. options may
/// be NULL.
///
/// Thread safety: may be called from several threads at the same time; they are served in the order of their calls. Not
/// to be called from a callback of tdsec.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_acquire(
    pool: *const Pool,
    options: *const AcquireOptions,
    connection: *mut *mut Connection,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(connection, "connection")?;
        let pool = pointer::enter(pool)?;
        let (patience, cancel) = AcquireOptions::read(options)?;
        let core = blocking::wait(race(cancel.as_ref(), false, acquire(&pool.core, patience)))?;
        out.set(pointer::give(Connection::new(core)));
        Ok(())
    })
}

/// Runs one SQL statement on some connection, which is given back when the rows have been read or the result is freed.
///
/// If the connection breaks, a statement that only reads or was never sent is run again on another one; any other gives
/// an error of which tdsec_error_may_have_run tells. Once rows have come nothing is repeated.
///
/// Thread safety: as tdsec_pool_acquire.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_query(
    pool: *const Pool,
    sql: *const c_char,
    result: *mut *mut QueryResult,
    error: *mut *mut Error,
) -> i32 {
    query(pool, sql, ptr::null(), result, error)
}

/// Runs one SQL statement on some connection, with options; NULL for the defaults. With `idempotent` it is run again
/// even if it may have run.
///
/// Thread safety: as tdsec_pool_acquire.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_query_with(
    pool: *const Pool,
    sql: *const c_char,
    options: *const QueryOptions,
    result: *mut *mut QueryResult,
    error: *mut *mut Error,
) -> i32 {
    query(pool, sql, options, result, error)
}

/// Runs a statement without rows on some connection and writes the number of rows it changed to *affected_rows, which
/// may be NULL. Rows, if there are any, are thrown away. Repeats as tdsec_pool_query does.
///
/// Thread safety: as tdsec_pool_acquire.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_execute(
    pool: *const Pool,
    sql: *const c_char,
    affected_rows: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    execute(pool, sql, ptr::null(), affected_rows, error)
}

/// Runs a statement without rows on some connection, with options; NULL for the defaults. With `idempotent` it is run
/// again even if it may have run. The rest is as in tdsec_pool_execute.
///
/// Thread safety: as tdsec_pool_acquire.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_execute_with(
    pool: *const Pool,
    sql: *const c_char,
    options: *const QueryOptions,
    affected_rows: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    execute(pool, sql, options, affected_rows, error)
}

/// Waits until a connection is there, for programs that want to know at their start. Answers as tdsec_pool_acquire.
///
/// Thread safety: as tdsec_pool_acquire.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_ready(pool: *const Pool, error: *mut *mut Error) -> i32 {
    ready(pool, ptr::null(), error)
}

/// Waits until a connection is there, with the options of tdsec_pool_acquire; NULL for the defaults. With no_wait it
/// tells whether one is there now.
///
/// Thread safety: as tdsec_pool_acquire.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_ready_with(
    pool: *const Pool,
    options: *const AcquireOptions,
    error: *mut *mut Error,
) -> i32 {
    ready(pool, options, error)
}

/// What there is at the moment. Does not wait.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_status(pool: *const Pool, counts: *mut PoolCounts, error: *mut *mut Error) -> i32 {
    guard::status(error, || {
        let status = usable(pool)?.core.status();
        pointer::fill(counts, &PoolCounts::new(&status), "counts")
    })
}

/// Asks the source for the next token now, instead of when it is due. Does not wait for it. Nothing happens without a
/// source.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_rotate(pool: *const Pool, error: *mut *mut Error) -> i32 {
    guard::status(error, || {
        usable(pool)?.core.rotate();
        Ok(())
    })
}

/// The token in use, the newest one, has leaked: takes every connection off it within seconds. The pool goes back to the
/// token before while the grace period of that lasts, else it waits for another one of the source. Statements still
/// running after three seconds end with TDSEC_TOKEN_REVOKED. The server still takes the token: drop it there too. Does
/// not wait. Nothing happens without a source.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_revoke(pool: *const Pool, error: *mut *mut Error) -> i32 {
    guard::status(error, || {
        usable(pool)?.core.revoke();
        Ok(())
    })
}

/// The name of the pool in events and metrics: the option pool_name, or pool-1, pool-2, …. Lives as long as the pool.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_name(pool: *const Pool) -> *const c_char {
    guard::read(ptr::null(), || Some(pointer::peek(pool)?.name.as_ptr()))
}

/// How long the token in use still lives, in seconds; -1 without a source, before the first token, and while
/// none is in use because it was refused or revoked.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_token_seconds_left(pool: *const Pool) -> f64 {
    guard::read(-1.0, || Some(pointer::peek(pool)?.core.token_time_left()?.as_secs_f64()))
}

/// True after tdsec_pool_close, and for NULL.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_is_closed(pool: *const Pool) -> bool {
    guard::read(true, || Some(pointer::peek(pool)?.core.is_closed()))
}

/// Closes what is at rest at once and what is lent when it comes back. Waits until all of it is closed, for timeout_ms
/// at most; then what is still lent is cut, and statements under way on it get TDSEC_CLOSED. Who waits for a connection
/// gets TDSEC_CLOSED. Idempotent.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_pool_free. Not to be called from
/// a callback of tdsec.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_close(pool: *const Pool, timeout_ms: i64, error: *mut *mut Error) -> i32 {
    guard::status(error, || {
        let pool = usable(pool)?;
        let patience = milliseconds(timeout_ms, "timeout_ms")?;
        blocking::wait(async {
            pool.core.close(patience).await;
            Ok(())
        })
    })
}

/// Frees the pool. Without tdsec_pool_close before, it closes in the background; connections that are lent stay usable
/// and close when they are given back. NULL is fine.
///
/// Thread safety: nobody may use the pool during or after the call. May be called from a callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_pool_free(pool: *mut Pool) {
    guard::free(pool);
}

/// A connection, with the patience of the caller or of the configuration.
///
/// # Errors
/// Those of the core.
pub(crate) async fn acquire(pool: &tdsec_core::Pool, patience: Option<Duration>) -> Result<tdsec_core::Connection> {
    match patience {
        Some(patience) => pool.acquire_within(patience).await,
        None => pool.acquire().await,
    }
}

/// The pool, for what has no answer that could tell of a fork.
fn usable<'a>(pool: *const Pool) -> Result<Entered<'a, Pool>> {
    let pool = pointer::enter(pool)?;
    pool.core.check_process()?;
    Ok(pool)
}

fn query(
    pool: *const Pool,
    sql: *const c_char,
    options: *const QueryOptions,
    result: *mut *mut QueryResult,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(result, "result")?;
        let pool = pointer::enter(pool)?;
        let sql = pointer::text(sql, "sql")?;
        let (options, cancel) = QueryOptions::read(options)?;
        let core = blocking::wait(race(cancel.as_ref(), true, pool.core.query_with(sql, &options)))?;
        out.set(pointer::give(QueryResult::new(core, cancel)));
        Ok(())
    })
}

fn execute(
    pool: *const Pool,
    sql: *const c_char,
    options: *const QueryOptions,
    affected_rows: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let pool = pointer::enter(pool)?;
        let sql = pointer::text(sql, "sql")?;
        let (options, cancel) = QueryOptions::read(options)?;
        let affected = blocking::wait(race(cancel.as_ref(), true, pool.core.execute_with(sql, &options)))?;
        if let Some(out) = pointer::optional_out(affected_rows) {
            out.set(affected);
        }
        Ok(())
    })
}

fn ready(pool: *const Pool, options: *const AcquireOptions, error: *mut *mut Error) -> i32 {
    guard::status(error, || {
        let pool = pointer::enter(pool)?;
        let (patience, cancel) = AcquireOptions::read(options)?;
        let ready = async {
            match patience {
                Some(patience) => pool.core.ready_within(patience).await,
                None => pool.core.ready().await,
            }
        };
        blocking::wait(race(cancel.as_ref(), false, ready))
    })
}
