//! `tdsec_block`: some rows of a result.

use tdsec_core::{Block as CoreBlock, Column as CoreColumn, Error as CoreError, ErrorCode, Result};

use crate::guard::{self, Border, Handle};
use crate::pointer::{self, Kind};
use crate::result::no_column;

/// Some rows of a result, column by column, as they came over the wire. Never changes; lives until tdsec_block_free,
/// whatever happens to its result and connection.
pub struct Block {
    border: Border,
    core: CoreBlock,
}

impl Kind for Block {
    const NAME: &'static str = "block";
}

impl Handle for Block {
    fn border(&self) -> &Border {
        &self.border
    }
}

impl Block {
    pub(crate) fn new(core: CoreBlock) -> Self {
        Block { border: Border::default(), core }
    }

    /// The column at `index`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` if there is none.
    pub(crate) fn column(&self, index: usize) -> Result<CoreColumn<'_>> {
        self.core.try_column(index).ok_or_else(|| no_column(index, self.core.columns()))
    }

    /// The column at `index`, which has a row `row`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` if there is no such column or row.
    pub(crate) fn cell(&self, index: usize, row: usize) -> Result<CoreColumn<'_>> {
        let column = self.column(index)?;
        if row < column.rows() {
            return Ok(column);
        }
        let text = format!("there is no row {row}, the last one is before {}", column.rows());
        Err(CoreError::new(ErrorCode::InvalidArgument, text))
    }
}

/// The number of rows, at least 1; 0 for NULL.
///
/// Thread safety: a block does not change; any number of threads may read it at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_block_rows(block: *const Block) -> usize {
    guard::read(0, || Some(pointer::peek(block)?.core.rows()))
}

/// The number of columns; 0 for NULL.
///
/// Thread safety: any number of threads may read a block at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_block_columns(block: *const Block) -> usize {
    guard::read(0, || Some(pointer::peek(block)?.core.columns()))
}

/// The unit of every TIMESTAMP of the block: TDSEC_MILLISECOND, TDSEC_MICROSECOND or TDSEC_NANOSECOND.
///
/// Thread safety: any number of threads may read a block at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_block_precision(block: *const Block) -> i32 {
    guard::read(0, || Some(pointer::peek(block)?.core.precision().number() as i32))
}

/// Frees the block and with it the memory of its columns. NULL is fine.
///
/// Thread safety: nobody may use the block, or pointers into it, during or after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_block_free(block: *mut Block) {
    guard::free(block);
}
