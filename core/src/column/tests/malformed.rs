//! Blocks that contradict themselves are refused with a sentence that says where.

use std::sync::Arc;

use bytes::Bytes;

use super::encode::{Cells, Style, encode, worked_example};
use crate::column::{Block, DataType, Field, Precision};
use crate::error::{Error, ErrorCode};

/// The error of the worked example with an i32 changed at each offset.
fn refused(changes: &[(usize, i32)]) -> Error {
    let (mut bytes, fields) = worked_example();
    for (offset, number) in changes {
        bytes[*offset..offset + 4].copy_from_slice(&number.to_le_bytes());
    }
    refuse(bytes, fields)
}

fn refuse(bytes: impl Into<Bytes>, fields: Arc<[Field]>) -> Error {
    let error = Block::parse(bytes.into(), fields, Precision::Millisecond).unwrap_err();
    assert_eq!(error.code(), ErrorCode::BlockInvalid, "{error}");
    error
}

#[track_caller]
fn assert_says(error: &Error, parts: &[&str]) {
    for part in parts {
        assert!(error.message().contains(part), "{part:?} is not in {:?}", error.message());
    }
}

#[test]
fn unknown_versions_are_refused_and_both_known_ones_read() {
    for version in [0, 3, -1, i32::MAX] {
        assert_says(&refused(&[(0, version)]), &["version", "offset 0"]);
    }
    let (mut bytes, fields) = worked_example();
    bytes[0] = 2;
    assert!(Block::parse(bytes.into(), fields, Precision::Millisecond).is_ok());
}

#[test]
fn a_length_that_did_not_arrive_is_refused() {
    for length in [150, 1 << 30, i32::MAX, i32::MIN, -1, 0, 27] {
        assert_says(&refused(&[(4, length)]), &["length", "149 bytes arrived"]);
    }
    assert_says(&refused(&[(4, -1)]), &["4294967295"]);
}

#[test]
fn a_length_shorter_than_the_columns_is_refused() {
    assert_says(&refused(&[(4, 63)]), &["schema", "64"]);
    assert_says(&refused(&[(4, 147)]), &["column 3", "\"n\"", "147"]);
    assert!(Block::parse(worked_example().0.into(), worked_example().1, Precision::Millisecond).is_ok());
}

#[test]
fn every_cut_of_the_bytes_is_refused() {
    let (bytes, fields) = worked_example();
    for length in 0..bytes.len() {
        refuse(bytes[..length].to_vec(), fields.clone());
    }
}

#[test]
fn row_counts_that_cannot_be_are_refused() {
    assert_says(&refused(&[(8, -1)]), &["negative row count -1"]);
    for rows in [4, 1 << 28, i32::MAX] {
        assert_says(&refused(&[(8, rows)]), &["column 0", "\"ts\"", "24 bytes of data"]);
    }
    // Only variable columns: nothing but the offsets bounds the rows.
    let cells = [Cells::new(DataType::Varchar, &[None])];
    let mut bytes = encode(&cells, Style::default());
    bytes[8..12].copy_from_slice(&i32::MAX.to_le_bytes());
    assert_says(&refuse(bytes, [cells[0].field.clone()].into()), &["column 0", "2147483647 rows"]);
}

#[test]
fn column_counts_outside_the_result_are_refused() {
    for columns in [0, -1, 4097, i32::MAX] {
        assert_says(&refused(&[(12, columns)]), &["column count", "4096"]);
    }
    for columns in [3, 5, 4096] {
        assert_says(&refused(&[(12, columns)]), &["the result has 4"]);
    }
    let (bytes, fields) = worked_example();
    assert_says(&refuse(bytes, fields[..3].into()), &["4 columns", "the result has 3"]);
}

#[test]
fn the_most_columns_a_result_can_have_are_read() {
    let cells = vec![Cells::new(DataType::TinyInt, &[Some(&[1])]); 4096];
    assert_eq!(super::encode::parse(&cells, Style::default()).column(4095).i8(0), Some(1));
    let cells = vec![Cells::new(DataType::TinyInt, &[Some(&[1])]); 4097];
    let fields: Arc<[Field]> = cells.iter().map(|cells| cells.field.clone()).collect();
    assert_says(&refuse(encode(&cells, Style::default()), fields), &["4097"]);
}

#[test]
fn types_that_are_unknown_or_not_those_of_the_result_are_refused() {
    for number in [0, 22, 255] {
        let (mut bytes, fields) = worked_example();
        bytes[33] = number;
        assert_says(&refuse(bytes, fields), &["column 1", "unknown type", "offset 33"]);
    }
    let (mut bytes, fields) = worked_example();
    bytes[33] = DataType::UInt.number();
    assert_says(&refuse(bytes, fields), &["column 1 (\"i\", INT)", "INT UNSIGNED", "offset 33"]);
}

#[test]
fn data_lengths_that_do_not_fit_are_refused() {
    for length in [-1, 0, 23, 25, 32, i32::MAX] {
        assert_says(&refused(&[(48, length)]), &["column 0"]);
    }
    for length in [-1, 1000, i32::MAX, i32::MIN] {
        assert_says(&refused(&[(56, length)]), &["column 2 (\"v\", VARCHAR)"]);
    }
}

#[test]
fn offsets_outside_the_data_are_refused() {
    // Column v: offsets at 0x66, data at 0x72: 6 bytes, "hi" at 0 and "" at 4.
    for (row, offset) in [(0, 5), (0, 6), (1, 7), (2, i32::MAX), (1, 1 << 20)] {
        let error = refused(&[(0x66 + row * 4, offset)]);
        assert_says(&error, &["column 2", &format!("row {row}"), &format!("offset {offset} "), "6 bytes"]);
    }
    // Offset 1 reads "\0h" as a length of 0x6800.
    assert_says(&refused(&[(0x66, 1)]), &["column 2", "row 0"]);
}

#[test]
fn value_lengths_outside_the_data_are_refused() {
    for length in [5u16, 300, u16::MAX] {
        let (mut bytes, fields) = worked_example();
        bytes[0x72..0x74].copy_from_slice(&length.to_le_bytes());
        assert_says(&refuse(bytes, fields), &["column 2", "row 0"]);
    }
    let cells = [Cells::new(DataType::Blob, &[Some(&[1, 2, 3])])];
    for length in [4, 1 << 20, u32::MAX] {
        let mut bytes = encode(&cells, Style::default());
        let at = bytes.len() - 7;
        bytes[at..at + 4].copy_from_slice(&u32::to_le_bytes(length));
        assert_says(&refuse(bytes, [cells[0].field.clone()].into()), &["column 0 (\"c\", BLOB)", "row 0"]);
    }
}

#[test]
fn decimals_that_disagree_or_have_too_many_digits_are_refused() {
    let cells = [Cells::new(DataType::Decimal64, &[Some(&[0; 8])])];
    let bytes = encode(&cells, Style::default());
    let with =
        |precision, scale| -> Arc<[Field]> { [Field::new("d", DataType::Decimal64, 8, precision, scale)].into() };
    assert_says(&refuse(bytes.clone(), with(18, 3)), &["column 0", "scale 4", "says 3"]);
    let mut bytes = bytes;
    (bytes[29], bytes[30]) = (39, 39);
    assert_says(&refuse(bytes.clone(), with(0, 0)), &["column 0", "(39, 39)", "digits"]);
    // A block that tells no digits leaves those of the result.
    (bytes[29], bytes[30]) = (0, 0);
    let block = Block::parse(bytes.into(), with(18, 3), Precision::Millisecond).unwrap();
    assert_eq!(block.column(0).value(0).unwrap().to_string(), "0.000");
}
