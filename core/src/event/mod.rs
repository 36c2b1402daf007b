//! What the library tells its operator: structured events with stable names, the same in every language (OPS-1).
//!
//! Pure data. Who hears of them is the business of `observe`. An event carries fingerprints of tokens, never a token.

mod names;

use std::fmt;

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
            Field::Text(text) => f.write_str(text),
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
        self.with("code", error.code().name()).with("message", error.to_string())
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
