//! The golden vectors: blocks that TDengine's own tests hold, with their values.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value as Json;

use crate::column::{Block, DataType, Field, Precision, Value};
use crate::vectors::{Vector, vectors};

fn number(json: &Json) -> i64 {
    json.as_i64().unwrap()
}

fn fields(block: &Json) -> Arc<[Field]> {
    let columns = block["schema"].as_array().unwrap().iter().enumerate();
    columns
        .map(|(index, column)| {
            let digits = |key: &str| column.get(key).map_or(0, |value| number(value) as u8);
            let data_type = DataType::from_number(number(&column["type"]) as u8).unwrap();
            let length = number(&column["bytes"]) as u32;
            Field::new(format!("c{index}"), data_type, length, digits("precision"), digits("scale"))
        })
        .collect()
}

/// A value in the form the vectors use.
fn json(value: &Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::I8(value) => (*value).into(),
        Value::I16(value) => (*value).into(),
        Value::I32(value) => (*value).into(),
        Value::I64(value) | Value::Timestamp(value) => (*value).into(),
        Value::U8(value) => (*value).into(),
        Value::U16(value) => (*value).into(),
        Value::U32(value) => (*value).into(),
        Value::U64(value) => (*value).into(),
        Value::F32(value) => f64::from(*value).into(),
        Value::F64(value) => (*value).into(),
        Value::Text(text) => text.as_ref().into(),
        Value::Bytes(_) => serde_json::json!({ "hex": value.to_string() }),
        Value::Decimal { .. } => value.to_string().into(),
    }
}

fn assert_decodes(name: &str, bytes: Bytes, precision: i64, stated: &Json) {
    let fields = fields(stated);
    let precision = Precision::from_number(precision).unwrap();
    let block = Block::parse(bytes, fields.clone(), precision).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(block.bytes().len() as i64, number(&stated["length"]), "{name}");
    assert_eq!((block.rows() as i64, block.fields()), (number(&stated["rows"]), &fields), "{name}");
    let rows: Vec<Json> = (0..block.rows())
        .map(|row| block.column_iter().map(|column| json(&column.value(row).unwrap())).collect())
        .collect();
    // serde_json reads some floats one unit off; text goes the same way for both sides.
    let read: Json = serde_json::from_str(&Json::from(rows).to_string()).unwrap();
    assert_eq!(read, stated["data"], "{name}");
}

#[test]
fn every_raw_block_decodes_to_its_stated_values() {
    for Vector { name, bytes, meaning } in vectors("raw_block") {
        let offset = meaning.get("block_offset").map_or(0, number) as usize;
        assert_decodes(&name, bytes.slice(offset..), number(&meaning["precision"]), &meaning["block"]);
    }
}

#[test]
fn the_block_in_a_fetch_reply_decodes_to_its_stated_values() {
    let blocks = vectors("raw_block");
    for Vector { name, bytes, meaning } in vectors("fetch_raw_block") {
        let Some(length) = meaning["fields"].get("block_length").map(number).filter(|length| *length > 0) else {
            continue;
        };
        let reference = meaning["fields"]["block"].as_str().unwrap().rsplit('/').next().unwrap();
        let stated = blocks.iter().find(|vector| vector.name == reference).unwrap();
        let block = bytes.slice(bytes.len() - length as usize..);
        assert_eq!(block, stated.bytes, "{name}");
        assert_decodes(&name, block, number(&stated.meaning["precision"]), &stated.meaning["block"]);
    }
}

#[test]
fn digits_of_decimals_come_from_the_block_when_the_result_has_none() {
    let all = vectors("raw_block");
    let Some(vector) = all.iter().find(|vector| vector.name.starts_with("rb11")) else { return };
    let bare: Arc<[Field]> = fields(&vector.meaning["block"])
        .iter()
        .map(|f| Field::new(f.name(), f.data_type(), f.length(), 0, 0))
        .collect();
    let block = Block::parse(vector.bytes.clone(), bare, Precision::Nanosecond).unwrap();
    assert_eq!((block.fields()[1].precision(), block.fields()[1].scale()), (10, 4));
    assert_eq!(block.column(2).value(0).unwrap().to_string(), "1234567890123456789.0123456789");
}
