//! `tdsec_connection`: one logged-in WebSocket.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use tdsec_core::{TlsSummary, blocking};

use crate::cancel::race;
use crate::certificate::Certificate;
use crate::config::Config;
use crate::error::Error;
use crate::guard::{self, Border, Handle};
use crate::options::{ConnectOptions, QueryOptions};
use crate::pointer::{self, Kind, Lent};
use crate::result::QueryResult;
use crate::text::{TextOut, c_string};

/// A logged-in connection to TDengine: one WebSocket, any number of statements at the same time, from any thread.
///
/// After a fork it belongs to the parent process: in the child every call answers TDSEC_FORKED, and freeing it touches
/// nothing of the parent's.
pub struct Connection {
    border: Border,
    core: tdsec_core::Connection,
    server_version: CString,
    tls: Option<Tls>,
}

struct Tls {
    version: CString,
    cipher_suite: CString,
    key_exchange: CString,
    resumed: bool,
    server: Vec<Lent<Certificate>>,
    client: Vec<Lent<Certificate>>,
}

impl Kind for Connection {
    const NAME: &'static str = "connection";
}

impl Handle for Connection {
    fn border(&self) -> &Border {
        &self.border
    }
}

impl Connection {
    pub(crate) fn new(core: tdsec_core::Connection) -> Self {
        let server_version = c_string(core.server_version());
        let tls = core.tls().map(Tls::new);
        Connection { border: Border::default(), core, server_version, tls }
    }

    pub(crate) fn core(&self) -> &tdsec_core::Connection {
        &self.core
    }
}

impl Tls {
    fn new(summary: &TlsSummary) -> Self {
        Tls {
            version: c_string(summary.version),
            cipher_suite: c_string(&summary.cipher_suite),
            key_exchange: c_string(&summary.key_exchange),
            resumed: summary.resumed,
            server: summary.certificates.iter().map(Certificate::lent).collect(),
            client: summary.client_certificates.iter().map(Certificate::lent).collect(),
        }
    }
}

/// Connects and logs in. Waits, at most for the connect_timeout of the configuration.
///
/// Thread safety: may be called from any thread; several threads may use one configuration at the same time. Not to be
/// called from a callback of tdsec.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_new(
    config: *const Config,
    connection: *mut *mut Connection,
    error: *mut *mut Error,
) -> i32 {
    connect(config, ptr::null(), connection, error)
}

/// Connects and logs in, with options; NULL for the defaults.
///
/// Thread safety: as tdsec_connection_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_new_with(
    config: *const Config,
    options: *const ConnectOptions,
    connection: *mut *mut Connection,
    error: *mut *mut Error,
) -> i32 {
    connect(config, options, connection, error)
}

/// Runs one SQL statement. Waits for the server's answer.
///
/// The result has rows to read, or a number of changed rows; tdsec_result_free frees it.
///
/// Thread safety: may be called from several threads at the same time; the server then runs the statements
/// concurrently. Not to be called from a callback of tdsec.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_query(
    connection: *const Connection,
    sql: *const c_char,
    result: *mut *mut QueryResult,
    error: *mut *mut Error,
) -> i32 {
    query(connection, sql, ptr::null(), result, error)
}

/// Runs one SQL statement with options; NULL for the defaults.
///
/// Thread safety: as tdsec_connection_query.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_query_with(
    connection: *const Connection,
    sql: *const c_char,
    options: *const QueryOptions,
    result: *mut *mut QueryResult,
    error: *mut *mut Error,
) -> i32 {
    query(connection, sql, options, result, error)
}

/// Runs a statement without rows and writes the number of rows it changed to *affected_rows, which may be NULL. Rows,
/// if there are any, are thrown away.
///
/// Thread safety: as tdsec_connection_query.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_execute(
    connection: *const Connection,
    sql: *const c_char,
    affected_rows: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    execute(connection, sql, ptr::null(), affected_rows, error)
}

/// Runs a statement without rows, with options; NULL for the defaults. The rest is as in tdsec_connection_execute.
///
/// Thread safety: as tdsec_connection_query.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_execute_with(
    connection: *const Connection,
    sql: *const c_char,
    options: *const QueryOptions,
    affected_rows: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    execute(connection, sql, options, affected_rows, error)
}

/// The database of the session, as USE left it. *is_none, which may be NULL, tells if there is none; the text is then
/// empty. Asks the server. Writes like tdsec_config_describe.
///
/// Thread safety: as tdsec_connection_query.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_current_database(
    connection: *const Connection,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    is_none: *mut bool,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let database = blocking::wait(pointer::enter(connection)?.core.current_database())?;
        if let Some(out) = pointer::optional_out(is_none) {
            out.set(database.is_none());
        }
        TextOut { buffer, capacity, length }.write(database.as_deref().unwrap_or_default())
    })
}

/// The state of the service behind the gateway, by a round trip without a statement: 0 unavailable, 1 network ok,
/// 2 service ok, 3 degraded, 4 exiting.
///
/// Thread safety: as tdsec_connection_query.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_server_status(
    connection: *const Connection,
    status: *mut i32,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let connection = pointer::enter(connection)?;
        let out = pointer::out(status, "status")?;
        out.set(blocking::wait(connection.core.server_status())?.status);
        Ok(())
    })
}

/// The version of the server, such as 3.4.1.13. Lives as long as the connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_server_version(connection: *const Connection) -> *const c_char {
    read_text(connection, |connection| Some(&connection.server_version))
}

/// The version of TLS, TLSv1.3 or TLSv1.2; NULL on a plain connection. Lives as long as the connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_tls_version(connection: *const Connection) -> *const c_char {
    read_text(connection, |connection| Some(&connection.tls.as_ref()?.version))
}

/// The IANA name of the cipher suite; NULL on a plain connection. Lives as long as the connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_tls_cipher_suite(connection: *const Connection) -> *const c_char {
    read_text(connection, |connection| Some(&connection.tls.as_ref()?.cipher_suite))
}

/// The key exchange, such as X25519MLKEM768; empty for a resumed session that had none of its own, NULL on a plain
/// connection. Lives as long as the connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_tls_key_exchange(connection: *const Connection) -> *const c_char {
    read_text(connection, |connection| Some(&connection.tls.as_ref()?.key_exchange))
}

/// Certificate number `index` of the server, its own first; those of the first handshake if the session was resumed.
/// NULL past the last one and on a plain connection. Lives as long as the connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_server_certificate(
    connection: *const Connection,
    index: usize,
) -> *const Certificate {
    read_certificate(connection, index, |tls| &tls.server)
}

/// Certificate number `index` that was sent to the server, the client's own first. NULL past the last one. Lives as
/// long as the connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_client_certificate(
    connection: *const Connection,
    index: usize,
) -> *const Certificate {
    read_certificate(connection, index, |tls| &tls.client)
}

fn read_certificate(
    connection: *const Connection,
    index: usize,
    of: fn(&Tls) -> &[Lent<Certificate>],
) -> *const Certificate {
    guard::read(ptr::null(), || {
        let certificates = of(pointer::peek(connection)?.tls.as_ref()?);
        certificates.get(index).map(Lent::pointer)
    })
}

/// True if an earlier TLS session was resumed.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_tls_resumed(connection: *const Connection) -> bool {
    guard::read(false, || Some(pointer::peek(connection)?.tls.as_ref()?.resumed))
}

/// True once the connection is closed or lost, and for NULL.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_is_closed(connection: *const Connection) -> bool {
    guard::read(true, || Some(pointer::peek(connection)?.core.is_closed()))
}

/// Closes the socket; statements under way get TDSEC_CLOSED. Idempotent. Waits at most a few seconds for the server's
/// goodbye.
///
/// A connection of a pool is given back instead. With a statement under way or a result not read to its end it is
/// closed, and the pool opens another one.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free. Not to be
/// called from a callback of tdsec.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_close(connection: *const Connection, error: *mut *mut Error) -> i32 {
    guard::status(error, || {
        let connection = pointer::enter(connection)?;
        blocking::wait(async {
            connection.core.close().await;
            Ok(())
        })
    })
}

/// Frees the connection. Without tdsec_connection_close before, the socket closes by itself, or goes back to its pool,
/// once its results are freed too; this call does not wait for it. Results stay usable. NULL is fine.
///
/// Thread safety: nobody may use the connection during or after the call. May be called from a callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_connection_free(connection: *mut Connection) {
    guard::free(connection);
}

fn connect(
    config: *const Config,
    options: *const ConnectOptions,
    connection: *mut *mut Connection,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(connection, "connection")?;
        let config = pointer::enter(config)?.build()?;
        let cancel = ConnectOptions::read(options)?;
        let core = blocking::wait(race(cancel.as_ref(), false, tdsec_core::Connection::connect(&config)))?;
        out.set(pointer::give(Connection::new(core)));
        Ok(())
    })
}

fn query(
    connection: *const Connection,
    sql: *const c_char,
    options: *const QueryOptions,
    result: *mut *mut QueryResult,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(result, "result")?;
        let connection = pointer::enter(connection)?;
        let sql = pointer::text(sql, "sql")?;
        let (options, cancel) = QueryOptions::read(options)?;
        let core = blocking::wait(race(cancel.as_ref(), true, connection.core.query_with(sql, &options)))?;
        out.set(pointer::give(QueryResult::new(core, cancel)));
        Ok(())
    })
}

fn read_text(connection: *const Connection, pick: impl FnOnce(&Connection) -> Option<&CStr>) -> *const c_char {
    guard::read(ptr::null(), || pointer::peek(connection).and_then(pick).map(CStr::as_ptr))
}

fn execute(
    connection: *const Connection,
    sql: *const c_char,
    options: *const QueryOptions,
    affected_rows: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let connection = pointer::enter(connection)?;
        let sql = pointer::text(sql, "sql")?;
        let (options, cancel) = QueryOptions::read(options)?;
        let affected = blocking::wait(race(cancel.as_ref(), true, connection.core.execute_with(sql, &options)))?;
        if let Some(out) = pointer::optional_out(affected_rows) {
            out.set(affected);
        }
        Ok(())
    })
}
