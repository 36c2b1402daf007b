//! A throw-away certificate authority.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PublicKeyData, date_time_ymd,
};

use super::{Identity, sha256};
use crate::error::{Error, Result};

/// The names a good certificate of the test server carries.
pub(super) const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A CA with its key (ECDSA P-256) that signs server and client certificates.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// First and last year of a certificate's life (1 January each).
pub(super) type Years = (i32, i32);

/// A life that contains today for a long while.
pub(super) const GOOD_YEARS: Years = (2020, 2120);

impl Authority {
    /// A new CA under the given common name.
    pub fn new(common_name: &str) -> Result<Self> {
        let key = new_key()?;
        let issuer = CertifiedIssuer::self_signed(ca_params(common_name, &[])?, key).map_err(rcgen_error)?;
        Ok(Authority { issuer })
    }

    /// The CA certificate.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A server certificate for the given names or addresses.
    pub fn server(&self, names: &[&str]) -> Result<Identity> {
        self.leaf(names, "tdsec-testserver", GOOD_YEARS, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A client certificate whose common name is the given one.
    pub fn client(&self, common_name: &str) -> Result<Identity> {
        self.leaf(&[common_name], common_name, GOOD_YEARS, ExtendedKeyUsagePurpose::ClientAuth)
    }

    pub(super) fn leaf(
        &self,
        names: &[&str],
        common_name: &str,
        years: Years,
        usage: ExtendedKeyUsagePurpose,
    ) -> Result<Identity> {
        self.sign(named_params(common_name, names, years)?, usage)
    }

    /// A certificate as described, with a new key.
    pub(super) fn sign(&self, mut params: CertificateParams, usage: ExtendedKeyUsagePurpose) -> Result<Identity> {
        let key = new_key()?;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        let cert = params.signed_by(&key, &self.issuer).map_err(rcgen_error)?;
        Ok(identity(cert.pem(), &key, self.pem()))
    }
}

pub(super) fn new_key() -> Result<KeyPair> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(rcgen_error)
}

pub(super) fn named_params(common_name: &str, names: &[&str], years: Years) -> Result<CertificateParams> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(rcgen_error)?;
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    Ok(params)
}

pub(super) fn ca_params(common_name: &str, names: &[&str]) -> Result<CertificateParams> {
    let mut params = named_params(common_name, names, GOOD_YEARS)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    Ok(params)
}

pub(super) fn identity(cert_pem: String, key: &KeyPair, trust_pem: String) -> Identity {
    let spki_sha256 = sha256(&key.subject_public_key_info());
    Identity { cert_pem, key_pem: key.serialize_pem(), spki_sha256, trust_pem }
}

pub(super) fn rcgen_error(error: rcgen::Error) -> Error {
    Error::new("make a certificate", error)
}
