//! Tokens made and taken back by SQL, waiting.

use super::{Connection, wait};
use crate::credential::Issued;
use crate::error::Result;
use crate::tokens::{self, NewToken, TokenInfo};

/// The tokens that the user of a connection may see and change; see [`tokens::Tokens`].
#[derive(Debug, Clone)]
pub struct Tokens(tokens::Tokens);

impl Tokens {
    /// By a connection whose user may do it.
    pub fn new(connection: &Connection) -> Self {
        Tokens(tokens::Tokens::new(&connection.0))
    }

    /// Makes a token.
    ///
    /// # Errors
    /// As [`tokens::Tokens::create`].
    pub fn create(&self, token: &NewToken) -> Result<Issued> {
        wait(self.0.create(token))
    }

    /// All tokens this user may see.
    ///
    /// # Errors
    /// As [`tokens::Tokens::list`].
    pub fn list(&self) -> Result<Vec<TokenInfo>> {
        wait(self.0.list())
    }

    /// Allows or forbids its use.
    ///
    /// # Errors
    /// As [`tokens::Tokens::set_enabled`].
    pub fn set_enabled(&self, token: &str, enabled: bool) -> Result<()> {
        wait(self.0.set_enabled(token, enabled))
    }

    /// It lives so many days from now on; 0: for ever.
    ///
    /// # Errors
    /// As [`tokens::Tokens::set_ttl`].
    pub fn set_ttl(&self, token: &str, days: u32) -> Result<()> {
        wait(self.0.set_ttl(token, days))
    }

    /// Removes it for ever; one that is not there is no error.
    ///
    /// # Errors
    /// As [`tokens::Tokens::drop`].
    pub fn drop(&self, token: &str) -> Result<()> {
        wait(self.0.drop(token))
    }
}
