//! Certificate revocation lists (TLS-3).

use std::sync::Arc;

use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::digest::{self, Digest};
use super::files::{self, Stamps};
use super::kept::{self, Kept, Listed};
use super::roots::is_der;
use crate::config::{Material, Revocation, TlsConfig};
use crate::error::{Error, ErrorCode, Result};

/// The lists a configuration names, as of the last good reading.
#[derive(Debug, Default)]
pub(super) struct Lists(Arc<Listed<CertificateRevocationListDer<'static>>>);

impl Lists {
    pub(super) fn read(tls: &TlsConfig) -> Result<Lists> {
        static KEPT: Kept<Listed<CertificateRevocationListDer<'static>>> = Kept::new();
        let Some(material) = tls.crl().filter(|_| tls.revocation() != Revocation::Off) else {
            return Ok(Lists::default());
        };
        let lists = KEPT.get(
            &digest::of_material(material),
            || material.path().map_or_else(Stamps::default, |path| Stamps::of(path, &files::is_list_name)),
            || read(material).map(Listed::new),
            |error| kept::tell_unusable("tls_crl", error),
        )?;
        Ok(Lists(lists))
    }

    pub(super) fn fingerprint(&self) -> Digest {
        self.0.fingerprint
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.items.is_empty()
    }

    pub(super) fn all(&self) -> Vec<CertificateRevocationListDer<'static>> {
        self.0.items.clone()
    }
}

fn read(material: &Material) -> Result<Vec<CertificateRevocationListDer<'static>>> {
    let mut lists = Vec::new();
    for content in files::read("tls_crl", material, ErrorCode::CrlFileInvalid, &files::is_list_name)? {
        let invalid = |why: &str| {
            let text = format!("tls_crl: {} {why}", content.name);
            Error::new(ErrorCode::CrlFileInvalid, text).with_option("tls_crl")
        };
        let found = if is_der(&content.bytes) {
            vec![CertificateRevocationListDer::from(content.bytes.to_vec())]
        } else {
            CertificateRevocationListDer::pem_slice_iter(&content.bytes)
                .collect::<std::result::Result<Vec<_>, _>>()
                .map_err(|_| invalid("holds PEM that is cut off or damaged"))?
        };
        if found.is_empty() {
            return Err(invalid("holds no revocation list, neither as PEM nor as DER"));
        }
        if !found.iter().all(|list| CertificateRevocationList::from_der(list).is_ok_and(|(rest, _)| rest.is_empty())) {
            return Err(invalid("holds a list that cannot be read"));
        }
        lists.extend(found);
    }
    Ok(lists)
}
