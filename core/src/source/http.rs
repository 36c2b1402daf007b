//! HTTP for the places that tokens come from: our own TLS, several servers, bounded answers.
//!
//! No redirect is followed, no proxy of the environment asked, no connection kept: a source asks seldom, and a socket that is not
//! there cannot be left behind or shared with a forked child. What a request carries is in no error.

use std::error::Error as StdError;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, redirect};
use serde_json::Value;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::beside_the_runtime;
use super::builder::Inputs;
use super::content;
use crate::config::{Config, Endpoint, conflict, invalid, parse_hosts};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Event, EventName};
use crate::observe;
use crate::secret::Secret;
use crate::tls;

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

/// Where the servers are, as an option says.
pub(super) struct Servers {
    pub(super) endpoints: Vec<Endpoint>,
    /// `https://` or `http://` was written; all the same.
    pub(super) encrypted: Option<bool>,
}

impl Servers {
    /// Reads `https://h1:8848,https://h2`, or hosts alone.
    pub(super) fn parse(
        option: &'static str,
        text: &str,
        default_port: impl Fn(Option<bool>) -> u16,
    ) -> Result<Servers> {
        let parts: Vec<(Option<bool>, &str)> =
            text.split(',').map(|part| scheme(option, part.trim())).collect::<Result<_>>()?;
        let encrypted = parts[0].0;
        if parts.iter().any(|(other, _)| *other != encrypted) {
            return Err(invalid(option, "either all servers are asked by https:// or all by http://"));
        }
        let hosts: Vec<&str> = parts.iter().map(|(_, host)| host.strip_suffix('/').unwrap_or(host)).collect();
        if hosts.contains(&"") {
            return Err(invalid(option, "a server has no host"));
        }
        let hosts = parse_hosts(&hosts.join(",")).map_err(|error| invalid(option, error.message()))?;
        let endpoints = hosts.into_iter().map(|host| host.into_endpoint(default_port(encrypted))).collect();
        Ok(Servers { endpoints, encrypted })
    }
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
        let read = read_whole(&mut incoming, request.limit).await;
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
            Some(tls) => {
                tls::client(&config, tls, &config.endpoints()[index]).map(|client| client.rustls()).map_err(unusable)
            }
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
        failed(server, error, self.config.credential().identity().is_some())
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

async fn read_whole(incoming: &mut Incoming, limit: usize) -> Result<Zeroizing<Vec<u8>>> {
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = incoming.chunk().await? {
        if body.len() + chunk.len() > limit {
            let text = format!("{} answered with more than {} KiB", incoming.server, limit >> 10);
            return Err(Error::new(ErrorCode::SourceUnavailable, text));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Whether `https://` or `http://` was written, and the rest.
fn scheme<'a>(option: &'static str, text: &'a str) -> Result<(Option<bool>, &'a str)> {
    match text.split_once("://") {
        None => Ok((None, text)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => Ok((Some(true), rest)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => Ok((Some(false), rest)),
        Some(_) => Err(invalid(option, "the scheme of a server is https:// or http://")),
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

fn unusable(error: Error) -> Error {
    let text = error.message().to_owned();
    Error::new(ErrorCode::SourceUnavailable, text).with_source(error)
}

fn failed(server: &str, error: reqwest::Error, identified: bool) -> Error {
    // A URL may hold a secret in its query.
    let error = error.without_url();
    if let Some(tls) = chain(&error).find_map(|cause| handshake_error(cause, identified)) {
        let text = format!("{server} is not trusted: {}", tls.message());
        return Error::new(ErrorCode::SourceUnavailable, text).with_source(tls);
    }
    let cause = chain(&error).last().map(ToString::to_string).unwrap_or_default();
    Error::new(ErrorCode::SourceUnavailable, format!("{server} cannot be asked: {cause}")).with_source(error)
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| {
        let error: &'a (dyn StdError + 'static) = *error;
        match error.downcast_ref::<io::Error>() {
            // The source of an I/O error passes over the error it wraps.
            Some(wrapping) => wrapping.get_ref().map(|inner| inner as _),
            None => error.source(),
        }
    })
}

fn handshake_error(cause: &(dyn StdError + 'static), identified: bool) -> Option<Error> {
    tls::handshake_error(cause.downcast_ref::<io::Error>()?, identified)
}

/// What is asked. Text and form values are secrets, whatever they are: nobody has to think about it.
#[derive(Debug, Clone)]
pub(super) struct Request {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, Secret)>,
    form: Vec<(&'static str, Secret)>,
    body: Option<(&'static str, Secret)>,
    patience: Option<Duration>,
    limit: usize,
    writes: bool,
}

impl Request {
    pub(super) fn new(method: Method, path: impl Into<String>) -> Self {
        Request {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            form: Vec::new(),
            body: None,
            patience: None,
            limit: content::MAX_BYTES,
            writes: false,
        }
    }

    pub(super) fn get(path: impl Into<String>) -> Self {
        Request::new(Method::GET, path)
    }

    pub(super) fn post(path: impl Into<String>) -> Self {
        Request::new(Method::POST, path)
    }

    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<Secret>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn form(mut self, name: &'static str, value: impl Into<Secret>) -> Self {
        self.form.push((name, value.into()));
        self
    }

    /// An object of texts.
    pub(super) fn json(self, pairs: &[(&str, &str)]) -> Self {
        let object: serde_json::Map<String, Value> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
        self.body("application/json", content::written(Value::Object(object)))
    }

    /// A document of this type.
    pub(super) fn body(mut self, media_type: &'static str, document: Secret) -> Self {
        self.body = Some((media_type, document));
        self
    }

    /// Another limit than the source's.
    pub(super) fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// It changes what stands at the place: without an answer nobody knows whether it did, and [`Error::may_have_run`] says so. A
    /// login and a long poll change nothing that matters, whatever their method is.
    pub(super) fn writes(mut self) -> Self {
        self.writes = true;
        self
    }

    /// A longer answer than [`content::MAX_BYTES`].
    pub(super) fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    fn send(
        &self,
        client: &Client,
        url: &str,
    ) -> Result<impl Future<Output = reqwest::Result<reqwest::Response>> + use<>> {
        let mut building = client.request(self.method.clone(), url);
        if !self.query.is_empty() {
            building = building.query(&self.query);
        }
        for (name, value) in &self.headers {
            let mut value = HeaderValue::from_str(value.expose()).map_err(|_| {
                Error::new(
                    ErrorCode::SourceUnavailable,
                    format!("what belongs into the header {name} holds control characters"),
                )
            })?;
            value.set_sensitive(true);
            building = building.header(HeaderName::from_static(name), value);
        }
        if !self.form.is_empty() {
            let form: Vec<(&str, &str)> = self.form.iter().map(|(name, value)| (*name, value.expose())).collect();
            building = building.form(&form);
        }
        if let Some((media_type, document)) = &self.body {
            building = building.header("content-type", *media_type).body(document.expose().to_owned());
        }
        Ok(building.send())
    }
}

/// A part of a path: nothing in it separates or ends anything.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A whole answer.
pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    pub(super) body: Zeroizing<Vec<u8>>,
    /// `Nacos at http://h1:8848`.
    pub(super) server: String,
    /// Of a request that writes: this server or one before it failed over it, so that nobody knows whether it was done.
    pub(super) may_have_run: bool,
    /// The same of the servers before this one alone: for an answer that says itself that nothing was done.
    pub(super) may_have_run_before: bool,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// What came of the same request with other credentials, after this answer refused it. A server before this one may have done
    /// it all the same.
    pub(super) fn and_then(&self, again: Result<Answer>) -> Result<Answer> {
        let before = self.may_have_run;
        match again {
            Ok(answer) => Ok(Answer {
                may_have_run: answer.may_have_run || before,
                may_have_run_before: answer.may_have_run_before || before,
                ..answer
            }),
            Err(error) => {
                let may_have_run = error.may_have_run() || before;
                Err(error.with_may_have_run(may_have_run))
            }
        }
    }

    /// `SOURCE_UNAVAILABLE` for a status that nobody expects.
    pub(super) fn unexpected(&self, doing: &str) -> Error {
        let text = format!("{} answered {doing} with HTTP {}", self.server, self.status);
        Error::new(ErrorCode::SourceUnavailable, text).with_may_have_run(self.may_have_run)
    }
}

/// An answer whose body comes piece by piece.
pub(super) struct Incoming {
    index: usize,
    pub(super) status: u16,
    headers: HeaderMap,
    pub(super) server: String,
    may_have_run_before: bool,
    deadline: Instant,
    late: Error,
    response: reqwest::Response,
    rest: Zeroizing<Vec<u8>>,
}

impl Incoming {
    async fn chunk(&mut self) -> Result<Option<bytes::Bytes>> {
        match tokio::time::timeout_at(self.deadline, self.response.chunk()).await {
            Err(_) => Err(self.late.clone()),
            Ok(Err(error)) => Err(failed(&self.server, error, false)),
            Ok(Ok(chunk)) => Ok(chunk),
        }
    }

    /// The next line of at most `limit` bytes; `None` at the end, whatever is left of a line then.
    pub(super) async fn line(&mut self, limit: usize) -> Result<Option<Zeroizing<Vec<u8>>>> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let rest = Zeroizing::new(self.rest.split_off(end + 1));
                return Ok(Some(std::mem::replace(&mut self.rest, rest)));
            }
            if self.rest.len() > limit {
                let text = format!("{} sent a line of more than {} KiB", self.server, limit >> 10);
                return Err(Error::new(ErrorCode::SourceUnavailable, text));
            }
            match self.chunk().await? {
                None => return Ok(None),
                Some(chunk) => self.rest.extend_from_slice(&chunk),
            }
        }
    }
}
