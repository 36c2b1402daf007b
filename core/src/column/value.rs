//! A single value.

use std::borrow::Cow;
use std::fmt;

use super::decimal::write_decimal;

/// One value of a column.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// No value, of any type.
    Null,
    /// BOOL.
    Bool(bool),
    /// TINYINT.
    I8(i8),
    /// SMALLINT.
    I16(i16),
    /// INT.
    I32(i32),
    /// BIGINT.
    I64(i64),
    /// TINYINT UNSIGNED.
    U8(u8),
    /// SMALLINT UNSIGNED.
    U16(u16),
    /// INT UNSIGNED.
    U32(u32),
    /// BIGINT UNSIGNED.
    U64(u64),
    /// FLOAT.
    F32(f32),
    /// DOUBLE.
    F64(f64),
    /// TIMESTAMP, in the block's precision since 1970-01-01 UTC.
    Timestamp(i64),
    /// VARCHAR, NCHAR, JSON.
    Text(Cow<'a, str>),
    /// VARBINARY, GEOMETRY, BLOB.
    Bytes(&'a [u8]),
    /// DECIMAL, DECIMAL64: `unscaled` / 10^`scale`.
    Decimal {
        /// All digits as an integer.
        unscaled: i128,
        /// How many of them stand after the point.
        scale: u8,
    },
}

impl Value<'_> {
    /// True for NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

/// Decimals with exactly `scale` digits after the point, bytes as hexadecimal, timestamps as their number.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("NULL"),
            Value::Bool(value) => value.fmt(f),
            Value::I8(value) => value.fmt(f),
            Value::I16(value) => value.fmt(f),
            Value::I32(value) => value.fmt(f),
            Value::I64(value) => value.fmt(f),
            Value::U8(value) => value.fmt(f),
            Value::U16(value) => value.fmt(f),
            Value::U32(value) => value.fmt(f),
            Value::U64(value) => value.fmt(f),
            Value::F32(value) => value.fmt(f),
            Value::F64(value) => value.fmt(f),
            Value::Timestamp(value) => value.fmt(f),
            Value::Text(text) => f.write_str(text),
            Value::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Value::Decimal { unscaled, scale } => write_decimal(f, *unscaled, *scale),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_what_a_person_would_write() {
        assert_eq!(Value::Null.to_string(), "NULL");
        assert_eq!(Value::Text("é".into()).to_string(), "é");
        assert_eq!(Value::Bytes(&[0, 0xff]).to_string(), "00ff");
        assert_eq!(Value::Decimal { unscaled: -1, scale: 4 }.to_string(), "-0.0001");
        assert_eq!(Value::Timestamp(-1).to_string(), "-1");
    }
}
