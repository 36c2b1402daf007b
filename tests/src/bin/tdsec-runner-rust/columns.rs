//! Values out of the raw column views: bulk bytes, null bitmaps and offsets.

use serde_json::Value as Json;
use tdsec::column::decimal_text;
use tdsec::{Column, DataType, Error, ErrorCode, Result};

use crate::answer;

/// All values of a column.
pub(crate) fn values(column: Column<'_>) -> Result<Vec<Json>> {
    (0..column.rows()).map(|row| value(column, row)).collect()
}

fn value(column: Column<'_>, row: usize) -> Result<Json> {
    match (column.null_bitmap(), column.values()) {
        (Some(nulls), Some(values)) => {
            if nulls[row / 8] & (0x80 >> (row % 8)) != 0 {
                return Ok(Json::Null);
            }
            let width = values.len() / column.rows();
            Ok(fixed(column, &values[row * width..(row + 1) * width]))
        }
        _ => variable(column, row),
    }
}

fn fixed(column: Column<'_>, bytes: &[u8]) -> Json {
    let scale = column.field().scale();
    match column.data_type() {
        DataType::Bool => (bytes[0] != 0).into(),
        DataType::Float => answer::double(f64::from(f32::from_bits(unsigned(bytes) as u32))),
        DataType::Double => answer::double(f64::from_bits(unsigned(bytes) as u64)),
        DataType::UTinyInt | DataType::USmallInt | DataType::UInt | DataType::UBigInt => {
            unsigned(bytes).to_string().into()
        }
        DataType::Decimal | DataType::Decimal64 => decimal_text(signed(bytes), scale).into(),
        _ => signed(bytes).to_string().into(),
    }
}

fn variable(column: Column<'_>, row: usize) -> Result<Json> {
    let Some(bytes) = column.value_bytes(row) else { return Ok(Json::Null) };
    if column.data_type().is_binary() {
        return Ok(answer::hex(bytes));
    }
    let text = match column.data_type() {
        DataType::Nchar => bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|unit| char::from_u32(u32::from_le_bytes(*unit)))
            .collect::<Option<String>>()
            .filter(|_| bytes.len() % 4 == 0),
        _ => std::str::from_utf8(bytes).ok().map(str::to_owned),
    };
    text.map(Json::from).ok_or_else(|| match column.value(row) {
        // The library's own reader refuses the same bytes, with its code.
        Err(error) => error,
        Ok(_) => Error::new(ErrorCode::Internal, "value() read a text that the bytes do not hold"),
    })
}

/// XOR over the non-null values, from the bytes.
pub(crate) fn checksum(column: Column<'_>) -> u64 {
    let (Some(nulls), Some(values)) = (column.null_bitmap(), column.values()) else { return 0 };
    if column.rows() == 0 {
        return 0;
    }
    let width = values.len() / column.rows();
    let data_type = column.data_type();
    let mut sum = 0;
    for (row, bytes) in values.chunks_exact(width).enumerate() {
        if nulls[row / 8] & (0x80 >> (row % 8)) != 0 {
            continue;
        }
        sum ^= match data_type {
            DataType::Float => f64::from(f32::from_bits(unsigned(bytes) as u32)).to_bits(),
            DataType::UTinyInt | DataType::USmallInt | DataType::UInt | DataType::Bool => unsigned(bytes) as u64,
            DataType::Decimal => 0,
            _ => signed(bytes) as u64,
        };
    }
    sum
}

fn unsigned(bytes: &[u8]) -> u128 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

fn signed(bytes: &[u8]) -> i128 {
    let shift = 128 - 8 * bytes.len() as u32;
    ((unsigned(bytes) << shift) as i128) >> shift
}
