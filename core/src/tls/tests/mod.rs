//! Handshakes with a rustls server in this process, over an in-memory pipe.
#![allow(clippy::unwrap_used)]

mod files;
mod identity;
mod judged;
mod resumption;
mod revocation;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::{ServerSessionMemoryCache, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::{TlsSummary, client, handshake_error, suites};
use crate::config::{Config, ConfigBuilder};
use crate::error::{Error, ErrorCode, Result};

/// A directory that is removed at the end of its test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("tdsec-tls-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// As an editor or a renewal tool does it: never half-written under its name.
    fn replace(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let fresh = self.path(&format!(".{name}.new"));
        std::fs::write(&fresh, content).unwrap();
        std::fs::rename(&fresh, self.path(name)).unwrap();
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate with its key.
struct Pair {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Pair {
    fn der(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    fn private(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }

    fn both_pem(&self) -> String {
        self.certificate.pem() + &self.key.serialize_pem()
    }
}

fn issue_with(authority: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Pair {
    let mut params = CertificateParams::new(["db.example".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "device-7");
    params.serial_number = Some(77.into());
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    Pair { certificate: params.signed_by(&key, authority).unwrap(), key }
}

fn issue(authority: &Authority) -> Pair {
    issue_with(authority, |_| {})
}

/// A rustls server and what it noticed.
struct Server(Arc<ServerConfig>);

impl Server {
    fn new(pair: &Pair) -> Server {
        Server::with(pair, None, &[])
    }

    /// `clients`: the CA whose client certificates it demands. `ocsp`: what it staples.
    fn with(pair: &Pair, clients: Option<&Authority>, ocsp: &[u8]) -> Server {
        let provider = Arc::new(suites::provider(true));
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let builder = match clients {
            None => builder.unwrap().with_no_client_auth(),
            Some(authority) => {
                let mut roots = rustls::RootCertStore::empty();
                roots.add(authority.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
                builder.unwrap().with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = provider.key_provider.load_private_key(pair.private()).unwrap();
        let mut certified = CertifiedKey::new(vec![pair.der()], key);
        certified.ocsp = (!ocsp.is_empty()).then(|| ocsp.to_vec());
        let mut config = builder.with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(certified)));
        config.session_storage = ServerSessionMemoryCache::new(1024);
        Server(Arc::new(config))
    }

    /// One connection: handshake, one byte back from the server as its first answer.
    async fn connect(&self, config: &Config) -> Result<TlsSummary> {
        let (near, far) = tokio::io::duplex(64 << 10);
        let acceptor = TlsAcceptor::from(Arc::clone(&self.0));
        let serving = tokio::spawn(async move {
            let Ok(mut stream) = acceptor.accept(far).await else { return };
            let _ = stream.write_all(b"!").await;
            let _ = stream.flush().await;
            let _ = stream.read(&mut [0; 1]).await;
        });
        let client = client(config, config.tls().unwrap(), &config.endpoints()[0])?;
        let turn = client.turn().await;
        let name = ServerName::try_from("db.example").unwrap();
        let told = |error: std::io::Error| {
            handshake_error(&error, client.is_identified())
                .unwrap_or_else(|| Error::new(ErrorCode::TlsHandshakeFailed, error.to_string()))
        };
        let mut stream = TlsConnector::from(client.rustls()).connect(name, near).await.map_err(told)?;
        stream.read_exact(&mut [0; 1]).await.map_err(told)?;
        drop(turn);
        let summary = client.summary(stream.get_ref().1);
        drop(stream);
        let _ = serving.await;
        Ok(summary)
    }
}

fn builder() -> ConfigBuilder {
    ConfigBuilder::default().address("wss://db.example").unwrap()
}

fn trusting(authority: &Authority) -> ConfigBuilder {
    builder().set("tls_ca", &authority.pem()).unwrap()
}

fn set_path(builder: ConfigBuilder, option: &str, path: &Path) -> ConfigBuilder {
    builder.set(option, path.to_str().unwrap()).unwrap()
}

/// The code of a failure, or `None`.
fn code(outcome: &Result<TlsSummary>) -> Option<ErrorCode> {
    outcome.as_ref().err().map(Error::code)
}
