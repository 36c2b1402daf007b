//! Who the server has to be: a chain to a trusted root with the right name, a pinned key, or both.
//!
//! - No pins: chain, name, validity and revocation are verified (TLS-1, TLS-3).
//! - Pins alone: the leaf's key must be one of them; that identifies the server completely, so a self-signed, v1 or CA
//!   certificate is fine (TLS-11). The handshake proves possession of the key.
//! - Pins and roots (`tls_ca` or `tls_system_roots=true`): both must hold.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::der;
use super::diagnosis::{self, Leaf};
use super::lists::Lists;
use super::ocsp::{self, Status};
use super::roots::Anchors;
use super::sessions::Sessions;
use crate::config::{Revocation, TlsConfig, Verification};
use crate::error::{Error, ErrorCode, Result};

pub(super) struct Verifier {
    chain: Option<Chain>,
    pins: Vec<[u8; 32]>,
    algorithms: WebPkiSupportedAlgorithms,
    sessions: Arc<Sessions>,
}

struct Chain {
    anchors: Anchors,
    /// Refuses what a list names, and accepts what none does.
    lenient: Arc<WebPkiServerVerifier>,
    /// Demands a current list for every certificate of the chain; only with `hard`.
    strict: Option<Arc<WebPkiServerVerifier>>,
    revocation: Revocation,
    check_name: bool,
}

type Verdict = std::result::Result<(), rustls::Error>;

impl Verifier {
    pub(super) fn new(
        tls: &TlsConfig,
        anchors: Anchors,
        lists: &Lists,
        provider: &Arc<CryptoProvider>,
        sessions: Arc<Sessions>,
    ) -> Result<Verifier> {
        let unchained = tls.verification() == Verification::DangerNone || tls.pins_alone();
        let chain = if unchained { None } else { Some(Chain::new(tls, anchors, lists, provider)?) };
        Ok(Verifier {
            chain,
            pins: tls.pins().to_vec(),
            algorithms: provider.signature_verification_algorithms,
            sessions,
        })
    }
}

impl Verifier {
    /// As in a handshake with `host`, now.
    pub(super) fn judge(&self, host: &str, chain: &[Vec<u8>]) -> Result<()> {
        let chain: Vec<CertificateDer<'_>> = chain.iter().map(|der| CertificateDer::from(&der[..])).collect();
        let Some((end_entity, intermediates)) = chain.split_first() else {
            return Err(Error::new(ErrorCode::TlsBadCertificate, "there is no certificate"));
        };
        let name = ServerName::try_from(host).map_err(|error| {
            Error::new(ErrorCode::AddressInvalid, "the host is not a name a certificate could be for")
                .with_source(error)
        })?;
        match self.verify_server_cert(end_entity, intermediates, &name, &[], UnixTime::now()) {
            Ok(_) => Ok(()),
            Err(error) => Err(diagnosis::refusal(&error)),
        }
    }

    /// What the stapled answer says about the leaf.
    pub(super) fn stapled(&self, chain: &[CertificateDer<'_>], answer: &[u8], now: UnixTime) -> Option<Status> {
        let (end_entity, intermediates) = chain.split_first().filter(|_| !answer.is_empty())?;
        let anchors = self.chain.iter().flat_map(|chain| chain.anchors.certificates()).map(|der| &**der);
        let candidates = intermediates.iter().map(|der| &**der).chain(anchors);
        Some(ocsp::status(answer, end_entity, candidates, &self.algorithms, now))
    }
}

impl Chain {
    fn new(tls: &TlsConfig, anchors: Anchors, lists: &Lists, provider: &Arc<CryptoProvider>) -> Result<Chain> {
        let store = Arc::new(anchors.store()?);
        let builder = || WebPkiServerVerifier::builder_with_provider(Arc::clone(&store), Arc::clone(provider));
        let unusable = |error| {
            Error::new(ErrorCode::CrlFileInvalid, "tls_crl: a list cannot be used")
                .with_option("tls_crl")
                .with_source(error)
        };
        let lenient = builder().with_crls(lists.all()).allow_unknown_revocation_status().build().map_err(unusable)?;
        let strict = match tls.revocation() {
            Revocation::Hard if !lists.is_empty() => {
                Some(builder().with_crls(lists.all()).enforce_revocation_expiration().build().map_err(unusable)?)
            }
            _ => None,
        };
        let check_name = tls.verification() == Verification::Full;
        Ok(Chain { anchors, lenient, strict, revocation: tls.revocation(), check_name })
    }

    fn verify(&self, server: &Presented<'_>, algorithms: &WebPkiSupportedAlgorithms) -> Verdict {
        self.judge(&self.lenient, server)?;
        if self.revocation == Revocation::Off {
            return Ok(());
        }
        let intermediates = server.intermediates.iter().map(|der| &**der);
        let candidates = intermediates.chain(self.anchors.certificates().map(|der| &**der));
        match ocsp::status(server.ocsp, server.end_entity, candidates, algorithms, server.now) {
            Status::Revoked => Err(CertificateError::Revoked.into()),
            Status::Good => Ok(()),
            Status::Unknown if self.revocation == Revocation::Soft => Ok(()),
            Status::Unknown => match &self.strict {
                Some(strict) => self.judge(strict, server),
                None => Err(CertificateError::UnknownRevocationStatus.into()),
            },
        }
    }

    fn judge(&self, verifier: &WebPkiServerVerifier, server: &Presented<'_>) -> Verdict {
        match verifier.verify_server_cert(server.end_entity, server.intermediates, server.name, &[], server.now) {
            Ok(_) => Ok(()),
            // The name is looked at last, when everything else has been found good.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.check_name => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// What a server shows of itself, and what is asked of it.
struct Presented<'a> {
    end_entity: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    name: &'a ServerName<'a>,
    ocsp: &'a [u8],
    now: UnixTime,
}

impl Presented<'_> {
    /// When the first certificate of the chain ends, in seconds since 1970.
    fn valid_until(&self) -> u64 {
        let chain = std::iter::once(self.end_entity).chain(self.intermediates);
        let ends = chain.filter_map(|der| {
            let (_, certificate) = X509Certificate::from_der(der).ok()?;
            u64::try_from(certificate.validity().not_after.timestamp()).ok()
        });
        ends.min().unwrap_or(u64::MAX)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let leaf = Leaf::read(end_entity);
        if !self.pins.is_empty() {
            let pin: Option<[u8; 32]> = leaf.as_ref().map(|leaf| Sha256::digest(leaf.spki()).into());
            if !pin.is_some_and(|pin| self.pins.contains(&pin)) {
                return Err(refuse(diagnosis::pin_mismatch(leaf.as_ref())));
            }
        }
        if let Some(chain) = &self.chain {
            let server = Presented { end_entity, intermediates, name: server_name, ocsp: ocsp_response, now };
            chain
                .verify(&server, &self.algorithms)
                .map_err(|error| refuse(diagnosis::certificate_error(&error, leaf.as_ref(), server_name, now)))?;
            self.sessions.limit(server.valid_until());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let leaf = Leaf::read(cert).ok_or(CertificateError::BadEncoding)?;
        let (key_algorithm, key) = der::key(leaf.spki()).ok_or(CertificateError::BadEncoding)?;
        let candidates = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == dss.scheme);
        candidates
            .into_iter()
            .flat_map(|(_, algorithms)| algorithms.iter())
            .find(|algorithm| algorithm.public_key_alg_id().as_ref() == key_algorithm)
            .and_then(|algorithm| algorithm.verify_signature(key, message, dss.signature()).ok())
            .map(|()| HandshakeSignatureValid::assertion())
            .ok_or_else(|| CertificateError::BadSignature.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        // By the raw key: a version 1 certificate, fine by its pin, is no certificate to webpki.
        let leaf = Leaf::read(cert).ok_or(CertificateError::BadEncoding)?;
        let spki = SubjectPublicKeyInfoDer::from(leaf.spki());
        rustls::crypto::verify_tls13_signature_with_raw_key(message, &spki, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("chain", &self.chain.is_some())
            .field("pins", &self.pins.len())
            .finish_non_exhaustive()
    }
}

/// Carries our own error through rustls; [`diagnosis::handshake_error`] takes it out again.
fn refuse(error: Error) -> rustls::Error {
    rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(error))))
}
