//! What a handshake came to, for people, for monitoring and for the CLI.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use rustls::pki_types::CertificateDer;
use rustls::{ClientConnection, HandshakeKind, ProtocolVersion};

use super::certificate::{Certificate, EXPIRY_WARNING_DAYS};
use crate::config::Endpoint;
use crate::event::{Event, EventName};
use crate::observe::{self, Expiry};
use crate::shared;

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
    /// Tells of what ends within [`EXPIRY_WARNING_DAYS`] or has ended, each certificate once a day for each endpoint and pool,
    /// and has the days of all of them measured (CRT-1).
    pub(crate) fn tell_expiry(&self, endpoint: &Endpoint, pool: Option<&str>) {
        let now = SystemTime::now();
        let endpoint = endpoint.to_string();
        for (whose, certificates) in [("server", &self.certificates), ("client", &self.client_certificates)] {
            let expiry = |certificate: &Certificate| Expiry {
                fingerprint: certificate.fingerprint.clone(),
                not_after: certificate.not_after,
            };
            observe::saw_certificates(&endpoint, whose, certificates.iter().map(expiry).collect());
            for certificate in certificates.iter() {
                let days_left = certificate.days_left(now);
                if days_left >= EXPIRY_WARNING_DAYS {
                    continue;
                }
                let fingerprint = &certificate.fingerprint;
                if is_new_today(format!("{} {endpoint} {fingerprint}", pool.unwrap_or_default()), now) {
                    let event = Event::new(EventName::CertificateExpiring)
                        .with_some("pool", pool)
                        .with("endpoint", endpoint.as_str())
                        .with("whose", whose)
                        .with("days_left", days_left)
                        .with("subject", certificate.subject.as_str())
                        .with("fingerprint", fingerprint.as_str());
                    observe::tell(event);
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

/// False if this was warned of within a day before `now`.
fn is_new_today(what: String, now: SystemTime) -> bool {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    const MAX_KEPT: usize = 1024;
    static WARNED: Mutex<Vec<(String, SystemTime)>> = Mutex::new(Vec::new());
    let Some(mut warned) = shared::lock(&WARNED) else { return true };
    warned.retain(|(_, at)| now.duration_since(*at).is_ok_and(|age| age < DAY));
    if warned.iter().any(|(known, _)| *known == what) {
        return false;
    }
    if warned.len() < MAX_KEPT {
        warned.push((what, now));
    }
    true
}

fn read(chain: &[CertificateDer<'_>]) -> Arc<[Certificate]> {
    chain.iter().filter_map(|der| Certificate::from_der(der)).collect()
}
