//! `tdsec cert`: certificates as TDengine's clients and servers need them (CRT-2).

mod check;
mod issue;
mod show;

use tdsec::{Error, ErrorCode};

use crate::args::Cert;
use crate::output::Report;

pub(crate) fn run(command: &Cert) -> Result<Report, Error> {
    match command {
        Cert::Ca { name, making } => issue::authority(name, making),
        Cert::Server { names, issuer, making } => issue::server(names, issuer, making),
        Cert::Client { name, issuer, making } => issue::client(name, issuer, making),
        Cert::Csr { names, making } => issue::request(names, making),
        Cert::Renew { certificate, key, issuer, days } => issue::renew(certificate, key.as_deref(), issuer, *days),
        Cert::Show { file } => show::run(file),
        Cert::Check { file, host, ca, key, days } => {
            check::run(file, host.as_deref(), ca.as_deref(), key.as_deref(), *days)
        }
    }
}

/// An input that cannot be used.
fn unusable(text: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidArgument, text)
}
