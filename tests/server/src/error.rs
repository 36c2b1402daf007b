//! Why the server could not start.

use std::fmt;

/// A sentence that says what was being done and what went wrong.
#[derive(Debug)]
pub struct Error(String);

/// What starting the server answers.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error from what was being done and what went wrong.
    pub fn new(doing: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Error(format!("{doing}: {cause}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
