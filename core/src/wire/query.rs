//! Binary query, fetch and free, and the reply to a query.

use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use serde::Deserialize;

use super::Frame;
use crate::column::{DataType, Field, Precision};
use crate::error::{Error, ErrorCode, Result};

const ACTION_QUERY: u64 = 6;
pub(super) const ACTION_FETCH: u64 = 7;
const VERSION: u16 = 1;

fn header(message: &mut BytesMut, req_id: u64, resource: u64, action: u64) {
    message.put_u64_le(req_id);
    message.put_u64_le(resource);
    message.put_u64_le(action);
    message.put_u16_le(VERSION);
}

/// Runs one SQL statement (binary action 6).
pub(crate) fn query(req_id: u64, sql: &str) -> Result<Frame> {
    let length = u32::try_from(sql.len()).map_err(|_| {
        Error::new(ErrorCode::InvalidArgument, format!("the statement has {} bytes, more than 4 GiB", sql.len()))
    })?;
    let mut message = BytesMut::with_capacity(30 + sql.len());
    header(&mut message, req_id, 0, ACTION_QUERY);
    message.put_u32_le(length);
    message.put_slice(sql.as_bytes());
    Ok(Frame::Binary(message.freeze()))
}

/// Asks for the next raw block of a result (binary action 7).
pub(crate) fn fetch(req_id: u64, result: u64) -> Frame {
    let mut message = BytesMut::with_capacity(26);
    header(&mut message, req_id, result, ACTION_FETCH);
    Frame::Binary(message.freeze())
}

/// Drops a result that was not read to its end. The server does not answer.
pub(crate) fn free_result(req_id: u64, result: u64) -> Frame {
    Frame::Text(format!(r#"{{"action":"free_result","args":{{"req_id":{req_id},"id":{result}}}}}"#))
}

/// The reply to a query that succeeded.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum QueryReply {
    /// An INSERT, DDL or USE: the number of rows it changed.
    Update {
        /// Rows changed.
        affected_rows: u64,
    },
    /// Rows to fetch under this result id.
    Rows {
        /// The server's id of the result.
        result: u64,
        /// Its columns, at least one.
        fields: Arc<[Field]>,
        /// Precision of all its timestamps.
        precision: Precision,
    },
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    id: u64,
    #[serde(default)]
    is_update: bool,
    #[serde(default)]
    affected_rows: i64,
    #[serde(default)]
    fields_count: i64,
    #[serde(default)]
    fields_names: Option<Vec<String>>,
    #[serde(default)]
    fields_types: Option<Vec<u8>>,
    #[serde(default)]
    fields_lengths: Option<Vec<i64>>,
    #[serde(default)]
    precision: i64,
    #[serde(default)]
    fields_precisions: Option<Vec<i64>>,
    #[serde(default)]
    fields_scales: Option<Vec<i64>>,
}

/// Most columns a TDengine result can have (raw-block.md §1).
const MAX_COLUMNS: usize = 4096;

impl QueryReply {
    /// Reads the fields of a successful `query` or `binary_query` reply.
    pub(crate) fn parse(text: &str) -> Result<QueryReply> {
        let raw: Raw = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        if raw.is_update {
            let affected_rows = u64::try_from(raw.affected_rows).unwrap_or(0);
            return Ok(QueryReply::Update { affected_rows });
        }
        let precision = Precision::from_number(raw.precision)
            .ok_or_else(|| malformed(format!("unknown precision {}", raw.precision)))?;
        let (Some(names), Some(types)) = (&raw.fields_names, &raw.fields_types) else {
            return Err(malformed("names or types of the columns are missing"));
        };
        let count = names.len();
        if count == 0 || count > MAX_COLUMNS || types.len() != count || usize::try_from(raw.fields_count) != Ok(count) {
            return Err(malformed(format!(
                "{} columns announced, {count} names, {} types",
                raw.fields_count,
                types.len()
            )));
        }
        let at = |list: &Option<Vec<i64>>, index: usize| {
            list.as_ref().and_then(|list| list.get(index)).copied().unwrap_or(0)
        };
        let field = |index: usize| {
            let data_type = DataType::from_number(types[index])
                .ok_or_else(|| malformed(format!("column {index} has the unknown type {}", types[index])))?;
            let length = u32::try_from(at(&raw.fields_lengths, index)).unwrap_or(0);
            let digits = |list| u8::try_from(at(list, index)).map_err(|_| malformed("decimal digits out of range"));
            let (precision, scale) = (digits(&raw.fields_precisions)?, digits(&raw.fields_scales)?);
            Ok(Field::new(names[index].clone(), data_type, length, precision, scale))
        };
        let fields = (0..count).map(field).collect::<Result<Arc<[Field]>>>()?;
        Ok(QueryReply::Rows { result: raw.id, fields, precision })
    }
}

fn malformed(detail: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::ProtocolMessage, format!("the reply to the query cannot be used: {detail}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn bytes(frame: &Frame) -> bytes::Bytes {
        match frame {
            Frame::Binary(bytes) => bytes.clone(),
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn query_and_fetch_have_the_documented_bytes() {
        let query = bytes(&query(3, "select 1").unwrap());
        let hex: String = query.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "0300000000000000000000000000000006000000000000000100080000007365".to_owned() + "6c6563742031");
        assert_eq!(bytes(&fetch(4, 1)).len(), 26);
    }

    #[test]
    fn missing_decimal_digits_count_as_zero() {
        let reply = QueryReply::parse(
            r#"{"code":0,"id":1,"is_update":false,"fields_count":1,"fields_names":["v"],"fields_types":[4],"fields_lengths":[4],"precision":1}"#,
        )
        .unwrap();
        let QueryReply::Rows { result: 1, fields, precision: Precision::Microsecond } = reply else {
            unreachable!("{reply:?}")
        };
        assert_eq!(fields[0].scale(), 0);
    }

    #[test]
    fn wrong_counts_types_and_precisions_are_refused() {
        for text in [
            r#"{"id":1,"fields_count":2,"fields_names":["v"],"fields_types":[4],"precision":0}"#,
            r#"{"id":1,"fields_count":1,"fields_names":["v"],"fields_types":[99],"precision":0}"#,
            r#"{"id":1,"fields_count":1,"fields_names":["v"],"fields_types":[4],"precision":3}"#,
            r#"{"id":1,"fields_count":0,"fields_names":[],"fields_types":[],"precision":0}"#,
            r#"{"id":1,"fields_count":1,"fields_names":null,"fields_types":[4],"precision":0}"#,
            r#"{"id":"x"}"#,
        ] {
            assert_eq!(QueryReply::parse(text).unwrap_err().code(), ErrorCode::ProtocolMessage, "{text}");
        }
    }
}
