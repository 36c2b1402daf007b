//! What columns of each type read as.

use bytes::Bytes;

use super::encode::{Cells, Style, encode, parse, ucs4, worked_example};
use crate::column::{Block, DataType, Field, Precision, Value};
use crate::error::ErrorCode;

fn values(data_type: DataType, rows: &[Option<&[u8]>]) -> Vec<Value<'static>> {
    let block = parse(&[Cells::new(data_type, rows)], Style::default());
    let column = block.column(0);
    let own = |value: Value<'_>| match value {
        Value::Text(text) => Value::Text(text.into_owned().into()),
        Value::Bytes(bytes) => Value::Bytes(bytes.to_vec().leak()),
        Value::Null => Value::Null,
        Value::Bool(value) => Value::Bool(value),
        Value::I8(value) => Value::I8(value),
        Value::I16(value) => Value::I16(value),
        Value::I32(value) => Value::I32(value),
        Value::I64(value) => Value::I64(value),
        Value::U8(value) => Value::U8(value),
        Value::U16(value) => Value::U16(value),
        Value::U32(value) => Value::U32(value),
        Value::U64(value) => Value::U64(value),
        Value::F32(value) => Value::F32(value),
        Value::F64(value) => Value::F64(value),
        Value::Timestamp(value) => Value::Timestamp(value),
        Value::Decimal { unscaled, scale } => Value::Decimal { unscaled, scale },
    };
    (0..rows.len()).map(|row| own(column.value(row).unwrap())).collect()
}

#[test]
fn the_worked_example_reads_as_described() {
    let (bytes, fields) = worked_example();
    let block = Block::parse(bytes.into(), fields, Precision::Millisecond).unwrap();
    assert_eq!((block.rows(), block.columns()), (3, 4));
    let text = |row: usize| {
        let values = block.column_iter().map(|column| column.value(row).unwrap().to_string());
        values.collect::<Vec<_>>().join("|")
    };
    assert_eq!(text(0), "1700000000000|1|hi|é");
    assert_eq!(text(1), "1700000000001|NULL|NULL|NULL");
    assert_eq!(text(2), "1700000000002|-3||日本");
}

#[test]
fn the_encoder_of_these_tests_writes_the_worked_example() {
    let (bytes, fields) = worked_example();
    let ts = |n: i64| Some((1_700_000_000_000 + n).to_le_bytes().to_vec());
    let int = |n: i32| Some(n.to_le_bytes().to_vec());
    let rows = [
        vec![ts(0), ts(1), ts(2)],
        vec![int(1), None, int(-3)],
        vec![Some(b"hi".to_vec()), None, Some(Vec::new())],
        vec![Some(ucs4("é")), None, Some(ucs4("日本"))],
    ];
    let cells = rows.into_iter().zip(fields.iter()).map(|(rows, field)| Cells { field: field.clone(), rows });
    assert_eq!(encode(&cells.collect::<Vec<_>>(), Style { trailing: true, ..Style::default() }), bytes);
}

#[test]
fn every_type_reads_as_its_value_and_null() {
    use DataType::*;
    let cases: &[(DataType, &[u8], Value<'_>)] = &[
        (Bool, &[0], Value::Bool(false)),
        (Bool, &[7], Value::Bool(true)),
        (TinyInt, &[0x80], Value::I8(-128)),
        (SmallInt, &i16::MIN.to_le_bytes(), Value::I16(i16::MIN)),
        (Int, &i32::MIN.to_le_bytes(), Value::I32(i32::MIN)),
        (BigInt, &i64::MIN.to_le_bytes(), Value::I64(i64::MIN)),
        (Float, &0.1f32.to_le_bytes(), Value::F32(0.1)),
        (Double, &f64::MIN_POSITIVE.to_le_bytes(), Value::F64(f64::MIN_POSITIVE)),
        (Varchar, "é\0".as_bytes(), Value::Text("é\0".into())),
        (Timestamp, &(-1i64).to_le_bytes(), Value::Timestamp(-1)),
        (Nchar, &[0xe9, 0, 0, 0, 0, 0xf6, 1, 0], Value::Text("é😀".into())),
        (UTinyInt, &[255], Value::U8(255)),
        (USmallInt, &[255; 2], Value::U16(u16::MAX)),
        (UInt, &[255; 4], Value::U32(u32::MAX)),
        (UBigInt, &[255; 8], Value::U64(u64::MAX)),
        (Json, b"{\"a\":1}", Value::Text("{\"a\":1}".into())),
        (Varbinary, &[0, 255], Value::Bytes(&[0, 255])),
        (Decimal, &i128::MIN.to_le_bytes(), Value::Decimal { unscaled: i128::MIN, scale: 4 }),
        (Blob, &[], Value::Bytes(&[])),
        (MediumBlob, &[1], Value::Bytes(&[1])),
        (Geometry, &[1, 1], Value::Bytes(&[1, 1])),
        (Decimal64, &(-1i64).to_le_bytes(), Value::Decimal { unscaled: -1, scale: 4 }),
    ];
    for (data_type, bytes, value) in cases {
        let read = values(*data_type, &[Some(*bytes), None, Some(*bytes)]);
        assert_eq!(read, [value.clone(), Value::Null, value.clone()], "{data_type}");
    }
    for data_type in DataType::ALL {
        assert!(cases.iter().any(|case| case.0 == *data_type), "{data_type} has no case");
    }
}

#[test]
fn a_blob_longer_than_64_kib_is_whole() {
    let blob: Vec<u8> = (0..70_000u32).map(|n| n as u8).collect();
    let block = parse(&[Cells::new(DataType::Blob, &[Some(&blob)])], Style::default());
    assert_eq!(block.column(0).value_bytes(0).unwrap(), blob);
}

#[test]
fn typed_readers_answer_only_for_their_own_type() {
    let number = 0x0102_0304_0506_0708i64.to_le_bytes();
    let block =
        parse(&[Cells::new(DataType::BigInt, &[Some(&number), None])], Style { junk: true, ..Style::default() });
    let column = block.column(0);
    assert_eq!(column.i64(0), Some(0x0102_0304_0506_0708));
    assert_eq!(column.i64(1), None, "NULL");
    assert_eq!(column.i64(2), None, "past the end");
    assert_eq!((column.u64(0), column.i32(0), column.f64(0), column.bool(0)), (None, None, None, None));
    assert_eq!(column.fixed::<i64>().unwrap().collect::<Vec<_>>(), [0x0102_0304_0506_0708, -1]);
    assert!(column.fixed::<f64>().is_none());
    let mut out = vec![5i64];
    assert!(column.copy_to(&mut out));
    assert_eq!(out, [5, 0x0102_0304_0506_0708, -1]);
    assert!(!column.copy_to::<i32>(&mut Vec::new()));
    assert_eq!((column.offsets(), column.data(), column.value_bytes(0)), (None, None, None));
    assert_eq!(column.values().unwrap().len(), 16);
}

#[test]
fn a_row_past_the_end_is_null() {
    for data_type in DataType::ALL {
        let block = parse(&[Cells::new(*data_type, &[None])], Style::default());
        let column = block.column(0);
        for row in [1, 8, 1 << 20, usize::MAX] {
            assert!(column.is_null(row), "{data_type}");
            assert_eq!(column.value(row).unwrap(), Value::Null, "{data_type}");
        }
    }
}

#[test]
fn nine_rows_take_two_bitmap_bytes_and_stray_bits_do_not_count() {
    let null_at = |nulls: &[usize]| -> Vec<Option<&[u8]>> {
        (0..9).map(|row| (!nulls.contains(&row)).then_some(&[1u8] as &[u8])).collect()
    };
    for data_type in [DataType::TinyInt, DataType::Varchar] {
        let rows = null_at(&[0, 7, 8]);
        let block = parse(&[Cells::new(data_type, &rows)], Style { junk: true, ..Style::default() });
        let column = block.column(0);
        assert_eq!((0..9).filter(|row| column.is_null(*row)).collect::<Vec<_>>(), [0, 7, 8], "{data_type}");
        assert_eq!(column.null_count(), 3, "{data_type}");
        assert_eq!(column.validity_lsb().unwrap(), [0b0111_1110, 0], "{data_type}");
        let rows = null_at(&[]);
        let block = parse(&[Cells::new(data_type, &rows)], Style { junk: true, ..Style::default() });
        assert_eq!((block.column(0).null_count(), block.column(0).validity_lsb()), (0, None), "{data_type}");
    }
    let block = parse(&[Cells::new(DataType::TinyInt, &null_at(&[0, 7, 8]))], Style::default());
    assert_eq!(block.column(0).null_bitmap().unwrap(), [0b1000_0001, 0b1000_0000]);
}

#[test]
fn text_that_is_none_names_column_and_row() {
    let bad: [(DataType, &[u8]); 4] = [
        (DataType::Varchar, &[0xff]),
        (DataType::Json, &[b'{', 0xc3]),
        (DataType::Nchar, &[0, 0xd8, 0, 0]),
        (DataType::Nchar, &[0x61, 0, 0]),
    ];
    for (data_type, bytes) in bad {
        let fine = Cells::new(DataType::Int, &[None, None]);
        let block = parse(&[fine, Cells::new(data_type, &[None, Some(bytes)])], Style::default());
        let error = block.column(1).value(1).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidUtf8);
        assert!(error.message().contains("row 1") && error.message().contains("column 1 (\"c\")"), "{error}");
        assert_eq!(block.column(1).value_bytes(1).unwrap(), bytes, "the bytes are still there");
    }
}

#[test]
fn a_block_of_no_rows_has_columns_and_nothing_else() {
    let all: Vec<Cells> = DataType::ALL.iter().map(|data_type| Cells::new(*data_type, &[])).collect();
    let block = parse(&all, Style::default());
    assert_eq!((block.rows(), block.columns()), (0, 21));
    for column in block.column_iter() {
        assert_eq!((column.null_count(), column.validity_lsb()), (0, None));
        assert_eq!(column.value(0).unwrap(), Value::Null);
    }
}

#[test]
fn the_trailing_byte_is_optional_and_bytes_behind_the_block_are_left_out() {
    let cells = [Cells::new(DataType::Varchar, &[Some(b"hi")])];
    for trailing in [false, true] {
        let mut bytes = encode(&cells, Style { trailing, ..Style::default() });
        let length = bytes.len();
        bytes.extend(b"next");
        let fields = [cells[0].field.clone()].into();
        let block = Block::parse(Bytes::from(bytes), fields, Precision::Millisecond).unwrap();
        assert_eq!(block.bytes().len(), length);
        assert_eq!(block.column(0).value(0).unwrap(), Value::Text("hi".into()));
    }
}

#[test]
fn columns_outside_the_block_are_none() {
    let block = parse(&[Cells::new(DataType::Int, &[None])], Style::default());
    assert!(block.try_column(0).is_some());
    assert!(block.try_column(1).is_none());
    assert_eq!(block.column_iter().rev().count(), 1);
}

#[test]
fn debug_output_shows_no_values() {
    let block = parse(&[Cells::new(DataType::Varchar, &[Some(b"private")])], Style::default());
    let field = Field::new("c", DataType::Varchar, 0, 0, 0);
    assert_eq!(block.fields()[..], [field]);
    assert!(!format!("{block:?} {:?}", block.column(0)).contains("private"));
}
