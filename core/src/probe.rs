//! Looking at a server step by step, as one would with `openssl s_client` and `curl` (OPS-4).

use std::time::{Duration, Instant};

use crate::client::Connection;
use crate::config::{Config, Endpoint};
use crate::error::{Error, ErrorCode, Result};
use crate::tls::{self, Certificate, TlsSummary};
use crate::transport::{self, Phase};

/// What was seen of one endpoint.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Probe {
    /// Where it was looked.
    pub endpoint: Endpoint,
    /// Every phase that began, with its duration; the last one failed if there is an `error`.
    pub phases: Vec<(Phase, Duration)>,
    /// What TLS negotiated; `None` on a plain connection and if the handshake failed.
    pub tls: Option<TlsSummary>,
    /// The server's certificates, its own first, even if they were refused.
    pub certificates: Vec<Certificate>,
    /// What the OCSP answer it stapled says: `good`, `revoked` or `unknown`; `None` if there was none.
    pub stapled_ocsp: Option<&'static str>,
    /// Whether a second connection resumed the session; `None` if there was none to try.
    pub resumption: Option<bool>,
    /// Version of the server, once the credential was accepted.
    pub server_version: Option<String>,
    /// Why it ended before its end.
    pub error: Option<Error>,
}

/// Looks at every endpoint of `config`. The credential is shown only if one was given, and only to a server that has been
/// verified as the options demand: a refused server is described, and receives nothing.
///
/// # Errors
/// Only what is wrong with files; what is wrong with a server is in its [`Probe`].
pub async fn probe(config: &Config) -> Result<Vec<Probe>> {
    let mut probes = Vec::new();
    for endpoint in config.endpoints() {
        probes.push(probe_one(config, endpoint).await?);
    }
    Ok(probes)
}

async fn probe_one(config: &Config, endpoint: &Endpoint) -> Result<Probe> {
    let (client, recording) = match config.tls().cloned() {
        None => (None, None),
        Some(tls) => {
            let config = config.clone();
            let made = tokio::task::spawn_blocking(move || tls::recording_client(&config, &tls)).await;
            let (client, recording) = made.map_err(|error| {
                Error::new(ErrorCode::RuntimeUnavailable, "the certificate files could not be read").with_source(error)
            })??;
            (Some(client), Some(recording))
        }
    };
    let mut began: Vec<(Phase, Instant)> = Vec::new();
    let patience = config.connect_timeout();
    let mut probe = Probe {
        endpoint: endpoint.clone(),
        phases: Vec::new(),
        tls: None,
        certificates: Vec::new(),
        stapled_ocsp: None,
        resumption: None,
        server_version: None,
        error: None,
    };
    let outcome = {
        let mut begins = |phase| began.push((phase, Instant::now()));
        let attempt = async {
            if config.has_given_credential() {
                let connection = Connection::connect_to(config, endpoint, client.clone(), &mut begins).await?;
                connection.close().await;
                Ok((connection.tls().cloned(), Some(connection.server_version().to_owned())))
            } else {
                let transport = transport::open(config, endpoint, client.clone(), &mut begins).await?;
                Ok((transport.tls, None))
            }
        };
        tokio::time::timeout(patience, attempt).await.unwrap_or_else(|_| Err(too_slow(patience)))
    };
    probe.phases = durations(&began, Instant::now());
    match outcome {
        Ok((tls, server_version)) => {
            probe.resumption = match (&tls, client) {
                (Some(_), Some(client)) => {
                    let mut ignore = |_| {};
                    let again = transport::open(config, endpoint, Some(client), &mut ignore);
                    let again = tokio::time::timeout(patience, again).await.ok().and_then(Result::ok);
                    again.and_then(|transport| transport.tls).map(|tls| tls.resumed)
                }
                _ => None,
            };
            (probe.tls, probe.server_version) = (tls, server_version);
        }
        Err(error) => probe.error = Some(error),
    }
    if let Some(recording) = recording {
        probe.certificates = recording.certificates();
        probe.stapled_ocsp = recording.stapled();
    }
    Ok(probe)
}

fn too_slow(patience: Duration) -> Error {
    Error::new(ErrorCode::ConnectTimeout, format!("no connection within {} s", patience.as_secs_f64()))
}

fn durations(began: &[(Phase, Instant)], end: Instant) -> Vec<(Phase, Duration)> {
    let ends = began.iter().skip(1).map(|(_, at)| *at).chain([end]);
    began.iter().zip(ends).map(|((phase, at), end)| (*phase, end - *at)).collect()
}
