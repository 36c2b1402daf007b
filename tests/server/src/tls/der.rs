//! Just enough DER to build a certificate that rcgen cannot: X.509 version 1.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, PublicKeyData, SigningKey};

use super::authority::rcgen_error;
use crate::error::Result;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_ID: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;

/// 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// 1.2.840.10045.4.3.2
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// A self-signed certificate without version field (that is version 1) and so without extensions, with a common name
/// only, signed by the given P-256 key; in PEM.
pub(super) fn self_signed_v1(common_name: &str, key: &KeyPair) -> Result<String> {
    let algorithm = node(SEQUENCE, &[&node(OBJECT_ID, &[ECDSA_WITH_SHA256])]);
    let attribute = node(SEQUENCE, &[&node(OBJECT_ID, &[COMMON_NAME]), &node(UTF8_STRING, &[common_name.as_bytes()])]);
    let name = node(SEQUENCE, &[&node(SET, &[&attribute])]);
    let validity = node(SEQUENCE, &[&node(UTC_TIME, &[b"200101000000Z"]), &node(UTC_TIME, &[b"491231235959Z"])]);
    let serial = node(INTEGER, &[&[0x01]]);
    let spki = key.subject_public_key_info();
    let to_be_signed = node(SEQUENCE, &[&serial, &algorithm, &name, &validity, &name, &spki]);
    let signature = key.sign(&to_be_signed).map_err(rcgen_error)?;
    let certificate = node(SEQUENCE, &[&to_be_signed, &algorithm, &node(BIT_STRING, &[&[0], &signature])]);
    Ok(pem(&certificate))
}

fn node(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = vec![tag];
    match length {
        0..=0x7f => bytes.push(length as u8),
        0x80..=0xff => bytes.extend([0x81, length as u8]),
        _ => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
