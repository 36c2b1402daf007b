//! Bad certificates: what a client must refuse, or accept by pin only.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use rcgen::ExtendedKeyUsagePurpose;

use super::authority::{Authority, GOOD_YEARS, LOCAL_NAMES, ca_params, identity, named_params, new_key, rcgen_error};
use super::{Identity, der};
use crate::error::{Error, Result};

/// What is wrong with the certificate. `trust_pem` of the made [`Identity`] is chosen so that nothing else is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Good chain, other names; trust is the signing CA.
    WrongHost,
    /// X.509 v3, self-signed, other name; trust is an unrelated CA: the impostor.
    SelfSigned,
    /// Ended years ago; trust is the signing CA.
    Expired,
    /// Good, but ends in [`EXPIRING_DAYS`] days; trust is the signing CA.
    Expiring,
    /// Begins in decades; trust is the signing CA.
    NotYetValid,
    /// Signed by a CA of the same name with another key than the one in trust.
    WrongCa,
    /// A CA certificate shown as the server's; trust is that certificate.
    CaLeaf,
    /// What TDengine's SSL guide makes with openssl: X.509 v1, self-signed, common name only; trust is itself.
    CnOnlyV1,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 8] = [
        Kind::WrongHost,
        Kind::SelfSigned,
        Kind::Expired,
        Kind::Expiring,
        Kind::NotYetValid,
        Kind::WrongCa,
        Kind::CaLeaf,
        Kind::CnOnlyV1,
    ];

    /// The name after `zoo:`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::WrongHost => "wrong-host",
            Kind::SelfSigned => "self-signed",
            Kind::Expired => "expired",
            Kind::Expiring => "expiring",
            Kind::NotYetValid => "not-yet-valid",
            Kind::WrongCa => "wrong-ca",
            Kind::CaLeaf => "ca-leaf",
            Kind::CnOnlyV1 => "cn-only-v1",
        }
    }

    /// Makes a certificate of this kind.
    pub fn make(self) -> Result<Identity> {
        match self {
            Kind::WrongHost => leaf(&["other.example", "192.0.2.1"], GOOD_YEARS),
            Kind::Expired => leaf(&LOCAL_NAMES, (2000, 2001)),
            Kind::Expiring => {
                let mut params = named_params("tdsec-testserver", &LOCAL_NAMES, GOOD_YEARS)?;
                params.not_after = (SystemTime::now() + EXPIRING_DAYS * DAY + DAY / 2).into();
                Authority::new(CA_NAME)?.sign(params, ExtendedKeyUsagePurpose::ServerAuth)
            }
            Kind::NotYetValid => leaf(&LOCAL_NAMES, (2110, 2120)),
            Kind::SelfSigned => self_signed(),
            Kind::WrongCa => {
                let mut made = leaf(&LOCAL_NAMES, GOOD_YEARS)?;
                made.trust_pem = Authority::new(CA_NAME)?.pem();
                Ok(made)
            }
            Kind::CaLeaf => {
                let key = new_key()?;
                let cert = ca_params(CA_NAME, &LOCAL_NAMES)?.self_signed(&key).map_err(rcgen_error)?;
                Ok(identity(cert.pem(), &key, cert.pem()))
            }
            Kind::CnOnlyV1 => {
                let key = new_key()?;
                let cert = der::self_signed_v1("localhost", &key)?;
                Ok(identity(cert.clone(), &key, cert))
            }
        }
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Kind::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
            let known = Kind::ALL.map(Kind::name).join(", ");
            Error::new("--tls zoo", format!("`{text}` is not one of {known}"))
        })
    }
}

/// Whole days left to an expiring certificate.
pub const EXPIRING_DAYS: u32 = 10;
const DAY: Duration = Duration::from_secs(24 * 3600);

const CA_NAME: &str = "tdsec test CA";

fn leaf(names: &[&str], years: (i32, i32)) -> Result<Identity> {
    Authority::new(CA_NAME)?.leaf(names, "tdsec-testserver", years, ExtendedKeyUsagePurpose::ServerAuth)
}

fn self_signed() -> Result<Identity> {
    let key = new_key()?;
    let params = named_params("impostor", &["impostor.example"], GOOD_YEARS)?;
    let cert = params.self_signed(&key).map_err(rcgen_error)?;
    Ok(identity(cert.pem(), &key, Authority::new(CA_NAME)?.pem()))
}
