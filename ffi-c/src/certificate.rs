//! `tdsec_certificate`: what the certificates of a connection say (CRT-1).

use std::ffi::{CString, c_char};
use std::ptr;
use std::time::SystemTime;

use tdsec_core::Certificate as Facts;

use crate::guard;
use crate::pointer::{self, Kind, Lent};
use crate::text::c_string;

/// The facts of one X.509 certificate. Belongs to its connection and lives as long; never freed by itself.
pub struct Certificate {
    facts: Facts,
    subject: CString,
    issuer: CString,
    serial: CString,
    key: CString,
    signature: CString,
    pin: CString,
    fingerprint: CString,
    names: Vec<CString>,
}

impl Kind for Certificate {
    const NAME: &'static str = "certificate";
}

impl Certificate {
    pub(crate) fn lent(facts: &Facts) -> Lent<Self> {
        Lent::new(Certificate {
            subject: c_string(&facts.subject),
            issuer: c_string(&facts.issuer),
            serial: c_string(&facts.serial),
            key: c_string(&facts.key),
            signature: c_string(&facts.signature),
            pin: c_string(&facts.pin),
            fingerprint: c_string(&facts.fingerprint),
            names: facts.names.iter().map(|name| c_string(name)).collect(),
            facts: facts.clone(),
        })
    }
}

fn text(certificate: *const Certificate, read: fn(&Certificate) -> &CString) -> *const c_char {
    guard::read(ptr::null(), || Some(read(pointer::peek(certificate)?).as_ptr()))
}

/// Distinguished name of its owner; NULL for NULL. Lives as long as the connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_certificate_subject(certificate: *const Certificate) -> *const c_char {
    text(certificate, |certificate| &certificate.subject)
}

/// Distinguished name of who issued it; NULL for NULL. Lives as long as the connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_certificate_issuer(certificate: *const Certificate) -> *const c_char {
    text(certificate, |certificate| &certificate.issuer)
}

/// Serial number, hexadecimal; NULL for NULL. Lives as long as the connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_certificate_serial(certificate: *const Certificate) -> *const c_char {
    text(certificate, |certificate| &certificate.serial)
}

/// Kind of key, such as `EC P-256`, `RSA 2048` or `Ed25519`; NULL for NULL. Lives as long as the connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_certificate_key(certificate: *const Certificate) -> *const c_char {
    text(certificate, |certificate| &certificate.key)
}

/// Signature algorithm, such as `ecdsa-with-SHA256`; NULL for NULL. Lives as long as the connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_certificate_signature(certificate: *const Certificate) -> *const c_char {
    text(certificate, |certificate| &certificate.signature)
}

/// SHA-256 of its public key as the option tls_pin takes it, `sha256//…`; NULL for NULL. Lives as long as the connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_certificate_pin(certificate: *const Certificate) -> *const c_char {
    text(certificate, |certificate| &certificate.pin)
}

/// SHA-256 of the whole certificate, 64 hexadecimal digits; NULL for NULL. Lives as long as the connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_certificate_fingerprint(certificate: *const Certificate) -> *const c_char {
    text(certificate, |certificate| &certificate.fingerprint)
}

/// Subject alternative name number `index`, a DNS name or an IP address; NULL past the last one. Lives as long as the
/// connection.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_certificate_name(certificate: *const Certificate, index: usize) -> *const c_char {
    guard::read(ptr::null(), || Some(pointer::peek(certificate)?.names.get(index)?.as_ptr()))
}

/// Start of its validity, in seconds since 1970-01-01 UTC; 0 for NULL.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_certificate_not_before(certificate: *const Certificate) -> i64 {
    guard::read(0, || Some(pointer::peek(certificate)?.facts.not_before))
}

/// End of its validity, in seconds since 1970-01-01 UTC; 0 for NULL.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_certificate_not_after(certificate: *const Certificate) -> i64 {
    guard::read(0, || Some(pointer::peek(certificate)?.facts.not_after))
}

/// Whole days until it ends by the clock of this machine, negative once it has; 0 for NULL.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_certificate_days_left(certificate: *const Certificate) -> i64 {
    guard::read(0, || Some(pointer::peek(certificate)?.facts.days_left(SystemTime::now())))
}

/// X.509 version, 1 or 3; 0 for NULL.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_certificate_version(certificate: *const Certificate) -> u32 {
    guard::read(0, || Some(pointer::peek(certificate)?.facts.version))
}

/// True if it may issue others; false for NULL.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_connection_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_certificate_is_ca(certificate: *const Certificate) -> bool {
    guard::read(false, || Some(pointer::peek(certificate)?.facts.is_ca))
}
