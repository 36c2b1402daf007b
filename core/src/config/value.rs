//! The values given so far, by option, and how texts become numbers, durations and switches.

use std::collections::BTreeMap;
use std::time::Duration;

use zeroize::Zeroizing;

use super::names::Spelling;
use super::options::{Effect, Reading};
use super::totp::TotpCallback;
use crate::{Error, ErrorCode, Result, Secret};

const LONGEST_DURATION: Duration = Duration::from_secs(7 * 24 * 3600);
const MAX_TEXT_BYTES: usize = 4096;

/// Values by canonical name. All are kept as secrets: what somebody passes under the wrong name is wiped as well.
#[derive(Default)]
pub(crate) struct Values(BTreeMap<&'static str, (Spelling, Given)>);

/// A value as somebody gave it. Only options that [take bytes](super::OptionInfo::takes_bytes) ever hold bytes, and only
/// `totp_code` a callback.
pub(crate) enum Given {
    Text(Secret),
    Bytes(Zeroizing<Vec<u8>>),
    Callback(TotpCallback),
}

impl Given {
    fn text(self) -> Option<Secret> {
        match self {
            Given::Text(text) => Some(text),
            Given::Bytes(_) | Given::Callback(_) => None,
        }
    }
}

impl Values {
    /// Adds a value; the same option twice is an error, whatever the two spellings.
    pub(crate) fn put(&mut self, spelling: Spelling, value: Given) -> Result<()> {
        // The registry groups options without effect by their reason: their spellings are options of their own.
        let name = match spelling.option.effect {
            Effect::Ignored => spelling.name,
            _ => spelling.option.name,
        };
        if let Some((earlier, _)) = self.0.get(name) {
            return Err(duplicate(name, earlier.name, spelling.name));
        }
        self.0.insert(name, (spelling, value));
        Ok(())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The spelling under which the option was given.
    pub(super) fn spelling(&self, name: &str) -> Option<&'static str> {
        self.0.get(name).map(|(spelling, _)| spelling.name)
    }

    /// How the value is to be read under the spelling used.
    pub(super) fn reading(&self, name: &str) -> Option<Reading> {
        self.0.get(name).map(|(spelling, _)| spelling.reading)
    }

    /// What nobody has taken: options without effect.
    pub(super) fn remaining(&self) -> impl Iterator<Item = Spelling> {
        self.0.values().map(|(spelling, _)| *spelling)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Given> {
        self.0.remove(name).map(|(_, value)| value)
    }

    pub(crate) fn take_secret(&mut self, name: &str) -> Option<Secret> {
        self.take(name)?.text()
    }

    fn take_spelled(&mut self, name: &str) -> Option<(Spelling, Secret)> {
        let (spelling, value) = self.0.remove(name)?;
        Some((spelling, value.text()?))
    }

    /// A text without control characters, not empty.
    pub(crate) fn take_text(&mut self, name: &'static str) -> Result<Option<String>> {
        let Some(value) = self.take_secret(name) else { return Ok(None) };
        let text = value.expose();
        if text.trim().is_empty() {
            return Err(invalid(name, "the value is empty"));
        }
        if text.len() > MAX_TEXT_BYTES || text.chars().any(char::is_control) {
            return Err(invalid(name, "the value is too long or contains control characters"));
        }
        Ok(Some(text.to_owned()))
    }

    pub(crate) fn take_bool(&mut self, name: &'static str) -> Result<Option<bool>> {
        let Some((spelling, value)) = self.take_spelled(name) else { return Ok(None) };
        let inverted = spelling.reading == Reading::Inverted;
        parse_bool(value.expose())
            .map(|value| Some(value != inverted))
            .ok_or_else(|| invalid(name, "the value is neither true nor false"))
    }

    pub(crate) fn take_duration(&mut self, name: &'static str) -> Result<Option<Duration>> {
        let Some((spelling, value)) = self.take_spelled(name) else { return Ok(None) };
        let bare = match spelling.reading {
            Reading::Milliseconds => Some(0.001),
            Reading::UnitRequired => None,
            _ => Some(1.0),
        };
        match parse_duration(value.expose(), bare) {
            Some(value) if !value.is_zero() && value <= LONGEST_DURATION => Ok(Some(value)),
            Some(_) => Err(invalid(name, "the duration must be longer than zero and at most seven days")),
            None if bare.is_none() => {
                Err(invalid(name, "connectors disagree on the unit of this spelling; add a unit, as in 30s or 500ms"))
            }
            None => Err(invalid(name, "the value is not a duration; write it as 30s, 500ms or 00:00:30")),
        }
    }

    pub(crate) fn take_integer(&mut self, name: &'static str, least: u64, most: u64) -> Result<Option<u64>> {
        let Some(value) = self.take_secret(name) else { return Ok(None) };
        match value.expose().trim().parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(invalid(name, format!("a whole number from {least} to {most}"))),
        }
    }

    /// A number from 1 to `whole`, or a percentage of it, rounded up.
    pub(super) fn take_share(&mut self, name: &'static str, whole: u64) -> Result<Option<u64>> {
        let Some(value) = self.take_secret(name) else { return Ok(None) };
        let text = value.expose().trim();
        let share = match text.strip_suffix('%') {
            Some(part) => part
                .trim_end()
                .parse()
                .ok()
                .filter(|part| (1..=100).contains(part))
                .map(|part: u64| (whole * part).div_ceil(100)),
            None => text.parse().ok().filter(|number| (1..=whole).contains(number)),
        };
        share
            .map(Some)
            .ok_or_else(|| invalid(name, format!("a whole number from 1 to {whole}, or a percentage from 1% to 100%")))
    }

    pub(super) fn take_bytes(&mut self, name: &'static str, least: usize, most: usize) -> Result<Option<usize>> {
        let Some(value) = self.take_secret(name) else { return Ok(None) };
        match parse_bytes(value.expose()) {
            Some(bytes) if (least..=most).contains(&bytes) => Ok(Some(bytes)),
            Some(_) => Err(invalid(name, format!("the size must be from {least} to {most} bytes"))),
            None => Err(invalid(name, "the value is not a size; write bytes, or a number with KiB, MiB or GiB")),
        }
    }
}

pub(super) fn duplicate(option: &'static str, first: &str, second: &str) -> Error {
    let message = if first == second {
        format!("{first} was given twice")
    } else {
        format!("{option} was given twice, as {first} and as {second}")
    };
    Error::new(ErrorCode::OptionDuplicate, message).with_option(option)
}

/// The message is extended by the option's name, and never contains its value.
pub(crate) fn invalid(option: &'static str, message: impl AsRef<str>) -> Error {
    Error::new(ErrorCode::OptionInvalid, format!("{option}: {}", message.as_ref())).with_option(option)
}

pub(crate) fn conflict(option: &'static str, message: impl AsRef<str>) -> Error {
    Error::new(ErrorCode::OptionConflict, format!("{option}: {}", message.as_ref())).with_option(option)
}

pub(super) fn parse_bool(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// `90`, `1.5` (times `bare` seconds), `1m30s`, `500ms`, `00:01:30`.
pub(crate) fn parse_duration(text: &str, bare: Option<f64>) -> Option<Duration> {
    let text = text.trim();
    if text.contains(':') {
        return parse_clock(text);
    }
    if let Some(number) = parse_number(text) {
        return seconds(number * bare?);
    }
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).filter(|at| *at > 0)?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        total += parse_number(number)? * unit_seconds(unit)?;
        rest = tail;
    }
    if text.is_empty() { None } else { seconds(total) }
}

/// C#'s `TimeSpan`: `hh:mm:ss` with fractions of a second.
fn parse_clock(text: &str) -> Option<Duration> {
    let mut parts = text.split(':').map(parse_number);
    let (hours, minutes, secs) = (parts.next()??, parts.next()??, parts.next()??);
    let valid = parts.next().is_none() && minutes < 60.0 && secs < 60.0;
    if valid { seconds(hours * 3600.0 + minutes * 60.0 + secs) } else { None }
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit.trim() {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    })
}

/// Digits with at most one point: no sign, no exponent, no `inf`.
fn parse_number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain && text.len() <= 20 { text.parse().ok() } else { None }
}

fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value).ok()
}

fn parse_bytes(text: &str) -> Option<usize> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: usize = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    number.parse::<usize>().ok()?.checked_mul(factor)
}
