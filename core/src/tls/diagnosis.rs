//! Why a handshake failed, in words somebody can act on.

use std::io;
use std::time::Duration;

use rustls::pki_types::{ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, PeerIncompatible};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Version;

use super::certificate::{self, printable};
use crate::error::{Error, ErrorCode};

/// What the server presented, read without judging it.
pub(super) struct Leaf<'a>(X509Certificate<'a>);

impl<'a> Leaf<'a> {
    pub(super) fn read(der: &'a [u8]) -> Option<Leaf<'a>> {
        X509Certificate::from_der(der).ok().map(|(_, certificate)| Leaf(certificate))
    }

    /// The SubjectPublicKeyInfo, DER.
    pub(super) fn spki(&self) -> &'a [u8] {
        self.0.tbs_certificate.subject_pki.raw
    }

    fn pin(&self) -> String {
        certificate::pin(self.spki())
    }

    fn is_old_version(&self) -> bool {
        self.0.version() != X509Version::V3
    }

    fn is_self_issued(&self) -> bool {
        self.0.subject().as_raw() == self.0.issuer().as_raw()
    }

    fn is_ca(&self) -> bool {
        self.0.is_ca()
    }

    fn names(&self) -> String {
        const SHOWN: usize = 8;
        let names = certificate::names(&self.0);
        match names.len() {
            0 => "none; the common name does not count".into(),
            known if known > SHOWN => format!("{}, … ({known} in all)", names[..SHOWN].join(", ")),
            _ => names.join(", "),
        }
    }

    /// Days between now and a time the certificate speaks of.
    fn days(&self, seconds: i64, now: UnixTime) -> u64 {
        const DAY: u64 = 24 * 3600;
        seconds.abs_diff(i64::try_from(now.as_secs()).unwrap_or(i64::MAX)) / DAY
    }
}

/// No certificate of a running server is older than this, so an earlier clock was never set: 2024-01-01.
const CLOCK_LEAST: Duration = Duration::from_secs(1_704_067_200);
/// 2100-01-01.
const CLOCK_MOST: Duration = Duration::from_secs(4_102_444_800);

fn pin_hint(leaf: &Leaf<'_>) -> String {
    format!("its key has the pin {}, to be compared with the server's before it is trusted", leaf.pin())
}

pub(super) fn pin_mismatch(leaf: Option<&Leaf<'_>>) -> Error {
    let told = match leaf {
        Some(leaf) => format!("the server's key has the pin {}, which is not among tls_pin", leaf.pin()),
        None => "the server's certificate cannot be read".into(),
    };
    Error::new(ErrorCode::TlsPinMismatch, told)
}

/// The error of a certificate that was not accepted.
pub(super) fn certificate_error(
    error: &rustls::Error,
    leaf: Option<&Leaf<'_>>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Error {
    use CertificateError as C;
    let Some(leaf) = leaf else {
        return Error::new(ErrorCode::TlsBadCertificate, "the server's certificate cannot be read")
            .with_source(error.clone());
    };
    if leaf.is_old_version() {
        let text = format!(
            "the server's certificate is X.509 version 1 and has no subject alternative name; {}",
            pin_hint(leaf)
        );
        return Error::new(ErrorCode::TlsCertificateVersion, text);
    }
    if let rustls::Error::InvalidCertRevocationList(reason) = error {
        let text =
            format!("tls_crl: a list cannot be used, perhaps it is of another CA with the same name: {reason:?}");
        return Error::new(ErrorCode::CrlFileInvalid, text).with_option("tls_crl").with_source(error.clone());
    }
    let rustls::Error::InvalidCertificate(reason) = error else {
        return Error::new(ErrorCode::TlsBadCertificate, format!("the server's certificate was refused: {error}"));
    };
    let asked = name.to_str();
    let (code, text) = match reason {
        C::NotValidForName | C::NotValidForNameContext { .. } => (
            ErrorCode::TlsNameMismatch,
            format!("the server's certificate is not for {asked} (its names: {})", leaf.names()),
        ),
        C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. }
            if !(CLOCK_LEAST.as_secs()..CLOCK_MOST.as_secs()).contains(&now.as_secs()) =>
        {
            let text = format!(
                "the clock of this machine says {} s since 1970, so the server's certificate (valid from {} to {}) cannot be judged",
                now.as_secs(),
                leaf.0.validity().not_before,
                leaf.0.validity().not_after
            );
            (ErrorCode::TlsClockWrong, text)
        }
        C::Expired | C::ExpiredContext { .. } => {
            let end = leaf.0.validity().not_after;
            let text = match end.timestamp() < i64::try_from(now.as_secs()).unwrap_or(i64::MAX) {
                true => format!(
                    "the server's certificate expired {} days ago, on {end}, by the clock of this machine",
                    leaf.days(end.timestamp(), now)
                ),
                false => "a certificate of the server's chain (not its own) has expired".into(),
            };
            (ErrorCode::TlsExpired, text)
        }
        C::NotValidYet | C::NotValidYetContext { .. } => (
            ErrorCode::TlsNotYetValid,
            format!(
                "the server's certificate, or one of its chain, is not valid yet (the server's: from {}), by the clock of this machine",
                leaf.0.validity().not_before
            ),
        ),
        C::Revoked => (
            ErrorCode::TlsRevoked,
            format!("the server's certificate, or one of its chain, was revoked (the server's: serial {})", certificate::hex(leaf.0.raw_serial())),
        ),
        C::UnknownRevocationStatus => (
            ErrorCode::TlsRevocationUnknown,
            "no list and no stapled answer tells whether the server's certificate, or one of its chain, was revoked".into(),
        ),
        C::ExpiredRevocationList | C::ExpiredRevocationListContext { .. } => (
            ErrorCode::TlsRevocationUnknown,
            "the revocation list for the server's certificate, or one of its chain, has expired".into(),
        ),
        C::UnsupportedSignatureAlgorithmContext { .. }
        | C::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => (
            ErrorCode::TlsWeakSignature,
            "a certificate of the server's chain is signed with an algorithm, or with a size of key, that is not accepted".into(),
        ),
        C::BadSignature => {
            let text = "a signature in the server's certificate chain is wrong: a CA of the same name with another key may be \
                        trusted, or a key that is too small may have signed";
            (ErrorCode::TlsBadSignature, text.into())
        }
        C::UnknownIssuer | C::Other(_) if leaf.is_ca() => {
            (ErrorCode::TlsCaAsLeaf, format!("the server uses a CA certificate as its own; {}", pin_hint(leaf)))
        }
        C::UnknownIssuer if leaf.is_self_issued() => {
            (ErrorCode::TlsSelfSigned, format!("the server's certificate is self-signed; {}", pin_hint(leaf)))
        }
        C::UnknownIssuer => (
            ErrorCode::TlsUntrustedRoot,
            format!(
                "the server's certificate was issued by \"{}\", which is not trusted",
                printable(&leaf.0.issuer().to_string())
            ),
        ),
        other => (ErrorCode::TlsBadCertificate, format!("the server's certificate was refused: {other}")),
    };
    Error::new(code, text)
}

/// The error behind a failed read or write of a TLS stream; `None` if TLS is not the reason. `identified`: the client
/// has a certificate to show.
pub(crate) fn handshake_error(error: &io::Error, identified: bool) -> Option<Error> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match error {
        rustls::Error::InvalidCertificate(_) => refusal(error),
        rustls::Error::AlertReceived(alert) => failed(alert_code(*alert, identified), error),
        rustls::Error::PeerIncompatible(why) => failed(incompatible_code(why), error),
        rustls::Error::InvalidMessage(_) => failed(ErrorCode::TlsNotTls, error),
        _ => failed(ErrorCode::TlsHandshakeFailed, error),
    })
}

/// Our own error in it, if the verifier of this room made it; otherwise one about a certificate.
pub(super) fn refusal(error: &rustls::Error) -> Error {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => match other.0.downcast_ref::<Error>() {
            Some(own) => own.clone(),
            None => failed(ErrorCode::TlsBadCertificate, error),
        },
        rustls::Error::InvalidCertificate(CertificateError::BadSignature) => failed(ErrorCode::TlsBadSignature, error),
        _ => failed(ErrorCode::TlsBadCertificate, error),
    }
}

fn failed(code: ErrorCode, error: &rustls::Error) -> Error {
    let text = match code {
        ErrorCode::TlsNotTls => "the server does not speak TLS on this port".into(),
        ErrorCode::TlsClientCertificateRequired => format!("the server asks for a client certificate: {error}"),
        ErrorCode::TlsClientCertificateRefused => format!("the server refused the client certificate: {error}"),
        _ => format!("the TLS handshake failed: {error}"),
    };
    Error::new(code, text).with_source(error.clone())
}

/// Alerts about certificates can only mean the client's: it judges the server's itself.
fn alert_code(alert: AlertDescription, identified: bool) -> ErrorCode {
    use AlertDescription as A;
    match alert {
        A::ProtocolVersion => ErrorCode::TlsNoCommonVersion,
        A::HandshakeFailure | A::InsufficientSecurity => ErrorCode::TlsNoCommonSuite,
        A::CertificateRequired | A::NoCertificate => ErrorCode::TlsClientCertificateRequired,
        A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA
        | A::DecryptError
        | A::AccessDenied => match identified {
            true => ErrorCode::TlsClientCertificateRefused,
            false => ErrorCode::TlsClientCertificateRequired,
        },
        _ => ErrorCode::TlsHandshakeFailed,
    }
}

fn incompatible_code(why: &PeerIncompatible) -> ErrorCode {
    use PeerIncompatible as P;
    match why {
        P::ServerTlsVersionIsDisabledByOurConfig
        | P::ServerDoesNotSupportTls12Or13
        | P::Tls12NotOffered
        | P::SupportedVersionsExtensionRequired => ErrorCode::TlsNoCommonVersion,
        P::NoCipherSuitesInCommon | P::NoKxGroupsInCommon | P::NoSignatureSchemesInCommon => {
            ErrorCode::TlsNoCommonSuite
        }
        _ => ErrorCode::TlsHandshakeFailed,
    }
}
