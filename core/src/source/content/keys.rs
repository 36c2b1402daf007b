//! The names that mean something in a content.

use super::Flaw;
use crate::config::same_name;
use crate::error::{Error, ErrorCode, Result};

/// Keys that may stand beside the token, in a place of their own where there are such.
pub(in crate::source) const KEYS_BESIDE: [&str; 4] = ["expires_at", "ttl", "issued_at", "revoked"];

#[derive(Clone, Copy)]
pub(in crate::source) enum Key {
    Token,
    ExpiresAt,
    Ttl,
    IssuedAt,
    Revoked,
}

impl Key {
    pub(in crate::source) fn of(name: &str) -> Option<Key> {
        // A key longer than the longest name is none; it may be a megabyte.
        let is = |known| name.len() < 24 && same_name(name, known);
        match () {
            () if is("token") || is("bearer_token") => Some(Key::Token),
            () if is("expires_at") => Some(Key::ExpiresAt),
            () if is("ttl") => Some(Key::Ttl),
            () if is("issued_at") => Some(Key::IssuedAt),
            () if is("revoked") => Some(Key::Revoked),
            () => None,
        }
    }

    pub(in crate::source) fn name(self) -> &'static str {
        match self {
            Key::Token => "token",
            Key::ExpiresAt => "expires_at",
            Key::Ttl => "ttl",
            Key::IssuedAt => "issued_at",
            Key::Revoked => "revoked",
        }
    }
}

/// What a name means beside a token that a program gives: `token`, `expires_at`, `ttl`, `issued_at`, `revoked`, also as `bearerToken`
/// or `expiresAt`; `None` for one that is passed over.
///
/// # Errors
/// `SOURCE_INVALID` for a name that tells of the token's life and is none of these, such as `expires_in`: passed over, it would
/// leave the pool with a wrong idea of when the token ends.
pub fn token_key(name: &str) -> crate::Result<Option<&'static str>> {
    let key = key_of_program(name).map_err(|flaw| Error::new(ErrorCode::SourceInvalid, flaw))?;
    Ok(key.map(Key::name))
}

/// A content is often shared with others, who have keys of their own; what a program gives is all meant.
pub(super) fn key_of_program(name: &str) -> Result<Option<Key>, Flaw> {
    const LONGEST_SHOWN: usize = 40;
    let key = Key::of(name);
    if key.is_some() || !is_of_a_life(name) {
        return Ok(key);
    }
    let shown = if name.len() <= LONGEST_SHOWN { name } else { "of such a length" };
    Err(format!("the key {shown} is none of token, expires_at, ttl, issued_at and revoked"))
}

/// `expires_in`, `expiry`, `ttl_ms`, `issuedOn`; not `throttle`.
fn is_of_a_life(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let mut words = lower.split(|character: char| !character.is_ascii_alphanumeric());
    lower.contains("expir")
        || lower.contains("issued")
        || words.any(|word| word.starts_with("ttl") || word.ends_with("ttl"))
}
