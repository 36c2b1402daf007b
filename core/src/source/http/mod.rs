//! HTTP for the places that tokens come from: our own TLS, several servers, bounded answers.
//!
//! No redirect is followed, no proxy of the environment asked, no connection kept: a source asks seldom, and a socket that is not
//! there cannot be left behind or shared with a forked child. What a request carries is in no error.

mod answer;
mod failure;
mod request;
mod servers;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, redirect};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::beside_the_runtime;
use super::builder::Inputs;
use crate::config::{Config, Endpoint, conflict};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Event, EventName};
use crate::observe;
use crate::tls;
pub(super) use answer::{Answer, Incoming};
pub(super) use request::{Request, segment};
pub(super) use servers::Servers;

/// The connection options that mean the same for a source that is asked by HTTP.
pub(super) const TLS_OPTIONS: &[&str] = &[
    "tls_ca",
    "tls_system_roots",
    "tls_pin",
    "tls_crl",
    "tls_revocation",
    "tls_cert",
    "tls_key",
    "tls_key_passphrase",
    "tls_key_passphrase_source",
    "tls_key_permissions",
    "tls_min_version",
    "tls_max_version",
    "tls_post_quantum",
];

/// `http` on the way to another machine, unless somebody says by name that the network is trusted.
pub(super) const DANGER: &str = "danger_token_over_plaintext";

/// The servers of one source. The one that answered last is asked first.
#[derive(Debug)]
pub(super) struct Http {
    /// Whose servers they are: `Nacos`.
    what: &'static str,
    config: Config,
    timeout: Duration,
    preferred: AtomicUsize,
    clients: Mutex<Vec<Kept>>,
}

/// The client of one server, good as long as the files of its TLS options say the same.
#[derive(Debug)]
struct Kept {
    endpoint: usize,
    tls: Arc<rustls::ClientConfig>,
    client: Client,
}

impl Http {
    /// # Errors
    /// What is wrong with TLS options; `INSECURE_TRANSPORT` for a server on another machine by plain `http`.
    pub(super) fn new(what: &'static str, inputs: &mut Inputs, servers: &Servers, encrypted: bool) -> Result<Http> {
        let timeout = inputs.duration("timeout", 10)?;
        let accepted = inputs.values.take_bool(DANGER)?.unwrap_or(false);
        if !encrypted {
            if let Some(option) = inputs.given.first() {
                return Err(conflict(option, "the servers are asked by http://, so this has no meaning; use https://"));
            }
            if !servers.endpoints.iter().all(Endpoint::is_loopback) {
                warn_of_plaintext(what, accepted)?;
            }
        }
        let hosts: Vec<String> = servers.endpoints.iter().map(Endpoint::to_string).collect();
        let config = std::mem::take(&mut inputs.connection)
            .set("host", &hosts.join(","))?
            .set("tls", if encrypted { "true" } else { "false" })?
            .build()?;
        Ok(Http { what, config, timeout, preferred: AtomicUsize::new(0), clients: Mutex::default() })
    }

    /// The limit of one exchange.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Asks each server until one answers for itself. An answer of another status than 200 is no error here.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` if none could be reached, or the answer is too long; of a request that writes and may have arrived,
    /// [`Error::may_have_run`] is true.
    pub(super) async fn ask(&self, request: &Request) -> Result<Answer> {
        let mut incoming = self.open(request).await?;
        let unanswered = self.unanswered(incoming.index, request);
        let read = incoming.whole(request.limit).await;
        let body = read.map_err(|error| error.with_may_have_run(request.writes))?;
        unanswered.answered();
        let Incoming { status, headers, server, may_have_run_before, .. } = incoming;
        let may_have_run = may_have_run_before || request.writes && is_failure(status);
        Ok(Answer { status, headers, body, server, may_have_run, may_have_run_before })
    }

    /// The same, where the body is read piece by piece.
    pub(super) async fn open(&self, request: &Request) -> Result<Incoming> {
        let count = self.config.endpoints().len();
        let first = self.preferred.load(Ordering::Relaxed);
        let mut last = Err(ErrorCode::SourceUnavailable.into());
        let (mut arrived, mut before) = (false, false);
        for index in (first..first + count).map(|index| index % count) {
            before = arrived;
            let unanswered = self.unanswered(index, request);
            last = self.open_at(index, request).await;
            if last.as_ref().is_ok_and(|incoming| !is_of_another_server(incoming.status)) {
                unanswered.answered();
                self.preferred.store(index, Ordering::Relaxed);
                break;
            }
            // Whatever a later server says: one that failed over a request that writes may have done it.
            arrived |= match &last {
                Ok(incoming) => request.writes && is_failure(incoming.status),
                Err(error) => error.may_have_run(),
            };
        }
        match last {
            Ok(incoming) => Ok(Incoming { may_have_run_before: before, ..incoming }),
            Err(error) => Err(error.with_may_have_run(arrived)),
        }
    }

    /// To be held while an answer is waited for. A long wait for a change says nothing about a server.
    fn unanswered(&self, index: usize, request: &Request) -> Unanswered<'_> {
        let next = (index + 1) % self.config.endpoints().len();
        Unanswered { preferred: request.patience.is_none().then_some(&self.preferred), index, next }
    }

    async fn open_at(&self, index: usize, request: &Request) -> Result<Incoming> {
        let endpoint = &self.config.endpoints()[index];
        let scheme = if self.config.tls().is_some() { "https" } else { "http" };
        let server = format!("{} at {scheme}://{endpoint}", self.what);
        let patience = request.patience.unwrap_or(self.timeout);
        let deadline = Instant::now() + patience;
        let late = || {
            Error::new(
                ErrorCode::SourceUnavailable,
                format!("{server} did not answer within {} s", patience.as_secs_f64()),
            )
        };
        let client = self.client(index).await?;
        let sending = request.send(&client, &format!("{scheme}://{endpoint}{}", request.path))?;
        match tokio::time::timeout_at(deadline, sending).await {
            Err(_) => Err(late().with_may_have_run(request.writes)),
            Ok(Err(error)) => {
                let arrived = request.writes && !error.is_connect();
                Err(self.failed(&server, error).with_may_have_run(arrived))
            }
            Ok(Ok(response)) => Ok(Incoming {
                index,
                status: response.status().as_u16(),
                headers: response.headers().clone(),
                late: late(),
                server,
                may_have_run_before: false,
                deadline,
                response,
                rest: Zeroizing::default(),
            }),
        }
    }

    /// A client for the files as they are now.
    async fn client(&self, index: usize) -> Result<Client> {
        let config = self.config.clone();
        let tls = beside_the_runtime(move || match config.tls() {
            Some(tls) => tls::client(&config, tls, &config.endpoints()[index])
                .map(|client| client.rustls())
                .map_err(failure::unusable),
            None => tls::distrusting(),
        })
        .await?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = clients.iter().find(|kept| kept.endpoint == index && Arc::ptr_eq(&kept.tls, &tls)) {
            return Ok(kept.client.clone());
        }
        let client = Client::builder()
            .tls_backend_preconfigured(rustls::ClientConfig::clone(&tls))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .http1_only()
            .pool_max_idle_per_host(0)
            // One that is switched off must not cost the others their turn.
            .connect_timeout(self.timeout / u32::try_from(self.config.endpoints().len()).unwrap_or(u32::MAX))
            .user_agent(concat!("tdsec/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                Error::new(ErrorCode::Internal, "no HTTP client can be made").with_source(error.without_url())
            })?;
        clients.retain(|kept| kept.endpoint != index);
        clients.push(Kept { endpoint: index, tls, client: client.clone() });
        Ok(client)
    }

    fn failed(&self, server: &str, error: reqwest::Error) -> Error {
        failure::failed(server, error, self.config.credential().identity().is_some())
    }
}

/// A server that gives no answer is not asked first again, also if nobody has the patience to wait for its end.
struct Unanswered<'a> {
    preferred: Option<&'a AtomicUsize>,
    index: usize,
    next: usize,
}

impl Unanswered<'_> {
    fn answered(mut self) {
        self.preferred = None;
    }
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(preferred) = self.preferred {
            // Unless another request has found a better one meanwhile.
            let _ = preferred.compare_exchange(self.index, self.next, Ordering::Relaxed, Ordering::Relaxed);
        }
    }
}

fn warn_of_plaintext(what: &'static str, accepted: bool) -> Result<()> {
    if !accepted {
        let text = format!(
            "{what} on another machine would be asked by plain http: whoever listens reads the token, and the password with \
             which it is asked; use https://, or set {DANGER}=true if the network itself is trusted"
        );
        return Err(Error::new(ErrorCode::InsecureTransport, text).with_option(DANGER));
    }
    let text = format!("{what} is asked by plain http: whoever listens reads the token");
    observe::tell(Event::new(EventName::ConfigWarning).with("option", DANGER).with("message", text));
    Ok(())
}

/// Standby, sealed, overloaded, or a redirect to the server that is in charge.
fn is_of_another_server(status: u16) -> bool {
    matches!(status, 300..=399 | 429 | 472 | 473 | 500..=599)
}

fn is_failure(status: u16) -> bool {
    matches!(status, 500..=599)
}
