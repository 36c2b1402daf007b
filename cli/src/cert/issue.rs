//! `tdsec cert ca`, `server`, `client`, `csr` and `renew`.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    RsaKeySize, SanType, SerialNumber,
};
use serde_json::json;
use tdsec::{Certificate, Error};
use time::{Duration, OffsetDateTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use super::{show, unusable};
use crate::args::{IssuerFiles, KeyKind, Making};
use crate::files::{self, Output};
use crate::output::{Report, certificate_json, certificate_text};

const CA_DAYS: u32 = 3650;
/// What public CAs have settled on; a forgotten certificate does not live for ever.
const LEAF_DAYS: u32 = 397;
const MOST_DAYS: u32 = 36_500;

pub(super) fn authority(name: &str, making: &Making) -> Result<Report, Error> {
    let mut params = params(&[], name, making.days.unwrap_or(CA_DAYS))?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = new_key(making.key_type)?;
    let certificate = params.self_signed(&key).map_err(cannot)?;
    finish(making.out.join("ca.pem"), certificate.pem(), Some((making.out.join("ca.key"), &key)), making.force)
}

pub(super) fn server(names: &[String], issuer: &IssuerFiles, making: &Making) -> Result<Report, Error> {
    let mut params = params(names, &names[0], making.days.unwrap_or(LEAF_DAYS))?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf(params, "server", issuer, making)
}

pub(super) fn client(name: &str, issuer: &IssuerFiles, making: &Making) -> Result<Report, Error> {
    let mut params = params(&[], name, making.days.unwrap_or(LEAF_DAYS))?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    leaf(params, "client", issuer, making)
}

pub(super) fn request(names: &[String], making: &Making) -> Result<Report, Error> {
    let mut params = CertificateParams::default();
    params.subject_alt_names = alternative_names(names)?;
    name_subject(&mut params, &names[0]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = new_key(making.key_type)?;
    let request = params.serialize_request(&key).and_then(|request| request.pem()).map_err(cannot)?;
    let (request_path, key_path) = (making.out.join("server.csr"), making.out.join("server.key"));
    let outputs = [
        Output { path: request_path.clone(), content: request, private: false },
        Output { path: key_path.clone(), content: key_pem(&key), private: true },
    ];
    files::write(&outputs, making.force)?;
    let text = format!("wrote {} and {}\n", request_path.display(), key_path.display());
    Ok(Report { text, json: json!({ "request": request_path, "key": key_path }), well: true })
}

pub(super) fn renew(path: &Path, key: Option<&Path>, issuer: &IssuerFiles, days: u32) -> Result<Report, Error> {
    let old = show::chain(path)?;
    let Some((_, old)) = old.first().and_then(|der| X509Certificate::from_der(der).ok()) else {
        return Err(unusable(format!("{} holds a certificate that cannot be read", path.display())));
    };
    if old.is_ca() {
        return Err(unusable("a CA is not renewed in place: everything it issued names its key; make a new one"));
    }
    let common_name = old.subject().iter_common_name().next().and_then(|name| name.as_str().ok()).unwrap_or_default();
    let mut params = params(&[], common_name, days)?;
    params.subject_alt_names = names_of(&old)?;
    let purposes = old.extended_key_usage().ok().flatten();
    let has = |is: fn(&x509_parser::extensions::ExtendedKeyUsage<'_>) -> bool| {
        purposes.as_ref().is_some_and(|usage| is(usage.value))
    };
    let mut usages = Vec::new();
    usages.extend(has(|usage| usage.server_auth).then_some(ExtendedKeyUsagePurpose::ServerAuth));
    usages.extend(has(|usage| usage.client_auth).then_some(ExtendedKeyUsagePurpose::ClientAuth));
    params.extended_key_usages = usages;
    let kept = key.map(read_key).transpose()?;
    let new = if kept.is_none() { Some(new_key(KeyKind::P256)?) } else { None };
    let Some(pair) = kept.as_ref().or(new.as_ref()) else { return Err(unusable("there is no key")) };
    let certificate = params.signed_by(pair, &open(issuer)?).map_err(cannot)?;
    let fresh = new.as_ref().map(|pair| (path.with_extension("key"), pair));
    finish(path.to_owned(), certificate.pem(), fresh, true)
}

fn leaf(mut params: CertificateParams, name: &str, issuer: &IssuerFiles, making: &Making) -> Result<Report, Error> {
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    let key = new_key(making.key_type)?;
    let certificate = params.signed_by(&key, &open(issuer)?).map_err(cannot)?;
    let path = |ending: &str| making.out.join(format!("{name}.{ending}"));
    finish(path("pem"), certificate.pem(), Some((path("key"), &key)), making.force)
}

/// The certificate and, with it or not, its key.
fn finish(path: PathBuf, pem: String, key: Option<(PathBuf, &KeyPair)>, force: bool) -> Result<Report, Error> {
    let mut outputs = vec![Output { path: path.clone(), content: pem, private: false }];
    let key_path = key.as_ref().map(|(path, _)| path.clone());
    // The key first: a server that reloads between the two refuses a pair that does not match and keeps the old one.
    outputs.extend(key.map(|(path, key)| Output { path, content: key_pem(key), private: true }));
    outputs.reverse();
    files::write(&outputs, force)?;
    let facts = show::chain(&path).and_then(|chain| show::facts(&path, &chain))?;
    let now = SystemTime::now();
    let described: String = facts.iter().map(|certificate: &Certificate| certificate_text(certificate, now)).collect();
    let with_key = key_path.as_ref().map(|key| format!(" and {}", key.display())).unwrap_or_default();
    let json = json!({
        "certificate": path,
        "key": key_path,
        "facts": facts.first().map(|certificate| certificate_json(certificate, now)),
    });
    Ok(Report { text: format!("wrote {}{with_key}\n{described}", path.display()), json, well: true })
}

fn params(names: &[String], common_name: &str, days: u32) -> Result<CertificateParams, Error> {
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(unusable(format!("--days is a number from 1 to {MOST_DAYS}")));
    }
    let mut params = CertificateParams::default();
    params.subject_alt_names = alternative_names(names)?;
    name_subject(&mut params, common_name);
    let now = OffsetDateTime::now_utc();
    // Clocks of clients may be a little behind.
    params.not_before = now - Duration::hours(1);
    params.not_after = now + Duration::days(days.into());
    params.serial_number = Some(serial()?);
    Ok(params)
}

fn name_subject(params: &mut CertificateParams, common_name: &str) {
    params.distinguished_name = rcgen::DistinguishedName::new();
    if !common_name.is_empty() {
        params.distinguished_name.push(DnType::CommonName, common_name);
    }
}

/// IP addresses become addresses, everything else a DNS name.
fn alternative_names(names: &[String]) -> Result<Vec<SanType>, Error> {
    let of = |name: &String| match name.parse() {
        Ok(address) => Ok(SanType::IpAddress(address)),
        Err(_) => {
            let plain = name.strip_prefix("*.").unwrap_or(name);
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
            if plain.is_empty() || !plain.chars().all(allowed) {
                let text =
                    format!("{name:?} is neither a DNS name nor an IP address (write international names as xn--…)");
                return Err(unusable(text));
            }
            name.clone().try_into().map(SanType::DnsName).map_err(cannot)
        }
    };
    names.iter().map(of).collect()
}

fn names_of(certificate: &X509Certificate<'_>) -> Result<Vec<SanType>, Error> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for name in &extension.value.general_names {
        names.push(match name {
            GeneralName::DNSName(name) => SanType::DnsName((*name).try_into().map_err(cannot)?),
            GeneralName::IPAddress(bytes) => match (<[u8; 4]>::try_from(*bytes), <[u8; 16]>::try_from(*bytes)) {
                (Ok(bytes), _) => SanType::IpAddress(bytes.into()),
                (_, Ok(bytes)) => SanType::IpAddress(bytes.into()),
                _ => return Err(unusable("the certificate has an IP address that is none")),
            },
            other => {
                return Err(unusable(format!("the certificate has a name of a kind that is not renewed: {other}")));
            }
        });
    }
    Ok(names)
}

/// 127 random bits: positive, and nobody can guess the next one.
fn serial() -> Result<SerialNumber, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| unusable(format!("the system gives no random numbers: {error}")))?;
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

fn new_key(kind: KeyKind) -> Result<KeyPair, Error> {
    let rsa = |size| KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size);
    match kind {
        KeyKind::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
        KeyKind::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        KeyKind::Ed25519 => KeyPair::generate_for(&rcgen::PKCS_ED25519),
        KeyKind::Rsa2048 => rsa(RsaKeySize::_2048),
        KeyKind::Rsa3072 => rsa(RsaKeySize::_3072),
        KeyKind::Rsa4096 => rsa(RsaKeySize::_4096),
    }
    .map_err(cannot)
}

/// PKCS#8 in its first version: OpenSSL 3 and what is built on it cannot read the second, with which Ed25519 keys come.
fn key_pem(key: &KeyPair) -> String {
    const SECOND: &[u8] = b"\x02\x01\x01\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    const FIRST: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    const SEED: usize = 32;
    let der = key.serialized_der();
    let seed = der.get(2..).and_then(|der| der.strip_prefix(SECOND)).and_then(|rest| rest.get(..SEED));
    match seed {
        Some(seed) => pem::encode(&pem::Pem::new("PRIVATE KEY", [FIRST, seed].concat())),
        None => key.serialize_pem(),
    }
}

fn read_key(path: &Path) -> Result<KeyPair, Error> {
    KeyPair::from_pem(&files::read_text(path)?)
        .map_err(|_| unusable(format!("{} holds no private key that can be read", path.display())))
}

fn open(files: &IssuerFiles) -> Result<Issuer<'static, KeyPair>, Error> {
    let key_path = files.ca_key.clone().unwrap_or_else(|| files.ca.with_extension("key"));
    let (pem, key) = (files::read_text(&files.ca)?, read_key(&key_path)?);
    let facts = show::facts(&files.ca, &show::chain(&files.ca)?)?;
    if !facts.first().is_some_and(|certificate| certificate.is_ca) {
        return Err(unusable(format!("{} is no CA", files.ca.display())));
    }
    if super::check::is_key_of(&key_path, &show::chain(&files.ca)?)? {
        Issuer::from_ca_cert_pem(&pem, key).map_err(cannot)
    } else {
        Err(unusable(format!("{} is not the key of {}", key_path.display(), files.ca.display())))
    }
}

fn cannot(error: rcgen::Error) -> Error {
    unusable(format!("the certificate cannot be made: {error}")).with_source(error)
}
