//! Who the server has to be: a chain to a trusted root with the right name, a pinned key, or both.
//!
//! - No pins: chain, name and validity are verified (TLS-1).
//! - Pins alone: the leaf's key must be one of them; that identifies the server completely, so a self-signed, v1 or CA
//!   certificate is fine (TLS-11). The handshake proves possession of the key.
//! - Pins and roots (`tls_ca` or `tls_system_roots=true`): both must hold.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};
use sha2::{Digest, Sha256};

use super::diagnosis::{self, Leaf};
use super::roots::Anchors;
use crate::config::{TlsConfig, Verification};
use crate::error::{Error, ErrorCode, Result};

#[derive(Debug)]
pub(super) struct Verifier {
    chain: Option<Arc<WebPkiServerVerifier>>,
    check_name: bool,
    pins: Vec<[u8; 32]>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(tls: &TlsConfig, anchors: &Anchors, provider: &Arc<CryptoProvider>) -> Result<Verifier> {
        let pins = tls.pins().to_vec();
        let off = tls.verification() == Verification::DangerNone;
        let pins_alone = !pins.is_empty() && anchors.none_wanted();
        let chain = if off || pins_alone {
            None
        } else {
            let store = Arc::new(anchors.store()?);
            let verifier = WebPkiServerVerifier::builder_with_provider(store, Arc::clone(provider)).build();
            Some(verifier.map_err(|error| {
                Error::new(ErrorCode::TlsNoRoots, "no verifier can be made from the trusted roots").with_source(error)
            })?)
        };
        Ok(Verifier {
            chain,
            check_name: tls.verification() == Verification::Full,
            pins,
            algorithms: provider.signature_verification_algorithms,
        })
    }

    fn check_chain(
        &self,
        chain: &WebPkiServerVerifier,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<(), rustls::Error> {
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Ok(_) => Ok(()),
            // The name is looked at last, when everything else has been found good.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.check_name => Ok(()),
            Err(error) => Err(error),
        }
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
            self.check_chain(chain, end_entity, intermediates, server_name, ocsp_response, now)
                .map_err(|error| refuse(diagnosis::certificate_error(&error, leaf.as_ref(), server_name)))?;
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
        let (key_algorithm, key) = leaf.key().ok_or(CertificateError::BadEncoding)?;
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

/// Carries our own error through rustls; [`diagnosis::handshake_error`] takes it out again.
fn refuse(error: Error) -> rustls::Error {
    rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(error))))
}
