//! The API server of Kubernetes itself, with its etcd, where they are installed: `tests/interop/kubernetes.sh` builds them.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tdsec::source::Builder;
use tdsec::{ErrorCode, TokenSource};
use tdsec_tests::certificates::{self, Workshop, ip};

use crate::contract::{self, Origin, eventually, refused, token, within};
use crate::publishing::{published, refused_beforehand, two_at_once};
use crate::sockets;

const ADMINISTRATOR: &str = "ClusterAdministrator58";
const SECRETS: &str = "/api/v1/namespaces/apps/secrets";
const ACCOUNTS: &str = "/api/v1/namespaces/apps/serviceaccounts";

/// The folder `TDSEC_KUBERNETES`, or one of the PATH: where `kube-apiserver` and `etcd` are.
fn programs() -> Option<PathBuf> {
    let given = std::env::var_os("TDSEC_KUBERNETES").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let path = std::env::var_os("PATH")?;
    let has_both = |folder: &PathBuf| ["kube-apiserver", "etcd"].iter().all(|name| folder.join(name).is_file());
    given.or_else(|| std::env::split_paths(&path).find(has_both))
}

/// Two processes, which end with this.
struct Api {
    programs: PathBuf,
    /// API, etcd's clients, etcd's peers.
    ports: [u16; 3],
    folder: Workshop,
    trust: Arc<rustls::ClientConfig>,
    store: Option<Child>,
    server: Mutex<Option<Child>>,
}

impl Api {
    async fn start(programs: PathBuf) -> Api {
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = listeners.each_ref().map(|listener| listener.local_addr().unwrap().port());
        drop(listeners);
        let folder = Workshop::new();
        let ca = certificates::ca("the cluster");
        let leaf = certificates::leaf(&ca, |params| params.subject_alt_names = vec![ip("127.0.0.1")]);
        folder.write("ca.pem", ca.pem());
        folder.write("server.pem", &leaf.certificates);
        folder.write("server.key", &leaf.key);
        folder.write("accounts.key", certificates::rsa(rcgen::RsaKeySize::_2048).serialize_pem());
        folder.write("administrators", format!("{ADMINISTRATOR},admin,1,\"system:masters\"\n"));
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca.pem().as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let trust = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let trust = Arc::new(trust.unwrap().with_root_certificates(roots).with_no_client_auth());
        let mut api = Api { programs, ports, folder, trust, store: None, server: Mutex::default() };
        api.store = Some(api.run_store());
        api.run().await;
        api.set_up().await;
        api
    }

    fn run_store(&self) -> Child {
        let [_, clients, peers] = self.ports.map(|port| format!("http://127.0.0.1:{port}"));
        self.command("etcd")
            .arg("--unsafe-no-fsync")
            .args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients])
            .args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers])
            .args(["--initial-cluster", &format!("default={peers}")])
            .arg(format!("--data-dir={}", self.folder.path("store").display()))
            .spawn()
            .unwrap()
    }

    async fn run(&self) {
        let file = |name: &str| self.folder.path(name).display().to_string();
        let server = self
            .command("kube-apiserver")
            .args(["--bind-address=127.0.0.1", "--service-cluster-ip-range=10.0.0.0/24", "--authorization-mode=RBAC"])
            .args(["--disable-admission-plugins=ServiceAccount", "--service-account-issuer=https://tests.example"])
            .arg(format!("--secure-port={}", self.ports[0]))
            .arg(format!("--etcd-servers=http://127.0.0.1:{}", self.ports[1]))
            .arg(format!("--tls-cert-file={}", file("server.pem")))
            .arg(format!("--tls-private-key-file={}", file("server.key")))
            .arg(format!("--cert-dir={}", file("certificates")))
            .arg(format!("--service-account-key-file={}", file("accounts.key")))
            .arg(format!("--service-account-signing-key-file={}", file("accounts.key")))
            .arg(format!("--token-auth-file={}", file("administrators")))
            .spawn()
            .unwrap();
        *self.server.lock().unwrap() = Some(server);
        let ready = || self.send("GET", "/readyz", &Value::Null).is_some_and(|(status, _)| status == 200);
        eventually("the API server is ready", ready).await;
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        // One program may be both: it goes by its name.
        command.arg0(program).current_dir(self.folder.folder());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// An account that may read, watch and patch the one Secret, and one that may nothing.
    async fn set_up(&self) {
        self.create("/api/v1/namespaces", json!({"metadata": {"name": "apps"}}));
        let rule = json!({"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["tdengine"], "verbs": ["get", "watch", "patch"]});
        let roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/apps";
        self.create(&format!("{roles}/roles"), json!({"metadata": {"name": "reader"}, "rules": [rule]}));
        let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"});
        let subject = json!({"kind": "ServiceAccount", "name": "reader", "namespace": "apps"});
        let binding = json!({"metadata": {"name": "reader"}, "roleRef": role, "subjects": [subject]});
        self.create(&format!("{roles}/rolebindings"), binding);
        for account in ["reader", "stranger"] {
            self.create(ACCOUNTS, json!({"metadata": {"name": account}}));
            self.folder.write(account, self.token_of(account));
        }
        self.create(SECRETS, json!({"metadata": {"name": "tdengine"}, "stringData": {"token": "first"}}));
        let source = self.builder("reader").build().unwrap();
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        while source.fetch().await.is_err() {
            assert!(tokio::time::Instant::now() < deadline, "the role is never known: {:?}", source.fetch().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// As the kubelet asks for one.
    fn token_of(&self, account: &str) -> String {
        let asked = json!({"spec": {"expirationSeconds": 600}});
        let answer = self.create(&format!("{ACCOUNTS}/{account}/token"), asked);
        answer["status"]["token"].as_str().unwrap().to_owned()
    }

    fn builder(&self, account: &str) -> Builder {
        let (server, file) = (format!("https://127.0.0.1:{}", self.ports[0]), self.folder.path(account));
        let pairs = [("secret", "tdengine"), ("namespace", "apps"), ("api_server", &server)];
        let builder = pairs
            .iter()
            .try_fold(Builder::new("kubernetes").unwrap(), |builder, (name, value)| builder.set(name, value));
        let builder = builder.and_then(|builder| builder.set("token_file", file.to_str().unwrap()));
        builder.and_then(|builder| builder.set("tls_ca", self.folder.path("ca.pem").to_str().unwrap())).unwrap()
    }

    /// What the administrator's request is answered with: status and document.
    fn send(&self, method: &str, path: &str, document: &Value) -> Option<(u16, Value)> {
        let body = if document.is_null() { String::new() } else { document.to_string() };
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        // HTTP/1.0: no chunks, and the end of the answer is that of the connection.
        let request = format!(
            "{method} {path} HTTP/1.0\r\nAuthorization: Bearer {ADMINISTRATOR}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let client = rustls::ClientConnection::new(Arc::clone(&self.trust), name).unwrap();
        let tcp = TcpStream::connect(("127.0.0.1", self.ports[0])).ok()?;
        tcp.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut stream = rustls::StreamOwned::new(client, tcp);
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        // It may end without saying so.
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, serde_json::from_str(body).unwrap_or_default()))
    }

    fn create(&self, path: &str, document: Value) -> Value {
        let (status, answer) = self.send("POST", path, &document).unwrap();
        assert_eq!(status, 201, "{answer}");
        answer
    }

    fn change(&self, document: Value) {
        let (status, answer) = self.send("PATCH", &format!("{SECRETS}/tdengine"), &document).unwrap();
        assert_eq!(status, 200, "{answer}");
    }

    /// Suspended, or running again.
    fn signal(&self, name: &str) {
        let process = self.server.lock().unwrap().as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([name, &process]).status().unwrap().success());
    }

    fn end(&self) {
        if let Some(mut server) = self.server.lock().unwrap().take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.end();
        if let Some(store) = &mut self.store {
            let _ = store.kill();
            let _ = store.wait();
        }
    }
}

impl Origin for Api {
    fn source(&self) -> Arc<dyn TokenSource> {
        self.builder("reader").build().unwrap()
    }

    async fn put(&self, content: &str) {
        let document = json!({"metadata": {"name": "tdengine"}, "stringData": {"token": content, "note": "x"}});
        let (status, answer) = self.send("PUT", &format!("{SECRETS}/tdengine"), &document).unwrap();
        match status {
            404 => drop(self.create(SECRETS, document)),
            status => assert_eq!(status, 200, "{answer}"),
        }
    }

    async fn remove(&self) {
        let (status, answer) = self.send("DELETE", &format!("{SECRETS}/tdengine"), &Value::Null).unwrap();
        assert_eq!(status, 200, "{answer}");
    }

    fn place(&self) -> String {
        "the Secret apps/tdengine, key token".into()
    }

    async fn stop(&self) {
        self.end();
    }

    async fn start(&self) {
        self.run().await;
    }

    fn hang(&self, hangs: bool) -> bool {
        self.signal(if hangs { "-STOP" } else { "-CONT" });
        true
    }

    fn is_waited_for(&self) -> bool {
        sockets::own(self.ports[0]) > 0
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.folder.read("reader")]
    }
}

#[expect(clippy::print_stdout, reason = "says why nothing was tested")]
async fn installed() -> Option<Api> {
    let Some(programs) = programs() else {
        println!("kube-apiserver and etcd are not on the PATH: left out (make interop builds them)");
        return None;
    };
    Some(Api::start(programs).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubernetes_itself_keeps_the_contract() {
    if let Some(api) = installed().await {
        contract::holds(api).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubernetes_itself_forgets_versions_ends_accounts_and_refuses_strangers() {
    let Some(api) = installed().await else { return };
    let source = api.source();
    assert_eq!(token(&source).await, "first");
    let stranger = api.builder("stranger").build().unwrap();
    assert!(refused(&stranger).await.message().contains("needs the verbs get and watch"));

    // A server that was started anew knows nothing of the version that the source saw.
    let version = api.send("GET", &format!("{SECRETS}/tdengine"), &Value::Null).unwrap().1;
    let version = version["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    for number in 0..3 {
        api.create(SECRETS, json!({"metadata": {"name": format!("other{number}")}}));
    }
    api.stop().await;
    api.start().await;
    let watch = format!("{SECRETS}?watch=true&resourceVersion={version}&timeoutSeconds=1");
    let (status, event) = api.send("GET", &watch, &Value::Null).unwrap();
    assert!(status == 410 || event["object"]["code"] == 410, "the server goes on: {status} {event}");
    let waiting = {
        let source = Arc::clone(&source);
        tokio::spawn(async move { source.changed().await })
    };
    api.waited_for().await;
    let early = tokio::time::timeout(Duration::from_millis(1500), async {
        while !waiting.is_finished() {
            tokio::task::yield_now().await
        }
    });
    assert!(early.await.is_err(), "a version that was forgotten is no change");
    api.change(json!({"stringData": {"token": "second"}}));
    within(waiting).await.unwrap().unwrap();
    assert_eq!(token(&source).await, "second");

    // An account that is deleted ends its tokens; the one of its name has others.
    let account = format!("{ACCOUNTS}/reader");
    assert_eq!(api.send("DELETE", &account, &Value::Null).unwrap().0, 200);
    api.create(ACCOUNTS, json!({"metadata": {"name": "reader"}}));
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    let error = loop {
        match source.fetch().await {
            Err(error) => break error,
            Ok(_) => assert!(tokio::time::Instant::now() < deadline, "the earlier token stays good"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(error.message().contains("does not accept the service account's token (HTTP 401)"), "{error}");
    api.folder.write("reader", api.token_of("reader"));
    assert_eq!(token(&source).await, "second", "its file is read again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubernetes_itself_is_published_to() {
    let Some(api) = installed().await else { return };
    let source = api.source();
    api.change(json!({"stringData": {"token": "abc", "expires_at": "5", "note": "x"}}));
    published(&source).await;
    let data = api.send("GET", &format!("{SECRETS}/tdengine"), &Value::Null).unwrap().1["data"].clone();
    assert_eq!((data["note"].as_str(), data["expires_at"].as_str()), (Some("eA=="), None));
    let written = two_at_once(&source, &api.source()).await;
    assert!(written % 2 == 1, "no two of 50 pairs met");
    let stranger = api.builder("stranger").build().unwrap();
    refused_beforehand(&stranger, ErrorCode::SourceUnavailable, "and patch to publish (HTTP 403)").await;
    api.change(json!({"immutable": true}));
    let before = token(&source).await;
    let error = refused_beforehand(&source, ErrorCode::SourceUnavailable, "it is immutable").await;
    assert!(!error.may_have_run());
    assert_eq!(token(&source).await, before);
}
