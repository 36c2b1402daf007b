//! Values on their way into a table: checked against the column's type and turned into what SQLite stores.
//!
//! How types are stored: BOOL, integers and TIMESTAMP as INTEGER; BIGINT UNSIGNED as INTEGER with the top bit
//! flipped (so that SQLite's order is the right one); FLOAT and DOUBLE as REAL; text as TEXT; VARBINARY, GEOMETRY and
//! BLOB as BLOB; DECIMAL of up to 18 digits as the unscaled INTEGER, longer ones as 16 big-endian bytes with the top
//! bit flipped, again for the order.

use super::error::{SqlError, codes};
use super::geometry::wkt_to_wkb;
use super::types::{ColType, numbers::*};
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::borrow::Cow;

/// A value as SQLite stores it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(Cow<'a, str>),
    Blob(Vec<u8>),
}

impl rusqlite::ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Null => ValueRef::Null,
            Cell::Int(n) => ValueRef::Integer(*n),
            Cell::Real(x) => ValueRef::Real(*x),
            Cell::Text(t) => ValueRef::Text(t.as_bytes()),
            Cell::Blob(b) => ValueRef::Blob(b),
        }))
    }
}

impl Cell<'_> {
    pub(crate) fn into_owned(self) -> Cell<'static> {
        match self {
            Cell::Null => Cell::Null,
            Cell::Int(n) => Cell::Int(n),
            Cell::Real(x) => Cell::Real(x),
            Cell::Text(t) => Cell::Text(Cow::Owned(t.into_owned())),
            Cell::Blob(b) => Cell::Blob(b),
        }
    }
}

/// Stored form of a BIGINT UNSIGNED.
pub(crate) fn flip(value: u64) -> i64 {
    (value ^ (1 << 63)) as i64
}

/// The BIGINT UNSIGNED of a stored form.
pub(crate) fn unflip(stored: i64) -> u64 {
    (stored as u64) ^ (1 << 63)
}

/// `Value out of range`.
pub(crate) fn out_of_range(what: &str) -> SqlError {
    SqlError::new(codes::VALUE_OUT_OF_RANGE, format!("Value out of range: {what}"))
}

/// A value whose form does not fit its column, as TDengine's client says it.
pub(crate) fn invalid_data(ty: &ColType, text: &str) -> SqlError {
    let name = ty.name().to_lowercase();
    let shown: String = text.chars().take(80).collect();
    SqlError::new(codes::VALUE_SYNTAX, format!("syntax error near \"{shown}\" (invalid {name} data)"))
}

fn too_long(column: &str) -> SqlError {
    SqlError::new(codes::VALUE_TOO_LONG, format!("Value too long for column/tag: {column}"))
}

/// An integer for a BOOL or integer column.
pub(crate) fn integer(ty: &ColType, value: i128) -> Result<Cell<'static>, SqlError> {
    let (low, high) = ty.integer_range().unwrap_or((0, 0));
    if ty.number == BOOL {
        return Ok(Cell::Int(i64::from(value != 0)));
    }
    // The least signed value stands for NULL inside TDengine and is accepted by it all the same.
    if value < low || value > high {
        return Err(out_of_range(&value.to_string()));
    }
    Ok(Cell::Int(if ty.number == UBIGINT { flip(value as u64) } else { value as i64 }))
}

/// A number for a FLOAT or DOUBLE column.
pub(crate) fn real(ty: &ColType, value: f64) -> Result<Cell<'static>, SqlError> {
    if ty.number == FLOAT {
        let narrow = value as f32;
        if !narrow.is_finite() {
            return Err(out_of_range(&value.to_string()));
        }
        return Ok(Cell::Real(f64::from(narrow)));
    }
    if !value.is_finite() {
        return Err(out_of_range(&value.to_string()));
    }
    Ok(Cell::Real(value))
}

/// A text (escapes resolved) for any column but TIMESTAMP.
pub(crate) fn text<'a>(ty: &ColType, column: &str, text: Cow<'a, str>) -> Result<Cell<'a>, SqlError> {
    Ok(match ty.number {
        VARCHAR => {
            if text.len() > ty.length as usize {
                return Err(too_long(column));
            }
            Cell::Text(text)
        }
        NCHAR => {
            if text.len() > ty.length as usize && text.chars().count() > ty.length as usize {
                return Err(too_long(column));
            }
            Cell::Text(text)
        }
        VARBINARY | BLOB => {
            let bytes = binary(&text).ok_or_else(|| invalid_data(ty, &text))?;
            if bytes.len() > ty.length as usize {
                return Err(too_long(column));
            }
            Cell::Blob(bytes)
        }
        GEOMETRY => {
            let bytes = wkt_to_wkb(&text).ok_or_else(|| invalid_data(ty, &text))?;
            if bytes.len() > ty.length as usize {
                return Err(too_long(column));
            }
            Cell::Blob(bytes)
        }
        JSON => {
            if text.trim().is_empty() {
                return Ok(Cell::Null);
            }
            if text.len() > ty.length as usize {
                return Err(too_long(column));
            }
            match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(value @ serde_json::Value::Object(_)) => Cell::Text(value.to_string().into()),
                _ => return Err(SqlError::new(codes::VALUE_SYNTAX, format!("json parse error: {text}"))),
            }
        }
        BOOL => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Cell::Int(1),
            "false" => Cell::Int(0),
            other => match other.parse::<f64>() {
                Ok(x) => Cell::Int(i64::from(x != 0.0)),
                Err(_) => return Err(invalid_data(ty, &text)),
            },
        },
        DECIMAL | DECIMAL64 => decimal_cell(ty, &text)?,
        FLOAT | DOUBLE => match text.trim().parse::<f64>() {
            Ok(x) if x.is_finite() => real(ty, x)?,
            Ok(_) => return Err(out_of_range(&text)),
            Err(_) => return Err(invalid_data(ty, &text)),
        },
        _ => match text.trim().parse::<i128>() {
            Ok(n) => integer(ty, n)?,
            Err(_) => return Err(invalid_data(ty, &text)),
        },
    })
}

/// Bytes of a VARBINARY literal: `\x` and hexadecimal digits, or the text's own bytes.
pub(crate) fn binary(text: &str) -> Option<Vec<u8>> {
    let Some(hex) = text.strip_prefix("\\x").or_else(|| text.strip_prefix("\\X")) else {
        return Some(text.as_bytes().to_vec());
    };
    let digits = hex.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits.chunks(2).map(|pair| std::str::from_utf8(pair).ok().and_then(|p| u8::from_str_radix(p, 16).ok())).collect()
}

/// A decimal text for a DECIMAL column; digits after the scale are rounded half up, as TDengine does.
pub(crate) fn decimal_cell(ty: &ColType, text: &str) -> Result<Cell<'static>, SqlError> {
    let unscaled = match parse_decimal(text.trim(), ty.scale) {
        Some((n, _)) => n,
        None if text.trim().parse::<f64>().is_ok() => return Err(out_of_range(text)),
        None => return Err(invalid_data(ty, text)),
    };
    if unscaled.unsigned_abs() >= 10u128.pow(u32::from(ty.precision)) {
        return Err(out_of_range(text));
    }
    Ok(store_decimal(ty, unscaled))
}

/// The stored form of an unscaled decimal.
pub(crate) fn store_decimal(ty: &ColType, unscaled: i128) -> Cell<'static> {
    if ty.number == DECIMAL64 {
        Cell::Int(unscaled as i64)
    } else {
        Cell::Blob(((unscaled as u128) ^ (1 << 127)).to_be_bytes().to_vec())
    }
}

/// The unscaled decimal of a stored form.
pub(crate) fn load_decimal(value: ValueRef<'_>) -> Option<i128> {
    match value {
        ValueRef::Integer(n) => Some(i128::from(n)),
        ValueRef::Blob(b) => Some((u128::from_be_bytes(b.try_into().ok()?) ^ (1 << 127)) as i128),
        _ => None,
    }
}

/// Text (also with an exponent) times 10^scale, rounded half up; the flag says whether nothing was lost.
pub(crate) fn parse_decimal(text: &str, scale: u8) -> Option<(i128, bool)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((m, e)) => (m, e.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.as_bytes().first()? {
        b'-' => (true, &mantissa[1..]),
        b'+' => (false, &mantissa[1..]),
        _ => (false, mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut unscaled: i128 = 0;
    // How many of the digits stand before the point of the scaled number.
    let kept = whole.len() as i32 + exponent.clamp(-1000, 1000) + i32::from(scale);
    let (mut exact, mut round_up) = (true, false);
    for (i, digit) in whole.bytes().chain(fraction.bytes()).enumerate() {
        if !digit.is_ascii_digit() {
            return None;
        }
        if (i as i32) < kept {
            unscaled = unscaled.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        } else {
            exact &= digit == b'0';
            round_up |= i as i32 == kept && digit >= b'5';
        }
    }
    for _ in (whole.len() + fraction.len()) as i32..kept {
        unscaled = if unscaled == 0 { 0 } else { unscaled.checked_mul(10)? };
    }
    unscaled += i128::from(round_up);
    Some((if negative { -unscaled } else { unscaled }, exact))
}

/// A decimal with exactly `scale` digits after the point.
pub(crate) fn decimal_text(unscaled: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if unscaled < 0 { "-" } else { "" };
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}
