//! Trust anchors: certificate files and texts, the operating system's store.

use std::sync::OnceLock;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};

use crate::config::TlsConfig;
use crate::error::{Error, ErrorCode, Result};

/// The certificates a configuration names, as read from disk just now.
pub(super) struct Anchors {
    certificates: Vec<CertificateDer<'static>>,
    fingerprint: [u8; 32],
    system: bool,
}

impl Anchors {
    pub(super) fn read(tls: &TlsConfig) -> Result<Anchors> {
        let mut certificates = Vec::new();
        for path in tls.ca_paths() {
            let bytes = std::fs::read(path).map_err(|error| {
                Error::new(ErrorCode::FileUnreadable, format!("cannot read {}: {error}", path.display()))
                    .with_option("tls_ca")
                    .with_source(error)
            })?;
            certificates.extend(parse(&bytes, &path.display().to_string())?);
        }
        for text in tls.ca_inline() {
            certificates.extend(parse(text.as_ref(), "the value of tls_ca")?);
        }
        let mut digest = Sha256::new();
        for certificate in &certificates {
            digest.update((certificate.len() as u64).to_le_bytes());
            digest.update(certificate);
        }
        Ok(Anchors { certificates, fingerprint: digest.finalize().into(), system: tls.system_roots() })
    }

    pub(super) fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// True if there is nothing to verify a chain against and nothing was asked for.
    pub(super) fn none_wanted(&self) -> bool {
        self.certificates.is_empty() && !self.system
    }

    pub(super) fn store(&self) -> Result<RootCertStore> {
        let mut store = RootCertStore::empty();
        for certificate in &self.certificates {
            // A version 1 certificate cannot be an anchor for a chain; as a leaf it is trusted by its pin.
            store.add(certificate.clone()).map_err(|error| {
                Error::new(ErrorCode::CertificateFileInvalid, "a certificate of tls_ca cannot be used as a root")
                    .with_option("tls_ca")
                    .with_source(error)
            })?;
        }
        if self.system {
            // Odd certificates in the system's store are no reason to refuse the good ones.
            store.add_parsable_certificates(system_roots().iter().cloned());
        }
        if store.is_empty() {
            return Err(Error::new(
                ErrorCode::TlsNoRoots,
                "the operating system's certificate store is empty and no tls_ca was given",
            ));
        }
        Ok(store)
    }
}

fn system_roots() -> &'static [CertificateDer<'static>] {
    static ROOTS: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
    ROOTS.get_or_init(|| rustls_native_certs::load_native_certs().certs)
}

/// PEM with any number of certificates, or one DER certificate.
fn parse(bytes: &[u8], name: &str) -> Result<Vec<CertificateDer<'static>>> {
    const DER_SEQUENCE: u8 = 0x30;
    let invalid =
        |why: String| Error::new(ErrorCode::CertificateFileInvalid, format!("{name} {why}")).with_option("tls_ca");
    if bytes.first() == Some(&DER_SEQUENCE) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let certificates = CertificateDer::pem_slice_iter(bytes)
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|error| invalid(format!("is not valid PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(invalid("holds no certificate".into()));
    }
    Ok(certificates)
}
