//! Random secrets and the fingerprints that stand for them in `/stats`.

use rustls::crypto::aws_lc_rs;
use sha2::{Digest, Sha256};

use super::AccountError;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Random bytes from the crypto provider.
pub(super) fn random_bytes<const N: usize>() -> Result<[u8; N], AccountError> {
    let mut bytes = [0u8; N];
    aws_lc_rs::default_provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| AccountError::new(0xffffu32, "no random numbers"))?;
    Ok(bytes)
}

/// So many characters of `A–Z a–z 0–9`, each equally likely.
pub fn random_text(length: usize) -> Result<String, AccountError> {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        // Bytes from 248 on would favour the first letters: 248 is the largest multiple of 62 in a byte.
        let fair = random_bytes::<64>()?.into_iter().filter(|byte| *byte < 248);
        text.extend(fair.take(length - text.len()).map(|byte| ALPHABET[usize::from(byte % 62)] as char));
    }
    Ok(text)
}

/// The first twelve hexadecimal digits of SHA-256, the same as `tdsec::Secret::fingerprint`.
pub fn fingerprint(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
