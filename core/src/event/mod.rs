//! What the library tells its operator: structured events with stable names, the same in every language (OPS-1).
//!
//! Pure data. Who hears of them is the business of `observe`. An event carries fingerprints of tokens, never a token.

mod docs;
mod fields;
mod names;

use std::fmt::{self, Write as _};

pub use docs::events_markdown;
pub use fields::FIELDS;
pub use names::EventName;

use crate::error::Error;

/// How much an event matters, in the words of every logging library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// For whoever looks for a fault.
    Debug,
    /// Worth a line in the audit log.
    Info,
    /// Somebody should look at it, nothing failed yet.
    Warning,
    /// Something failed that a person should know of now.
    Error,
}

impl Severity {
    /// All of them, the mildest first.
    pub const ALL: [Severity; 4] = [Severity::Debug, Severity::Info, Severity::Warning, Severity::Error];

    /// The severity of this name.
    pub fn from_name(name: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| severity.name() == name)
    }

    /// From 0 for debug to 3 for error.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// `debug`, `info`, `warning` or `error`.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Debug => "debug",
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Field {
    /// A text without secrets.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number of seconds or another measure.
    Real(f64),
    /// Yes or no.
    Bool(bool),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A text of a server must not begin a line of its own in a log.
            Field::Text(text) => text.chars().try_for_each(|c| f.write_char(if c.is_control() { ' ' } else { c })),
            Field::Integer(number) => write!(f, "{number}"),
            Field::Real(number) => write!(f, "{number:.3}"),
            Field::Bool(value) => write!(f, "{value}"),
        }
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Field::Text(text.to_owned())
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Field::Text(text)
    }
}

impl From<i64> for Field {
    fn from(number: i64) -> Self {
        Field::Integer(number)
    }
}

impl From<u64> for Field {
    fn from(number: u64) -> Self {
        Field::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Field {
    fn from(number: usize) -> Self {
        Field::from(number as u64)
    }
}

impl From<f64> for Field {
    fn from(number: f64) -> Self {
        Field::Real(number)
    }
}

impl From<bool> for Field {
    fn from(value: bool) -> Self {
        Field::Bool(value)
    }
}

/// One thing that happened: a stable name and its fields. Displays as one log line.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    name: EventName,
    fields: Vec<(&'static str, Field)>,
}

impl Event {
    /// An event without fields yet.
    pub fn new(name: EventName) -> Self {
        Event { name, fields: Vec::new() }
    }

    /// Adds a field; only those of [`EventName::fields`] are meant.
    pub fn with(mut self, field: &'static str, value: impl Into<Field>) -> Self {
        debug_assert!(self.name.fields().contains(&field), "{} has no field {field}", self.name.name());
        self.fields.push((field, value.into()));
        self
    }

    /// Adds `code` and `message` of an error.
    pub fn with_error(self, error: &Error) -> Self {
        let (code, text) = (error.code().name(), error.to_string());
        let sentence = text.strip_prefix(&format!("[{code}] ")).unwrap_or(&text).to_owned();
        self.with("code", code).with("message", sentence)
    }

    /// Adds a field whose value is known; see [`Event::with`].
    pub fn with_some(self, field: &'static str, value: Option<impl Into<Field>>) -> Self {
        match value {
            Some(value) => self.with(field, value),
            None => self,
        }
    }

    /// What happened.
    pub fn name(&self) -> EventName {
        self.name
    }

    /// Its fields, in order.
    pub fn fields(&self) -> &[(&'static str, Field)] {
        &self.fields
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name.name(), self.name.sentence())?;
        for (index, (name, value)) in self.fields.iter().enumerate() {
            write!(f, "{} {name}={value}", if index == 0 { ";" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_lower_case_and_round_trip() {
        let mut names = HashSet::new();
        for event in EventName::ALL {
            let name = event.name();
            assert!(names.insert(name), "{name} twice");
            assert_eq!(EventName::from_name(name), Some(*event));
            let (group, what) = name.split_once('.').unwrap();
            let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(!group.is_empty() && !what.is_empty() && is_word(group) && is_word(what), "{name}");
        }
        assert_eq!(EventName::from_name("rotation"), None);
    }

    #[test]
    fn every_field_is_explained_once_and_used() {
        let explained: Vec<&str> = FIELDS.iter().map(|(name, _, _)| *name).collect();
        let used: HashSet<&str> = EventName::ALL.iter().flat_map(|event| event.fields()).copied().collect();
        assert_eq!(explained.iter().copied().collect::<HashSet<_>>(), used);
        assert_eq!(explained.len(), used.len());
    }

    #[test]
    fn is_one_line_for_a_log() {
        let error = Error::new(crate::error::ErrorCode::ConnectRefused, "cannot connect");
        let event = Event::new(EventName::ConnectionFailed).with("endpoint", "db:6041").with_error(&error);
        assert_eq!(
            event.to_string(),
            "connection.failed: a connection could not be opened; endpoint=db:6041, code=CONNECT_REFUSED, \
             message=cannot connect"
        );
        let event = event.with("message", "two\nlines\u{1b}[31m");
        assert_eq!(event.to_string().lines().count(), 1);
        assert!(!event.to_string().contains('\u{1b}'));
    }
}
