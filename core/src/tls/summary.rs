//! What a handshake came to, for people, for monitoring and for the CLI.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use rustls::pki_types::CertificateDer;
use rustls::{ClientConnection, HandshakeKind, ProtocolVersion};

use super::certificate::{Certificate, EXPIRY_WARNING_DAYS};
use super::shared;
use crate::config::Endpoint;

/// What was negotiated, and by which certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsSummary {
    /// `TLSv1.3` or `TLSv1.2`.
    pub version: &'static str,
    /// IANA name of the cipher suite.
    pub cipher_suite: String,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// The key exchange, such as `X25519MLKEM768` or `X25519`; empty where a resumed session had none of its own.
    pub key_exchange: String,
    /// The server's certificates, its own first; those of the first handshake if the session was resumed.
    pub certificates: Arc<[Certificate]>,
    /// The certificates sent to the server, the client's own first; empty without one.
    pub client_certificates: Arc<[Certificate]>,
}

impl TlsSummary {
    /// Logs what ends within [`EXPIRY_WARNING_DAYS`] or has ended, each certificate once a day (CRT-1).
    pub(crate) fn warn_of_expiry(&self, endpoint: &Endpoint) {
        let now = SystemTime::now();
        for (whose, certificates) in [("server", &self.certificates), ("client", &self.client_certificates)] {
            for certificate in certificates.iter() {
                let days_left = certificate.days_left(now);
                if days_left < EXPIRY_WARNING_DAYS && is_new_today(certificate, now) {
                    tracing::warn!(
                        target: "tdsec",
                        %endpoint, whose, days_left, subject = certificate.subject, fingerprint = certificate.fingerprint,
                        "a certificate is about to end; renew it"
                    );
                }
            }
        }
    }

    pub(super) fn of(connection: &ClientConnection, client_certificates: Arc<[Certificate]>) -> TlsSummary {
        let version = match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
            _ => "TLSv1.3",
        };
        let suite = connection.negotiated_cipher_suite();
        let key_exchange = connection.negotiated_key_exchange_group().map(|group| format!("{:?}", group.name()));
        TlsSummary {
            version,
            cipher_suite: suite
                .map(|suite| format!("{:?}", suite.suite()).replace("TLS13_", "TLS_"))
                .unwrap_or_default(),
            resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
            key_exchange: key_exchange.unwrap_or_default(),
            certificates: read(connection.peer_certificates().unwrap_or_default()),
            client_certificates,
        }
    }
}

/// False if this certificate was warned of within a day before `now`.
fn is_new_today(certificate: &Certificate, now: SystemTime) -> bool {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    const MAX_KEPT: usize = 1024;
    static WARNED: Mutex<Vec<(String, SystemTime)>> = Mutex::new(Vec::new());
    let Some(mut warned) = shared::lock(&WARNED) else { return true };
    warned.retain(|(_, at)| now.duration_since(*at).is_ok_and(|age| age < DAY));
    if warned.iter().any(|(fingerprint, _)| *fingerprint == certificate.fingerprint) {
        return false;
    }
    if warned.len() < MAX_KEPT {
        warned.push((certificate.fingerprint.clone(), now));
    }
    true
}

fn read(chain: &[CertificateDer<'_>]) -> Arc<[Certificate]> {
    chain.iter().filter_map(|der| Certificate::from_der(der)).collect()
}
