//! Columns without copies: pointers into a block.

use std::ptr;

use safer_ffi::derive_ReprC;

use crate::block::Block;
use crate::error::Error;
use crate::guard;
use crate::pointer;

/// One column of a block as it came over the wire: pointers into the block, valid until tdsec_block_free.
///
/// A type of fixed width has values and null_bitmap, the others have offsets and data; the other two are NULL. All
/// numbers are little-endian and possibly unaligned: read them with memcpy.
#[derive_ReprC]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Column {
    /// Its type, one of the TDSEC_TYPE_… constants.
    pub data_type: i32,
    /// Bytes of one value; 0 if the type has no fixed width.
    pub width: u32,
    /// Bytes of the length in front of each value in data, 2 or 4; 0 for a type of fixed width.
    pub length_width: u32,
    /// Digits of a decimal, else 0.
    pub precision: u8,
    /// Digits of a decimal after the point, else 0. DECIMAL holds a 128-bit integer, DECIMAL64 a 64-bit one; the value
    /// is that integer divided by 10 to the power of scale.
    pub scale: u8,
    /// Number of rows.
    pub rows: usize,
    /// rows * width bytes; anything where a row is NULL.
    pub values: *const u8,
    /// Row r is NULL if bit 7 - r % 8 of byte r / 8 is 1.
    pub null_bitmap: *const u8,
    /// rows * 4 bytes, an int32_t for each row: negative for NULL, else where in data the value's length stands. The
    /// value follows its length; NCHAR has 4 bytes (UTF-32) a character.
    pub offsets: *const u8,
    /// Lengths and values.
    pub data: *const u8,
    /// Number of bytes in data.
    pub data_length: usize,
}

/// Fills *column with pointers to the column at index, which counts from 0. Copies nothing.
///
/// Thread safety: any number of threads may read a block at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_block_column(
    block: *const Block,
    index: usize,
    column: *mut Column,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(column, "column")?;
        let block = pointer::enter(block)?;
        out.set(view(&block.column(index)?));
        Ok(())
    })
}

fn view(column: &tdsec_core::Column<'_>) -> Column {
    let (field, data_type) = (column.field(), column.data_type());
    let start = |bytes: Option<&[u8]>| bytes.map_or(ptr::null(), <[u8]>::as_ptr);
    Column {
        data_type: data_type.number().into(),
        width: data_type.width().unwrap_or(0) as u32,
        length_width: data_type.length_width().unwrap_or(0) as u32,
        precision: field.precision(),
        scale: field.scale(),
        rows: column.rows(),
        values: start(column.values()),
        null_bitmap: start(column.null_bitmap()),
        offsets: start(column.offsets()),
        data: start(column.data()),
        data_length: column.data().map_or(0, <[u8]>::len),
    }
}
