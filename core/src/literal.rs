//! Values as literals of TDengine's SQL, and their place in a statement: what a language's parameters go through when
//! a statement is sent as text.
//!
//! ```text
//!   "… where name = ? -- why?" + [Text("it's")]  --bind-->  "… where name = 'it''s' -- why?"
//! ```
//!
//! A `?` counts where the server would read an operand: not inside quotes, backticks or comments. Nothing a value
//! contains can end its literal. This room knows nothing of connections.

use std::fmt::Write as _;

use crate::column::{Value, write_decimal};
use crate::error::{Error, ErrorCode, Result};

/// `sql` with each `?` replaced by the literal of the value at its place.
///
/// Texts become `'…'` with quotes and backslashes doubled, bytes `'\x…'`, a [`Value::Timestamp`] its number (in the
/// database's precision), NULL `NULL`.
///
/// # Errors
/// `INVALID_ARGUMENT` if numbers of placeholders and values differ or a quote or comment is not closed;
/// `VALUE_OUT_OF_RANGE` for what no literal can say: NaN, infinity, a text with a NUL character.
///
/// ```
/// use tdsec::literal::bind;
/// let sql = bind("select * from t where name = ? and n > ?", &["it's".into(), 5i64.into()])?;
/// assert_eq!(sql, "select * from t where name = 'it''s' and n > 5");
/// # Ok::<(), tdsec::Error>(())
/// ```
pub fn bind(sql: &str, values: &[Value<'_>]) -> Result<String> {
    let mut bound = String::with_capacity(sql.len() + 16 * values.len());
    let mut values_left = values.iter().enumerate();
    let mut placeholders = 0;
    let mut rest = sql;
    while let Some(at) = rest.find(['?', '\'', '"', '`', '-', '/']) {
        let (before, special) = rest.split_at(at);
        bound.push_str(before);
        let length = if special.starts_with('?') {
            placeholders += 1;
            if let Some((index, value)) = values_left.next() {
                write_literal(&mut bound, value).map_err(|error| at_index(&error, index))?;
            }
            1
        } else {
            let length = opaque_length(special)?;
            bound.push_str(&special[..length]);
            length
        };
        rest = &special[length..];
    }
    bound.push_str(rest);
    if placeholders == values.len() {
        return Ok(bound);
    }
    let text = format!("the statement has {placeholders} placeholders (?), but {} values were given", values.len());
    Err(Error::new(ErrorCode::InvalidArgument, text))
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(text.into())
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::I64(number)
    }
}

/// Bytes of what begins here and is copied as it is: a quoted text, a comment, or a single character.
fn opaque_length(text: &str) -> Result<usize> {
    match text.as_bytes() {
        [quote @ (b'\'' | b'"'), ..] => quoted_length(text, *quote),
        [b'`', rest @ ..] => match rest.iter().position(|byte| *byte == b'`') {
            Some(at) => Ok(at + 2),
            None => Err(not_closed("backtick")),
        },
        [b'-', b'-', ..] => Ok(text.find('\n').unwrap_or(text.len())),
        [b'/', b'*', ..] => match text[2..].find("*/") {
            Some(at) => Ok(at + 4),
            None => Err(not_closed("comment")),
        },
        _ => Ok(1),
    }
}

/// A backslash hides the next byte; a doubled quote reads here as two texts in a row, which comes to the same.
fn quoted_length(text: &str, quote: u8) -> Result<usize> {
    let mut hidden = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if hidden => hidden = false,
            b'\\' => hidden = true,
            _ if byte == quote => return Ok(at + 1),
            _ => {}
        }
    }
    Err(not_closed("quote"))
}

fn write_literal(out: &mut String, value: &Value<'_>) -> Result<()> {
    match value {
        Value::Text(text) => write_text(out, text)?,
        Value::Bytes(bytes) => {
            out.push_str("'\\x");
            for byte in *bytes {
                // Writing to a String cannot fail.
                let _ = write!(out, "{byte:02X}");
            }
            out.push('\'');
        }
        Value::F32(number) => write_float(out, f64::from(*number))?,
        Value::F64(number) => write_float(out, *number)?,
        Value::Decimal { unscaled, scale } => {
            separate_minus(out, *unscaled < 0);
            let _ = write_decimal(out, *unscaled, *scale);
        }
        // The rest shows as SQL writes it; a minus may stand behind another one.
        other => {
            let text = other.to_string();
            separate_minus(out, text.starts_with('-'));
            out.push_str(&text);
        }
    }
    Ok(())
}

fn write_text(out: &mut String, text: &str) -> Result<()> {
    out.push('\'');
    for character in text.chars() {
        match character {
            '\0' => return Err(unsayable("a text with a NUL character")),
            '\'' => out.push_str("''"),
            '\\' => out.push_str("\\\\"),
            other => out.push(other),
        }
    }
    out.push('\'');
    Ok(())
}

/// The shortest text that reads back as the same number.
fn write_float(out: &mut String, number: f64) -> Result<()> {
    if !number.is_finite() {
        return Err(unsayable("NaN or infinity"));
    }
    separate_minus(out, number.is_sign_negative());
    let _ = write!(out, "{number:e}");
    Ok(())
}

/// Two minus signs in a row would begin a comment.
fn separate_minus(out: &mut String, negative: bool) {
    if negative && out.ends_with('-') {
        out.push(' ');
    }
}

fn at_index(error: &Error, index: usize) -> Error {
    Error::new(error.code(), format!("parameter {}: {}", index + 1, error.message()))
}

fn not_closed(what: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, format!("a {what} in the statement is not closed"))
}

fn unsayable(what: &str) -> Error {
    Error::new(ErrorCode::ValueOutOfRange, format!("SQL has no literal for {what}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn one(value: Value<'_>) -> String {
        bind("?", &[value]).unwrap()
    }

    #[test]
    fn values_become_literals() {
        let cases = [
            (Value::Null, "NULL"),
            (Value::Bool(true), "true"),
            (Value::I64(i64::MIN), "-9223372036854775808"),
            (Value::U64(u64::MAX), "18446744073709551615"),
            (Value::F64(0.1), "1e-1"),
            (Value::F64(-1.5e300), "-1.5e300"),
            (Value::Decimal { unscaled: -5, scale: 2 }, "-0.05"),
            (Value::Bytes(&[0x98, 0xf4]), "'\\x98F4'"),
            (Value::Timestamp(-1), "-1"),
            ("it's".into(), "'it''s'"),
            ("a\\' or 1=1 --".into(), "'a\\\\'' or 1=1 --'"),
        ];
        for (value, literal) in cases {
            assert_eq!(one(value), literal);
        }
    }

    #[test]
    fn only_placeholders_among_operands_count() {
        let sql = "select '?''?\\'?', \"?\\\"?\", `a?b`, a/2, b-1 /* ? */ -- ?\n, ?";
        assert_eq!(bind(sql, &[Value::Null]).unwrap(), sql.replace("\n, ?", "\n, NULL"));
    }

    #[test]
    fn a_negative_number_behind_a_minus_does_not_begin_a_comment() {
        assert_eq!(bind("a-?", &[Value::I64(-5)]).unwrap(), "a- -5");
        assert_eq!(bind("a-?", &[Value::F64(-0.0)]).unwrap(), "a- -0e0");
    }

    #[test]
    fn a_wrong_number_of_values_is_refused() {
        for values in [&[][..], &[Value::Null, Value::Null]] {
            let error = bind("select ?", values).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
            assert!(error.message().contains("1 placeholders"), "{error}");
        }
    }

    #[test]
    fn what_is_not_closed_is_refused() {
        for sql in ["'", "'\\'", "\"a", "`", "/* ?", "select 'it''s"] {
            assert_eq!(bind(sql, &[]).unwrap_err().code(), ErrorCode::InvalidArgument, "{sql}");
        }
    }

    #[test]
    fn what_no_literal_can_say_is_refused_by_place_and_not_by_value() {
        for value in [Value::F64(f64::NAN), Value::F32(f32::INFINITY), "secret\0".into()] {
            let error = bind("?, ?", &[Value::Null, value]).unwrap_err();
            assert_eq!(error.code(), ErrorCode::ValueOutOfRange);
            assert!(error.message().starts_with("parameter 2:") && !error.message().contains("secret"), "{error}");
        }
    }

    proptest! {
        /// Read the way the server reads it, the literal ends where it ends and says what was given.
        #[test]
        fn no_text_leaves_its_literal(text in "[^\0]*") {
            let literal = one(text.as_str().into());
            let inner = literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap();
            let mut read = String::new();
            let mut characters = inner.chars();
            while let Some(character) = characters.next() {
                prop_assert!(character != '\'' || characters.clone().next() == Some('\''));
                read.push(if matches!(character, '\'' | '\\') { characters.next().unwrap() } else { character });
            }
            prop_assert_eq!(read, text);
        }

        #[test]
        fn floats_read_back_exactly(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
            prop_assert_eq!(one(Value::F64(number)).parse::<f64>().unwrap().to_bits(), number.to_bits());
        }
    }
}
