//! The little of DER that is needed to check a signature over raw bytes.

use rustls::crypto::WebPkiSupportedAlgorithms;

/// Content and rest of one DER value.
pub(super) fn content(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[_, first], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(first), rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?])), rest.get(2..)?),
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// What X.509 and OCSP sign alike: `SEQUENCE { something, AlgorithmIdentifier, BIT STRING, … }`.
pub(super) struct Signed<'a> {
    message: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(super) fn read(der: &'a [u8]) -> Option<Signed<'a>> {
        let (inner, _) = content(der)?;
        let (_, after_message) = content(inner)?;
        let message = inner.get(..inner.len() - after_message.len())?;
        let (algorithm, after_algorithm) = content(after_message)?;
        let (signature, _) = content(after_algorithm)?;
        // The first byte counts unused bits; signatures have none.
        let (0, signature) = signature.split_first().map(|(unused, bytes)| (*unused, bytes))? else { return None };
        Some(Signed { message, algorithm, signature })
    }

    /// Whether the owner of this public key signed it. `spki`: SubjectPublicKeyInfo, DER.
    pub(super) fn is_by(&self, spki: &[u8], algorithms: &WebPkiSupportedAlgorithms) -> bool {
        let Some((key_algorithm, key)) = key(spki) else { return false };
        algorithms
            .all
            .iter()
            .filter(|known| {
                known.signature_alg_id().as_ref() == self.algorithm
                    && known.public_key_alg_id().as_ref() == key_algorithm
            })
            .any(|known| known.verify_signature(key, self.message, self.signature).is_ok())
    }
}

/// Content of the AlgorithmIdentifier (without its own head) and the key's bits.
pub(super) fn key(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    let (inner, _) = content(spki)?;
    let (algorithm, rest) = content(inner)?;
    let (bits, _) = content(rest)?;
    let (0, bits) = bits.split_first().map(|(unused, bytes)| (*unused, bytes))? else { return None };
    Some((algorithm, bits))
}
