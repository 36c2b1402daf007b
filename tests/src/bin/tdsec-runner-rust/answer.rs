//! Errors, columns and values in the form of answers.

use serde_json::{Value as Json, json};
use tdsec::{Error, Field, Precision, Value};

/// What a step answers: the content of `ok`, or that of `error`.
pub(crate) type Outcome = Result<Json, Json>;

pub(crate) fn error(error: &Error) -> Json {
    let code = error.code();
    json!({
        "code": code.name(),
        "number": code.number(),
        "kind": error.kind().name(),
        "retry": error.retry().name(),
        "remedy": code.remedy(),
        "option": error.option(),
        "server_code": error.server_code(),
        "server_message": error.server_message(),
        "may_have_run": error.may_have_run(),
        "message": error.to_string(),
    })
}

/// The step itself is wrong.
pub(crate) fn runner_error(message: impl Into<String>) -> Json {
    json!({ "code": "RUNNER", "message": message.into() })
}

pub(crate) fn columns(fields: &[Field]) -> Json {
    let column = |field: &Field| {
        json!({
            "name": field.name(),
            "type": field.data_type().name(),
            "length": field.length(),
            "precision": field.precision(),
            "scale": field.scale(),
        })
    };
    fields.iter().map(column).collect()
}

pub(crate) fn precision(precision: Precision) -> &'static str {
    match precision {
        Precision::Millisecond => "ms",
        Precision::Microsecond => "us",
        Precision::Nanosecond => "ns",
    }
}

/// 16 hexadecimal digits of the bits of a double.
pub(crate) fn double(value: f64) -> Json {
    format!("{:016x}", value.to_bits()).into()
}

pub(crate) fn hex(bytes: &[u8]) -> Json {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

/// One value read through the row API.
pub(crate) fn value(value: &Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::F32(value) => double(f64::from(*value)),
        Value::F64(value) => double(*value),
        Value::Text(text) => text.as_ref().into(),
        Value::Bytes(bytes) => hex(bytes),
        // Integers, timestamps and decimals display exactly.
        other => other.to_string().into(),
    }
}

/// The bits of a number that the checksum is made of.
pub(crate) fn bits(value: &Value<'_>) -> u64 {
    match value {
        Value::Bool(value) => u64::from(*value),
        Value::I8(value) => i64::from(*value) as u64,
        Value::I16(value) => i64::from(*value) as u64,
        Value::I32(value) => i64::from(*value) as u64,
        Value::I64(value) | Value::Timestamp(value) => *value as u64,
        Value::U8(value) => u64::from(*value),
        Value::U16(value) => u64::from(*value),
        Value::U32(value) => u64::from(*value),
        Value::U64(value) => *value,
        Value::F32(value) => f64::from(*value).to_bits(),
        Value::F64(value) => value.to_bits(),
        _ => 0,
    }
}
