//! `tdsec_result`: the answer to a statement.

use std::ffi::{CString, c_char};
use std::ptr;

use safer_ffi::derive_ReprC;
use tdsec_core::{Block as CoreBlock, DataType, Error as CoreError, ErrorCode, Result, ResultSet, blocking};

use crate::block::Block;
use crate::cancel::{Signal, race};
use crate::error::Error;
use crate::guard::{self, Border, Handle};
use crate::pointer::{self, Kind};
use crate::slot::Slot;
use crate::text::c_string;

/// The answer to a statement: rows to read block by block, or a number of changed rows.
///
/// Exactly one block is read ahead. Freeing a result before its end frees the rest on the server.
pub struct QueryResult {
    border: Border,
    slot: Slot,
    cancel: Option<Signal>,
    names: Vec<CString>,
    columns: Vec<Described>,
    precision: i32,
    is_update: bool,
    affected_rows: u64,
}

/// The numbers of a column.
struct Described {
    data_type: DataType,
    length: u32,
    precision: u8,
    scale: u8,
}

/// Description of one column of a result.
#[derive_ReprC]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Field {
    /// Its name, UTF-8; lives as long as the result. Names of one result may repeat.
    pub name: *const c_char,
    /// Its type, one of the TDSEC_TYPE_… constants.
    pub data_type: i32,
    /// Its declared length as the server reports it; not needed to read values.
    pub length: u32,
    /// Digits of a decimal, else 0.
    pub precision: u8,
    /// Digits of a decimal after the point, else 0.
    pub scale: u8,
}

impl Kind for QueryResult {
    const NAME: &'static str = "result";
}

impl Handle for QueryResult {
    fn border(&self) -> &Border {
        &self.border
    }
}

impl QueryResult {
    pub(crate) fn new(core: ResultSet, cancel: Option<Signal>) -> Self {
        let described = |field: &tdsec_core::Field| Described {
            data_type: field.data_type(),
            length: field.length(),
            precision: field.precision(),
            scale: field.scale(),
        };
        QueryResult {
            border: Border::default(),
            names: core.fields().iter().map(|field| c_string(field.name())).collect(),
            columns: core.fields().iter().map(described).collect(),
            precision: core.precision().number() as i32,
            is_update: core.is_update(),
            affected_rows: core.affected_rows(),
            slot: Slot::new(core),
            cancel,
        }
    }

    /// The reading end and what ends its waits, for a read that may outlive the handle.
    pub(crate) fn reading(&self) -> (Slot, Option<Signal>) {
        (self.slot.clone(), self.cancel.clone())
    }

    fn field(&self, index: usize) -> Option<Field> {
        let (name, column) = (self.names.get(index)?, self.columns.get(index)?);
        Some(Field {
            name: name.as_ptr(),
            data_type: column.data_type.number().into(),
            length: column.length,
            precision: column.precision,
            scale: column.scale,
        })
    }
}

/// The next block of the result in `slot`.
pub(crate) async fn next_block(slot: Slot, cancel: Option<Signal>) -> Result<Option<CoreBlock>> {
    let mut loan = slot.lend()?;
    match loan.as_mut() {
        Some(result) => race(cancel.as_ref(), false, result.next_block()).await,
        None => Ok(None),
    }
}

/// True for a statement without rows (INSERT, DDL, USE).
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_result_is_update(result: *const QueryResult) -> bool {
    guard::read(false, || Some(pointer::peek(result)?.is_update))
}

/// The number of rows a statement without rows changed; 0 for one with rows.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_result_affected_rows(result: *const QueryResult) -> u64 {
    guard::read(0, || Some(pointer::peek(result)?.affected_rows))
}

/// The number of columns; 0 for a statement without rows.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_result_columns(result: *const QueryResult) -> usize {
    guard::read(0, || Some(pointer::peek(result)?.columns.len()))
}

/// The unit of every TIMESTAMP of the result: TDSEC_MILLISECOND, TDSEC_MICROSECOND or TDSEC_NANOSECOND.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_result_precision(result: *const QueryResult) -> i32 {
    guard::read(0, || Some(pointer::peek(result)?.precision))
}

/// Describes the column at index, which counts from 0, in *field.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_result_field(
    result: *const QueryResult,
    index: usize,
    field: *mut Field,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(field, "field")?;
        let result = pointer::enter(result)?;
        out.set(result.field(index).ok_or_else(|| no_column(index, result.columns.len()))?);
        Ok(())
    })
}

/// Waits for the next block of rows, at least one row long. *block is NULL at the end, and for a statement without rows.
/// The block is independent of the result; tdsec_block_free frees it.
///
/// Thread safety: may be called from any thread; while one call reads, another gets TDSEC_INVALID_ARGUMENT. Not to be
/// called from a callback of tdsec.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_result_next_block(
    result: *const QueryResult,
    block: *mut *mut Block,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(block, "block")?;
        let (slot, cancel) = pointer::enter(result)?.reading();
        let block = blocking::wait(next_block(slot, cancel))?;
        out.set(block.map_or(ptr::null_mut(), |block| pointer::give(Block::new(block))));
        Ok(())
    })
}

/// Frees on the server what was not read; further reads answer TDSEC_CLOSED. Idempotent; does not wait, and does not
/// interrupt a read that is under way.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_result_close(result: *const QueryResult, error: *mut *mut Error) -> i32 {
    guard::status(error, || {
        pointer::enter(result)?.slot.close();
        Ok(())
    })
}

/// Frees the result, and on the server what was not read. Blocks and streams made from it stay. NULL is fine.
///
/// Thread safety: nobody may use the result during or after the call; a read with a callback may be under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_result_free(result: *mut QueryResult) {
    guard::free(result);
}

/// The error for a column that does not exist.
pub(crate) fn no_column(index: usize, columns: usize) -> CoreError {
    CoreError::new(ErrorCode::InvalidArgument, format!("there is no column {index}, the last one is before {columns}"))
}
