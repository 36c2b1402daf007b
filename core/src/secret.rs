//! `Secret`: a text that cannot be printed by accident and is wiped when dropped (TOK-5).

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A token, password or one-time code. `Debug` is a fixed text, there is no `Display` and no `Serialize`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over the text; the memory is wiped on drop.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(Zeroizing::new(text.into()))
    }

    /// The only way to read it. Search for this word to see who does.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Twelve hexadecimal digits that stand for the secret in logs, events and metrics.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.0.as_bytes());
        digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Secret::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Secret::new(text)
    }
}

impl PartialEq for Secret {
    /// Compares without stopping at the first difference.
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (x, y)| difference | (x ^ y)) == 0
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_text_or_its_length() {
        assert_eq!(format!("{:?}", Secret::new("abc")), format!("{:?}", Secret::new("a much longer secret")));
    }

    #[test]
    fn equal_texts_have_equal_fingerprints() {
        assert_eq!(Secret::new("t").fingerprint(), Secret::new("t").fingerprint());
        assert_ne!(Secret::new("t").fingerprint(), Secret::new("u").fingerprint());
        assert_ne!(Secret::new("t"), Secret::new("tt"));
    }
}
