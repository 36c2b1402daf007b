//! Moments and spans, in every spelling that somebody writes.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use super::{Flaw, Key};
use crate::config::parse_duration;
use crate::error::Result;

/// A larger number of an epoch counts milliseconds: as seconds it would be the year 5138.
const MILLISECONDS_FROM: u64 = 100_000_000_000;
const LONGEST_TTL: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// RFC 3339, or a number of seconds or milliseconds since 1970.
pub(super) fn moment(key: Key, text: Option<Zeroizing<String>>) -> Result<Option<Duration>, Flaw> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    parse_moment(&text)
        .map(Some)
        .ok_or_else(|| format!("{} is neither a time as in 2026-01-31T12:00:00Z nor seconds since 1970", key.name()))
}

/// `None` if it is no time, or one before 1970.
fn parse_moment(text: &str) -> Option<Duration> {
    if let Ok(number) = text.parse::<u64>() {
        let milliseconds = number >= MILLISECONDS_FROM;
        return Some(if milliseconds { Duration::from_millis(number) } else { Duration::from_secs(number) });
    }
    // As languages print a time of the day: 1800000000.25.
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        let number: f64 = text.parse().ok()?;
        let milliseconds = number >= MILLISECONDS_FROM as f64;
        return Duration::try_from_secs_f64(if milliseconds { number / 1000.0 } else { number }).ok();
    }
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    u64::try_from(moment.unix_timestamp_nanos()).ok().map(Duration::from_nanos)
}

/// Seconds, or a number with unit; 0 is said of a token that never ends.
pub(super) fn span(text: Option<Zeroizing<String>>) -> Result<Option<Duration>, Flaw> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    match parse_duration(&text, Some(1.0)) {
        Some(ttl) if ttl.is_zero() => Ok(None),
        Some(ttl) if ttl <= LONGEST_TTL => Ok(Some(ttl)),
        _ => Err("ttl is not a duration in seconds, as in 86400 or 24h".into()),
    }
}
