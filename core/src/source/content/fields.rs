//! What stands under the names, before it is understood.

use zeroize::Zeroizing;

use super::{Flaw, Key, times};
use crate::config::check_token;
use crate::credential::Issued;
use crate::error::Result;
use crate::secret::Secret;

#[derive(Default)]
pub(super) struct Fields {
    pub(super) token: Option<Zeroizing<String>>,
    expires_at: Option<Zeroizing<String>>,
    ttl: Option<Zeroizing<String>>,
    issued_at: Option<Zeroizing<String>>,
    revoked: Option<Zeroizing<String>>,
}

impl Fields {
    fn of(&mut self, key: Key) -> &mut Option<Zeroizing<String>> {
        match key {
            Key::Token => &mut self.token,
            Key::ExpiresAt => &mut self.expires_at,
            Key::Ttl => &mut self.ttl,
            Key::IssuedAt => &mut self.issued_at,
            Key::Revoked => &mut self.revoked,
        }
    }

    pub(super) fn put(&mut self, key: Key, value: &str) -> Result<(), Flaw> {
        let value = Zeroizing::new(value.trim().to_owned());
        match self.of(key).replace(value) {
            None => Ok(()),
            Some(_) => Err(format!("the key {} stands there twice", key.name())),
        }
    }

    /// From beside the content: never the token, and nothing that the content says itself.
    pub(super) fn complete(&mut self, name: &str, value: &str) {
        if let Some(key @ (Key::ExpiresAt | Key::Ttl | Key::IssuedAt | Key::Revoked)) = Key::of(name) {
            self.of(key).get_or_insert_with(|| Zeroizing::new(value.trim().to_owned()));
        }
    }

    pub(super) fn issued(self) -> Result<Issued, Flaw> {
        let Some(token) = self.token else {
            return Err("it has no key token (or bearerToken), and is not a token alone".into());
        };
        let token = Secret::new(token.as_str());
        check_token(&token).map_err(|error| error.message().to_owned())?;
        let mut issued = Issued::new(token);
        issued.expires_at = times::moment(Key::ExpiresAt, self.expires_at)?;
        issued.issued_at = times::moment(Key::IssuedAt, self.issued_at)?;
        issued.ttl = times::span(self.ttl)?;
        issued.revoked = fingerprints(&self.revoked.unwrap_or_default())?;
        Ok(issued)
    }
}

/// Separated by blanks or commas; what is no fingerprint is a mistake: somebody would believe that a leak is mended.
pub(super) fn fingerprints(text: &str) -> Result<Vec<String>, Flaw> {
    let parts = text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty());
    let is_one = |part: &str| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts
        .map(|part| match is_one(part) {
            true => Ok(part.to_ascii_lowercase()),
            false => Err("revoked is no list of fingerprints of twelve hexadecimal digits".into()),
        })
        .collect()
}
