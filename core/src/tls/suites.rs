//! Provider, versions, cipher suites and key exchange, in our order (TLS-4, TLS-5).

use rustls::crypto::CryptoProvider;
use rustls::{CipherSuite, NamedGroup, SupportedCipherSuite, SupportedProtocolVersion};

use crate::config::{TlsConfig, TlsVersion};

pub(super) fn versions(tls: &TlsConfig) -> Vec<&'static SupportedProtocolVersion> {
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

/// The provider with the suites in our order of preference, the post-quantum hybrid first or not at all.
pub(super) fn provider(post_quantum: bool) -> CryptoProvider {
    let mut provider = default_provider();
    let aes = has_aes_instructions();
    provider.cipher_suites.sort_by_key(|suite| preference(suite, aes));
    if !post_quantum {
        provider.kx_groups.retain(|group| !is_hybrid(group.name()));
    }
    provider.kx_groups.sort_by_key(|group| !is_hybrid(group.name()));
    provider
}

fn is_hybrid(group: NamedGroup) -> bool {
    matches!(group, NamedGroup::X25519MLKEM768 | NamedGroup::secp256r1MLKEM768)
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
        let suites = provider(true).cipher_suites;
        let names: Vec<String> = suites.iter().map(|suite| format!("{:?}", suite.suite())).collect();
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

    #[test]
    #[cfg(feature = "aws-lc-rs")]
    fn the_post_quantum_hybrid_is_offered_first_and_can_be_switched_off() {
        let names = |post_quantum| -> Vec<NamedGroup> {
            provider(post_quantum).kx_groups.iter().map(|group| group.name()).collect()
        };
        assert_eq!(names(true)[0], NamedGroup::X25519MLKEM768);
        assert!(!names(false).is_empty() && !names(false).contains(&NamedGroup::X25519MLKEM768));
    }
}
