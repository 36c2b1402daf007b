//! An API server of Kubernetes, as far as Secrets are read and watched: versions, bookmarks, compaction, tokens that end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tdsec::source::parse;
use tdsec::{ErrorCode, TokenSource};
use tdsec_tests::certificates::Workshop;
use tokio::sync::{mpsc, watch};

use crate::contract::{self, Origin, eventually, refused, token, within};
use crate::standin::{Asked, Body, Reply, Standin};

pub(crate) const ACCOUNT: &str = "ServiceAccountJwt31";

pub(crate) struct Cluster {
    state: Mutex<State>,
    /// The version of the last change.
    version: watch::Sender<u64>,
    /// Counts how often all watches were ended.
    ends: watch::Sender<u64>,
}

struct State {
    secrets: BTreeMap<String, Value>,
    /// Version and event of every change that is still known.
    history: Vec<(u64, String, Value)>,
    /// Everything up to here was forgotten.
    compacted: u64,
    /// The token that is accepted.
    account: String,
    allowed: bool,
    /// The next patch finds that somebody else was faster.
    meanwhile: bool,
}

impl Cluster {
    pub(crate) fn new() -> Arc<Cluster> {
        let state = State {
            secrets: BTreeMap::new(),
            history: Vec::new(),
            compacted: 0,
            account: ACCOUNT.into(),
            allowed: true,
            meanwhile: false,
        };
        Arc::new(Cluster { state: Mutex::new(state), version: watch::channel(100).0, ends: watch::channel(0).0 })
    }

    pub(crate) async fn server(self: &Arc<Self>) -> Standin {
        let cluster = Arc::clone(self);
        Standin::start(move |asked| {
            let cluster = Arc::clone(&cluster);
            async move { cluster.answer(&asked) }
        })
        .await
    }

    /// Creates, changes or deletes a Secret.
    pub(crate) fn set(&self, name: &str, data: Option<&[(&str, &str)]>) {
        let encoded = |(key, value): &(&str, &str)| ((*key).to_owned(), STANDARD.encode(value).into());
        self.store(name, data.map(|data| data.iter().map(encoded).collect()));
    }

    fn store(&self, name: &str, data: Option<serde_json::Map<String, Value>>) {
        let version = *self.version.borrow() + 1;
        let mut state = self.state.lock().unwrap();
        let metadata = json!({"name": name, "namespace": "apps", "uid": "7", "resourceVersion": version.to_string()});
        let event = match data {
            Some(data) => {
                let object = json!({"kind": "Secret", "apiVersion": "v1", "metadata": metadata, "data": data});
                let known = state.secrets.insert(name.to_owned(), object.clone()).is_some();
                Some((if known { "MODIFIED" } else { "ADDED" }, object))
            }
            None => state.secrets.remove(name).map(|mut object| {
                object["metadata"] = metadata;
                ("DELETED", object)
            }),
        };
        if let Some((kind, object)) = event {
            state.history.push((version, kind.to_owned(), object));
        }
        drop(state);
        self.version.send_replace(version);
    }

    /// What a Secret holds, decoded.
    pub(crate) fn data(&self, name: &str) -> BTreeMap<String, String> {
        let state = self.state.lock().unwrap();
        let data = state.secrets[name]["data"].as_object().unwrap().iter();
        let decoded = |value: &Value| String::from_utf8(STANDARD.decode(value.as_str().unwrap()).unwrap()).unwrap();
        data.map(|(key, value)| (key.clone(), decoded(value))).collect()
    }

    pub(crate) fn change_before_the_next_patch(&self) {
        self.state.lock().unwrap().meanwhile = true;
    }

    /// A merge patch (RFC 7386) of the data.
    fn patch(&self, name: &str, asked: &Asked) -> Reply {
        assert_eq!(asked.header("content-type"), "application/merge-patch+json");
        let patch = asked.json();
        let meanwhile = std::mem::take(&mut self.state.lock().unwrap().meanwhile);
        let Some(object) = self.state.lock().unwrap().secrets.get(name).cloned() else {
            return status(404, "secrets \"tdengine\" not found");
        };
        let mut data = object["data"].as_object().cloned().unwrap();
        if meanwhile {
            self.store(name, Some(data.clone()));
        }
        let version = self.state.lock().unwrap().secrets[name]["metadata"]["resourceVersion"].clone();
        if !patch["metadata"]["resourceVersion"].is_null() && patch["metadata"]["resourceVersion"] != version {
            return status(409, "the object has been modified; please apply your changes to the latest version");
        }
        for (key, value) in patch["data"].as_object().unwrap() {
            match value {
                Value::Null => drop(data.remove(key)),
                value => drop(data.insert(key.clone(), value.clone())),
            }
        }
        if asked.query("dryRun") != "All" {
            self.store(name, Some(data));
        }
        Reply::json(200, &self.state.lock().unwrap().secrets[name])
    }

    /// Forgets all changes so far, as etcd does every five minutes.
    fn compact(&self) {
        let mut state = self.state.lock().unwrap();
        state.compacted = *self.version.borrow();
        state.history.clear();
    }

    fn answer(self: &Arc<Self>, asked: &Asked) -> Reply {
        if asked.path == "/apis/authentication.k8s.io/v1/tokenreviews" {
            return self.review(&asked.json());
        }
        {
            let state = self.state.lock().unwrap();
            if asked.header("authorization") != format!("Bearer {}", state.account) {
                return status(401, "Unauthorized");
            }
            if !state.allowed {
                return status(403, "secrets \"tdengine\" is forbidden");
            }
        }
        let Some(rest) = asked.path.strip_prefix("/api/v1/namespaces/apps/secrets") else {
            return status(404, "not found");
        };
        if asked.query("watch") == "true" {
            return self.watch(asked);
        }
        let name = rest.trim_start_matches('/');
        if asked.method == "PATCH" {
            return self.patch(name, asked);
        }
        match self.state.lock().unwrap().secrets.get(name) {
            Some(object) => Reply::json(200, object),
            None => status(404, "secrets \"tdengine\" not found"),
        }
    }

    fn watch(self: &Arc<Self>, asked: &Asked) -> Reply {
        let name = asked.query("fieldSelector").strip_prefix("metadata.name=").unwrap().to_owned();
        let (lines, receiver) = mpsc::unbounded_channel();
        let mut versions = self.version.subscribe();
        let mut from = {
            let state = self.state.lock().unwrap();
            match asked.query("resourceVersion") {
                "" | "0" => {
                    if let Some(object) = state.secrets.get(&name) {
                        let _ = lines.send(line("ADDED", object));
                    }
                    *versions.borrow()
                }
                version => version.parse().unwrap(),
            }
        };
        let (cluster, mut ends) = (Arc::clone(self), self.ends.subscribe());
        let bookmarks = asked.query("allowWatchBookmarks") == "true";
        tokio::spawn(async move {
            let mut last = false;
            loop {
                {
                    let state = cluster.state.lock().unwrap();
                    if from < state.compacted {
                        let object = json!({"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"});
                        let _ = lines.send(line("ERROR", &object));
                        return;
                    }
                    for (version, kind, object) in &state.history {
                        if *version > from && object["metadata"]["name"] == *name {
                            let _ = lines.send(line(kind, object));
                        }
                    }
                    from = *versions.borrow_and_update();
                    if bookmarks {
                        let object = json!({"kind": "Secret", "metadata": {"resourceVersion": from.to_string()}});
                        let _ = lines.send(line("BOOKMARK", &object));
                    }
                }
                if last {
                    return;
                }
                tokio::select! {
                    _ = versions.changed() => {}
                    _ = ends.changed() => last = true,
                    () = lines.closed() => return,
                }
            }
        });
        Reply { status: 200, headers: Vec::new(), body: Body::Stream(receiver) }
    }

    /// What Vault asks: whose token is this?
    fn review(&self, review: &Value) -> Reply {
        let shown = review["spec"]["token"].as_str().unwrap_or("");
        let known = shown == self.state.lock().unwrap().account;
        let user =
            json!({"username": "system:serviceaccount:apps:reader", "uid": "11", "groups": ["system:serviceaccounts"]});
        let status = if known { json!({"authenticated": true, "user": user}) } else { json!({"authenticated": false}) };
        Reply::json(
            201,
            &json!({"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "spec": {}, "status": status}),
        )
    }

    /// Whether the account has the rights it needs.
    pub(crate) fn allow(&self, allowed: bool) {
        self.state.lock().unwrap().allowed = allowed;
    }

    /// The one token that is accepted from now on.
    pub(crate) fn accept(&self, account: &str) {
        self.state.lock().unwrap().account = account.to_owned();
    }
}

fn line(kind: &str, object: &Value) -> String {
    format!("{}\n", json!({"type": kind, "object": object}))
}

fn status(code: u16, message: &str) -> Reply {
    Reply::json(code, &json!({"kind": "Status", "status": "Failure", "code": code, "message": message}))
}

pub(crate) struct Pod {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) server: Standin,
    files: Workshop,
}

impl Pod {
    pub(crate) async fn new() -> Pod {
        let cluster = Cluster::new();
        let files = Workshop::new();
        files.write("token", ACCOUNT);
        Pod { server: cluster.server().await, cluster, files }
    }
}

impl Origin for Pod {
    fn source(&self) -> Arc<dyn TokenSource> {
        let account = self.files.path("token");
        let server = format!("http://{}", self.server.address);
        parse(&format!(
            "kubernetes:secret=tdengine;namespace=apps;api_server={server};token_file={}",
            account.display()
        ))
        .unwrap()
    }

    async fn put(&self, content: &str) {
        self.cluster.set("tdengine", Some(&[("token", content), ("note", "x")]));
    }

    async fn remove(&self) {
        self.cluster.set("tdengine", None);
    }

    fn place(&self) -> String {
        "the Secret apps/tdengine, key token".into()
    }

    async fn stop(&self) {
        self.server.stop().await;
    }

    async fn start(&self) {
        self.server.resume().await;
    }

    fn hang(&self, hangs: bool) -> bool {
        self.server.hang(hangs);
        true
    }

    fn is_waited_for(&self) -> bool {
        self.server.open() > 0
    }

    fn secrets(&self) -> Vec<String> {
        vec![ACCOUNT.into()]
    }
}

fn waiting(source: &Arc<dyn TokenSource>) -> tokio::task::JoinHandle<tdsec::Result<()>> {
    let source = Arc::clone(source);
    tokio::spawn(async move { source.changed().await })
}

#[tokio::test]
async fn a_secret_at_the_api_server_keeps_the_contract() {
    contract::holds(Pod::new().await).await;
}

#[tokio::test]
async fn the_keys_beside_the_token_tell_its_times() {
    let pod = Pod::new().await;
    pod.cluster.set("tdengine", Some(&[("token", "abc\n"), ("expires_at", "1800000000"), ("ttl", "1h")]));
    let issued = pod.source().fetch().await.unwrap();
    let wanted =
        tdsec::Issued::new("abc").expires_at(Duration::from_secs(1_800_000_000)).ttl(Duration::from_secs(3600));
    assert_eq!(issued, wanted);
    pod.cluster.set("tdengine", Some(&[("other", "abc")]));
    assert!(refused(&pod.source()).await.message().contains("the Secret has no such key"));
}

#[tokio::test]
async fn a_watch_goes_on_from_the_last_version_it_heard_of_and_other_secrets_are_no_change() {
    let pod = Pod::new().await;
    pod.put("token=abc").await;
    let source = pod.source();
    assert_eq!(token(&source).await, "abc");
    let wait = waiting(&source);
    eventually("a watch", || pod.server.count("GET") == 2).await;
    for _ in 0..5 {
        pod.cluster.set("other", Some(&[("token", "x")]));
    }
    pod.cluster.set("tdengine", Some(&[("token", "token=abc"), ("note", "another one")]));
    pod.cluster.ends.send_modify(|count| *count += 1);
    eventually("the next watch", || pod.server.count("GET") == 3).await;
    assert!(!wait.is_finished());
    // Bookmarks moved it on, so nothing had to be listed although all of that was forgotten.
    let asked = pod.server.asked();
    let version = *pod.cluster.version.borrow();
    assert!(asked[2].contains(&format!("resourceVersion={version}")), "{asked:?}");
    pod.put("token=abd").await;
    within(wait).await.unwrap().unwrap();
    assert_eq!(token(&source).await, "abd");
}

#[tokio::test]
async fn a_version_that_is_too_old_is_answered_by_a_watch_that_begins_anew() {
    let pod = Pod::new().await;
    pod.put("token=abc").await;
    let source = pod.source();
    assert_eq!(token(&source).await, "abc");
    // Nothing happened to this one: the watch goes on.
    pod.cluster.set("other", Some(&[("token", "x")]));
    pod.cluster.compact();
    let wait = waiting(&source);
    eventually("the second watch", || pod.server.count("GET") == 3).await;
    assert!(!pod.server.asked()[2].contains("resourceVersion"));
    assert!(!wait.is_finished());
    wait.abort();
    // And now it did, and was forgotten.
    pod.put("token=abd").await;
    pod.cluster.compact();
    within(source.changed()).await.unwrap();
    assert_eq!(token(&source).await, "abd");
}

#[tokio::test]
async fn a_token_of_the_service_account_that_was_exchanged_is_read_anew() {
    let pod = Pod::new().await;
    pod.put("token=abc").await;
    let source = pod.source();
    assert_eq!(token(&source).await, "abc");
    pod.cluster.accept("TheNextJwt32");
    let error = refused(&source).await;
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert!(error.message().contains("does not accept the service account's token (HTTP 401)"), "{error}");
    pod.files.write("token", "TheNextJwt32");
    assert_eq!(token(&source).await, "abc");
    pod.cluster.allow(false);
    assert!(refused(&source).await.message().contains("needs the verbs get and watch"));
    assert!(source.changed().await.is_err());
}
