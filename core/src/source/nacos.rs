//! `nacos`: an entry of the config centre Nacos (SRC-2), by the API of 1.x and 2.x (long poll) or those of 2.x and 3.x (polls).
//!
//! ```text
//! login (username, password) -> access token, renewed before it ends and after 403
//!   |
//!   v
//! fetch:    v1 GET /v1/cs/configs   v3 GET /v3/client/cs/config   v2 GET /v2/cs/config      the first that is there
//! changed:  v1 POST …/listener, answered at the change or after 30 s;   v2, v3: fetch at intervals
//! publish:  fetch, then v1 POST /v1/cs/configs   v3 POST /v3/admin/cs/config   v2 POST /v2/cs/config   if nobody wrote meanwhile
//! ```

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::builder::{Inputs, missing};
use super::http::{Answer, Http, Request, Servers};
use super::reference::SecretFrom;
use super::{content, published};
use crate::config::conflict;
use crate::credential::{Issued, SourceFuture, TokenSource};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// How long Nacos holds a listener's request.
const LONG_POLL: Duration = Duration::from_secs(30);
/// A listener that is answered sooner than it may be must not become a busy loop.
const LEAST_PAUSE: Duration = Duration::from_secs(1);
/// What Nacos grants unless it says otherwise: five hours.
const ACCESS_TTL: u64 = 18_000;
/// Separators of the listener's protocol.
const WORD: char = '\u{2}';
const LINE: char = '\u{1}';
const NOT_FOUND: i64 = 20_004;
/// Nacos' words, in lower case, for an entry that is no longer the one it was compared with.
const WRITTEN_MEANWHILE: &str = "cas publish fail";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Api {
    V1,
    V2,
    V3,
}

/// One entry of Nacos.
#[derive(Debug)]
pub(super) struct Nacos {
    http: Http,
    context: String,
    namespace: String,
    group: String,
    data_id: String,
    login: Option<(String, SecretFrom)>,
    /// What was asked for; `None` finds out.
    api: Option<Api>,
    poll: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    found: Option<Api>,
    access: Option<Access>,
    seen: Option<Seen>,
}

#[derive(Debug, Clone, PartialEq)]
struct Access {
    token: Secret,
    until: Instant,
}

/// The entry as somebody last saw it.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    digest: Option<[u8; 32]>,
    /// As the server computed it; empty for an entry that does not exist, `None` if the server does not tell.
    md5: Option<String>,
}

/// What a server has under the name.
struct Entry {
    content: Option<Zeroizing<Vec<u8>>>,
    md5: Option<String>,
}

enum Found {
    Entry(Entry),
    /// The server does not have this API.
    NoSuchApi,
}

impl Nacos {
    pub(super) fn new(inputs: &mut Inputs) -> Result<Nacos> {
        let servers = Servers::parse("server_addr", &inputs.required_text("server_addr")?, |_| 8848)?;
        let scheme = inputs.values.take_text("scheme")?;
        let encrypted = match (scheme.as_deref().map(str::trim), servers.encrypted) {
            (None, written) => written.unwrap_or(!inputs.given.is_empty()),
            (Some("https"), None | Some(true)) => true,
            (Some("http"), None | Some(false)) => false,
            (Some("http" | "https"), _) => return Err(conflict("scheme", "server_addr says otherwise")),
            _ => return Err(crate::config::invalid("scheme", "one of http, https")),
        };
        let api = match inputs.choice("api", &["auto", "v1", "v2", "v3"])? {
            "v1" => Some(Api::V1),
            "v2" => Some(Api::V2),
            "v3" => Some(Api::V3),
            _ => None,
        };
        let password = SecretFrom::take(inputs, "password", "password_source")?;
        let login = match (inputs.values.take_text("username")?, password) {
            (Some(name), Some(password)) => Some((name, password)),
            (None, None) => None,
            (Some(_), None) => return Err(missing("password")),
            (None, Some(_)) => return Err(missing("username")),
        };
        let context = inputs.text("context_path", "/nacos")?;
        let context = context.trim_matches('/');
        Ok(Nacos {
            context: if context.is_empty() { String::new() } else { format!("/{context}") },
            namespace: inputs.values.take_text("namespace")?.filter(|name| name != "public").unwrap_or_default(),
            group: inputs.text("group", "DEFAULT_GROUP")?,
            data_id: inputs.text("data_id", "tdengine-credential")?,
            login,
            api,
            poll: inputs.duration("poll_interval", 15)?,
            http: Http::new("Nacos", inputs, &servers, encrypted)?,
            state: Mutex::default(),
        })
    }

    fn place(&self) -> String {
        let namespace = if self.namespace.is_empty() { "public" } else { &self.namespace };
        format!("the Nacos entry dataId {}, group {}, namespace {namespace}", self.data_id, self.group)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn get(&self) -> Result<Issued> {
        let entry = self.read().await?;
        self.state().seen = Some(entry.seen());
        match &entry.content {
            Some(content) => content::parse(content, &self.place()),
            None => Err(content::invalid(&self.place(), "there is no such entry")),
        }
    }

    /// By the API that is known to be there; finds out which, if need be.
    async fn read(&self) -> Result<Entry> {
        let known = self.api.or(self.state().found);
        if let Some(api) = known
            && let Found::Entry(entry) = self.read_by(api).await?
        {
            return Ok(entry);
        }
        if self.api.is_none() {
            for api in [Api::V1, Api::V3, Api::V2] {
                if let Found::Entry(entry) = self.read_by(api).await? {
                    self.state().found = Some(api);
                    return Ok(entry);
                }
            }
        }
        let asked = self.api.map_or("none of its APIs v1, v2 and v3", |_| "not the API that was asked for");
        let text = format!("Nacos has {asked} under {}/; see context_path and api", self.context);
        Err(Error::new(ErrorCode::SourceUnavailable, text))
    }

    async fn read_by(&self, api: Api) -> Result<Found> {
        let (path, group, namespace) = match api {
            Api::V1 => ("/v1/cs/configs", "group", "tenant"),
            Api::V2 => ("/v2/cs/config", "group", "namespaceId"),
            Api::V3 => ("/v3/client/cs/config", "groupName", "namespaceId"),
        };
        let mut request =
            Request::get(format!("{}{path}", self.context)).query("dataId", &self.data_id).query(group, &self.group);
        if !self.namespace.is_empty() {
            request = request.query(namespace, &self.namespace);
        }
        let answer = self.ask(request).await?;
        match api {
            Api::V1 => self.of_v1(answer),
            Api::V2 | Api::V3 => self.of_json(&answer),
        }
    }

    fn of_v1(&self, answer: Answer) -> Result<Found> {
        match answer.status {
            200 => {
                let md5 = answer.header("content-md5").map(str::to_owned);
                Ok(Found::Entry(Entry { content: Some(answer.body), md5 }))
            }
            404 if contains(&answer.body, "not exist") => Ok(Found::Entry(Entry::missing())),
            404 | 405 | 410 | 501 => Ok(Found::NoSuchApi),
            _ => Err(self.refused(&answer)),
        }
    }

    /// `{"code": 0, "data": …}`: v2 has the content there, v3 an object with it.
    fn of_json(&self, answer: &Answer) -> Result<Found> {
        let mut json = answer.json().unwrap_or_default();
        let found = match (answer.status, json["code"].as_i64()) {
            (200, Some(0 | 200)) => {
                let data = &json["data"];
                let content = data.as_str().or_else(|| data["content"].as_str());
                let content = content.map(|text| Zeroizing::new(text.as_bytes().to_vec()));
                let md5 = data["md5"].as_str().or_else(|| answer.header("content-md5")).map(str::to_owned);
                Ok(Found::Entry(Entry { content, md5 }))
            }
            (_, Some(NOT_FOUND)) => Ok(Found::Entry(Entry::missing())),
            (404 | 405 | 410 | 501, _) => Ok(Found::NoSuchApi),
            _ => Err(self.refused(answer)),
        };
        content::wipe(&mut json);
        found
    }

    /// By the API that answers the reading; 3.x has one of its own for it. Where Nacos told the checksum, only if nobody else has
    /// written meanwhile.
    async fn write(&self, issued: &Issued) -> Result<()> {
        let (entry, content) = self.next(issued).await?;
        let (path, group, namespace) = match self.api.or(self.state().found) {
            Some(Api::V2) => ("/v2/cs/config", "group", "namespaceId"),
            Some(Api::V3) => ("/v3/admin/cs/config", "groupName", "namespaceId"),
            Some(Api::V1) | None => ("/v1/cs/configs", "group", "tenant"),
        };
        let mut request = Request::post(format!("{}{path}", self.context))
            .writes()
            .form("dataId", self.data_id.as_str())
            .form(group, self.group.as_str())
            .form("type", content.form)
            .form("content", content.text);
        if !self.namespace.is_empty() {
            request = request.form(namespace, self.namespace.as_str());
        }
        if let Some(md5) = entry.md5.filter(|md5| !md5.is_empty()) {
            request = request.header("casmd5", md5);
        }
        let answer = self.ask(request).await?;
        let done = answer.body.trim_ascii() == b"true" || answer.json().is_some_and(|json| json["data"] == true);
        match answer.status {
            200 if done => Ok(()),
            _ if contains(&answer.body, WRITTEN_MEANWHILE) => Err(published::written_meanwhile(&answer, &self.place())),
            200 => Err(answer.unexpected("the new content of the entry with something else than true,")),
            _ => Err(self.refused(&answer)),
        }
    }

    /// The entry, and what it is to be.
    async fn next(&self, issued: &Issued) -> Result<(Entry, published::Content)> {
        let entry = self.read().await?;
        let content = published::whole(entry.content.as_ref().map(|content| &content[..]), issued, &self.place())?;
        Ok((entry, content))
    }

    fn refused(&self, answer: &Answer) -> Error {
        match answer.status {
            401 | 403 => {
                let hint =
                    if self.login.is_some() { "the user has no right to it" } else { "it wants username and password" };
                let text =
                    format!("{} refused access to {} (HTTP {}): {hint}", answer.server, self.place(), answer.status);
                Error::new(ErrorCode::SourceUnavailable, text).with_may_have_run(answer.may_have_run)
            }
            _ => answer.unexpected("the request for the entry"),
        }
    }

    /// With the access token, if there is a login; once more with a new one if it is refused.
    async fn ask(&self, request: Request) -> Result<Answer> {
        let Some((user, password)) = &self.login else { return self.http.ask(&request).await };
        let access = self.access(user, password).await?;
        let answer = self.http.ask(&with_access(request.clone(), &access)).await?;
        if !matches!(answer.status, 401 | 403) {
            return Ok(answer);
        }
        self.state().access.take_if(|known| *known == access);
        let again = async {
            let access = self.access(user, password).await?;
            self.http.ask(&with_access(request, &access)).await
        };
        answer.and_then(again.await)
    }

    async fn access(&self, user: &str, password: &SecretFrom) -> Result<Access> {
        let known = self.state().access.clone().filter(|access| access.until > Instant::now());
        if let Some(access) = known {
            return Ok(access);
        }
        let password = password.read().await?;
        let mut answer = None;
        for path in ["/v1/auth/login", "/v3/auth/user/login"] {
            let request = Request::post(format!("{}{path}", self.context));
            let request = request.form("username", user).form("password", password.clone());
            let given = answer.insert(self.http.ask(&request).await?);
            if !matches!(given.status, 404 | 405 | 410 | 501) {
                break;
            }
        }
        let Some(answer) = answer else { return Err(ErrorCode::Internal.into()) };
        let mut json = answer.json().unwrap_or_default();
        let access = granted(&json).or_else(|| granted(&json["data"])).filter(|_| answer.status == 200);
        content::wipe(&mut json);
        let Some(access) = access else {
            let text = format!("{} refused the login of the user {user} (HTTP {})", answer.server, answer.status);
            return Err(Error::new(ErrorCode::SourceUnavailable, text));
        };
        self.state().access = Some(access.clone());
        Ok(access)
    }

    async fn wait(&self) -> Result<()> {
        let known = self.state().seen.clone();
        let seen = match known {
            Some(seen) => seen,
            None => {
                let seen = self.read().await?.seen();
                self.state().seen.get_or_insert(seen).clone()
            }
        };
        loop {
            let started = Instant::now();
            let api = self.api.or(self.state().found);
            let told = match &seen.md5 {
                Some(md5) if api == Some(Api::V1) => self.listen(md5).await?,
                _ => {
                    tokio::time::sleep(self.poll).await;
                    true
                }
            };
            // A listener may be answered for no reason; only another content is a change.
            if told && self.read().await?.seen().digest != seen.digest {
                return Ok(());
            }
            tokio::time::sleep_until(started + LEAST_PAUSE.min(self.poll)).await;
        }
    }

    /// Whether the server says that the entry is another one now.
    async fn listen(&self, md5: &str) -> Result<bool> {
        let mut listening = format!("{}{WORD}{}{WORD}{md5}", self.data_id, self.group);
        if !self.namespace.is_empty() {
            listening.push(WORD);
            listening.push_str(&self.namespace);
        }
        listening.push(LINE);
        let request = Request::post(format!("{}/v1/cs/configs/listener", self.context))
            .header("long-pulling-timeout", LONG_POLL.as_millis().to_string())
            .form("Listening-Configs", listening)
            .patience(LONG_POLL + self.http.timeout());
        let answer = self.ask(request).await?;
        match answer.status {
            200 => Ok(!answer.body.trim_ascii().is_empty()),
            _ => Err(self.refused(&answer)),
        }
    }
}

impl Entry {
    fn missing() -> Self {
        Entry { content: None, md5: Some(String::new()) }
    }

    fn seen(&self) -> Seen {
        let digest = self.content.as_ref().map(|content| Sha256::digest(content).into());
        Seen { digest, md5: self.md5.clone() }
    }
}

impl TokenSource for Nacos {
    fn name(&self) -> &str {
        "nacos"
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

    /// Nacos does not tell who may write.
    fn check_publish(&self) -> SourceFuture<'_, Result<()>> {
        Box::pin(async { self.next(&published::sample()).await.map(drop) })
    }
}

/// In headers, not in the URL, which servers and proxies log: Nacos reads the first, older ones and others the second.
fn with_access(request: Request, access: &Access) -> Request {
    let bearer = Zeroizing::new(format!("Bearer {}", access.token.expose()));
    request.header("authorization", bearer.as_str()).header("accesstoken", access.token.clone())
}

/// Nine tenths of its life: it is never used in its last moments.
fn granted(json: &Value) -> Option<Access> {
    let token = Secret::new(json["accessToken"].as_str()?);
    let ttl = json["tokenTtl"].as_u64().unwrap_or(ACCESS_TTL);
    Some(Access { token, until: Instant::now() + Duration::from_millis(ttl.min(ACCESS_TTL * 100) * 900) })
}

fn contains(body: &[u8], words: &str) -> bool {
    String::from_utf8_lossy(body).to_ascii_lowercase().contains(words)
}
