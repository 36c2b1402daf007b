//! Timestamps: text to numbers and back, durations, calendar arithmetic. All in a database's precision.

use super::types::units_per_second;
use chrono::{DateTime, Datelike, LocalResult, Months, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike};
use chrono_tz::Tz;

/// `YYYY-MM-DD[{ |T}HH:MM[:SS[.fraction]]][Z|±HH[:]MM]`; without an offset it is read in `zone`.
/// Fraction digits the precision cannot hold are cut off.
pub(crate) fn parse_timestamp(text: &str, precision: u8, zone: Tz) -> Option<i64> {
    let b = text.trim().as_bytes();
    let digits = |from: usize, to: usize| -> Option<i64> {
        let part = b.get(from..to)?;
        part.iter().try_fold(0i64, |n, d| d.is_ascii_digit().then(|| n * 10 + i64::from(d - b'0')))
    };
    let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    if b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year as i32, month as u32, day as u32)?;
    let (mut hour, mut minute, mut second, mut fraction, mut at) = (0, 0, 0, 0, 10);
    if let Some(separator) = b.get(10) {
        if !matches!(separator, b' ' | b'T' | b't') {
            return None;
        }
        (hour, minute) = (digits(11, 13)?, digits(14, 16)?);
        if b[13] != b':' {
            return None;
        }
        at = 16;
        if b.get(16) == Some(&b':') {
            second = digits(17, 19)?;
            at = 19;
        }
        if b.get(at) == Some(&b'.') {
            let end = (at + 1..b.len()).find(|i| !b[*i].is_ascii_digit()).unwrap_or(b.len());
            if end == at + 1 || end > at + 10 {
                return None;
            }
            fraction = digits(at + 1, end)? * 10i64.pow(9 - (end - at - 1) as u32);
            at = end;
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
    }
    let seconds_of_day = hour * 3600 + minute * 60 + second;
    let local = i64::from(date.num_days_from_ce() - 719_163) * 86_400 + seconds_of_day;
    let offset = match b.get(at) {
        None if zone == Tz::UTC => 0,
        None => zone_offset(local, zone)?,
        Some(b'Z' | b'z') if at + 1 == b.len() => 0,
        Some(sign @ (b'+' | b'-')) => {
            let hours = digits(at + 1, at + 3)?;
            let minutes = match b.len() - (at + 3) {
                0 => 0,
                2 => digits(at + 3, at + 5)?,
                3 if b[at + 3] == b':' => digits(at + 4, at + 6)?,
                _ => return None,
            };
            let n = hours * 3600 + minutes * 60;
            if *sign == b'-' { -n } else { n }
        }
        _ => return None,
    };
    let units = units_per_second(precision);
    (local - offset).checked_mul(units)?.checked_add(fraction / (1_000_000_000 / units))
}

/// Seconds east of UTC for a local time; the earlier reading where a clock change makes two.
fn zone_offset(local_seconds: i64, zone: Tz) -> Option<i64> {
    let naive = DateTime::from_timestamp(local_seconds, 0)?.naive_utc();
    let offset = match zone.offset_from_local_datetime(&naive) {
        LocalResult::Single(o) | LocalResult::Ambiguous(o, _) => o,
        LocalResult::None => zone.offset_from_utc_datetime(&naive),
    };
    Some(i64::from(offset.fix().local_minus_utc()))
}

/// Seconds east of UTC at an instant.
pub(crate) fn offset_at(value: i64, precision: u8, zone: Tz) -> i64 {
    let seconds = value.div_euclid(units_per_second(precision));
    match DateTime::from_timestamp(seconds, 0) {
        Some(t) => i64::from(zone.offset_from_utc_datetime(&t.naive_utc()).fix().local_minus_utc()),
        None => 0,
    }
}

/// RFC 3339 with as many fraction digits as the precision has, as TO_ISO8601 gives it.
pub(crate) fn iso8601(value: i64, precision: u8, zone: Tz) -> Option<String> {
    let units = units_per_second(precision);
    let offset = offset_at(value, precision, zone);
    let local = DateTime::from_timestamp(value.div_euclid(units) + offset, 0)?.naive_utc();
    let digits = [3, 6, 9][usize::from(precision.min(2))];
    let fraction = value.rem_euclid(units);
    let tail = if offset == 0 && zone == Tz::UTC {
        "Z".to_owned()
    } else {
        let minutes = offset.abs() / 60;
        format!("{}{:02}:{:02}", if offset < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
    };
    Some(format!("{}.{fraction:0digits$}{tail}", local.format_naive()))
}

/// `%Y-%m-%dT%H:%M:%S`; chrono's formatter is not compiled in.
trait FormatNaive {
    fn format_naive(&self) -> String;
}

impl FormatNaive for NaiveDateTime {
    fn format_naive(&self) -> String {
        let (y, m, d) = (self.year(), self.month(), self.day());
        format!("{y:04}-{m:02}-{d:02}T{:02}:{:02}:{:02}", self.hour(), self.minute(), self.second())
    }
}

/// Nanoseconds of a unit of fixed length; months and years have none.
fn unit_ns(unit: u8) -> Option<i64> {
    Some(match unit {
        b'b' => 1,
        b'u' => 1_000,
        b'a' => 1_000_000,
        b's' => 1_000_000_000,
        b'm' => 60_000_000_000,
        b'h' => 3_600_000_000_000,
        b'd' => 86_400_000_000_000,
        b'w' => 604_800_000_000_000,
        _ => return None,
    })
}

/// A duration in units of the precision; nothing for months and years, or if it is too long.
pub(crate) fn duration_units(count: i64, unit: u8, precision: u8) -> Option<i64> {
    let ns = i128::from(count) * i128::from(unit_ns(unit)?);
    i64::try_from(ns / i128::from(1_000_000_000 / units_per_second(precision))).ok()
}

/// Months of `n` and `y`.
pub(crate) fn duration_months(count: i64, unit: u8) -> Option<i64> {
    match unit {
        b'n' => Some(count),
        b'y' => count.checked_mul(12),
        _ => None,
    }
}

/// A timestamp plus a duration of any unit; calendar months in the zone.
pub(crate) fn add_duration(value: i64, count: i64, unit: u8, precision: u8, zone: Tz) -> Option<i64> {
    if let Some(n) = duration_units(count, unit, precision) {
        return value.checked_add(n);
    }
    let months = duration_months(count, unit)?;
    let units = units_per_second(precision);
    let local = value.div_euclid(units) + offset_at(value, precision, zone);
    let naive = DateTime::from_timestamp(local, 0)?.naive_utc();
    let step = Months::new(u32::try_from(months.abs()).ok()?);
    let moved = if months < 0 { naive.checked_sub_months(step)? } else { naive.checked_add_months(step)? };
    let seconds = moved.and_utc().timestamp();
    (seconds - zone_offset(seconds, zone)?).checked_mul(units)?.checked_add(value.rem_euclid(units))
}

/// The start of the window a timestamp lies in. Windows of days and longer are aligned to the zone's midnight,
/// weeks to Monday; months and years to the calendar.
pub(crate) fn window_start(value: i64, length: (i64, u8), offset: i64, precision: u8, zone: Tz) -> Option<i64> {
    let units = units_per_second(precision);
    if let Some(months) = duration_months(length.0, length.1) {
        let local = (value - offset).div_euclid(units) + offset_at(value, precision, zone);
        let day = DateTime::from_timestamp(local, 0)?.naive_utc();
        let index = (i64::from(day.year()) * 12 + i64::from(day.month0())).div_euclid(months) * months;
        let first = NaiveDate::from_ymd_opt(index.div_euclid(12) as i32, index.rem_euclid(12) as u32 + 1, 1)?;
        let seconds = first.and_hms_opt(0, 0, 0)?.and_utc().timestamp();
        return (seconds - zone_offset(seconds, zone)?).checked_mul(units)?.checked_add(offset);
    }
    let step = duration_units(length.0, length.1, precision)?;
    let shift = if matches!(length.1, b'd' | b'w') {
        // 1970-01-01 was a Thursday: weeks begin four days later.
        let monday = if length.1 == b'w' { 4 * 86_400 } else { 0 };
        offset - (offset_at(value, precision, zone) - monday) * units
    } else {
        offset
    };
    Some((value - shift).div_euclid(step) * step + shift)
}

/// Midnight of the zone before (or at) an instant.
pub(crate) fn today(now: i64, precision: u8, zone: Tz) -> i64 {
    window_start(now, (1, b'd'), 0, precision, zone).unwrap_or(now)
}
