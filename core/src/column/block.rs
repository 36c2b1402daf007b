//! A raw block: some rows of one result, checked once.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::error::Result;

use super::layout::{Layout, Span};
use super::{Column, Field, Precision};

/// Some rows of one result, column by column. Keeps the received bytes; cloning is cheap and copies nothing.
#[derive(Clone)]
pub struct Block {
    bytes: Bytes,
    fields: Arc<[Field]>,
    spans: Arc<[Span]>,
    rows: usize,
    precision: Precision,
}

impl Block {
    /// Checks a raw block (version 1 or 2) completely, so that no reader can leave it afterwards.
    ///
    /// `bytes` begin with the block and may go on after it; `fields` and `precision` come from the result's
    /// description. Decimals whose precision is 0 in `fields` get theirs from the block.
    ///
    /// # Errors
    ///
    /// `BLOCK_INVALID` with a sentence that names column and offset, if anything in the block contradicts its
    /// length, itself or `fields`. What a block claims is never allocated.
    pub fn parse(bytes: Bytes, fields: Arc<[Field]>, precision: Precision) -> Result<Block> {
        let layout = Layout::read(&bytes, &fields)?;
        Ok(Block {
            bytes: bytes.slice(..layout.length),
            fields: layout.completed.map_or(fields, Arc::from),
            spans: layout.spans.into(),
            rows: layout.rows,
            precision,
        })
    }

    /// Number of rows; may be 0.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns, at least 1.
    pub fn columns(&self) -> usize {
        self.fields.len()
    }

    /// Description of the columns.
    pub fn fields(&self) -> &Arc<[Field]> {
        &self.fields
    }

    /// Unit of all timestamps in the block.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The column at `index`.
    ///
    /// # Panics
    ///
    /// If there is no such column, like indexing a slice. [`try_column`](Self::try_column) does not.
    pub fn column(&self, index: usize) -> Column<'_> {
        let (field, span) = (&self.fields[index], self.spans[index]);
        let (head, data) = (&self.bytes[span.head..span.data], &self.bytes[span.data..span.end]);
        Column { field, index, rows: self.rows, precision: self.precision, head, data }
    }

    /// The column at `index`, if there is one.
    pub fn try_column(&self, index: usize) -> Option<Column<'_>> {
        (index < self.columns()).then(|| self.column(index))
    }

    /// All columns in their order.
    pub fn column_iter(&self) -> impl ExactSizeIterator<Item = Column<'_>> + DoubleEndedIterator {
        (0..self.columns()).map(|index| self.column(index))
    }

    /// The block as it came over the wire, without what followed it.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// Shows the shape, never the values: rows may be private and a block may be large.
impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block")
            .field("rows", &self.rows)
            .field("columns", &self.fields.len())
            .field("bytes", &self.bytes.len())
            .field("precision", &self.precision)
            .finish_non_exhaustive()
    }
}
