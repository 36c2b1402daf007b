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

impl QueryOptions {
    /// The core's options, and the switch.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for options that are none or out of range; `INTERNAL` for a handle a defect showed in.
    pub(crate) fn read(options: *const QueryOptions) -> Result<(tdsec_core::QueryOptions, Option<Signal>)> {
        let options = pointer::options(options)?;
        let mut query = tdsec_core::QueryOptions::new();
        match u64::try_from(options.timeout_ms) {
            Ok(0) => {}
            Ok(milliseconds) => query = query.timeout(Duration::from_millis(milliseconds)),
            Err(_) => return Err(Error::new(ErrorCode::InvalidArgument, "timeout_ms is negative")),
        }
        if options.req_id != 0 {
            query = query.req_id(options.req_id);
        }
        Ok((query, signal(options.cancel)?))
    }
}

fn signal(cancel: *const Cancel) -> Result<Option<Signal>> {
    if cancel.is_null() {
        return Ok(None);
    }
    Ok(Some(pointer::enter(cancel)?.signal()))
}
