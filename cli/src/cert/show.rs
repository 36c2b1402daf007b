//! `tdsec cert show`.

use std::fmt::Write as _;
use std::path::Path;
use std::time::SystemTime;

use serde_json::{Value, json};
use tdsec::{Certificate, Error};
use x509_parser::pem::Pem;

use super::unusable;
use crate::files;
use crate::output::{Report, certificate_json, certificate_text};

pub(super) fn run(file: &Path) -> Result<Report, Error> {
    let now = SystemTime::now();
    let certificates = facts(file, &chain(file)?)?;
    let mut text = String::new();
    for (at, certificate) in certificates.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(text, "certificate {at}\n{}", certificate_text(certificate, now));
    }
    let list: Vec<Value> = certificates.iter().map(|certificate| certificate_json(certificate, now)).collect();
    Ok(Report { text, json: json!({ "certificates": list }), well: true })
}

/// The DER of every certificate of a PEM or DER file, in its order; at least one.
pub(super) fn chain(file: &Path) -> Result<Vec<Vec<u8>>, Error> {
    const DER_SEQUENCE: u8 = 0x30;
    let bytes = files::read(file)?;
    if bytes.first() == Some(&DER_SEQUENCE) {
        return Ok(vec![bytes]);
    }
    let sections = Pem::iter_from_buffer(&bytes).collect::<Result<Vec<_>, _>>();
    let sections =
        sections.map_err(|_| unusable(format!("{} holds PEM that is cut off or damaged", file.display())))?;
    let chain: Vec<Vec<u8>> =
        sections.into_iter().filter(|section| section.label == "CERTIFICATE").map(|section| section.contents).collect();
    if chain.is_empty() {
        return Err(unusable(format!("{} holds no certificate, neither as PEM nor as DER", file.display())));
    }
    Ok(chain)
}

pub(super) fn facts(file: &Path, chain: &[Vec<u8>]) -> Result<Vec<Certificate>, Error> {
    let facts: Option<Vec<Certificate>> = chain.iter().map(|der| Certificate::from_der(der)).collect();
    facts.ok_or_else(|| unusable(format!("{} holds a certificate that cannot be read", file.display())))
}
