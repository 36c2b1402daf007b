//! From [`TlsOptions`] to rustls.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion, version};

use super::authority::LOCAL_NAMES;
use super::trust_file::TrustFile;
use super::{Authority, TlsMode, TlsOptions, TlsVersion};
use crate::error::{Error, Result};

/// What the listener needs.
pub(crate) struct Prepared {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) trust: Option<TrustFile>,
    pub(crate) pin: Option<String>,
}

/// `None` for plain text.
pub(crate) fn prepare(options: &TlsOptions) -> Result<Option<Prepared>> {
    let identity = match &options.mode {
        TlsMode::Off => return Ok(None),
        TlsMode::Auto => Authority::new("tdsec test CA")?.server(&LOCAL_NAMES)?,
        TlsMode::Zoo(kind) => kind.make()?,
        TlsMode::Files { cert, key } => {
            let config = config(options, &read(cert)?, &read(key)?)?;
            return Ok(Some(Prepared { config, trust: None, pin: None }));
        }
    };
    let config = config(options, identity.cert_pem.as_bytes(), identity.key_pem.as_bytes())?;
    let trust = Some(TrustFile::new(&identity.trust_pem)?);
    Ok(Some(Prepared { config, trust, pin: Some(identity.pin()) }))
}

fn config(options: &TlsOptions, cert_pem: &[u8], key_pem: &[u8]) -> Result<Arc<ServerConfig>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions(options)?)
        .map_err(|error| Error::new("TLS versions", error))?;
    let builder = match &options.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(path)?), provider.clone())
                .build()
                .map_err(|error| Error::new("client CA", error))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    // Not `with_single_cert`: that reads the certificate and would refuse the bad ones of the zoo.
    let mut certified = certified_key(&provider, cert_pem, key_pem)?;
    certified.ocsp = options.ocsp.as_deref().map(read).transpose()?;
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    // Stateless tickets, as the gateway's Go server gives them: good for any number of resumptions.
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(|error| Error::new("session tickets", error))?;
    Ok(Arc::new(config))
}

fn certified_key(provider: &CryptoProvider, cert_pem: &[u8], key_pem: &[u8]) -> Result<CertifiedKey> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(cert_pem)
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| Error::new("server certificate", error))?;
    if chain.is_empty() {
        return Err(Error::new("server certificate", "no certificate in the file"));
    }
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|error| Error::new("server key", error))?;
    let key = provider.key_provider.load_private_key(key).map_err(|error| Error::new("server key", error))?;
    Ok(CertifiedKey::new(chain, key))
}

fn versions(options: &TlsOptions) -> Result<Vec<&'static SupportedProtocolVersion>> {
    if options.min > options.max {
        return Err(Error::new("TLS versions", "the lowest is above the highest"));
    }
    let all = [(TlsVersion::V1_2, &version::TLS12), (TlsVersion::V1_3, &version::TLS13)];
    Ok(all.into_iter().filter(|(each, _)| (options.min..=options.max).contains(each)).map(|(_, it)| it).collect())
}

fn roots(path: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for cert in CertificateDer::pem_slice_iter(&read(path)?) {
        let cert = cert.map_err(|error| Error::new("client CA", error))?;
        roots.add(cert).map_err(|error| Error::new("client CA", error))?;
    }
    Ok(roots)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::new(format!("read {}", path.display()), error))
}
