//! Options of the calls that wait.

use std::time::Duration;

use safer_ffi::derive_ReprC;
use tdsec_core::{Error, ErrorCode, Result};

use crate::cancel::{Cancel, Signal};
use crate::pointer;

/// Options of connecting. Zero the structure, set struct_size, then what is wanted.
#[derive_ReprC]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ConnectOptions {
    /// sizeof(tdsec_connect_options): lets the structure grow in later versions.
    pub struct_size: usize,
    /// Ends the wait from another thread; NULL for none. Borrowed for the length of the call.
    pub cancel: *const Cancel,
}

/// Options of waiting for a connection of a pool. Zero the structure, set struct_size, then what is wanted.
#[derive_ReprC]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct AcquireOptions {
    /// sizeof(tdsec_acquire_options): lets the structure grow in later versions.
    pub struct_size: usize,
    /// How long to wait for a connection, in milliseconds; 0 for the acquire_timeout of the configuration.
    pub timeout_ms: i64,
    /// Ends the wait from another thread; NULL for none. Borrowed for the length of the call.
    pub cancel: *const Cancel,
    /// Not 0: takes a connection that is at rest and waits for none. Not beside timeout_ms.
    pub no_wait: i64,
}

/// Options of one statement. Zero the structure, set struct_size, then what is wanted.
#[derive_ReprC]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct QueryOptions {
    /// sizeof(tdsec_query_options): lets the structure grow in later versions.
    pub struct_size: usize,
    /// How long the server may take for the statement, and then for each block of its rows, in milliseconds; 0 for
    /// the connection's request_timeout.
    pub timeout_ms: i64,
    /// The request id under which the server logs the statement; 0 for a fresh one.
    pub req_id: u64,
    /// Ends the wait from another thread, and later the waits for the rows of the result; NULL for none. Borrowed for
    /// the length of the call.
    pub cancel: *const Cancel,
    /// Not 0: running the statement twice is as good as once, so a pool may send it again after a lost connection even
    /// if it may have run. Statements that only read are taken for idempotent anyway. A single connection repeats
    /// nothing.
    pub idempotent: i64,
}

impl ConnectOptions {
    /// The switch the options name.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for options that are none; `INTERNAL` for a handle a defect showed in.
    pub(crate) fn read(options: *const ConnectOptions) -> Result<Option<Signal>> {
        signal(pointer::options(options)?.cancel)
    }
}

impl AcquireOptions {
    /// The patience, if it is the caller's own, and the switch.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for options that are none or out of range; `INTERNAL` for a handle a defect showed in.
    pub(crate) fn read(options: *const AcquireOptions) -> Result<(Option<Duration>, Option<Signal>)> {
        let options = pointer::options(options)?;
        let patience = match (positive_milliseconds(options.timeout_ms, "timeout_ms")?, options.no_wait != 0) {
            (patience, false) => patience,
            (None, true) => Some(Duration::ZERO),
            (Some(_), true) => {
                return Err(Error::new(ErrorCode::InvalidArgument, "timeout_ms and no_wait contradict each other"));
            }
        };
        Ok((patience, signal(options.cancel)?))
    }
}

impl QueryOptions {
    /// The core's options, and the switch.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for options that are none or out of range; `INTERNAL` for a handle a defect showed in.
    pub(crate) fn read(options: *const QueryOptions) -> Result<(tdsec_core::QueryOptions, Option<Signal>)> {
        let options = pointer::options(options)?;
        let mut query = tdsec_core::QueryOptions::new().idempotent(options.idempotent != 0);
        if let Some(timeout) = positive_milliseconds(options.timeout_ms, "timeout_ms")? {
            query = query.timeout(timeout);
        }
        if options.req_id != 0 {
            query = query.req_id(options.req_id);
        }
        Ok((query, signal(options.cancel)?))
    }
}

/// The time that the argument `name` says.
///
/// # Errors
/// `INVALID_ARGUMENT` for less than 0.
pub(crate) fn milliseconds(number: i64, name: &str) -> Result<Duration> {
    match u64::try_from(number) {
        Ok(number) => Ok(Duration::from_millis(number)),
        Err(_) => Err(Error::new(ErrorCode::InvalidArgument, format!("{name} is negative"))),
    }
}

/// The same where 0 stands for a default.
///
/// # Errors
/// As [`milliseconds`].
pub(crate) fn positive_milliseconds(number: i64, name: &str) -> Result<Option<Duration>> {
    Ok(Some(milliseconds(number, name)?).filter(|time| !time.is_zero()))
}

fn signal(cancel: *const Cancel) -> Result<Option<Signal>> {
    if cancel.is_null() {
        return Ok(None);
    }
    Ok(Some(pointer::enter(cancel)?.signal()))
}
