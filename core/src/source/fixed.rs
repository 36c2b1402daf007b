//! A token given itself, and one of the environment.

use crate::config::check_token;
use crate::credential::{Issued, SourceFuture, TokenSource};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

use super::content;

/// `static`: always the same token. It can be wrong only once, when it is made.
#[derive(Debug)]
pub(super) struct Static(Secret);

impl Static {
    pub(super) fn new(token: Secret) -> Result<Self> {
        check_token(&token).map_err(|error| Error::new(error.code(), error.message()).with_option("token"))?;
        Ok(Static(token))
    }
}

impl TokenSource for Static {
    fn name(&self) -> &str {
        "static"
    }

    fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
        Box::pin(async { Ok(Issued::new(self.0.clone())) })
    }
}

/// `env`: a variable, read again at every fetch.
#[derive(Debug)]
pub(super) struct Env(String);

impl Env {
    pub(super) fn new(name: String) -> Self {
        Env(name)
    }
}

impl TokenSource for Env {
    fn name(&self) -> &str {
        "env"
    }

    fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
        Box::pin(async { content::parse(read(&self.0)?.expose().as_bytes(), &place(&self.0)) })
    }
}

/// The value of an environment variable.
///
/// # Errors
/// `SOURCE_UNAVAILABLE` if it is not set, `SOURCE_INVALID` if it is no text.
pub(super) fn read(name: &str) -> Result<Secret> {
    use std::env::VarError;
    match std::env::var(name) {
        Ok(value) => Ok(Secret::new(value)),
        Err(VarError::NotPresent) => {
            Err(Error::new(ErrorCode::SourceUnavailable, format!("{} is not set", place(name))))
        }
        Err(VarError::NotUnicode(_)) => Err(content::invalid(&place(name), "it is not UTF-8 text")),
    }
}

fn place(name: &str) -> String {
    format!("the environment variable {name}")
}
