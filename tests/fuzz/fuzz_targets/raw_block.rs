//! Any bytes are a block that reads the same by every way, or are refused: no panic.
//!
//! Input: the first byte picks a list of fields, the rest is the block.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use tdsec::column::arrow::record_batch;
use tdsec::column::{Block, Column, DataType, DataType::*, Field, Fixed, Precision};

/// Lists of the seeds, then every type alone.
const LISTS: &[&[DataType]] = &[
    &[Timestamp, Int, Varchar, Nchar],
    &[
        Timestamp, Bool, TinyInt, SmallInt, Int, BigInt, UTinyInt, USmallInt, UInt, UBigInt, Float, Double, Varchar,
        Nchar, Varbinary, Geometry, Json,
    ],
    &[Timestamp, Decimal64, Decimal],
    &[Timestamp, Blob, Varbinary, Geometry, Json],
    DataType::ALL,
];

fuzz_target!(|input: &[u8]| {
    let Some((&choice, bytes)) = input.split_first() else { return };
    let choice = usize::from(choice) % (LISTS.len() + DataType::ALL.len());
    let types = LISTS.get(choice).copied().unwrap_or_else(|| &DataType::ALL[choice - LISTS.len()..][..1]);
    let fields: Arc<[Field]> = types.iter().map(|data_type| Field::new("name", *data_type, 0, 0, 0)).collect();
    let Ok(block) = Block::parse(bytes.to_vec().into(), fields, Precision::Millisecond) else { return };
    assert!(block.bytes().len() <= bytes.len());
    let readable = block.column_iter().fold(true, |readable, column| check(column) && readable);

    // Rows may share a value: a small block is many gigabytes of Arrow data, which is refused or simply large.
    let total = block.column_iter().map(|column| (0..column.rows()).map(|row| length(column, row)).sum::<usize>());
    if total.sum::<usize>() > 1 << 24 {
        return;
    }
    match record_batch(&block) {
        Ok(batch) => {
            assert!(readable);
            for (array, column) in batch.columns().iter().zip(block.column_iter()) {
                assert_eq!((array.len(), array.null_count()), (column.rows(), column.null_count()));
                array.to_data().validate_full().expect("a valid array");
            }
        }
        Err(_) => assert!(!readable),
    }
});

/// Reads the column by every reader. True if all its values are readable.
fn check(column: Column<'_>) -> bool {
    let rows = column.rows();
    let nulls = (0..rows).filter(|row| column.is_null(*row)).count();
    assert_eq!(nulls, column.null_count());
    match column.validity_lsb() {
        None => assert_eq!(nulls, 0),
        Some(bits) => {
            assert_eq!(bits.iter().map(|byte| byte.count_ones() as usize).sum::<usize>(), rows - nulls);
            assert!((0..rows).all(|row| (bits[row / 8] >> (row % 8) & 1 == 0) == column.is_null(row)));
        }
    }
    let held = [
        bulk::<i8>(column),
        bulk::<i16>(column),
        bulk::<i32>(column),
        bulk::<i64>(column),
        bulk::<i128>(column),
        bulk::<u8>(column),
        bulk::<u16>(column),
        bulk::<u32>(column),
        bulk::<u64>(column),
        bulk::<f32>(column),
        bulk::<f64>(column),
    ];
    assert_eq!(held.contains(&true), column.values().is_some());
    assert_eq!(column.values().is_some(), column.null_bitmap().is_some());
    assert_eq!(column.values().is_none(), column.offsets().is_some() && column.data().is_some());
    assert!(column.value(rows).is_ok_and(|value| value.is_null()));
    let mut readable = true;
    for row in 0..rows {
        assert_eq!(column.value_bytes(row).is_some(), column.offsets().is_some() && !column.is_null(row));
        match column.value(row) {
            Ok(value) => {
                assert_eq!(value.is_null(), column.is_null(row));
                let _ = (value.to_string(), column.bool(row));
            }
            Err(_) => readable = false,
        }
    }
    readable
}

/// True if the column holds `T`; then its rows are the same in bulk and one by one.
fn bulk<T: Fixed>(column: Column<'_>) -> bool {
    let Some(numbers) = column.fixed::<T>() else {
        assert!((0..column.rows()).all(|row| column.get::<T>(row).is_none()));
        return false;
    };
    assert_eq!(numbers.len(), column.rows());
    for (row, _) in numbers.enumerate() {
        assert_eq!(column.get::<T>(row).is_none(), column.is_null(row));
    }
    true
}

fn length(column: Column<'_>, row: usize) -> usize {
    column.value_bytes(row).map_or(0, <[u8]>::len)
}
