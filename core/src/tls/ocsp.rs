//! The OCSP answer a server staples to its handshake (RFC 6960; TLS-3).

use der::Decode;
use der::oid::ObjectIdentifier;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, UnixTime};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use x509_ocsp::{BasicOcspResponse, CertStatus, OcspResponse, OcspResponseStatus, SingleResponse};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::der::{self as raw, Signed};

const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// The clocks of client and responder may differ by so much.
const SKEW_SECONDS: u64 = 300;
/// An answer without an end of its own is believed for so long.
const DEFAULT_LIFE_SECONDS: u64 = 24 * 3600;

/// What a stapled answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Signed, current, about this certificate: it is good.
    Good,
    /// Signed, current, about this certificate: it was revoked.
    Revoked,
    /// There is none, it cannot be trusted, or it says that it does not know.
    Unknown,
}

impl Status {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Status::Good => "good",
            Status::Revoked => "revoked",
            Status::Unknown => "unknown",
        }
    }
}

/// Judges `answer` about `leaf`. An issuer among `candidates` counts only if its key signed the leaf: otherwise a thief
/// could staple an answer signed by a namesake.
pub(super) fn status<'a>(
    answer: &[u8],
    leaf: &CertificateDer<'_>,
    candidates: impl Iterator<Item = &'a [u8]>,
    algorithms: &WebPkiSupportedAlgorithms,
    now: UnixTime,
) -> Status {
    if answer.is_empty() {
        return Status::Unknown;
    }
    read(answer, leaf, candidates, algorithms, now).unwrap_or(Status::Unknown)
}

fn read<'a>(
    answer: &[u8],
    leaf: &CertificateDer<'_>,
    mut candidates: impl Iterator<Item = &'a [u8]>,
    algorithms: &WebPkiSupportedAlgorithms,
    now: UnixTime,
) -> Option<Status> {
    let answer = OcspResponse::from_der(answer).ok()?;
    let body = answer.response_bytes.filter(|_| answer.response_status == OcspResponseStatus::Successful)?;
    if body.response_type != BASIC {
        return None;
    }
    let basic = BasicOcspResponse::from_der(body.response.as_bytes()).ok()?;
    let signed_leaf = Signed::read(leaf)?;
    let (_, leaf) = X509Certificate::from_der(leaf).ok()?;
    let issuer = candidates.find_map(|candidate| {
        let (_, candidate) = X509Certificate::from_der(candidate).ok()?;
        let is_issuer = candidate.subject().as_raw() == leaf.issuer().as_raw()
            && signed_leaf.is_by(candidate.public_key().raw, algorithms);
        is_issuer.then_some(candidate)
    })?;
    if !is_signed(body.response.as_bytes(), &issuer, algorithms, now) {
        return None;
    }
    let about = basic.tbs_response_data.responses.iter().find(|single| is_about(single, &leaf, &issuer))?;
    if !is_current(about, now.as_secs()) {
        return None;
    }
    Some(match about.cert_status {
        CertStatus::Good(_) => Status::Good,
        CertStatus::Revoked(_) => Status::Revoked,
        CertStatus::Unknown(_) => Status::Unknown,
    })
}

/// By the issuer itself, or by a responder to whom it gave a certificate for this purpose.
fn is_signed(
    basic: &[u8],
    issuer: &X509Certificate<'_>,
    algorithms: &WebPkiSupportedAlgorithms,
    now: UnixTime,
) -> bool {
    let Some(signed) = Signed::read(basic) else { return false };
    signed.is_by(issuer.public_key().raw, algorithms)
        || responders(basic).is_some_and(|certificates| {
            certificates.into_iter().any(|der| {
                let Ok((_, responder)) = X509Certificate::from_der(der) else { return false };
                is_responder(&responder, now)
                    && Signed::read(der).is_some_and(|own| own.is_by(issuer.public_key().raw, algorithms))
                    && signed.is_by(responder.public_key().raw, algorithms)
            })
        })
}

fn is_responder(certificate: &X509Certificate<'_>, now: UnixTime) -> bool {
    let purpose = certificate.extended_key_usage().ok().flatten();
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let validity = certificate.validity();
    purpose.is_some_and(|usage| usage.value.ocsp_signing)
        && validity.not_before.timestamp() <= now
        && now <= validity.not_after.timestamp()
}

/// The raw certificates at the end of a BasicOCSPResponse: `[0] EXPLICIT SEQUENCE OF Certificate`.
fn responders(basic: &[u8]) -> Option<Vec<&[u8]>> {
    const MAX_CERTIFICATES: usize = 8;
    let (inner, _) = raw::content(basic)?;
    let (_, rest) = raw::content(inner)?;
    let (_, rest) = raw::content(rest)?;
    let (_, rest) = raw::content(rest)?;
    let (explicit, _) = raw::content(rest)?;
    let (mut rest, _) = raw::content(explicit)?;
    let mut certificates = Vec::new();
    while !rest.is_empty() && certificates.len() < MAX_CERTIFICATES {
        let (_, after) = raw::content(rest)?;
        certificates.push(rest.get(..rest.len() - after.len())?);
        rest = after;
    }
    Some(certificates)
}

fn is_about(single: &SingleResponse, leaf: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> bool {
    let id = &single.cert_id;
    let hash: fn(&[u8]) -> Vec<u8> = match id.hash_algorithm.oid {
        SHA1 => |bytes| Sha1::digest(bytes).to_vec(),
        SHA256 => |bytes| Sha256::digest(bytes).to_vec(),
        _ => return false,
    };
    let key = &issuer.public_key().subject_public_key.data;
    id.serial_number.as_bytes() == leaf.raw_serial()
        && id.issuer_name_hash.as_bytes() == hash(issuer.subject().as_raw())
        && id.issuer_key_hash.as_bytes() == hash(key)
}

fn is_current(single: &SingleResponse, now: u64) -> bool {
    let from = single.this_update.0.to_unix_duration().as_secs();
    let until =
        single.next_update.map_or(from.saturating_add(DEFAULT_LIFE_SECONDS), |end| end.0.to_unix_duration().as_secs());
    from <= now.saturating_add(SKEW_SECONDS) && now <= until.saturating_add(SKEW_SECONDS)
}
