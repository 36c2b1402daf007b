//! Trust anchors: certificate files, directories and texts, the operating system's store (TLS-2).

use std::sync::{Arc, OnceLock};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::digest::{self, Digest};
use super::files::{self, Content, Stamps};
use super::kept::{self, Kept, Listed};
use crate::config::{Material, TlsConfig};
use crate::error::{Error, ErrorCode, Result};

/// The certificates a configuration trusts, as of the last good reading.
#[derive(Debug)]
pub(super) struct Anchors {
    certificates: Arc<Listed<CertificateDer<'static>>>,
    system: bool,
}

impl Anchors {
    pub(super) fn read(tls: &TlsConfig) -> Result<Anchors> {
        static KEPT: Kept<Listed<CertificateDer<'static>>> = Kept::new();
        let certificates = match tls.ca() {
            None => Arc::default(),
            Some(material) => KEPT.get(
                &digest::of_material(material),
                || material.path().map_or_else(Stamps::default, |path| Stamps::of(path, &files::is_certificate_name)),
                || read(material).map(Listed::new),
                |error| kept::tell_unusable("tls_ca", error),
            )?,
        };
        Ok(Anchors { certificates, system: tls.system_roots() })
    }

    pub(super) fn fingerprint(&self) -> Digest {
        self.certificates.fingerprint
    }

    pub(super) fn store(&self) -> Result<RootCertStore> {
        let mut store = store_of("the files of tls_ca", &self.certificates.items)?;
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

    /// All of them, for finding the issuer of a certificate.
    pub(super) fn certificates(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        let system = if self.system { system_roots() } else { &[] };
        self.certificates.items.iter().chain(system)
    }
}

fn read(material: &Material) -> Result<Vec<CertificateDer<'static>>> {
    let mut certificates = Vec::new();
    for content in files::read("tls_ca", material, ErrorCode::CertificateFileInvalid, &files::is_certificate_name)? {
        let found = parse("tls_ca", &content)?;
        // What cannot be an anchor is said now, not at the first handshake.
        store_of(&content.name, &found)?;
        certificates.extend(found);
    }
    Ok(certificates)
}

fn store_of(from: &str, certificates: &[CertificateDer<'static>]) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    for certificate in certificates {
        store.add(certificate.clone()).map_err(|error| {
            Error::new(
                ErrorCode::CertificateFileInvalid,
                format!(
                    "tls_ca: {from}: a certificate cannot be used as a root; a version 1 certificate is trusted by tls_pin"
                ),
            )
            .with_option("tls_ca")
            .with_source(error)
        })?;
    }
    Ok(store)
}

static ROOTS: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();

/// The operating system's store is read once for a process.
pub(super) fn system_is_loaded() -> bool {
    ROOTS.get().is_some()
}

fn system_roots() -> &'static [CertificateDer<'static>] {
    ROOTS.get_or_init(|| rustls_native_certs::load_native_certs().certs)
}

/// PEM with any number of certificates, or one DER certificate.
pub(super) fn parse(option: &'static str, content: &Content) -> Result<Vec<CertificateDer<'static>>> {
    let invalid = |why: &str| {
        let text = format!("{option}: {} {why}", content.name);
        Error::new(ErrorCode::CertificateFileInvalid, text).with_option(option)
    };
    if is_der(&content.bytes) {
        return Ok(vec![CertificateDer::from(content.bytes.to_vec())]);
    }
    let certificates = CertificateDer::pem_slice_iter(&content.bytes)
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|_| invalid("holds PEM that is cut off or damaged"))?;
    if certificates.is_empty() {
        return Err(invalid("holds no certificate, neither as PEM nor as DER"));
    }
    Ok(certificates)
}

/// DER of everything read here begins with a SEQUENCE; no PEM does.
pub(super) fn is_der(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x30)
}
