//! Values as REST prints them.

use std::fmt::Write as _;

use chrono::{DateTime, Offset as _, SecondsFormat, TimeZone as _};
use chrono_tz::Tz;

use super::block::ColumnView;

/// How timestamps are printed.
#[derive(Clone, Copy)]
pub(super) struct TimeStyle {
    /// 0 ms, 1 µs, 2 ns.
    pub(super) precision: u8,
    pub(super) zone: Tz,
}

/// Appends one value as JSON.
pub(super) fn push_value(json: &mut String, column: &ColumnView<'_>, row: usize, times: TimeStyle) {
    match column.get(row) {
        Some(bytes) => push_bytes(json, column, bytes, times),
        None => json.push_str("null"),
    }
}

/// Appends a JSON string.
pub(super) fn push_text(json: &mut String, text: &str) {
    // A string always has a JSON form.
    json.push_str(&serde_json::to_string(text).unwrap_or_default());
}

fn push_bytes(json: &mut String, column: &ColumnView<'_>, bytes: &[u8], times: TimeStyle) {
    match column.type_number {
        1 => json.push_str(if bytes[0] == 0 { "false" } else { "true" }),
        2..=5 => push(json, signed(bytes)),
        11..=14 => push(json, signed_or_not(bytes)),
        6 => push_float(json, f32::from_le_bytes(array(bytes)), |value| f64::from(*value)),
        7 => push_float(json, f64::from_le_bytes(array(bytes)), |value| *value),
        9 => push_text(json, &timestamp(signed(bytes) as i64, times)),
        10 => push_text(json, &ucs4(bytes)),
        15 => json.push_str(&inline_json(bytes)),
        17 | 21 => push_text(json, &decimal(signed(bytes), column.scale)),
        8 => push_text(json, &String::from_utf8_lossy(bytes)),
        _ => push_text(json, &hex(bytes)),
    }
}

fn push(json: &mut String, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(json, "{value}");
}

fn push_float<T: std::fmt::Display + std::fmt::LowerExp>(json: &mut String, value: T, wide: impl Fn(&T) -> f64) {
    let size = wide(&value).abs();
    if !size.is_finite() {
        json.push_str("null");
    } else if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let _ = write!(json, "{value:e}");
    } else {
        push(json, value);
    }
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    array
}

fn signed(bytes: &[u8]) -> i128 {
    let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
    let mut wide = [fill; 16];
    wide[..bytes.len()].copy_from_slice(bytes);
    i128::from_le_bytes(wide)
}

fn signed_or_not(bytes: &[u8]) -> u128 {
    let mut wide = [0; 16];
    wide[..bytes.len()].copy_from_slice(bytes);
    u128::from_le_bytes(wide)
}

fn timestamp(value: i64, times: TimeStyle) -> String {
    let (per_second, format) = match times.precision {
        0 => (1_000, SecondsFormat::Millis),
        1 => (1_000_000, SecondsFormat::Micros),
        _ => (1_000_000_000, SecondsFormat::Nanos),
    };
    let nanos = value.rem_euclid(per_second) * (1_000_000_000 / per_second);
    match DateTime::from_timestamp(value.div_euclid(per_second), nanos as u32) {
        Some(time) => {
            let local = times.zone.from_utc_datetime(&time.naive_utc());
            local.to_rfc3339_opts(format, local.offset().fix().local_minus_utc() == 0)
        }
        // Beyond the years chrono knows; a number is better than a lie.
        None => value.to_string(),
    }
}

fn ucs4(bytes: &[u8]) -> String {
    let point = |chunk: &[u8]| char::from_u32(u32::from_le_bytes(array(chunk))).unwrap_or(char::REPLACEMENT_CHARACTER);
    bytes.chunks_exact(4).map(point).collect()
}

fn inline_json(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
        Ok(_) => text.into_owned(),
        Err(_) => serde_json::Value::from(text).to_string(),
    }
}

fn decimal(unscaled: i128, scale: u8) -> String {
    let (sign, digits) = (if unscaled < 0 { "-" } else { "" }, unscaled.unsigned_abs().to_string());
    let scale = usize::from(scale);
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn timestamps_have_the_zone_and_the_digits_of_the_precision() {
        let style = |precision, zone: &str| TimeStyle { precision, zone: zone.parse().unwrap() };
        assert_eq!(timestamp(1_700_000_000_000, style(0, "UTC")), "2023-11-14T22:13:20.000Z");
        assert_eq!(timestamp(1_700_000_000_000_001, style(1, "Asia/Shanghai")), "2023-11-15T06:13:20.000001+08:00");
        assert_eq!(timestamp(-1, style(2, "UTC")), "1969-12-31T23:59:59.999999999Z");
    }

    #[test]
    fn decimals_have_exactly_their_scale() {
        assert_eq!(decimal(12_345_678, 4), "1234.5678");
        assert_eq!(decimal(-1, 4), "-0.0001");
        assert_eq!(decimal(0, 4), "0.0000");
        assert_eq!(decimal(-42, 0), "-42");
    }
}
