//! What a user should hear although the configuration is accepted.

use std::fmt;

/// An option that was accepted, but does less or something else than its writer may expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    option: &'static str,
    message: String,
}

impl Warning {
    pub(super) fn new(option: &'static str, message: impl Into<String>) -> Self {
        Warning { option, message: message.into() }
    }

    /// The option by its canonical name.
    pub fn option(&self) -> &'static str {
        self.option
    }

    /// One sentence, without values.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.option, self.message)
    }
}
