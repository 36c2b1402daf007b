//! Random blocks: what was written is read, and nothing panics whatever arrives.

use std::sync::Arc;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::encode::{Cells, Style, encode, parse};
use crate::column::{Block, DataType, Field, Precision, Value};

/// Columns of all types with the same number of rows.
pub(super) fn columns() -> impl Strategy<Value = Vec<Cells>> {
    (0usize..40).prop_flat_map(|rows| vec(column(rows), 1..6))
}

fn column(rows: usize) -> impl Strategy<Value = Cells> {
    select(DataType::ALL).prop_flat_map(move |data_type| {
        let value = prop_oneof![1 => Just(None), 3 => value(data_type).prop_map(Some)];
        let digits = if data_type == DataType::Decimal64 { 18 } else { 38 };
        (vec(value, rows), 0..=digits).prop_map(move |(rows, scale)| {
            let (precision, scale) = if data_type.is_decimal() { (digits, scale) } else { (0, 0) };
            Cells { field: Field::new("name", data_type, 0, precision, scale), rows }
        })
    })
}

fn value(data_type: DataType) -> BoxedStrategy<Vec<u8>> {
    match data_type {
        DataType::Nchar => ".{0,20}".prop_map(|text| super::encode::ucs4(&text)).boxed(),
        DataType::Varchar | DataType::Json => prop_oneof!["[a-c]{0,2}", ".{0,40}"].prop_map(String::into_bytes).boxed(),
        _ => match data_type.width() {
            Some(width) => vec(any::<u8>(), width).boxed(),
            None => vec(any::<u8>(), 0..60).boxed(),
        },
    }
}

pub(super) fn style() -> impl Strategy<Value = Style> {
    any::<[bool; 5]>().prop_map(|[shared, reversed, junk, trailing, version_2]| Style {
        shared,
        reversed,
        junk,
        trailing,
        version_2,
    })
}

/// The bytes a value came from, as the encoder takes them.
fn bytes_of(value: &Value<'_>, data_type: DataType) -> Option<Vec<u8>> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => vec![u8::from(*value)],
        Value::I8(value) => value.to_le_bytes().to_vec(),
        Value::I16(value) => value.to_le_bytes().to_vec(),
        Value::I32(value) => value.to_le_bytes().to_vec(),
        Value::I64(value) | Value::Timestamp(value) => value.to_le_bytes().to_vec(),
        Value::U8(value) => value.to_le_bytes().to_vec(),
        Value::U16(value) => value.to_le_bytes().to_vec(),
        Value::U32(value) => value.to_le_bytes().to_vec(),
        Value::U64(value) => value.to_le_bytes().to_vec(),
        Value::F32(value) => value.to_le_bytes().to_vec(),
        Value::F64(value) => value.to_le_bytes().to_vec(),
        Value::Text(text) if data_type == DataType::Nchar => super::encode::ucs4(text),
        Value::Text(text) => text.as_bytes().to_vec(),
        Value::Bytes(bytes) => bytes.to_vec(),
        Value::Decimal { unscaled, .. } => unscaled.to_le_bytes()[..data_type.width().unwrap()].to_vec(),
    })
}

/// Calls every reader. What it returns is looked at elsewhere.
fn read_everything(block: &Block) {
    for column in block.column_iter() {
        let _ = (column.null_count(), column.validity_lsb(), column.fixed::<i64>().map(Iterator::count));
        for row in 0..=block.rows() {
            let _ = (column.value(row), column.value_bytes(row), column.bool(row), column.i128(row), column.f64(row));
        }
    }
    #[cfg(feature = "arrow")]
    let _ = crate::column::arrow::record_batch(block);
}

proptest! {
    #[test]
    fn what_was_encoded_is_read(columns in columns(), style in style()) {
        let block = parse(&columns, style);
        prop_assert_eq!(block.rows(), columns[0].rows.len());
        for (cells, column) in columns.iter().zip(block.column_iter()) {
            let data_type = cells.field.data_type();
            for (row, written) in cells.rows.iter().enumerate() {
                let value = column.value(row).unwrap();
                prop_assert_eq!(column.is_null(row), written.is_none());
                let written = match data_type {
                    DataType::Bool => written.as_ref().map(|bytes| vec![u8::from(bytes[0] != 0)]),
                    _ => written.clone(),
                };
                prop_assert_eq!(bytes_of(&value, data_type), written, "{} row {}", data_type, row);
            }
            let nulls = cells.rows.iter().filter(|row| row.is_none()).count();
            prop_assert_eq!(column.null_count(), nulls);
            let valid: u32 = column.validity_lsb().map_or(0, |bits| bits.iter().map(|byte| byte.count_ones()).sum());
            prop_assert_eq!(valid as usize, if nulls == 0 { 0 } else { block.rows() - nulls });
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..200), types in vec(select(DataType::ALL), 1..4)) {
        let fields: Arc<[Field]> = types.iter().map(|data_type| Field::new("", *data_type, 0, 0, 0)).collect();
        if let Ok(block) = Block::parse(Bytes::from(bytes), fields, Precision::Nanosecond) {
            read_everything(&block);
        }
    }

    #[test]
    fn mutated_blocks_never_panic(
        columns in columns(),
        style in style(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in 0usize..4,
    ) {
        let mut bytes = encode(&columns, style);
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        bytes.truncate(bytes.len() - cut);
        let fields: Arc<[Field]> = columns.iter().map(|cells| cells.field.clone()).collect();
        if let Ok(block) = Block::parse(Bytes::from(bytes), fields, Precision::Microsecond) {
            read_everything(&block);
        }
    }
}
