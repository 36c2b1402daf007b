//! What the account book refuses with: a code (low 16 bits) and the engine's text.

use std::fmt;

/// A refused account operation or login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountError {
    /// Low 16 bits of the engine's code.
    pub code: u32,
    /// The engine's text; never holds a secret.
    pub message: String,
}

impl AccountError {
    pub(super) fn new(code: impl Into<u32>, message: impl Into<String>) -> Self {
        AccountError { code: code.into(), message: message.into() }
    }

    pub(super) fn authentication() -> Self {
        Self::new(0x0357u32, "Authentication failure")
    }

    pub(super) fn no_privilege() -> Self {
        Self::new(0x0303u32, "Insufficient privilege for operation")
    }

    pub(super) fn not_supported() -> Self {
        Self::new(0x0100u32, "Operation not supported")
    }

    pub(super) fn invalid_user() -> Self {
        Self::new(0x0351u32, "Invalid user")
    }

    pub(super) fn user_disabled() -> Self {
        Self::new(0x0315u32, "User is disabled")
    }

    pub(super) fn value_too_long(what: &str) -> Self {
        Self::new(0x0118u32, format!("Invalid parameters: {what} too long"))
    }
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[0x{:04X}] {}", self.code, self.message)
    }
}

impl std::error::Error for AccountError {}
