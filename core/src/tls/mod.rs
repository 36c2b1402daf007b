//! From options to a TLS client: trust, revocation, identity, versions, resumption (TLS-1 … TLS-8, TLS-11, CRT-1, CRT-3).
//!
//! ```text
//! tls_ca   tls_crl   tls_cert, tls_key          read by files, the last good reading kept by kept
//!   v         v            v
//! roots     lists       identity                 what the files say
//!    \        |            |
//!     v       v            |      suites         versions, cipher suites, key exchange
//!      verifier <- ocsp    |        |
//!           \              v        v
//!            ----------> Client (one per endpoint, options and content of the files) <---- sessions
//!                          |
//!                          v
//!                     summary, certificate; diagnosis turns a failure into a code
//! ```
//!
//! Reads files; opens no socket. The provider is always passed explicitly: a library must not install a process-wide
//! default. What a changed file means for trust or identity is another client with sessions of its own, so an old session is
//! never resumed under new rules (TLS-6).

mod certificate;
mod der;
mod diagnosis;
mod digest;
mod files;
mod identity;
mod kept;
mod lists;
mod ocsp;
mod recording;
mod roots;
mod sessions;
mod suites;
mod summary;
#[cfg(test)]
mod tests;
mod verifier;

use std::sync::{Arc, Mutex, OnceLock};

use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::config::{Config, Endpoint, Material, TlsConfig};
use crate::error::{Error, ErrorCode, Result};
use crate::shared;

pub use certificate::{Certificate, EXPIRY_WARNING_DAYS};
pub(crate) use diagnosis::handshake_error;
use digest::Digest;
use identity::Identity;
use lists::Lists;
pub(crate) use recording::Recording;
use roots::Anchors;
use sessions::Sessions;
pub(crate) use sessions::Turn;
pub use summary::TlsSummary;
use verifier::Verifier;

/// How to speak TLS with one endpoint. Shared by every connection with the same options and the same content of files.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    rustls: Arc<ClientConfig>,
    sessions: Arc<Sessions>,
    certificates: Arc<[Certificate]>,
}

impl Client {
    pub(crate) fn rustls(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.rustls)
    }

    /// To be awaited before the handshake and held until the server's first answer.
    pub(crate) async fn turn(&self) -> Turn {
        self.sessions.turn().await
    }

    /// Whether the server is shown a certificate if it asks.
    pub(crate) fn is_identified(&self) -> bool {
        !self.certificates.is_empty()
    }

    pub(crate) fn summary(&self, connection: &ClientConnection) -> TlsSummary {
        TlsSummary::of(connection, Arc::clone(&self.certificates))
    }
}

/// The client for `endpoint`: the kept one if the options and what the files say are as before. Blocks on files.
///
/// # Errors
/// What is wrong with a file that was never good before, or with the versions.
pub(crate) fn client(config: &Config, tls: &TlsConfig, endpoint: &Endpoint) -> Result<Client> {
    let parts = Parts::read(config, tls)?;
    let key = Key {
        process: std::process::id(),
        endpoint: endpoint.clone(),
        tls: tls.clone(),
        anchors: parts.anchors.fingerprint(),
        lists: parts.lists.fingerprint(),
        identity: parts.identity.as_ref().map(|identity| identity.fingerprint),
    };
    KEPT.get(&key, || parts.build(tls, |verifier| Arc::new(verifier)))
}

/// Whether [`client`] has to look at the disk.
pub(crate) fn reads_files(config: &Config, tls: &TlsConfig) -> bool {
    let by_path = |material: Option<&Material>| material.is_some_and(|material| material.path().is_some());
    by_path(tls.ca())
        || by_path(tls.crl())
        || config.credential().identity().is_some()
        || tls.system_roots() && !roots::system_is_loaded()
}

/// A client that trusts nobody, for where a library wants one although nothing is encrypted.
///
/// # Errors
/// The provider has no version of TLS.
pub(crate) fn distrusting() -> Result<Arc<ClientConfig>> {
    static DISTRUSTING: OnceLock<Option<Arc<ClientConfig>>> = OnceLock::new();
    let client = DISTRUSTING.get_or_init(|| {
        let builder = ClientConfig::builder_with_provider(Arc::new(suites::provider(false)));
        let builder = builder.with_safe_default_protocol_versions().ok()?;
        Some(Arc::new(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth()))
    });
    client.clone().ok_or_else(|| Error::new(ErrorCode::Internal, "the cryptographic provider has no version of TLS"))
}

/// A client of its own that also tells what the server presented, whether it was accepted or not. Nothing of it is kept.
///
/// # Errors
/// As [`client`].
pub(crate) fn recording_client(config: &Config, tls: &TlsConfig) -> Result<(Client, Recording)> {
    let recording = Recording::default();
    let client = Parts::read(config, tls)?.build(tls, |verifier| recording.around(verifier))?;
    Ok((client, recording))
}

/// Judges a chain (DER, the server's own first) as a handshake with the first endpoint of `config` would. Blocks on files.
///
/// # Errors
/// `CONFIG` errors of files; the `TLS_…` code of what is wrong with the chain; `OPTION_CONFLICT` without TLS.
pub fn verify_chain(config: &Config, chain: &[Vec<u8>]) -> Result<()> {
    let Some((tls, endpoint)) = config.tls().zip(config.endpoints().first()) else {
        return Err(Error::new(ErrorCode::OptionConflict, "the address does not ask for TLS"));
    };
    let parts = Parts::read(config, tls)?;
    let verifier = Verifier::new(tls, parts.anchors, &parts.lists, &parts.provider, Arc::default())?;
    verifier.judge(tls.server_name().unwrap_or(endpoint.host()), chain)
}

/// What a client is made of.
struct Parts {
    anchors: Anchors,
    lists: Lists,
    provider: Arc<CryptoProvider>,
    identity: Option<Arc<Identity>>,
}

impl Parts {
    fn read(config: &Config, tls: &TlsConfig) -> Result<Parts> {
        let provider = Arc::new(suites::provider(tls.post_quantum()));
        let identity = match config.credential().identity() {
            Some(identity) => Some(Identity::read(identity, &provider)?),
            None => None,
        };
        Ok(Parts { anchors: Anchors::read(tls)?, lists: Lists::read(tls)?, provider, identity })
    }

    fn build(self, tls: &TlsConfig, wrap: impl FnOnce(Verifier) -> Arc<dyn ServerCertVerifier>) -> Result<Client> {
        let Parts { anchors, lists, provider, identity } = self;
        let sessions = Arc::new(Sessions::default());
        let verifier = Verifier::new(tls, anchors, &lists, &provider, Arc::clone(&sessions))?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&suites::versions(tls))
            .map_err(|error| {
                Error::new(ErrorCode::TlsVersionInvalid, "the TLS versions cannot be used")
                    .with_option("tls_version")
                    .with_source(error)
            })?
            .dangerous()
            .with_custom_certificate_verifier(wrap(verifier));
        let mut rustls = match &identity {
            Some(identity) => {
                builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&identity.key))))
            }
            None => builder.with_no_client_auth(),
        };
        rustls.resumption = Resumption::store(Arc::clone(&sessions) as _);
        // A WebSocket begins as HTTP/1.1; early data could be replayed.
        rustls.alpn_protocols = vec![b"http/1.1".to_vec()];
        rustls.enable_early_data = false;
        let certificates = identity.as_ref().map(|identity| Arc::clone(&identity.certificates)).unwrap_or_default();
        Ok(Client { rustls: Arc::new(rustls), sessions, certificates })
    }
}

#[derive(Clone, PartialEq)]
struct Key {
    /// A forked child makes clients of its own: a ticket used by two processes would be used twice.
    process: u32,
    endpoint: Endpoint,
    tls: TlsConfig,
    anchors: Digest,
    lists: Digest,
    identity: Option<Digest>,
}

/// The clients in use, the one used last at the end.
struct Clients(Mutex<Vec<(Key, Client)>>);

static KEPT: Clients = Clients(Mutex::new(Vec::new()));

/// Endpoints times identities that one process uses at the same time; more only cost another handshake.
const MAX_KEPT: usize = 256;

impl Clients {
    fn find(&self, key: &Key) -> Option<Client> {
        let mut kept = shared::lock(&self.0)?;
        let at = kept.iter().position(|(known, _)| known == key)?;
        let entry = kept.remove(at);
        let client = entry.1.clone();
        kept.push(entry);
        Some(client)
    }

    /// Builds without the lock, so that it is held for moments only; of two builders at once the first wins.
    fn get(&self, key: &Key, build: impl FnOnce() -> Result<Client>) -> Result<Client> {
        if let Some(client) = self.find(key) {
            return Ok(client);
        }
        let built = build()?;
        if let Some(client) = self.find(key) {
            return Ok(client);
        }
        if let Some(mut kept) = shared::lock(&self.0) {
            if kept.len() == MAX_KEPT {
                kept.remove(0);
            }
            kept.push((key.clone(), built.clone()));
        }
        Ok(built)
    }
}
