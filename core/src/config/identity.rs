//! The client's certificate, as far as options say (ID-1, TLS-7, CRT-3): no file is read here.

use std::fmt;
use std::path::PathBuf;

use super::material::{self, Material};
use super::value::{Values, conflict, invalid};
use crate::{Result, Secret};

/// What a client certificate is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    certificate: Material,
    key: Option<Material>,
    passphrase: Option<Passphrase>,
    permissions: KeyPermissions,
}

/// Where the passphrase of an encrypted key comes from.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Passphrase {
    /// Given itself.
    Value(Secret),
    /// The content of an environment variable, read whenever the key is read.
    Environment(String),
    /// The first line of a file, read whenever the key is read.
    File(PathBuf),
}

/// What is done about a key file that others than its owner may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum KeyPermissions {
    /// A warning is logged.
    #[default]
    Warn,
    /// `KEY_FILE_EXPOSED`.
    Refuse,
    /// Nothing.
    Ignore,
}

impl ClientIdentity {
    /// Certificate, then its intermediates; PEM, DER or PKCS#12.
    pub fn certificate(&self) -> &Material {
        &self.certificate
    }

    /// The private key, PEM or DER; `None`: it lies with the certificate.
    pub fn key(&self) -> Option<&Material> {
        self.key.as_ref()
    }

    /// For an encrypted key.
    pub fn passphrase(&self) -> Option<&Passphrase> {
        self.passphrase.as_ref()
    }

    /// What is done about a key file that others may read.
    pub fn permissions(&self) -> KeyPermissions {
        self.permissions
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Passphrase::Value(_) => f.write_str("Value(***)"),
            Passphrase::Environment(name) => write!(f, "Environment({name})"),
            Passphrase::File(path) => write!(f, "File({})", path.display()),
        }
    }
}

/// The options that only mean something beside `tls_cert`.
const BESIDE_CERTIFICATE: [&str; 4] =
    ["tls_key", "tls_key_passphrase", "tls_key_passphrase_source", "tls_key_permissions"];

pub(super) fn read(values: &mut Values) -> Result<Option<ClientIdentity>> {
    let Some(certificate) = material::take(values, "tls_cert")? else {
        return match BESIDE_CERTIFICATE.into_iter().find(|name| values.has(name)) {
            None => Ok(None),
            Some(option) => Err(conflict(option, "there is no client certificate; give tls_cert too")),
        };
    };
    Ok(Some(ClientIdentity {
        certificate,
        key: material::take(values, "tls_key")?,
        passphrase: take_passphrase(values)?,
        permissions: take_permissions(values)?,
    }))
}

fn take_passphrase(values: &mut Values) -> Result<Option<Passphrase>> {
    let value = values.take_secret("tls_key_passphrase");
    let source = values.take_text("tls_key_passphrase_source")?;
    match (value, source) {
        (Some(_), Some(_)) => Err(conflict("tls_key_passphrase", "give the passphrase or its source, not both")),
        (Some(value), None) => Ok(Some(Passphrase::Value(value))),
        (None, None) => Ok(None),
        (None, Some(source)) => match source.trim().split_once(':') {
            Some(("env", name)) if !name.is_empty() && !name.contains('=') => {
                Ok(Some(Passphrase::Environment(name.into())))
            }
            Some(("file", path)) if !path.is_empty() => Ok(Some(Passphrase::File(path.into()))),
            _ => Err(invalid("tls_key_passphrase_source", "one of env:NAME, file:PATH")),
        },
    }
}

fn take_permissions(values: &mut Values) -> Result<KeyPermissions> {
    let Some(text) = values.take_text("tls_key_permissions")? else { return Ok(KeyPermissions::default()) };
    match text.trim().to_ascii_lowercase().as_str() {
        "warn" => Ok(KeyPermissions::Warn),
        "refuse" => Ok(KeyPermissions::Refuse),
        "ignore" => Ok(KeyPermissions::Ignore),
        _ => Err(invalid("tls_key_permissions", "one of warn, refuse, ignore")),
    }
}
