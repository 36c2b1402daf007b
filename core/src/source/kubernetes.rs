//! `kubernetes`, mode `api`: one Secret, read and watched at the API server.
//!
//! ```text
//! GET …/secrets/name -> resourceVersion --> WATCH from there: MODIFIED, DELETED; BOOKMARK moves the version on
//!                                                |  410 Gone: the version is too old
//!                                                +-> WATCH without one: begins with what is there
//! ```
//!
//! The service account's token is read again for every request: the kubelet exchanges it every hour.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::builder::Inputs;
use super::content::{self, KEYS_BESIDE};
use super::http::{Http, Incoming, Request, Servers, segment};
use super::published;
use super::reference::SecretFrom;
use crate::credential::{Issued, SourceFuture, TokenSource};
use crate::error::{Error, ErrorCode, Result};

const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// A Secret holds at most 1 MiB, in base64 a third more.
const MAX_BYTES: usize = 2 << 20;
/// How long the server is asked to keep a watch open.
const WATCH: Duration = Duration::from_secs(240);
/// A watch that ends at once must not become a busy loop.
const LEAST_PAUSE: Duration = Duration::from_secs(1);
const GONE: u64 = 410;

/// One key of one Secret.
#[derive(Debug)]
pub(super) struct Kubernetes {
    http: Http,
    namespace: Option<String>,
    secret: String,
    key: String,
    account: SecretFrom,
    seen: Mutex<Option<Seen>>,
}

/// What the last fetch saw.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    /// Of what the token comes from; `None` for a Secret that is not there.
    digest: Option<[u8; 32]>,
    /// Where a watch goes on; `None` begins with what is there.
    version: Option<String>,
}

/// What an event of a watch means.
enum Told {
    Changed,
    /// Nothing new up to this version.
    Version(Option<String>),
    /// The version is too old to go on from.
    Gone,
}

impl Kubernetes {
    pub(super) fn new(inputs: &mut Inputs) -> Result<Kubernetes> {
        let server = inputs.values.take_text("api_server")?.unwrap_or_else(in_cluster);
        let servers =
            Servers::parse("api_server", &server, |encrypted| if encrypted == Some(false) { 80 } else { 443 })?;
        let encrypted = servers.encrypted.unwrap_or(true);
        let trusted = ["tls_ca", "tls_pin", "tls_system_roots"].iter().any(|option| inputs.given.contains(option));
        if encrypted && !trusted {
            let ca = format!("{SERVICE_ACCOUNT}/ca.crt");
            inputs.connection = std::mem::take(&mut inputs.connection).set("tls_ca", &ca)?;
        }
        let account = inputs.text("token_file", &format!("{SERVICE_ACCOUNT}/token"))?;
        Ok(Kubernetes {
            namespace: inputs.values.take_text("namespace")?,
            secret: inputs.required_text("secret")?,
            key: inputs.text("key", "token")?,
            account: SecretFrom::File(account.into()),
            http: Http::new("the API server of Kubernetes", inputs, &servers, encrypted)?,
            seen: Mutex::default(),
        })
    }

    fn place(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("the Secret {namespace}/{}, key {}", self.secret, self.key),
            None => format!("the Secret {}, key {}", self.secret, self.key),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Option<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn get(&self) -> Result<Issued> {
        let mut object = self.read().await?;
        *self.seen() = Some(self.seen_in(&object));
        let issued = self.issued(&object);
        content::wipe(&mut object);
        issued
    }

    fn issued(&self, object: &Value) -> Result<Issued> {
        if object.is_null() {
            return Err(content::invalid(&self.place(), "there is no such Secret"));
        }
        let data = &object["data"];
        let Some(token) = decoded(&data[self.key.as_str()]) else {
            return Err(content::invalid(&self.place(), "the Secret has no such key"));
        };
        let beside: Vec<(&str, Zeroizing<String>)> = KEYS_BESIDE
            .into_iter()
            .filter_map(|key| Some((key, Zeroizing::new(String::from_utf8(decoded(&data[key])?.to_vec()).ok()?))))
            .collect();
        content::parse_beside(&token, beside.iter().map(|(key, value)| (*key, value.as_str())), &self.place())
    }

    /// The Secret; `Null` if there is none.
    async fn read(&self) -> Result<Value> {
        let path = format!("{}/{}", self.path().await?, segment(&self.secret));
        let request = self.authorized(Request::get(path)).await?.limit(MAX_BYTES);
        let answer = self.http.ask(&request).await?;
        match answer.status {
            200 => answer.json().ok_or_else(|| answer.unexpected("what is no JSON, to the request for the Secret,")),
            404 => Ok(Value::Null),
            status => Err(self.refused(&answer.server, status)),
        }
    }

    async fn wait(&self) -> Result<()> {
        let known = self.seen().clone();
        let mut seen = match known {
            Some(seen) => seen,
            None => {
                let seen = self.seen_in(&self.read().await?);
                self.seen().get_or_insert(seen).clone()
            }
        };
        loop {
            let started = Instant::now();
            match self.watch(&mut seen).await? {
                Told::Changed => return Ok(()),
                Told::Version(_) => {}
                // Reading would give the Secret's own version, which is as old.
                Told::Gone => seen.version = None,
            }
            tokio::time::sleep_until(started + LEAST_PAUSE).await;
        }
    }

    /// One watch, to its end.
    async fn watch(&self, seen: &mut Seen) -> Result<Told> {
        let mut request = Request::get(self.path().await?)
            .query("watch", "true")
            .query("fieldSelector", format!("metadata.name={}", self.secret))
            .query("allowWatchBookmarks", "true")
            .query("timeoutSeconds", WATCH.as_secs().to_string())
            .patience(WATCH + self.http.timeout());
        if let Some(version) = &seen.version {
            request = request.query("resourceVersion", version);
        }
        let mut events = self.http.open(&self.authorized(request).await?).await?;
        match events.status {
            200 => {}
            410 => return Ok(Told::Gone),
            status => return Err(self.refused(&events.server, status)),
        }
        while let Some(told) = self.next(&mut events, seen).await? {
            match told {
                Told::Version(version) => seen.version = version.or(seen.version.take()),
                Told::Changed | Told::Gone => return Ok(told),
            }
        }
        Ok(Told::Version(None))
    }

    async fn next(&self, events: &mut Incoming, seen: &Seen) -> Result<Option<Told>> {
        let Some(line) = events.line(MAX_BYTES).await? else { return Ok(None) };
        let Ok(mut event) = serde_json::from_slice::<Value>(&line) else {
            let text = format!("{} sent an event that is no JSON", events.server);
            return Err(Error::new(ErrorCode::SourceUnavailable, text));
        };
        let object = &event["object"];
        let now = self.seen_in(object);
        let told = match event["type"].as_str() {
            Some("ADDED" | "MODIFIED") if now.digest != seen.digest => Told::Changed,
            Some("ADDED" | "MODIFIED" | "BOOKMARK") => Told::Version(now.version),
            Some("DELETED") if seen.digest.is_some() => Told::Changed,
            Some("DELETED") => Told::Version(now.version),
            Some("ERROR") if object["code"].as_u64() == Some(GONE) => Told::Gone,
            _ => {
                let code = object["code"].as_u64().map(|code| format!(" (code {code})")).unwrap_or_default();
                let text = format!("{} ended the watch of {} with an error{code}", events.server, self.place());
                return Err(Error::new(ErrorCode::SourceUnavailable, text));
            }
        };
        content::wipe(&mut event);
        Ok(Some(told))
    }

    fn seen_in(&self, object: &Value) -> Seen {
        let digest = object["data"].as_object().map(|data| {
            let mut hash = Sha256::new();
            for key in [self.key.as_str()].into_iter().chain(KEYS_BESIDE) {
                hash.update(data.get(key).and_then(Value::as_str).unwrap_or("\0"));
                hash.update([0]);
            }
            hash.finalize().into()
        });
        Seen { digest, version: object["metadata"]["resourceVersion"].as_str().map(str::to_owned) }
    }

    /// As a patch of these keys, if nobody else has written meanwhile; the others of the Secret stay. The account needs the verb
    /// patch, also for a dry run, of which the server stores nothing.
    async fn write(&self, issued: &Issued, dry: bool) -> Result<()> {
        let mut object = self.read().await?;
        let patch = self.patch(&object, issued);
        content::wipe(&mut object);
        let path = format!("{}/{}", self.path().await?, segment(&self.secret));
        let mut request = Request::new(Method::PATCH, path);
        request = if dry { request.query("dryRun", "All") } else { request.writes() };
        let patch = request.body("application/merge-patch+json", content::written(patch?));
        let answer = self.http.ask(&self.authorized(patch).await?.limit(MAX_BYTES)).await?;
        match answer.status {
            200 => Ok(()),
            409 => Err(published::written_meanwhile(&answer, &self.place())),
            status => Err(self.refused(&answer.server, status).with_may_have_run(answer.may_have_run)),
        }
    }

    fn patch(&self, object: &Value, issued: &Issued) -> Result<Value> {
        if object.is_null() {
            return Err(content::invalid(&self.place(), "there is no such Secret; create it"));
        }
        let now = decoded(&object["data"][self.key.as_str()]);
        let (token, beside) = published::beside(now.as_ref().map(|now| &now[..]), issued, &self.place())?;
        let mut data = serde_json::Map::new();
        data.extend(KEYS_BESIDE.map(|stale| (stale.to_owned(), Value::Null)));
        for (key, value) in beside.into_iter().chain([(self.key.as_str(), token)]) {
            data.insert(key.to_owned(), STANDARD.encode(value.expose()).into());
        }
        let version = &object["metadata"]["resourceVersion"];
        Ok(serde_json::json!({ "metadata": { "resourceVersion": version }, "data": data }))
    }

    async fn path(&self) -> Result<String> {
        let namespace = match &self.namespace {
            Some(namespace) => namespace.clone(),
            None => {
                let mounted = SecretFrom::File(format!("{SERVICE_ACCOUNT}/namespace").into());
                mounted.read().await?.expose().to_owned()
            }
        };
        Ok(format!("/api/v1/namespaces/{}/secrets", segment(&namespace)))
    }

    async fn authorized(&self, request: Request) -> Result<Request> {
        let token = self.account.read().await?;
        Ok(request.header("authorization", Zeroizing::new(format!("Bearer {}", token.expose())).as_str()))
    }

    fn refused(&self, server: &str, status: u16) -> Error {
        let why = match status {
            401 => "it does not accept the service account's token (HTTP 401)".to_owned(),
            403 => "the service account needs the verbs get and watch on this Secret, and patch to publish (HTTP 403)"
                .to_owned(),
            422 => "it is immutable, or would be too large (HTTP 422)".to_owned(),
            status => format!("HTTP {status}"),
        };
        Error::new(ErrorCode::SourceUnavailable, format!("{server} refused {}: {why}", self.place()))
    }
}

impl TokenSource for Kubernetes {
    fn name(&self) -> &str {
        "kubernetes"
    }

    fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
        Box::pin(self.get())
    }

    fn changed(&self) -> SourceFuture<'_, Result<()>> {
        Box::pin(self.wait())
    }

    fn publish<'a>(&'a self, issued: &'a Issued) -> SourceFuture<'a, Result<()>> {
        Box::pin(self.write(issued, false))
    }

    fn check_publish(&self) -> SourceFuture<'_, Result<()>> {
        Box::pin(async { self.write(&published::sample(), true).await })
    }
}

/// As a pod finds its API server.
fn in_cluster() -> String {
    match (std::env::var("KUBERNETES_SERVICE_HOST"), std::env::var("KUBERNETES_SERVICE_PORT")) {
        (Ok(host), Ok(port)) if host.contains(':') => format!("https://[{host}]:{port}"),
        (Ok(host), Ok(port)) => format!("https://{host}:{port}"),
        _ => "https://kubernetes.default.svc".into(),
    }
}

fn decoded(value: &Value) -> Option<Zeroizing<Vec<u8>>> {
    STANDARD.decode(value.as_str()?).ok().map(Zeroizing::new)
}
