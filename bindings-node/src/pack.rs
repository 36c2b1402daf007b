//! One block -> one buffer from which JavaScript makes typed arrays without further copies.
//!
//! In a raw block a column begins wherever the one before it ends, so that typed arrays, which must be aligned, could
//! lie over it by chance only. Here every column is copied once, on a thread of the runtime, to a multiple of eight
//! bytes. Text becomes what Arrow calls Utf8: offsets and UTF-8 without gaps.
//!
//! ```text
//!   f64 rows, f64 columns                              positions are bytes from the start, 0 = there is none
//!   per column seven f64: values  nulls  offsets  units  data  data length  flags
//!   then the parts themselves, each at a multiple of eight:
//!     values    fixed types: rows × width bytes; DECIMAL as pairs of 64 bits, low half first
//!     nulls     a byte a row, 1 = NULL; only if there are NULLs
//!     offsets   text, bytes, decimals: (rows + 1) × i32 into data; a NULL is empty
//!     units     text that is not ASCII: (rows + 1) × i32, the same places counted in UTF-16
//!     data      UTF-8, bytes, or the decimals as text
//!   flags: 1 = data is ASCII, 2 = some text is not UTF-8
//! ```
//! `lib/batch.js` reads it.

use tdsec::{Block, Column, DataType, Error, ErrorCode, Result, Value};

#[cfg(target_endian = "big")]
compile_error!("values are little-endian on the wire and typed arrays have the order of the machine");

const WORD: usize = size_of::<u64>();
const HEADER: usize = 2;
const COLUMN: usize = 7;
const ASCII: u32 = 1;
const INVALID_TEXT: u32 = 2;

/// Packs `block`.
///
/// # Errors
/// `INVALID_UTF8` for an NCHAR that is not text; `MESSAGE_TOO_LARGE` if a column's text is 2 GiB or more.
pub(crate) fn pack(block: &Block) -> Result<Vec<u64>> {
    let columns = block.columns();
    let mut words = Vec::with_capacity(HEADER + COLUMN * columns + 2 * block.bytes().len() / WORD);
    words.extend([number(block.rows()), number(columns)]);
    words.resize(HEADER + COLUMN * columns, 0);
    let mut scratch = Scratch::default();
    for column in block.column_iter() {
        let parts = pack_column(&mut words, column, &mut scratch)?;
        let start = HEADER + COLUMN * column.index();
        words[start..start + COLUMN].copy_from_slice(&parts.words());
    }
    Ok(words)
}

/// Where the parts of a column lie.
#[derive(Default)]
struct Parts {
    values: usize,
    nulls: usize,
    offsets: usize,
    units: usize,
    data: usize,
    length: usize,
    flags: u32,
}

impl Parts {
    fn words(&self) -> [u64; COLUMN] {
        let Parts { values, nulls, offsets, units, data, length, flags } = *self;
        [values, nulls, offsets, units, data, length, flags as usize].map(number)
    }
}

/// What variable values are collected in; kept from column to column.
#[derive(Default)]
struct Scratch {
    offsets: Vec<u8>,
    units: Vec<u8>,
    data: Vec<u8>,
}

fn pack_column(words: &mut Vec<u64>, column: Column<'_>, scratch: &mut Scratch) -> Result<Parts> {
    let mut parts = Parts::default();
    if column.null_count() > 0 {
        let nulls: Vec<u8> = (0..column.rows()).map(|row| u8::from(column.is_null(row))).collect();
        parts.nulls = append(words, &nulls);
    }
    if let Some(values) = column.values() {
        parts.values = append(words, values);
    }
    if column.values().is_none() || column.data_type().is_decimal() {
        pack_variable(words, column, scratch, &mut parts)?;
    }
    Ok(parts)
}

fn pack_variable(words: &mut Vec<u64>, column: Column<'_>, scratch: &mut Scratch, parts: &mut Parts) -> Result<()> {
    let Scratch { offsets, units, data } = scratch;
    offsets.clear();
    units.clear();
    data.clear();
    offsets.extend(0i32.to_le_bytes());
    for row in 0..column.rows() {
        append_value(data, column, row)?;
        offsets.extend(place(data.len(), column)?.to_le_bytes());
    }
    if data.is_ascii() {
        parts.flags |= ASCII;
    } else if column.data_type().is_text() && !count_units(offsets, data, units) {
        parts.flags |= INVALID_TEXT;
        units.clear();
    }
    parts.offsets = append(words, offsets);
    if !units.is_empty() {
        parts.units = append(words, units);
    }
    parts.data = append(words, data);
    parts.length = data.len();
    Ok(())
}

fn append_value(data: &mut Vec<u8>, column: Column<'_>, row: usize) -> Result<()> {
    // NCHAR and decimals are converted; all the rest is copied as it came, text that is not UTF-8 too: it can be
    // read as bytes.
    if !matches!(column.data_type(), DataType::Nchar | DataType::Decimal | DataType::Decimal64) {
        data.extend_from_slice(column.value_bytes(row).unwrap_or_default());
        return Ok(());
    }
    match column.value(row)? {
        Value::Null => {}
        Value::Text(text) => data.extend_from_slice(text.as_bytes()),
        decimal => {
            use std::io::Write as _;
            // Writing to a Vec cannot fail.
            let _ = write!(data, "{decimal}");
        }
    }
    Ok(())
}

/// Counts the values of `data` in UTF-16. False if one of them is not UTF-8.
fn count_units(offsets: &[u8], data: &[u8], units: &mut Vec<u8>) -> bool {
    let (offsets, _) = offsets.as_chunks::<4>();
    let offsets = offsets.iter().map(|bytes| i32::from_le_bytes(*bytes) as usize);
    let mut place = 0i32;
    units.extend(place.to_le_bytes());
    for (start, end) in offsets.clone().zip(offsets.skip(1)) {
        let Some(text) = data.get(start..end).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { return false };
        // Never more than the bytes, so it fits.
        place += text.encode_utf16().count() as i32;
        units.extend(place.to_le_bytes());
    }
    true
}

fn place(length: usize, column: Column<'_>) -> Result<i32> {
    i32::try_from(length).map_err(|_| {
        let text = format!(
            "the values of column {} ({:?}) in one block are 2 GiB or more",
            column.index(),
            column.field().name()
        );
        Error::new(ErrorCode::MessageTooLarge, text)
    })
}

/// Appends `bytes`, filled up with zeros to whole words; their position.
fn append(words: &mut Vec<u64>, bytes: &[u8]) -> usize {
    let position = words.len() * WORD;
    let (whole, rest) = bytes.as_chunks::<WORD>();
    words.extend(whole.iter().map(|bytes| u64::from_le_bytes(*bytes)));
    if !rest.is_empty() {
        let mut last = [0; WORD];
        last[..rest.len()].copy_from_slice(rest);
        words.push(u64::from_le_bytes(last));
    }
    position
}

fn number(number: usize) -> u64 {
    (number as f64).to_bits()
}
