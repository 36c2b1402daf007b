//! What a certificate says, for people and for monitoring (CRT-1). Reading judges nothing.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{self as oid, OidRegistry};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;

const DAY: i64 = 24 * 3600;
/// Certificates that end within so many days are warned of (CRT-1).
pub const EXPIRY_WARNING_DAYS: i64 = 30;
const MAX_NAMES: usize = 100;

/// The facts of one X.509 certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Certificate {
    /// Distinguished name of its owner.
    pub subject: String,
    /// Distinguished name of who issued it.
    pub issuer: String,
    /// Subject alternative names: DNS names and IP addresses.
    pub names: Vec<String>,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// Start of its validity, seconds since 1970-01-01 UTC.
    pub not_before: i64,
    /// End of its validity, seconds since 1970-01-01 UTC.
    pub not_after: i64,
    /// Kind of key: `EC P-256`, `RSA 2048`, `Ed25519`.
    pub key: String,
    /// Signature algorithm: `ecdsa-with-SHA256`.
    pub signature: String,
    /// X.509 version: 1 or 3.
    pub version: u32,
    /// It may issue others.
    pub is_ca: bool,
    /// SHA-256 of its public key (SPKI), as `tls_pin` takes it: `sha256//…`.
    pub pin: String,
    /// SHA-256 of the whole certificate, 64 hexadecimal digits.
    pub fingerprint: String,
}

impl Certificate {
    /// Reads one DER certificate; `None` if it is none.
    pub fn from_der(der: &[u8]) -> Option<Certificate> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let spki = certificate.public_key();
        Some(Certificate {
            subject: printable(&certificate.subject().to_string()),
            issuer: printable(&certificate.issuer().to_string()),
            names: names(&certificate),
            serial: hex(certificate.raw_serial().get(..64).unwrap_or(certificate.raw_serial())),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            key: key(&certificate),
            signature: algorithm(&certificate.signature_algorithm.algorithm),
            version: certificate.version().0.saturating_add(1),
            is_ca: certificate.is_ca(),
            pin: pin(spki.raw),
            fingerprint: hex(&Sha256::digest(der)),
        })
    }

    /// Whole days until it ends, negative once it has.
    pub fn days_left(&self, now: SystemTime) -> i64 {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        (self.not_after - i64::try_from(now).unwrap_or(i64::MAX)).div_euclid(DAY)
    }
}

/// As curl writes it and `tls_pin` takes it.
pub(super) fn pin(spki: &[u8]) -> String {
    format!("sha256//{}", STANDARD.encode(Sha256::digest(spki)))
}

pub(super) fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let names = extension.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(printable(name)),
        GeneralName::IPAddress(bytes) => address(bytes),
        _ => None,
    });
    names.take(MAX_NAMES).collect()
}

fn address(bytes: &[u8]) -> Option<String> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|bytes| std::net::Ipv4Addr::from(bytes).to_string()),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()),
        _ => None,
    }
}

/// Names come from a stranger: no control characters, no novels.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(256).collect()
}

fn key(certificate: &X509Certificate<'_>) -> String {
    let spki = certificate.public_key();
    match spki.parsed() {
        Ok(PublicKey::RSA(key)) => format!("RSA {}", key.key_size()),
        Ok(PublicKey::EC(point)) => match point.key_size() {
            // The point's length in bits: 521 bits take 66 bytes.
            528 => "EC P-521".into(),
            bits => format!("EC P-{bits}"),
        },
        _ if spki.algorithm.algorithm == oid::OID_SIG_ED25519 => "Ed25519".into(),
        _ => algorithm(&spki.algorithm.algorithm),
    }
}

fn algorithm(id: &oid::Oid<'_>) -> String {
    static REGISTRY: std::sync::OnceLock<OidRegistry<'static>> = std::sync::OnceLock::new();
    let registry = REGISTRY.get_or_init(|| OidRegistry::default().with_crypto().with_x509());
    registry.get(id).map_or_else(|| id.to_id_string(), |entry| entry.sn().to_owned())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
