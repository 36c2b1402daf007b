//! Record batches hold the values of their blocks.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType as ArrowType, TimeUnit};
use bytes::Bytes;
use proptest::prelude::*;

use super::encode::{Cells, Style, encode, parse, ucs4};
use super::properties::{columns, style};
use crate::column::arrow::{TYPE_KEY, record_batch, record_batch_with_schema, schema};
use crate::column::{Block, Column, DataType, Field, Precision, Value};
use crate::error::ErrorCode;

/// The slot of an array as the value it stands for.
fn slot(array: &ArrayRef, row: usize) -> Value<'_> {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        ArrowType::Boolean => Value::Bool(array.as_boolean().value(row)),
        ArrowType::Int8 => Value::I8(array.as_primitive::<Int8Type>().value(row)),
        ArrowType::Int16 => Value::I16(array.as_primitive::<Int16Type>().value(row)),
        ArrowType::Int32 => Value::I32(array.as_primitive::<Int32Type>().value(row)),
        ArrowType::Int64 => Value::I64(array.as_primitive::<Int64Type>().value(row)),
        ArrowType::UInt8 => Value::U8(array.as_primitive::<UInt8Type>().value(row)),
        ArrowType::UInt16 => Value::U16(array.as_primitive::<UInt16Type>().value(row)),
        ArrowType::UInt32 => Value::U32(array.as_primitive::<UInt32Type>().value(row)),
        ArrowType::UInt64 => Value::U64(array.as_primitive::<UInt64Type>().value(row)),
        ArrowType::Float32 => Value::F32(array.as_primitive::<Float32Type>().value(row)),
        ArrowType::Float64 => Value::F64(array.as_primitive::<Float64Type>().value(row)),
        ArrowType::Timestamp(TimeUnit::Millisecond, _) => {
            Value::Timestamp(array.as_primitive::<TimestampMillisecondType>().value(row))
        }
        ArrowType::Decimal128(_, scale) => {
            Value::Decimal { unscaled: array.as_primitive::<Decimal128Type>().value(row), scale: *scale as u8 }
        }
        ArrowType::Utf8 => Value::Text(array.as_string::<i32>().value(row).into()),
        ArrowType::Binary => Value::Bytes(array.as_binary::<i32>().value(row)),
        other => panic!("no TDengine type becomes {other}"),
    }
}

fn assert_same(array: &ArrayRef, column: Column<'_>) {
    assert_eq!((array.len(), array.null_count()), (column.rows(), column.null_count()));
    for row in 0..column.rows() {
        // Debug text, because a NaN is not equal to itself.
        let (slot, value) = (slot(array, row), column.value(row).unwrap());
        assert_eq!(format!("{slot:?}"), format!("{value:?}"), "{} row {row}", column.data_type());
    }
}

fn batch(cells: &[Cells]) -> RecordBatch {
    record_batch(&parse(cells, Style::default())).unwrap()
}

proptest! {
    #[test]
    fn arrays_hold_the_values_of_their_columns(columns in columns(), style in style()) {
        let block = parse(&columns, style);
        let batch = record_batch(&block).unwrap();
        prop_assert_eq!(batch.num_columns(), block.columns());
        for (array, column) in batch.columns().iter().zip(block.column_iter()) {
            array.to_data().validate_full().unwrap();
            assert_same(array, column);
        }
    }
}

#[test]
fn every_type_has_its_arrow_type_and_tells_its_name() {
    let expected = |data_type| match data_type {
        DataType::Bool => ArrowType::Boolean,
        DataType::TinyInt => ArrowType::Int8,
        DataType::SmallInt => ArrowType::Int16,
        DataType::Int => ArrowType::Int32,
        DataType::BigInt => ArrowType::Int64,
        DataType::UTinyInt => ArrowType::UInt8,
        DataType::USmallInt => ArrowType::UInt16,
        DataType::UInt => ArrowType::UInt32,
        DataType::UBigInt => ArrowType::UInt64,
        DataType::Float => ArrowType::Float32,
        DataType::Double => ArrowType::Float64,
        DataType::Timestamp => ArrowType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        DataType::Decimal | DataType::Decimal64 => ArrowType::Decimal128(18, 4),
        data_type if data_type.is_text() => ArrowType::Utf8,
        _ => ArrowType::Binary,
    };
    let cells: Vec<Cells> = DataType::ALL.iter().map(|data_type| Cells::new(*data_type, &[None])).collect();
    let fields: Arc<[Field]> = cells.iter().map(|cells| cells.field.clone()).collect();
    let bytes = Bytes::from(encode(&cells, Style::default()));
    let batch = record_batch(&Block::parse(bytes, fields.clone(), Precision::Microsecond).unwrap()).unwrap();
    assert_eq!(batch.schema(), schema(&fields, Precision::Microsecond));
    for ((field, array), data_type) in batch.schema().fields().iter().zip(batch.columns()).zip(DataType::ALL) {
        assert_eq!(field.data_type(), &expected(*data_type), "{data_type}");
        assert_eq!(array.data_type(), field.data_type());
        assert!(field.is_nullable());
        assert_eq!(field.metadata()[TYPE_KEY], data_type.name());
    }
}

#[test]
fn the_unit_of_timestamps_is_that_of_the_result() {
    let cells = [Cells::new(DataType::Timestamp, &[Some(&[1; 8])])];
    for (precision, unit) in [
        (Precision::Millisecond, TimeUnit::Millisecond),
        (Precision::Microsecond, TimeUnit::Microsecond),
        (Precision::Nanosecond, TimeUnit::Nanosecond),
    ] {
        let bytes = Bytes::from(encode(&cells, Style::default()));
        let block = Block::parse(bytes, [cells[0].field.clone()].into(), precision).unwrap();
        let batch = record_batch(&block).unwrap();
        assert_eq!(batch.column(0).data_type(), &ArrowType::Timestamp(unit, Some("UTC".into())));
    }
}

#[test]
fn names_that_repeat_are_kept() {
    let batch = batch(&[Cells::new(DataType::Int, &[None]), Cells::new(DataType::Varchar, &[None])]);
    let names: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["c", "c"]);
}

#[test]
fn a_column_without_null_has_no_validity() {
    let batch = batch(&[Cells::new(DataType::Int, &[Some(&[1; 4])]), Cells::new(DataType::Varchar, &[Some(b"")])]);
    assert!(batch.columns().iter().all(|array| array.nulls().is_none()));
}

#[test]
fn no_rows_make_an_empty_batch() {
    let cells: Vec<Cells> = DataType::ALL.iter().map(|data_type| Cells::new(*data_type, &[])).collect();
    assert_eq!((batch(&cells).num_rows(), batch(&cells).num_columns()), (0, 21));
}

#[test]
fn text_that_is_none_names_column_and_row() {
    // Two halves of one character in two rows are valid as a whole and invalid each.
    let halves = Cells::new(DataType::Varchar, &[Some(b"a"), Some(b"\xc3"), Some(b"\xa9")]);
    let bad = Cells::new(DataType::Json, &[None, Some(b"\xff"), None]);
    let surrogate = Cells::new(DataType::Nchar, &[None, Some(&[0, 0xd8, 0, 0]), Some(&ucs4("x"))]);
    for cells in [halves, bad, surrogate] {
        let block = parse(&[Cells::new(DataType::Int, &[None; 3]), cells], Style::default());
        let error = record_batch(&block).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidUtf8);
        assert!(error.message().contains("row 1 of column 1"), "{error}");
    }
}

#[test]
fn many_rows_that_share_one_value_have_it_each() {
    let long = "x".repeat(5000);
    let rows = vec![Some(long.as_bytes()); 300];
    let block = parse(&[Cells::new(DataType::Varchar, &rows)], Style { shared: true, ..Style::default() });
    assert!(block.bytes().len() < 10_000);
    assert_same(record_batch(&block).unwrap().column(0), block.column(0));
}

#[test]
fn shared_values_beyond_the_reach_of_arrow_offsets_are_an_error() {
    let long = vec![b'x'; 65_535];
    let rows = vec![Some(long.as_slice()); 8];
    let cells = [Cells::new(DataType::Varchar, &rows)];
    // 40 000 rows of one value of 64 KiB: 160 kB of block that would be 2.6 GB of text.
    let mut bytes = encode(&cells, Style { shared: true, ..Style::default() });
    let offsets = 28 + 9;
    bytes.splice(offsets..offsets + 32, vec![0; 160_000]);
    let length = bytes.len() as i32;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    bytes[8..12].copy_from_slice(&40_000i32.to_le_bytes());
    let block = Block::parse(bytes.into(), [cells[0].field.clone()].into(), Precision::Millisecond).unwrap();
    let error = record_batch(&block).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ValueOutOfRange);
}

#[test]
fn a_decimal_of_unknown_digits_gets_all_of_them() {
    let fields = [Field::new("d", DataType::Decimal64, 8, 0, 0), Field::new("e", DataType::Decimal, 16, 3, 5)];
    let schema = schema(&fields, Precision::Millisecond);
    assert_eq!(schema.field(0).data_type(), &ArrowType::Decimal128(38, 0));
    assert_eq!(schema.field(1).data_type(), &ArrowType::Decimal128(38, 5));
}

#[test]
fn a_batch_keeps_the_schema_it_is_given_or_refuses_it() {
    let block = parse(&[Cells::new(DataType::Int, &[None])], Style::default());
    let own = schema(block.fields(), block.precision());
    assert!(Arc::ptr_eq(&record_batch_with_schema(&block, own.clone()).unwrap().schema(), &own));
    let other = schema(&[Field::new("c", DataType::BigInt, 8, 0, 0)], Precision::Millisecond);
    assert_eq!(record_batch_with_schema(&block, other).unwrap_err().code(), ErrorCode::TypeMismatch);
}
