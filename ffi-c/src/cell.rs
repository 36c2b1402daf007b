//! Single values: one column, one row.

use std::ffi::c_char;
use std::num::TryFromIntError;

use tdsec_core::{Column, Error as CoreError, ErrorCode, Result, Value};

use crate::block::Block;
use crate::error::Error;
use crate::guard;
use crate::pointer;
use crate::text::TextOut;

/// True if the value at column and row, which count from 0, is NULL, and if there is no such value.
///
/// Thread safety: any number of threads may read a block at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_block_is_null(block: *const Block, column: usize, row: usize) -> bool {
    guard::read(true, || Some(pointer::peek(block)?.cell(column, row).ok()?.is_null(row)))
}

/// Reads a BOOL. NULL reads as false; *is_null, which may be NULL, tells.
///
/// Thread safety: any number of threads may read a block at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_block_bool(
    block: *const Block,
    column: usize,
    row: usize,
    value: *mut bool,
    is_null: *mut bool,
    error: *mut *mut Error,
) -> i32 {
    number(block, column, row, value, is_null, error, |value| match value {
        Value::Bool(value) => Some(Ok(value)),
        _ => None,
    })
}

/// Reads any integer type, BOOL as 0 and 1, or a TIMESTAMP in the precision of the block. NULL reads as 0; *is_null,
/// which may be NULL, tells. TDSEC_VALUE_OUT_OF_RANGE for a BIGINT UNSIGNED that does not fit.
///
/// Thread safety: any number of threads may read a block at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_block_int64(
    block: *const Block,
    column: usize,
    row: usize,
    value: *mut i64,
    is_null: *mut bool,
    error: *mut *mut Error,
) -> i32 {
    number(block, column, row, value, is_null, error, |value| Some(integer(&value)?.try_into()))
}

/// Reads any integer type, or BOOL as 0 and 1. NULL reads as 0; *is_null, which may be NULL, tells.
/// TDSEC_VALUE_OUT_OF_RANGE for a negative number.
///
/// Thread safety: any number of threads may read a block at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_block_uint64(
    block: *const Block,
    column: usize,
    row: usize,
    value: *mut u64,
    is_null: *mut bool,
    error: *mut *mut Error,
) -> i32 {
    number(block, column, row, value, is_null, error, |value| match value {
        Value::Timestamp(_) => None,
        value => Some(integer(&value)?.try_into()),
    })
}

/// Reads a DOUBLE or a FLOAT. NULL reads as 0; *is_null, which may be NULL, tells.
///
/// Thread safety: any number of threads may read a block at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_block_double(
    block: *const Block,
    column: usize,
    row: usize,
    value: *mut f64,
    is_null: *mut bool,
    error: *mut *mut Error,
) -> i32 {
    number(block, column, row, value, is_null, error, |value| match value {
        Value::F32(value) => Some(Ok(value.into())),
        Value::F64(value) => Some(Ok(value)),
        _ => None,
    })
}

/// Reads a value of any type as UTF-8 text: VARCHAR, NCHAR and JSON as they are, a decimal exactly with all digits of
/// its scale, bytes in hexadecimal, a TIMESTAMP as its number. NULL reads as an empty text; *is_null, which may be
/// NULL, tells. Writes like tdsec_config_describe. TDSEC_INVALID_UTF8 if a VARCHAR is no text: read it as bytes.
///
/// Thread safety: any number of threads may read a block at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_block_text(
    block: *const Block,
    column: usize,
    row: usize,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    is_null: *mut bool,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let block = pointer::enter(block)?;
        let value = block.cell(column, row)?.value(row)?;
        tell_null(is_null, value.is_null());
        let out = TextOut { buffer, capacity, length };
        match &value {
            Value::Null => out.write(""),
            Value::Text(text) => out.write(text),
            value => out.write(&value.to_string()),
        }
    })
}

/// Points *value to the bytes of a value without fixed width and writes their number to *length. They are as they came:
/// NCHAR has 4 bytes (UTF-32, little-endian) a character. They end with no NUL and live as long as the block. For NULL
/// *value is NULL.
///
/// Thread safety: any number of threads may read a block at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_block_bytes(
    block: *const Block,
    column: usize,
    row: usize,
    value: *mut *const u8,
    length: *mut usize,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let (value, length) = (pointer::out(value, "value")?, pointer::out(length, "length")?);
        let block = pointer::enter(block)?;
        let column = block.cell(column, row)?;
        if column.offsets().is_none() {
            return Err(mismatch(&column));
        }
        let bytes = column.value_bytes(row);
        value.set(bytes.map_or(std::ptr::null(), <[u8]>::as_ptr));
        length.set(bytes.map_or(0, <[u8]>::len));
        Ok(())
    })
}

/// Reads one value; `convert` gives `None` for a type that it does not take.
fn number<T: Default>(
    block: *const Block,
    column: usize,
    row: usize,
    value: *mut T,
    is_null: *mut bool,
    error: *mut *mut Error,
    convert: impl FnOnce(Value<'_>) -> Option<Result<T, TryFromIntError>>,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(value, "value")?;
        let block = pointer::enter(block)?;
        let column = block.cell(column, row)?;
        let value = column.value(row)?;
        tell_null(is_null, value.is_null());
        if value.is_null() {
            out.set(T::default());
            return Ok(());
        }
        out.set(convert(value).ok_or_else(|| mismatch(&column))?.map_err(|_| out_of_range(&column, row))?);
        Ok(())
    })
}

fn tell_null(is_null: *mut bool, answer: bool) {
    if let Some(out) = pointer::optional_out(is_null) {
        out.set(answer);
    }
}

fn integer(value: &Value<'_>) -> Option<i128> {
    Some(match *value {
        Value::Bool(value) => value.into(),
        Value::I8(value) => value.into(),
        Value::I16(value) => value.into(),
        Value::I32(value) => value.into(),
        Value::I64(value) | Value::Timestamp(value) => value.into(),
        Value::U8(value) => value.into(),
        Value::U16(value) => value.into(),
        Value::U32(value) => value.into(),
        Value::U64(value) => value.into(),
        _ => return None,
    })
}

fn mismatch(column: &Column<'_>) -> CoreError {
    let (index, name, held) = (column.index(), column.field().name(), column.data_type());
    CoreError::new(ErrorCode::TypeMismatch, format!("column {index} ({name:?}) holds {held}"))
}

fn out_of_range(column: &Column<'_>, row: usize) -> CoreError {
    let (index, name) = (column.index(), column.field().name());
    let text = format!("row {row} of column {index} ({name:?}) does not fit");
    CoreError::new(ErrorCode::ValueOutOfRange, text)
}
