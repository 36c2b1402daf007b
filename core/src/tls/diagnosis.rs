//! Why a handshake failed, in words somebody can act on.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, PeerIncompatible};
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Version;

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

    /// Content of the AlgorithmIdentifier (without its own head) and the key's bits.
    pub(super) fn key(&self) -> Option<(&'a [u8], &[u8])> {
        let (content, _) = der_content(self.spki())?;
        let (algorithm, _) = der_content(content)?;
        Some((algorithm, &self.0.tbs_certificate.subject_pki.subject_public_key.data))
    }

    fn pin(&self) -> String {
        format!("sha256//{}", STANDARD.encode(Sha256::digest(self.spki())))
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
        let Ok(Some(extension)) = self.0.subject_alternative_name() else {
            return "none; the common name does not count".into();
        };
        let names: Vec<String> = extension
            .value
            .general_names
            .iter()
            .filter_map(|name| match name {
                x509_parser::extensions::GeneralName::DNSName(name) => Some(printable(name)),
                x509_parser::extensions::GeneralName::IPAddress(bytes) => address(bytes),
                _ => None,
            })
            .take(8)
            .collect();
        if names.is_empty() { "none".into() } else { names.join(", ") }
    }
}

/// Content and rest of one DER value.
fn der_content(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[_, first], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(first), rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?])), rest.get(2..)?),
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn address(bytes: &[u8]) -> Option<String> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|bytes| std::net::Ipv4Addr::from(bytes).to_string()),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()),
        _ => None,
    }
}

/// Names come from a stranger: no control characters, no novels.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

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
pub(super) fn certificate_error(error: &rustls::Error, leaf: Option<&Leaf<'_>>, name: &ServerName<'_>) -> Error {
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
    let rustls::Error::InvalidCertificate(reason) = error else {
        return Error::new(ErrorCode::TlsBadCertificate, format!("the server's certificate was refused: {error}"));
    };
    let asked = name.to_str();
    let (code, text) = match reason {
        C::NotValidForName | C::NotValidForNameContext { .. } => (
            ErrorCode::TlsNameMismatch,
            format!("the server's certificate is not for {asked} (its names: {})", leaf.names()),
        ),
        C::Expired | C::ExpiredContext { .. } => (
            ErrorCode::TlsExpired,
            format!(
                "the server's certificate, or one of its chain, has expired (the server's: {})",
                leaf.0.validity().not_after
            ),
        ),
        C::NotValidYet | C::NotValidYetContext { .. } => (
            ErrorCode::TlsNotYetValid,
            format!("the server's certificate is not valid before {}", leaf.0.validity().not_before),
        ),
        C::Revoked => (ErrorCode::TlsRevoked, "the server's certificate has been revoked".into()),
        C::BadSignature => {
            (ErrorCode::TlsBadSignature, "a signature in the server's certificate chain is wrong".into())
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

/// The error behind a failed read or write of a TLS stream; `None` if TLS is not the reason.
pub(crate) fn handshake_error(error: &io::Error) -> Option<Error> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => match other.0.downcast_ref::<Error>() {
            Some(own) => own.clone(),
            None => failed(ErrorCode::TlsBadCertificate, error),
        },
        rustls::Error::InvalidCertificate(CertificateError::BadSignature) => failed(ErrorCode::TlsBadSignature, error),
        rustls::Error::InvalidCertificate(_) => failed(ErrorCode::TlsBadCertificate, error),
        rustls::Error::AlertReceived(alert) => failed(alert_code(*alert), error),
        rustls::Error::PeerIncompatible(why) => failed(incompatible_code(why), error),
        rustls::Error::InvalidMessage(_) => failed(ErrorCode::TlsNotTls, error),
        _ => failed(ErrorCode::TlsHandshakeFailed, error),
    })
}

fn failed(code: ErrorCode, error: &rustls::Error) -> Error {
    let text = match code {
        ErrorCode::TlsNotTls => "the server does not speak TLS on this port".into(),
        _ => format!("the TLS handshake failed: {error}"),
    };
    Error::new(code, text).with_source(error.clone())
}

fn alert_code(alert: AlertDescription) -> ErrorCode {
    use AlertDescription as A;
    match alert {
        A::ProtocolVersion => ErrorCode::TlsNoCommonVersion,
        A::HandshakeFailure | A::InsufficientSecurity => ErrorCode::TlsNoCommonSuite,
        A::CertificateRequired
        | A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA
        | A::AccessDenied => ErrorCode::TlsClientCertificate,
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
