//! Blocks this encoder makes, compared byte by byte with the collection of vectors.

use crate::engine::block::BlockBuilder;
use crate::engine::types::{ColType, numbers::*};
use serde_json::Value;
use std::path::PathBuf;

/// The vectors in the server's own layout: flag 0x80000000 and a trailing byte.
const SERVER_MADE: [&str; 8] = [
    "rb08_14types_2rows_trailing_byte",
    "rb09_ts_bool_2rows_trailing_byte",
    "rb10_worked_example",
    "rb11_decimals",
    "rb12_blob_varbinary_geometry_json",
    "rb13_nine_rows_two_bitmap_bytes",
    "rb14_extremes",
    "rb15_zero_rows",
];

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/raw_block"));
    folder.is_dir().then_some(folder)
}

fn column_type(schema: &Value) -> ColType {
    let number = schema["type"].as_u64().unwrap() as u8;
    let bytes = schema["bytes"].as_i64().unwrap() as i32;
    match number {
        VARCHAR | VARBINARY | GEOMETRY => ColType::variable(number, bytes - 2),
        NCHAR => ColType::variable(number, (bytes - 2) / 4),
        DECIMAL | DECIMAL64 => {
            ColType::decimal(schema["precision"].as_u64().unwrap() as u8, schema["scale"].as_u64().unwrap() as u8)
        }
        _ => ColType::fixed(number),
    }
}

fn push(block: &mut BlockBuilder, column: usize, value: &Value) {
    let ty = block.column_type(column);
    match (ty.number, value) {
        (_, Value::Null) => block.push_null(column),
        (BOOL, Value::Bool(b)) => block.push_integer(column, i64::from(*b)),
        (FLOAT, v) => block.push_fixed(column, &(v.as_f64().unwrap() as f32).to_le_bytes()),
        (DOUBLE, v) => block.push_fixed(column, &v.as_f64().unwrap().to_le_bytes()),
        (UBIGINT, v) => block.push_fixed(column, &v.as_u64().unwrap().to_le_bytes()),
        (DECIMAL | DECIMAL64, Value::String(text)) => {
            let unscaled: i128 = text.replace('.', "").parse().unwrap();
            block.push_fixed(column, &unscaled.to_le_bytes()[..ty.width().unwrap()]);
        }
        (_, Value::String(text)) => block.push_variable(column, text.as_bytes()),
        (_, Value::Object(hex)) => {
            let hex = hex["hex"].as_str().unwrap();
            block.push_variable(column, &bytes_of(hex));
        }
        (_, v) => block.push_integer(column, v.as_i64().unwrap()),
    }
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap()).collect()
}

#[test]
fn server_made_vectors_are_rebuilt_byte_by_byte() {
    let Some(folder) = folder() else {
        eprintln!("skipped: the collection of vectors is not beside the repository");
        return;
    };
    for name in SERVER_MADE {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let vector: Value = serde_json::from_str(&text).unwrap();
        let expected = bytes_of(&std::fs::read_to_string(folder.join(format!("{name}.hex"))).unwrap());
        let expected = &expected[vector["block_offset"].as_u64().unwrap_or(0) as usize..];
        let types: Vec<ColType> = vector["block"]["schema"].as_array().unwrap().iter().map(column_type).collect();
        let mut block = BlockBuilder::new(&types);
        for row in vector["block"]["data"].as_array().unwrap() {
            for (column, value) in row.as_array().unwrap().iter().enumerate() {
                push(&mut block, column, value);
            }
            block.end_row();
        }
        assert_eq!(block.finish(), expected, "{name}");
    }
}
