//! From [`TlsConfig`] to a rustls client configuration: trust anchors, pins, versions, cipher order (TLS-1, 2, 4, 5, 11).
//!
//! Reads certificate files; opens no socket. The provider is always passed explicitly: a library must not install a
//! process-wide default. The built configuration is kept and shared by every connection with the same [`TlsConfig`],
//! because rustls keeps the sessions for resumption in it (TLS-6).

mod diagnosis;
mod roots;
mod verifier;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::crypto::CryptoProvider;
use rustls::{CipherSuite, ClientConfig, SupportedCipherSuite, SupportedProtocolVersion};

use crate::config::{TlsConfig, TlsVersion};
use crate::error::{Error, ErrorCode, Result};

pub(crate) use diagnosis::handshake_error;
use roots::Anchors;
use verifier::Verifier;

/// What was negotiated, for people to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSummary {
    /// `TLSv1.3` or `TLSv1.2`.
    pub version: &'static str,
    /// IANA name of the cipher suite.
    pub cipher_suite: String,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
}

/// The rustls configuration for `tls`: the same one for the same options and the same certificate files.
pub(crate) fn client_config(tls: &TlsConfig) -> Result<Arc<ClientConfig>> {
    let anchors = Anchors::read(tls)?;
    if let Some(built) = find(&kept(), tls, &anchors) {
        return Ok(built);
    }
    // Built without the lock, so that it is held for moments only; of two builders at once the first wins.
    let built = Arc::new(build(tls, &anchors)?);
    let mut kept = kept();
    if let Some(built) = find(&kept, tls, &anchors) {
        return Ok(built);
    }
    if kept.len() == MAX_KEPT {
        kept.remove(0);
    }
    kept.push(Kept { tls: tls.clone(), anchors: anchors.fingerprint(), built: Arc::clone(&built) });
    Ok(built)
}

fn kept() -> MutexGuard<'static, Vec<Kept>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find(kept: &[Kept], tls: &TlsConfig, anchors: &Anchors) -> Option<Arc<ClientConfig>> {
    let entry = kept.iter().find(|entry| entry.tls == *tls && entry.anchors == anchors.fingerprint())?;
    Some(Arc::clone(&entry.built))
}

struct Kept {
    tls: TlsConfig,
    anchors: [u8; 32],
    built: Arc<ClientConfig>,
}

static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

/// Identities one process uses at the same time; more only cost another handshake.
const MAX_KEPT: usize = 64;

fn build(tls: &TlsConfig, anchors: &Anchors) -> Result<ClientConfig> {
    let provider = Arc::new(provider());
    let verifier = Verifier::new(tls, anchors, &provider)?;
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(tls))
        .map_err(|error| {
            Error::new(ErrorCode::TlsVersionInvalid, "the TLS versions cannot be used")
                .with_option("tls_version")
                .with_source(error)
        })
        .map(|builder| builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn versions(tls: &TlsConfig) -> Vec<&'static SupportedProtocolVersion> {
    let wanted = tls.min_version()..=tls.max_version();
    [(TlsVersion::V1_2, &rustls::version::TLS12), (TlsVersion::V1_3, &rustls::version::TLS13)]
        .into_iter()
        .filter(|(version, _)| wanted.contains(version))
        .map(|(_, supported)| supported)
        .collect()
}

#[cfg(feature = "aws-lc-rs")]
fn default_provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
fn default_provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

/// The provider with the suites in our order of preference (TLS-5).
pub(crate) fn provider() -> CryptoProvider {
    let mut provider = default_provider();
    let aes = has_aes_instructions();
    provider.cipher_suites.sort_by_key(|suite| preference(suite, aes));
    provider
}

/// TLS 1.3 before 1.2; AES-128 before ChaCha20 before AES-256, ChaCha20 first where AES would run in software.
fn preference(suite: &SupportedCipherSuite, aes: bool) -> (bool, u8) {
    use CipherSuite as S;
    let rank = match suite.suite() {
        S::TLS13_AES_128_GCM_SHA256
        | S::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
        | S::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => 1,
        S::TLS13_CHACHA20_POLY1305_SHA256
        | S::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
        | S::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => {
            if aes {
                2
            } else {
                0
            }
        }
        _ => 3,
    };
    (suite.tls13().is_none(), rank)
}

fn has_aes_instructions() -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return std::arch::is_x86_feature_detected!("aes");
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("aes");
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_are_ordered_as_required_and_hold_nothing_old() {
        let names: Vec<String> = provider().cipher_suites.iter().map(|suite| format!("{:?}", suite.suite())).collect();
        if has_aes_instructions() {
            assert_eq!(
                names[..3],
                ["TLS13_AES_128_GCM_SHA256", "TLS13_CHACHA20_POLY1305_SHA256", "TLS13_AES_256_GCM_SHA384"]
            );
        }
        for name in &names {
            assert!(!["RC4", "3DES", "CBC", "TLS_RSA_"].iter().any(|old| name.contains(old)), "{name}");
        }
    }

    #[test]
    fn chacha_comes_first_without_aes_instructions() {
        let mut suites = default_provider().cipher_suites;
        suites.sort_by_key(|suite| preference(suite, false));
        assert_eq!(suites[0].suite(), CipherSuite::TLS13_CHACHA20_POLY1305_SHA256);
    }
}
