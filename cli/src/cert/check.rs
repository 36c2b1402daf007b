//! `tdsec cert check`: the library's own judgement, before a server is started with the files.

use std::path::Path;
use std::time::SystemTime;

use rcgen::{KeyPair, PublicKeyData};
use serde_json::{Value, json};
use tdsec::{Certificate, Config, Error};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::{show, unusable};
use crate::files;
use crate::output::{Report, certificate_json, certificate_text};

pub(super) fn run(
    file: &Path,
    host: Option<&str>,
    ca: Option<&Path>,
    key: Option<&Path>,
    days: u32,
) -> Result<Report, Error> {
    let now = SystemTime::now();
    let chain = show::chain(file)?;
    let certificates = show::facts(file, &chain)?;
    let mut findings: Vec<(String, String)> = Vec::new();
    if let Err(error) = judge(&chain, &certificates, host, ca)? {
        findings.push((error.code().name().into(), error.message().into()));
    }
    for certificate in &certificates {
        let left = certificate.days_left(now);
        if left < i64::from(days) {
            findings.push(("ENDS_SOON".into(), format!("{} ends in {left} days", certificate.subject)));
        }
    }
    if let Some(key) = key
        && !is_key_of(key, &chain)?
    {
        let text = format!("{} is not the key of the certificate", key.display());
        findings.push(("CERTIFICATE_KEY_MISMATCH".into(), text));
    }
    let well = findings.is_empty();
    let mut text = certificates.first().map(|leaf| certificate_text(leaf, now)).unwrap_or_default();
    for (code, what) in &findings {
        text.push_str(&format!("[{code}] {what}\n"));
    }
    if well {
        text.push_str("all is well\n");
    }
    let findings: Vec<Value> = findings.iter().map(|(code, what)| json!({ "code": code, "message": what })).collect();
    let list: Vec<Value> = certificates.iter().map(|certificate| certificate_json(certificate, now)).collect();
    Ok(Report { text, json: json!({ "well": well, "findings": findings, "certificates": list }), well })
}

/// As a client would that connects to `host`, or to the first name of the certificate itself.
fn judge(
    chain: &[Vec<u8>],
    certificates: &[Certificate],
    host: Option<&str>,
    ca: Option<&Path>,
) -> Result<Result<(), Error>, Error> {
    let own = certificates.first().and_then(|leaf| leaf.names.first()).map(|name| name.replacen('*', "any", 1));
    let host = host.map(str::to_owned).or(own).unwrap_or_else(|| "localhost".into());
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let mut builder = Config::builder().set("host", &host)?.set("tls", "true")?;
    if let Some(ca) = ca {
        builder = builder.set("tls_ca", &ca.to_string_lossy())?;
    }
    let config = builder.build()?;
    Ok(tdsec::verify_chain(&config, chain))
}

pub(super) fn is_key_of(key: &Path, chain: &[Vec<u8>]) -> Result<bool, Error> {
    let pair = KeyPair::from_pem(&files::read_text(key)?)
        .map_err(|_| unusable(format!("{} holds no private key that can be read", key.display())))?;
    let leaf = chain.first().and_then(|der| X509Certificate::from_der(der).ok());
    Ok(leaf.is_some_and(|(_, leaf)| leaf.public_key().raw == pair.subject_public_key_info()))
}
