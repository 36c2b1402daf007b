//! The server's certificates and its rustls configuration.

mod authority;
mod der;
mod server_config;
mod trust_file;
pub mod zoo;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sha2::{Digest, Sha256};

pub use authority::Authority;
pub(crate) use server_config::{Prepared, prepare};
pub(crate) use trust_file::TrustFile;
pub use zoo::Kind as ZooKind;

use crate::error::{Error, Result};

/// A certificate chain with its key, and what a client has to trust.
#[derive(Clone)]
pub struct Identity {
    /// The chain, leaf first.
    pub cert_pem: String,
    /// PKCS#8.
    pub key_pem: String,
    /// SHA-256 of the leaf's SubjectPublicKeyInfo.
    pub spki_sha256: [u8; 32],
    /// What a client would be given as its CA file.
    pub trust_pem: String,
}

impl Identity {
    /// The pin as 64 hexadecimal digits.
    pub fn pin(&self) -> String {
        self.spki_sha256.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("pin", &self.pin()).finish_non_exhaustive()
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Where the server's certificate comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// A throw-away CA and a good certificate for localhost, 127.0.0.1 and ::1.
    #[default]
    Auto,
    /// Plain `ws://`.
    Off,
    /// PEM files.
    Files {
        /// The chain, leaf first.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// A bad certificate.
    Zoo(ZooKind),
}

impl FromStr for TlsMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(TlsMode::Auto),
            "off" => Ok(TlsMode::Off),
            _ => match text.strip_prefix("zoo:") {
                Some(kind) => Ok(TlsMode::Zoo(kind.parse()?)),
                None => Err(Error::new("--tls", format!("`{text}` is not auto, off or zoo:<kind>"))),
            },
        }
    }
}

/// A TLS protocol version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    V1_2,
    /// TLS 1.3.
    V1_3,
}

impl FromStr for TlsVersion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "1.2" | "TLSv1.2" => Ok(TlsVersion::V1_2),
            "1.3" | "TLSv1.3" => Ok(TlsVersion::V1_3),
            _ => Err(Error::new("TLS version", format!("`{text}` is not 1.2 or 1.3"))),
        }
    }
}

/// Everything TLS the server is told.
#[derive(Clone, Debug)]
pub struct TlsOptions {
    /// Where the certificate comes from.
    pub mode: TlsMode,
    /// Ask for a client certificate of this CA (PEM file).
    pub client_ca: Option<PathBuf>,
    /// Staple this OCSP answer (DER file).
    pub ocsp: Option<PathBuf>,
    /// Lowest version accepted.
    pub min: TlsVersion,
    /// Highest version accepted.
    pub max: TlsVersion,
}

impl Default for TlsOptions {
    fn default() -> Self {
        TlsOptions {
            mode: TlsMode::default(),
            client_ca: None,
            ocsp: None,
            min: TlsVersion::V1_2,
            max: TlsVersion::V1_3,
        }
    }
}
