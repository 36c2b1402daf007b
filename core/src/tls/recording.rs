//! A verifier that also remembers what it was shown: for looking at a server that is refused (OPS-4).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};

use super::certificate::Certificate;
use super::ocsp::Status;
use super::verifier::Verifier;

/// What a server presented, accepted or not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recording(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    chain: Vec<CertificateDer<'static>>,
    stapled: Option<Status>,
}

impl Recording {
    pub(super) fn around(&self, verifier: Verifier) -> Arc<dyn ServerCertVerifier> {
        Arc::new(Recorder { verifier, recording: self.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server's certificates, its own first.
    pub(crate) fn certificates(&self) -> Vec<Certificate> {
        self.lock().chain.iter().filter_map(|der| Certificate::from_der(der)).collect()
    }

    /// The state its stapled OCSP answer tells: `good`, `revoked` or `unknown`; `None` if it stapled none.
    pub(crate) fn stapled(&self) -> Option<&'static str> {
        self.lock().stapled.map(Status::name)
    }
}

#[derive(Debug)]
struct Recorder {
    verifier: Verifier,
    recording: Recording,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain: Vec<CertificateDer<'static>> =
            std::iter::once(end_entity).chain(intermediates).map(|der| der.clone().into_owned()).collect();
        let stapled = self.verifier.stapled(&chain, ocsp_response, now);
        *self.recording.lock() = Seen { chain, stapled };
        self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
