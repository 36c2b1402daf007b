//! `vault`: a field of a secret in HashiCorp Vault or OpenBao.
//!
//! ```text
//! login (token, AppRole, Kubernetes, certificate) -> own token, renewed before it ends, made anew after 403
//!   |
//!   v
//! fetch:    GET /v1/{mount}/data/{path}  (version 2)   GET /v1/{mount}/{path}  (version 1, and engines with leases)
//! changed:  GET /v1/{mount}/metadata/{path} at intervals: the version; the secret itself where the policy hides that
//! publish:  fetch, then POST there; with versions, only if nobody wrote meanwhile
//! ```

mod login;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde_json::Value;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::builder::Inputs;
use super::content::Key;
use super::content::json::{Object, quoted};
use super::http::{Answer, Http, Request, Servers, segment};
use super::{content, published};
use crate::credential::{Issued, SourceFuture, TokenSource};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use login::Login;

/// One field of one secret.
#[derive(Debug)]
pub(super) struct Vault {
    http: Http,
    mount: String,
    path: String,
    field: String,
    versioned: bool,
    namespace: Option<String>,
    login: Login,
    poll: Duration,
    /// The policy allows the data, but not the metadata.
    hidden: AtomicBool,
    seen: Mutex<Option<Seen>>,
}

/// What the last fetch saw.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    /// Of the fields; `None` for a secret that is not there.
    digest: Option<[u8; 32]>,
    version: Option<u64>,
}

/// A secret as Vault answered it.
struct Found {
    answer: Value,
    /// The answer as it is written: the fields of others are put back as they are.
    text: Zeroizing<Vec<u8>>,
    /// Where the fields are.
    fields: &'static [&'static str],
}

/// What a secret is to be.
struct Next {
    /// With its mount.
    path: String,
    fields: Zeroizing<String>,
    /// The one that it follows.
    version: u64,
    /// What the policies have to allow, one of them.
    capabilities: &'static [&'static str],
}

impl Vault {
    pub(super) fn new(inputs: &mut Inputs) -> Result<Vault> {
        let address = match inputs.values.take_text("address")? {
            Some(address) => address,
            None => std::env::var("VAULT_ADDR").map_err(|_| super::builder::missing("address"))?,
        };
        let servers = Servers::parse("address", &address, |_| 8200)?;
        let encrypted = servers.encrypted.unwrap_or(true);
        let versioned = inputs.choice("kv_version", &["2", "1"])? == "2";
        Ok(Vault {
            mount: path(&inputs.text("mount", "secret")?),
            path: path(&inputs.required_text("path")?),
            field: inputs.text("field", "token")?,
            versioned,
            namespace: inputs.values.take_text("namespace")?,
            login: Login::new(inputs)?,
            poll: inputs.duration("poll_interval", 30)?,
            http: Http::new("Vault", inputs, &servers, encrypted)?,
            hidden: AtomicBool::new(false),
            seen: Mutex::default(),
        })
    }

    fn place(&self) -> String {
        format!("the Vault secret {}/{}, field {}", self.mount, self.path, self.field)
    }

    fn seen(&self) -> MutexGuard<'_, Option<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn get(&self) -> Result<Issued> {
        let found = self.read().await?;
        *self.seen() = Some(found.as_ref().map_or(Seen::NOTHING, Found::seen));
        let Some(mut found) = found else {
            return Err(content::invalid(&self.place(), "there is no such secret, or its last version was deleted"));
        };
        let issued = self.issued(&found);
        content::wipe(&mut found.answer);
        issued
    }

    fn issued(&self, found: &Found) -> Result<Issued> {
        let fields = found.fields();
        let Some(value) = fields[self.field.as_str()].as_str() else {
            return Err(content::invalid(&self.place(), "the secret has no such field with a text in it"));
        };
        let numbers: Vec<(String, String)> = [fields, found.custom()]
            .into_iter()
            .filter_map(Value::as_object)
            .flat_map(|object| object.iter().map(|(key, value)| (key.clone(), text(value))))
            .collect();
        let beside = numbers.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let mut issued = content::parse_beside(value.as_bytes(), beside, &self.place())?;
        // Of an engine that makes secrets; the lease of a stored one only says how often to look.
        let leased = found.answer["lease_id"].as_str().is_some_and(|lease| !lease.is_empty());
        if let Some(seconds) = found.answer["lease_duration"].as_u64().filter(|seconds| leased && *seconds > 0) {
            issued.ttl = issued.ttl.or(Some(Duration::from_secs(seconds)));
        }
        Ok(issued)
    }

    /// `None` if there is no such secret, or its last version was deleted.
    async fn read(&self) -> Result<Option<Found>> {
        Ok(self.look().await?.filter(|found| found.fields().is_object()))
    }

    /// The same, but of a deleted version what Vault still tells of it.
    async fn look(&self) -> Result<Option<Found>> {
        let inner = if self.versioned { "/data" } else { "" };
        let answer = self.ask(&format!("/v1/{}{inner}/{}", self.mount, self.path)).await?;
        let fields: &[&str] = if self.versioned { &["data", "data"] } else { &["data"] };
        match (answer.status, answer.json()) {
            (200 | 404, Some(json)) => Ok(Some(Found { answer: json, text: answer.body, fields })),
            (404, None) => Ok(None),
            (200, None) => Err(answer.unexpected("what is no JSON, to the request for the secret,")),
            _ => Err(self.refused(&answer)),
        }
    }

    async fn wait(&self) -> Result<()> {
        let known = *self.seen();
        let seen = match known {
            Some(seen) => seen,
            None => {
                let seen = self.read().await?.as_ref().map_or(Seen::NOTHING, Found::seen);
                *self.seen().get_or_insert(seen)
            }
        };
        loop {
            tokio::time::sleep(self.poll).await;
            if self.differs(&seen).await? {
                return Ok(());
            }
        }
    }

    async fn differs(&self, seen: &Seen) -> Result<bool> {
        if self.versioned && seen.version.is_some() && !self.hidden.load(Ordering::Relaxed) {
            let token = self.login.token(self).await?;
            let path = format!("/v1/{}/metadata/{}", self.mount, self.path);
            let answer = self.ask_with(&token, &path).await?;
            match answer.status {
                200 => return Ok(moved(&answer.json().unwrap_or_default()["data"], seen)),
                404 => return Ok(seen.digest.is_some()),
                // Either the token has ended, or the policy hides the metadata: the secret itself will tell.
                403 => {
                    let now = self.read().await?;
                    self.hidden.store(self.login.token(self).await? == token, Ordering::Relaxed);
                    return Ok(digest(now.as_ref()) != seen.digest);
                }
                _ => return Err(self.refused(&answer)),
            }
        }
        Ok(digest(self.read().await?.as_ref()) != seen.digest)
    }

    /// With the own token; once more with a new one if it is refused.
    async fn ask(&self, path: &str) -> Result<Answer> {
        self.send(Request::get(path)).await
    }

    async fn send(&self, request: Request) -> Result<Answer> {
        let token = self.login.token(self).await?;
        let answer = self.send_with(&token, request.clone()).await?;
        if answer.status != 403 || !self.login.forget(&token) {
            return Ok(answer);
        }
        let again = async {
            let token = self.login.token(self).await?;
            self.send_with(&token, request).await
        };
        answer.and_then(again.await)
    }

    async fn ask_with(&self, token: &Secret, path: &str) -> Result<Answer> {
        self.send_with(token, Request::get(path)).await
    }

    async fn send_with(&self, token: &Secret, request: Request) -> Result<Answer> {
        self.http.ask(&self.request(request).header("x-vault-token", token.clone())).await
    }

    /// The token and its times among the other fields of the secret, which stay. With versions, only if nobody else has written
    /// meanwhile.
    async fn write(&self, issued: &Issued) -> Result<()> {
        let Next { path, fields, version, .. } = self.next(issued).await?;
        let document = match self.versioned {
            true => ["{\"options\":{\"cas\":", &version.to_string(), "},\"data\":", &fields, "}"].concat(),
            false => fields.to_string(),
        };
        let request = Request::post(format!("/v1/{path}")).writes().body("application/json", document.into());
        let answer = self.send(request).await?;
        match answer.status {
            200 | 204 => Ok(()),
            400 if answer.json().is_some_and(|json| json["errors"].to_string().contains("check-and-set")) => {
                Err(published::written_meanwhile(&answer, &self.place()))
            }
            _ => Err(self.refused(&answer)),
        }
    }

    async fn next(&self, issued: &Issued) -> Result<Next> {
        let mut found = self.look().await?;
        let fields = self.written(found.as_ref(), issued);
        let version = found.as_ref().and_then(|found| found.seen().version).unwrap_or(0);
        let capabilities: &[&str] = match &found {
            Some(found) if found.fields().is_object() => &["update"],
            Some(found) if found.answer["data"].is_null() => &["create"],
            // Which one it is of a version that was deleted depends on the server.
            Some(_) => &["create", "update"],
            None => &["create"],
        };
        if let Some(found) = &mut found {
            content::wipe(&mut found.answer);
        }
        let inner = if self.versioned { "/data" } else { "" };
        Ok(Next { path: format!("{}{inner}/{}", self.mount, self.path), fields: fields?, version, capabilities })
    }

    /// Whether the policies allow it; where they hide even that, nobody knows.
    async fn check(&self) -> Result<()> {
        let next = self.next(&published::sample()).await?;
        let path = percent_decode_str(&next.path).decode_utf8_lossy();
        let request = content::written(serde_json::json!({ "paths": [path] }));
        // A refusal is no reason to log in anew: this question may be forbidden where writing is not.
        let token = self.login.token(self).await?;
        let request = Request::post("/v1/sys/capabilities-self").body("application/json", request);
        let answer = self.send_with(&token, request).await?;
        let json = answer.json().unwrap_or_default();
        let Some(allowed) = json["data"][&*path].as_array().filter(|_| answer.status == 200) else { return Ok(()) };
        let enough = |known: &Value| known == "root" || next.capabilities.iter().any(|wanted| known == wanted);
        if allowed.iter().any(enough) {
            return Ok(());
        }
        let (server, place, wanted) = (&answer.server, self.place(), next.capabilities.join(" or "));
        let text = format!("{server} would refuse to write {place}: its policies do not allow it ({wanted} {path})");
        Err(Error::new(ErrorCode::SourceUnavailable, text))
    }

    /// All fields as they are to be.
    fn written(&self, found: Option<&Found>, issued: &Issued) -> Result<Zeroizing<String>> {
        let now = found.and_then(|found| found.fields()[&self.field].as_str()).map(str::as_bytes);
        let (token, beside) = published::beside(now, issued, &self.place())?;
        // The custom metadata say what the fields do not, and are not ours to change: an empty field hides theirs.
        let hides = |stale: &&str| {
            let is_new = beside.iter().any(|(key, _)| key == stale);
            let mut theirs = found.and_then(|found| found.custom().as_object()).into_iter().flatten();
            !is_new && theirs.any(|(name, value)| time_of(name) == Some(*stale) && !value.is_null())
        };
        let hiding = content::KEYS_BESIDE.into_iter().filter(hides).map(|stale| (stale, Secret::new("")));
        let ours = [(&*self.field, token)].into_iter().chain(beside.clone()).chain(hiding);
        let ours: Vec<_> = ours.map(|(name, value)| (quoted(name), value)).collect();
        let fields = match found.filter(|found| found.fields().is_object()) {
            Some(found) => found
                .fields_as_written()
                .ok_or_else(|| content::invalid(&self.place(), "its fields cannot be kept as they are"))?,
            None => "{}",
        };
        let object = Object::read(fields).map_err(|flaw| content::invalid(&self.place(), &flaw))?;
        Ok(object.with(|entry| *entry.name == self.field || time_of(&entry.name).is_some(), &ours))
    }

    /// What every request carries.
    fn request(&self, request: Request) -> Request {
        let request = request.header("x-vault-request", "true");
        match &self.namespace {
            Some(namespace) => request.header("x-vault-namespace", namespace.as_str()),
            None => request,
        }
    }

    fn refused(&self, answer: &Answer) -> Error {
        let why = match answer.status {
            403 => "its policies do not allow it (HTTP 403)".to_owned(),
            429 | 472 | 473 => format!("it is a standby that does not serve (HTTP {})", answer.status),
            503 => "it is sealed, or down for maintenance (HTTP 503)".to_owned(),
            300..=399 => "it names another server, which is not asked; give its address too".to_owned(),
            status => format!("HTTP {status}"),
        };
        let text = format!("{} refused {}: {why}", answer.server, self.place());
        Error::new(ErrorCode::SourceUnavailable, text).with_may_have_run(answer.may_have_run)
    }
}

impl Seen {
    const NOTHING: Seen = Seen { digest: None, version: None };
}

impl Found {
    fn fields(&self) -> &Value {
        self.fields.iter().fold(&self.answer, |value, name| &value[*name])
    }

    /// Of an object.
    fn fields_as_written(&self) -> Option<&str> {
        let mut text = std::str::from_utf8(&self.text).ok()?;
        for name in self.fields {
            text = Object::read(text).ok()?.value(name)?;
        }
        text.starts_with('{').then_some(text)
    }

    fn custom(&self) -> &Value {
        &self.answer["data"]["metadata"]["custom_metadata"]
    }

    fn seen(&self) -> Seen {
        let fields = self.fields();
        // Maps are ordered by key, so equal fields print alike.
        let digest = fields.is_object().then(|| Sha256::digest(Zeroizing::new(fields.to_string()).as_bytes()).into());
        Seen { digest, version: self.answer["data"]["metadata"]["version"].as_u64() }
    }
}

impl TokenSource for Vault {
    fn name(&self) -> &str {
        "vault"
    }

    fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
        Box::pin(self.get())
    }

    fn changed(&self) -> SourceFuture<'_, Result<()>> {
        Box::pin(self.wait())
    }

    fn publish<'a>(&'a self, issued: &'a Issued) -> SourceFuture<'a, Result<()>> {
        Box::pin(self.write(issued))
    }

    fn check_publish(&self) -> SourceFuture<'_, Result<()>> {
        Box::pin(self.check())
    }
}

/// What a field beside the token is read as, in whatever spelling.
fn time_of(name: &str) -> Option<&'static str> {
    Key::of(name).map(Key::name).filter(|name| content::KEYS_BESIDE.contains(name))
}

/// Whether the metadata speak of another version, or of one that came or went.
fn moved(metadata: &Value, seen: &Seen) -> bool {
    let current = metadata["current_version"].as_u64();
    let gone = current.is_some_and(|version| {
        let version = &metadata["versions"][version.to_string()];
        version["destroyed"] == true || version["deletion_time"].as_str().is_some_and(|time| !time.is_empty())
    });
    current != seen.version || gone != seen.digest.is_none()
}

fn digest(found: Option<&Found>) -> Option<[u8; 32]> {
    found.and_then(|found| found.seen().digest)
}

/// Each part of a path on its own; `/` separates them.
fn path(text: &str) -> String {
    text.trim_matches('/').split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
