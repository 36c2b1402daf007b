//! Nacos: a stand-in with the three APIs, and r-nacos where it is on the PATH.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use tdsec::source::{Builder, parse};
use tdsec::{ErrorCode, TokenSource};
use tokio::sync::watch;

use crate::contract::{self, Origin, refused, token, within};
use crate::standin::{Asked, Reply, Standin};

pub(crate) const USER: &str = "tdsec";
pub(crate) const PASSWORD: &str = "NacosPassw0rd77";
const ENTRY: (&str, &str, &str) = ("tdengine-credential", "DEFAULT_GROUP", "");

/// What all servers of a cluster share.
pub(crate) struct Cluster {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    /// By data id, group and namespace.
    entries: HashMap<(String, String, String), String>,
    apis: HashSet<&'static str>,
    /// Without it everybody may read.
    login: bool,
    granted: HashSet<String>,
    grants: usize,
    ttl: u64,
    /// Who logs in may read only.
    read_only: bool,
    /// The next publication finds that somebody else was faster.
    meanwhile: Option<String>,
}

impl Cluster {
    pub(crate) fn new(apis: &[&'static str], login: bool) -> Arc<Cluster> {
        let state = State { apis: apis.iter().copied().collect(), login, ttl: 18_000, ..State::default() };
        Arc::new(Cluster { state: Mutex::new(state), changes: watch::channel(0).0 })
    }

    pub(crate) async fn server(self: &Arc<Self>) -> Standin {
        let cluster = Arc::clone(self);
        Standin::start(move |asked| {
            let cluster = Arc::clone(&cluster);
            async move { cluster.answer(asked).await }
        })
        .await
    }

    pub(crate) fn set(&self, entry: (&str, &str, &str), content: Option<&str>) {
        let key = (entry.0.to_owned(), entry.1.to_owned(), entry.2.to_owned());
        let mut state = self.state.lock().unwrap();
        match content {
            Some(content) => drop(state.entries.insert(key, content.to_owned())),
            None => drop(state.entries.remove(&key)),
        }
        self.changes.send_modify(|version| *version += 1);
    }

    pub(crate) fn content(&self, entry: (&str, &str, &str)) -> Option<String> {
        let key = (entry.0.to_owned(), entry.1.to_owned(), entry.2.to_owned());
        self.state.lock().unwrap().entries.get(&key).cloned()
    }

    pub(crate) fn allow_reading_only(&self) {
        self.state.lock().unwrap().read_only = true;
    }

    pub(crate) fn change_before_the_next_publication(&self, content: &str) {
        self.state.lock().unwrap().meanwhile = Some(content.to_owned());
    }

    pub(crate) async fn answer(&self, asked: Asked) -> Reply {
        let api = asked.path.split('/').nth(2).unwrap_or("").to_owned();
        if !self.state.lock().unwrap().apis.contains(api.as_str()) {
            return Reply::json(404, &json!({"status": 404, "error": "Not Found", "path": asked.path}));
        }
        if asked.path.ends_with("/login") {
            return self.log_in(&asked);
        }
        {
            let state = self.state.lock().unwrap();
            let shown = asked.header("authorization").strip_prefix("Bearer ").unwrap_or("");
            if state.login && !state.granted.contains(shown) {
                return Reply::new(403, "user not found!");
            }
            if state.read_only && asked.method == "POST" && !asked.path.ends_with("/listener") {
                return Reply::new(403, "authorization failed!");
            }
        }
        match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/nacos/v1/cs/configs") => match self.entry(&asked, "group", "tenant") {
                Some(content) => Reply::new(200, &content).header("content-md5", checksum(&content)),
                None => Reply::new(404, "config data not exist"),
            },
            ("POST", "/nacos/v1/cs/configs/listener") => self.listen(&asked).await,
            ("POST", "/nacos/v1/cs/configs") => self.publish(&asked, "group", "tenant"),
            ("POST", "/nacos/v2/cs/config") => self.publish(&asked, "group", "namespaceId"),
            ("POST", "/nacos/v3/admin/cs/config") => self.publish(&asked, "groupName", "namespaceId"),
            ("GET", "/nacos/v2/cs/config") => match self.entry(&asked, "group", "namespaceId") {
                Some(content) => Reply::json(200, &json!({"code": 0, "message": "success", "data": content})),
                None => absent(),
            },
            ("GET", "/nacos/v3/client/cs/config") => match self.entry(&asked, "groupName", "namespaceId") {
                Some(content) => {
                    let data =
                        json!({"content": content, "contentType": "text", "md5": checksum(&content), "beta": false});
                    Reply::json(200, &json!({"code": 0, "message": "success", "data": data}))
                }
                None => absent(),
            },
            _ => Reply::new(404, "no such path"),
        }
    }

    fn log_in(&self, asked: &Asked) -> Reply {
        let (form, mut state) = (asked.form(), self.state.lock().unwrap());
        if form.get("username").is_none_or(|user| user != USER)
            || form.get("password").is_none_or(|given| given != PASSWORD)
        {
            return Reply::new(403, "unknown user!");
        }
        state.grants += 1;
        let access = format!("access-{}-NacosAccess55", state.grants);
        state.granted.insert(access.clone());
        Reply::json(200, &json!({"accessToken": access, "tokenTtl": state.ttl, "globalAdmin": false}))
    }

    fn entry(&self, asked: &Asked, group: &str, namespace: &str) -> Option<String> {
        let key = (asked.query("dataId").into(), asked.query(group).into(), asked.query(namespace).into());
        self.state.lock().unwrap().entries.get(&key).cloned()
    }

    /// Only over the content of the checksum, where one is given.
    fn publish(&self, asked: &Asked, group: &str, namespace: &str) -> Reply {
        let form = asked.form();
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        let entry = (field("dataId"), field(group), field(namespace));
        let meanwhile = self.state.lock().unwrap().meanwhile.take();
        if let Some(content) = meanwhile {
            self.set(entry, Some(&content));
        }
        let now = self.content(entry).map_or(String::new(), |content| checksum(&content));
        if !asked.header("casmd5").is_empty() && asked.header("casmd5") != now {
            return Reply::json(
                500,
                &json!({"code": 20005, "message": "Cas publish fail, server md5 may have changed.", "data": null}),
            );
        }
        assert!(["properties", "json", "yaml"].contains(&field("type")), "{form:?}");
        self.set(entry, Some(field("content")));
        match asked.path.contains("/v1/") {
            true => Reply::new(200, "true"),
            false => Reply::json(200, &json!({"code": 0, "message": "success", "data": true})),
        }
    }

    /// Held until another content than that of the checksum is there.
    async fn listen(&self, asked: &Asked) -> Reply {
        let form = asked.form();
        let line = form["Listening-Configs"].strip_suffix('\u{1}').unwrap().to_owned();
        let words: Vec<&str> = line.split('\u{2}').collect();
        let (id, group, known) = (words[0], words[1], words[2]);
        let namespace = words.get(3).copied().unwrap_or("");
        let patience = Duration::from_millis(asked.header("long-pulling-timeout").parse().unwrap());
        let mut changes = self.changes.subscribe();
        let changed = async {
            loop {
                let key = (id.to_owned(), group.to_owned(), namespace.to_owned());
                let now =
                    self.state.lock().unwrap().entries.get(&key).map_or(String::new(), |content| checksum(content));
                if now != known {
                    return;
                }
                changes.changed().await.unwrap();
            }
        };
        match tokio::time::timeout(patience, changed).await {
            Ok(()) => Reply::new(200, format!("{id}%02{group}%01")),
            Err(_) => Reply::new(200, ""),
        }
    }
}

fn absent() -> Reply {
    Reply::json(404, &json!({"code": 20004, "message": "resource not found", "data": "config data not exist"}))
}

/// The client only repeats it, so any checksum serves.
fn checksum(content: &str) -> String {
    Sha256::digest(content).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) struct Centre {
    cluster: Arc<Cluster>,
    pub(crate) server: Standin,
    options: &'static str,
    long_poll: bool,
}

impl Centre {
    pub(crate) async fn new(api: &'static str, login: bool, options: &'static str) -> Centre {
        let cluster = Cluster::new(&[api], login);
        let server = cluster.server().await;
        Centre { cluster, server, options, long_poll: api == "v1" }
    }
}

impl Origin for Centre {
    fn source(&self) -> Arc<dyn TokenSource> {
        parse(&format!("nacos:server_addr={};poll_interval=50ms;{}", self.server.address, self.options)).unwrap()
    }

    async fn put(&self, content: &str) {
        self.cluster.set(ENTRY, Some(content));
    }

    async fn remove(&self) {
        self.cluster.set(ENTRY, None);
    }

    fn place(&self) -> String {
        "dataId tdengine-credential, group DEFAULT_GROUP".into()
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

    async fn waited_for(&self) {
        match self.long_poll {
            true => contract::eventually("it listens", || self.server.open() > 0).await,
            false => self.server.asked_again().await,
        }
    }

    fn secrets(&self) -> Vec<String> {
        vec![PASSWORD.into(), "NacosAccess55".into()]
    }
}

#[tokio::test]
async fn nacos_by_long_poll_keeps_the_contract() {
    contract::holds(Centre::new("v1", false, "").await).await;
}

#[tokio::test]
async fn nacos_with_a_login_keeps_the_contract() {
    contract::holds(Centre::new("v1", true, "username=tdsec;password=NacosPassw0rd77").await).await;
}

#[tokio::test]
async fn nacos_2_by_its_own_api_keeps_the_contract() {
    contract::holds(Centre::new("v2", false, "api=v2").await).await;
}

#[tokio::test]
async fn nacos_3_keeps_the_contract() {
    contract::holds(Centre::new("v3", true, "username=tdsec;password=NacosPassw0rd77").await).await;
}

#[tokio::test]
async fn group_data_id_and_namespace_are_asked_for_and_contents_of_every_form_are_read() {
    for apis in [["v1"], ["v2"], ["v3"]] {
        let cluster = Cluster::new(&apis, false);
        let server = cluster.server().await;
        let entry = ("my credential/1", "my&group", "b1d7");
        let text =
            format!("nacos:server_addr={};data_id=my credential/1;group=my&group;namespace=b1d7", server.address);
        let source = parse(&text).unwrap();
        let error = refused(&source).await;
        assert_eq!(error.code(), ErrorCode::SourceInvalid);
        assert!(error.message().contains("dataId my credential/1, group my&group, namespace b1d7"), "{error}");
        for content in ["user=x\r\ntoken=abc\r\nttl=24h", "{\"token\":\"abc\",\"ttl\":86400}", "token: abc\nttl: 24h"] {
            cluster.set(entry, Some(content));
            let issued = source.fetch().await.unwrap();
            assert_eq!(issued, tdsec::Issued::new("abc").ttl(Duration::from_secs(86_400)));
        }
    }
}

#[tokio::test]
async fn the_next_server_is_asked_when_one_is_down_and_stays_in_use() {
    let cluster = Cluster::new(&["v1"], false);
    cluster.set(ENTRY, Some("token=abc"));
    let (first, second) = (cluster.server().await, cluster.server().await);
    let source = parse(&format!("nacos:server_addr={},{}", first.address, second.address)).unwrap();
    assert_eq!(token(&source).await, "abc");
    assert_eq!((first.count("GET"), second.count("GET")), (1, 0));
    first.stop().await;
    assert_eq!(token(&source).await, "abc");
    first.resume().await;
    assert_eq!(token(&source).await, "abc");
    assert_eq!((first.count("GET"), second.count("GET")), (1, 2), "who answered last is asked first");
    first.stop().await;
    second.stop().await;
    let error = refused(&source).await;
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert!(error.message().contains(&first.address.to_string()), "{error}");
}

#[tokio::test]
async fn a_server_that_hangs_is_left_for_the_next_one_also_by_who_does_not_wait_for_its_end() {
    let cluster = Cluster::new(&["v1"], false);
    cluster.set(ENTRY, Some("token=abc"));
    let (first, second) = (cluster.server().await, cluster.server().await);
    let hosts = format!("{},{}", first.address, second.address);
    first.hang(true);
    let patient = parse(&format!("nacos:server_addr={hosts};timeout=200ms")).unwrap();
    assert_eq!(token(&patient).await, "abc");

    let source = parse(&format!("nacos:server_addr={hosts}")).unwrap();
    tokio::select! {
        outcome = source.fetch() => panic!("{outcome:?}"),
        () = first.asked_again() => {}
    }
    let before = first.asked().len();
    assert_eq!(token(&source).await, "abc");
    assert_eq!(first.asked().len(), before, "it has had its turn");
}

#[tokio::test]
async fn a_login_is_made_once_anew_after_it_ended_or_was_refused_and_no_url_holds_a_secret() {
    let cluster = Cluster::new(&["v1"], true);
    cluster.set(ENTRY, Some("token=abc"));
    let server = cluster.server().await;
    let logins = || server.count("POST /nacos/v1/auth/login");
    let source = parse(&format!("nacos:server_addr={};username={USER};password={PASSWORD}", server.address)).unwrap();
    assert_eq!((token(&source).await, token(&source).await, logins()), ("abc".into(), "abc".into(), 1));
    cluster.state.lock().unwrap().granted.clear();
    assert_eq!((token(&source).await, logins()), ("abc".into(), 2));
    // Nine tenths of no time: it has ended as soon as it is granted.
    cluster.state.lock().unwrap().granted.clear();
    cluster.state.lock().unwrap().ttl = 0;
    assert_eq!((token(&source).await, logins()), ("abc".into(), 3));
    assert_eq!((token(&source).await, logins()), ("abc".into(), 4));
    let urls = server.asked().join("\n");
    assert!(!urls.contains(PASSWORD) && !urls.contains("NacosAccess55"), "{urls}");

    let wrong = parse(&format!("nacos:server_addr={};username={USER};password=wrong", server.address)).unwrap();
    let error = refused(&wrong).await;
    assert!(error.message().contains("refused the login of the user tdsec (HTTP 403)"), "{error}");
    let without = parse(&format!("nacos:server_addr={}", server.address)).unwrap();
    assert!(refused(&without).await.message().contains("it wants username and password"));
}

#[tokio::test]
async fn a_server_that_is_upgraded_under_way_is_asked_by_its_new_api() {
    let cluster = Cluster::new(&["v1"], false);
    cluster.set(ENTRY, Some("token=abc"));
    let server = cluster.server().await;
    let source = parse(&format!("nacos:server_addr={}", server.address)).unwrap();
    assert_eq!(token(&source).await, "abc");
    cluster.state.lock().unwrap().apis = HashSet::from(["v2", "v3"]);
    assert_eq!(token(&source).await, "abc");
    assert_eq!(server.count("GET /nacos/v3/client/cs/config"), 1);
    cluster.state.lock().unwrap().apis.clear();
    assert!(refused(&source).await.message().contains("none of its APIs v1, v2 and v3 under /nacos/"));
}

#[tokio::test]
async fn a_listener_that_is_answered_for_no_reason_is_no_change_and_no_busy_loop() {
    let cluster = Cluster::new(&["v1"], false);
    cluster.set(ENTRY, Some("token=abc"));
    let listening = Arc::clone(&cluster);
    let server = Standin::start(move |asked| {
        let cluster = Arc::clone(&listening);
        async move {
            match asked.path.ends_with("/listener") {
                true => Reply::new(200, "tdengine-credential%02DEFAULT_GROUP%01"),
                false => cluster.answer(asked).await,
            }
        }
    })
    .await;
    let source = parse(&format!("nacos:server_addr={};poll_interval=200ms", server.address)).unwrap();
    assert_eq!(token(&source).await, "abc");
    assert!(tokio::time::timeout(Duration::from_millis(700), source.changed()).await.is_err());
    let asked = server.count("POST");
    assert!((1..=4).contains(&asked), "asked {asked} times in 700 ms");
    cluster.set(ENTRY, Some("token=abd"));
    within(source.changed()).await.unwrap();
}

#[test]
fn plain_http_to_another_machine_takes_its_own_option_and_tls_options_mean_https() {
    let build = |pairs: &[(&str, &str)]| {
        let builder = Builder::new("nacos").unwrap();
        pairs.iter().try_fold(builder, |builder, (name, value)| builder.set(name, value)).and_then(Builder::build)
    };
    let error = build(&[("server_addr", "nacos.example:8848")]).unwrap_err();
    assert_eq!((error.code(), error.option()), (ErrorCode::InsecureTransport, Some("danger_token_over_plaintext")));
    build(&[("server_addr", "nacos.example:8848"), ("danger_token_over_plaintext", "true")]).unwrap();
    build(&[("server_addr", "https://nacos.example:8848")]).unwrap();
    build(&[("server_addr", "nacos.example"), ("tls_pin", &"ab".repeat(32))]).unwrap();
    for (pairs, code) in [
        (&[("server_addr", "http://localhost"), ("tls_pin", "ab")][..], ErrorCode::OptionConflict),
        (&[("server_addr", "http://localhost,https://localhost")], ErrorCode::OptionInvalid),
        (&[("server_addr", "https://localhost"), ("scheme", "http")], ErrorCode::OptionConflict),
        (&[("server_addr", "localhost"), ("username", "x")], ErrorCode::OptionInvalid),
        (
            &[("server_addr", "localhost"), ("password", "x"), ("password_source", "env:X"), ("username", "x")],
            ErrorCode::OptionConflict,
        ),
        (&[("server_addr", "localhost"), ("api", "v9")], ErrorCode::OptionInvalid),
        (&[("server_addr", "")], ErrorCode::OptionInvalid),
        (&[("server_addr", "https://localhost"), ("danger_tls_verification", "none")], ErrorCode::OptionUnknown),
    ] {
        assert_eq!(build(pairs).unwrap_err().code(), code, "{pairs:?}");
    }
}
