//! Where the parts of a raw block lie: the one place that trusts nothing.

use crate::error::{Error, ErrorCode, Result};

use super::fixed::Fixed;
use super::{DataType, Field};

/// Bytes in front of the column schema.
const HEADER: usize = 28;
/// Bytes of one column in the schema: type and width.
const SCHEMA: usize = 5;
/// Bytes of one column's data length.
const LENGTH: usize = 4;
/// Most columns a TDengine result can have.
const MAX_COLUMNS: i32 = 4096;
/// Most digits of a decimal.
const MAX_DIGITS: u8 = 38;

/// Place of one column: `head..data` is its null bitmap or its offsets, `data..end` its values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) head: usize,
    pub(super) data: usize,
    pub(super) end: usize,
}

/// A block whose every number was checked.
pub(super) struct Layout {
    pub(super) length: usize,
    pub(super) rows: usize,
    pub(super) spans: Vec<Span>,
    /// The fields, if the block told digits of decimals that they did not have.
    pub(super) completed: Option<Vec<Field>>,
}

impl Layout {
    /// Checks all of `bytes` against `fields`. Allocates for the columns, never for what the block claims.
    pub(super) fn read(bytes: &[u8], fields: &[Field]) -> Result<Layout> {
        let header = Header::read(bytes, fields)?;
        // Nothing beyond the block's own length is looked at, even if more bytes arrived.
        let block = &bytes[..header.length];
        let completed = check_schema(block, fields)?;
        let spans = place_columns(block, header.rows, completed.as_deref().unwrap_or(fields))?;
        Ok(Layout { length: header.length, rows: header.rows, spans, completed })
    }
}

struct Header {
    length: usize,
    rows: usize,
}

impl Header {
    fn read(bytes: &[u8], fields: &[Field]) -> Result<Header> {
        let (Some(version), Some(length), Some(rows), Some(columns)) =
            (i32::read(bytes, 0), i32::read(bytes, 1), i32::read(bytes, 2), i32::read(bytes, 3))
        else {
            return Err(invalid(format!("{} bytes are too few for its header of {HEADER} bytes", bytes.len())));
        };
        if version != 1 && version != 2 {
            return Err(invalid(format!("unknown version {version} at offset 0")));
        }
        let available = bytes.len();
        let length = usize::try_from(length)
            .ok()
            .filter(|length| (HEADER..=available).contains(length))
            .ok_or_else(|| invalid(format!("length {} at offset 4, but {available} bytes arrived", length as u32)))?;
        let rows = usize::try_from(rows).map_err(|_| invalid(format!("negative row count {rows} at offset 8")))?;
        if !(1..=MAX_COLUMNS).contains(&columns) {
            return Err(invalid(format!("column count {columns} at offset 12 is not in 1 to {MAX_COLUMNS}")));
        }
        let columns = columns as usize;
        if columns != fields.len() {
            return Err(invalid(format!("{columns} columns at offset 12, but the result has {}", fields.len())));
        }
        let start = HEADER + columns * (SCHEMA + LENGTH);
        if start > length {
            return Err(invalid(format!("the schema of {columns} columns ends at {start}, the block at {length}")));
        }
        Ok(Header { length, rows })
    }
}

/// Compares the block's own schema with the fields. Returns completed fields if a decimal's digits were missing.
fn check_schema(block: &[u8], fields: &[Field]) -> Result<Option<Vec<Field>>> {
    let (entries, _) = block[HEADER..].as_chunks::<SCHEMA>();
    let mut completed: Option<Vec<Field>> = None;
    for (index, (field, &[number, scale, precision, ..])) in fields.iter().zip(entries).enumerate() {
        let offset = HEADER + index * SCHEMA;
        let data_type = DataType::from_number(number)
            .ok_or_else(|| invalid_column(index, field, format!("unknown type {number} at offset {offset}")))?;
        if data_type != field.data_type() {
            let sentence = format!("the block says {data_type} at offset {offset}");
            return Err(invalid_column(index, field, sentence));
        }
        if !data_type.is_decimal() {
            continue;
        }
        let (block_knows, field_knows) = (precision != 0, field.precision() != 0);
        if block_knows && field_knows && scale != field.scale() {
            let sentence = format!("scale {scale} at offset {}, but the result says {}", offset + 1, field.scale());
            return Err(invalid_column(index, field, sentence));
        }
        if block_knows && !field_knows {
            let all = completed.get_or_insert_with(|| fields.to_vec());
            all[index] = field.with_decimal(precision, scale);
        }
        let field = completed.as_ref().map_or(field, |all| &all[index]);
        if field.scale() > MAX_DIGITS || field.precision() > MAX_DIGITS {
            let sentence = format!("({}, {}) at offset {offset}: too many digits", field.precision(), field.scale());
            return Err(invalid_column(index, field, sentence));
        }
    }
    Ok(completed)
}

fn place_columns(block: &[u8], rows: usize, fields: &[Field]) -> Result<Vec<Span>> {
    let lengths = &block[HEADER + fields.len() * SCHEMA..];
    let mut spans = Vec::with_capacity(fields.len());
    let mut start = HEADER + fields.len() * (SCHEMA + LENGTH);
    for (index, field) in fields.iter().enumerate() {
        let length = i32::read(lengths, index).unwrap_or(-1);
        let span = place_column(block.len(), rows, start, length, field)
            .map_err(|sentence| invalid_column(index, field, sentence))?;
        if field.data_type().width().is_none() {
            let (offsets, data) = (&block[span.head..span.data], &block[span.data..span.end]);
            check_offsets(offsets, data, field.data_type().prefix_width())
                .map_err(|sentence| invalid_column(index, field, sentence))?;
        }
        start = span.end;
        spans.push(span);
    }
    Ok(spans)
}

/// The span of a column whose first byte is `start`, or what is wrong with it.
fn place_column(block: usize, rows: usize, start: usize, length: i32, field: &Field) -> Result<Span, String> {
    let data_length = usize::try_from(length).map_err(|_| format!("negative data length {length}"))?;
    let head_length = match field.data_type().width() {
        Some(width) => {
            if rows.checked_mul(width) != Some(data_length) {
                return Err(format!("{data_length} bytes of data for {rows} rows of {width} bytes"));
            }
            Some(rows.div_ceil(8))
        }
        None => rows.checked_mul(4),
    };
    let data = head_length.and_then(|head_length| start.checked_add(head_length));
    match data.and_then(|data| Some((data, data.checked_add(data_length)?))) {
        Some((data, end)) if end <= block => Ok(Span { head: start, data, end }),
        _ => Err(format!(
            "{rows} rows and {data_length} bytes of data from offset {start} on do not fit into {block} bytes"
        )),
    }
}

/// Checks that every offset leads to a length and a value inside `data`.
fn check_offsets(offsets: &[u8], data: &[u8], prefix: usize) -> Result<(), String> {
    let fits = |offset: i32| match prefix {
        2 => fits::<2>(data, offset),
        _ => fits::<4>(data, offset),
    };
    match i32::iter(offsets).position(|offset| !fits(offset)) {
        None => Ok(()),
        Some(row) => Err(format!(
            "the value of row {row} at offset {} of its data leads outside the {} bytes",
            i32::read(offsets, row).unwrap_or_default(),
            data.len()
        )),
    }
}

#[inline]
fn fits<const PREFIX: usize>(data: &[u8], offset: i32) -> bool {
    if offset < 0 {
        return true; // NULL
    }
    let Some(rest) = data.get(offset as usize..) else { return false };
    let Some((prefix, value)) = rest.split_first_chunk::<PREFIX>() else { return false };
    prefix_value(prefix) <= value.len()
}

/// The length in front of a value. A prefix has 2 or 4 bytes.
#[inline]
pub(super) fn prefix_value(prefix: &[u8]) -> usize {
    match *prefix {
        [a, b] => usize::from(u16::from_le_bytes([a, b])),
        // More than the address space is more than the data, so the comparison that follows refuses it.
        [a, b, c, d] => usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX),
        _ => usize::MAX,
    }
}

fn invalid(sentence: String) -> Error {
    Error::new(ErrorCode::BlockInvalid, format!("malformed raw block: {sentence}"))
}

fn invalid_column(index: usize, field: &Field, sentence: String) -> Error {
    invalid(format!("column {index} ({:?}, {}): {sentence}", field.name(), field.data_type()))
}
