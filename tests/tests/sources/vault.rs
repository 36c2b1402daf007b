//! OpenBao itself (the open Vault), and a stand-in for what it cannot be made to do.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{DnType, ExtendedKeyUsagePurpose};
use serde_json::json;
use tdsec::source::{Builder, parse};
use tdsec::{ErrorCode, TokenSource};
use tdsec_tests::certificates::{self, Workshop};

use crate::contract::{self, Origin, eventually, refused, token, within};
use crate::standin::{Reply, Standin};
use crate::{kubernetes, logs, sockets};

pub(crate) const ROOT: &str = "RootTokenOfBao91";

/// The program, installed if need be.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("openbao.sh");
        let output = Command::new(script).output().unwrap();
        assert!(output.status.success(), "OpenBao cannot be installed: {}", String::from_utf8_lossy(&output.stderr));
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
    })
}

/// A server in memory, with TLS, unsealed. It ends with this.
pub(crate) struct Bao {
    process: Child,
    port: u16,
    folder: Workshop,
    unseal_key: String,
}

impl Bao {
    pub(crate) async fn start() -> Bao {
        logs::capture();
        let folder = Workshop::new();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = folder.path("log");
        let process = Command::new(program())
            .args(["server", "-dev-tls", "-dev-no-store-token"])
            .arg(format!("-dev-tls-cert-dir={}", folder.folder().display()))
            .arg(format!("-dev-root-token-id={ROOT}"))
            .arg(format!("-dev-listen-address=127.0.0.1:{port}"))
            .env("HOME", folder.folder())
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&log).unwrap())
            .stderr(std::fs::File::create(folder.path("errors")).unwrap())
            .spawn()
            .unwrap();
        let mut bao = Bao { process, port, folder, unseal_key: String::new() };
        let ready = || std::fs::read_to_string(&log).unwrap().contains("Root Token:");
        eventually("OpenBao is ready", ready).await;
        let printed = std::fs::read_to_string(&log).unwrap();
        let key = printed.lines().find_map(|line| line.strip_prefix("Unseal Key:")).unwrap();
        bao.unseal_key = key.trim().to_owned();
        bao
    }

    pub(crate) fn address(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path("vault-ca.pem")
    }

    /// Runs the command-line client as the administrator.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> String {
        let mut client = Command::new(program())
            .args(arguments)
            .env("BAO_ADDR", self.address())
            .env("BAO_CACERT", self.ca())
            .env("BAO_TOKEN", ROOT)
            .env("HOME", self.folder.folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        client.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = client.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn put(&self, fields: &serde_json::Value) {
        self.run(&["kv", "put", "secret/app/tdengine", "-"], &fields.to_string());
    }

    /// What may be read, by the policy `reader`.
    pub(crate) fn allow(&self, paths: &[&str]) {
        let rules: Vec<String> =
            paths.iter().map(|path| format!("path \"{path}\" {{ capabilities = [\"read\"] }}")).collect();
        self.run(&["policy", "write", "reader", "-"], &rules.join("\n"));
    }

    pub(crate) fn builder(&self) -> Builder {
        let builder = Builder::new("vault").unwrap();
        let pairs = [("address", self.address()), ("path", "app/tdengine".into()), ("poll_interval", "100ms".into())];
        let builder = pairs.iter().try_fold(builder, |builder, (name, value)| builder.set(name, value)).unwrap();
        builder.set("tls_ca", self.ca().to_str().unwrap()).unwrap()
    }

    pub(crate) fn with_root(&self) -> Arc<dyn TokenSource> {
        self.builder().set("token", ROOT).unwrap().build().unwrap()
    }

    /// Role and secret id of an AppRole whose tokens live so long.
    pub(crate) fn app_role(&self, ttl: &str, more: &[&str]) -> (String, String) {
        self.run(&["auth", "enable", "approle"], "");
        let ttl = format!("token_ttl={ttl}");
        let role = ["write", "auth/approle/role/tdsec", "token_policies=reader", &ttl];
        self.run(&[&role[..], more].concat(), "");
        let id = self.run(&["read", "-field=role_id", "auth/approle/role/tdsec/role-id"], "");
        let secret = self.run(&["write", "-f", "-field=secret_id", "auth/approle/role/tdsec/secret-id"], "");
        (id, secret)
    }
}

impl Drop for Bao {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Origin for Bao {
    fn source(&self) -> Arc<dyn TokenSource> {
        self.with_root()
    }

    async fn put(&self, content: &str) {
        Bao::put(self, &json!({"token": content, "note": "x"}));
    }

    async fn remove(&self) {
        self.run(&["kv", "delete", "secret/app/tdengine"], "");
    }

    fn place(&self) -> String {
        "the Vault secret secret/app/tdengine, field token".into()
    }

    async fn stop(&self) {
        self.run(&["operator", "seal"], "");
    }

    async fn start(&self) {
        self.run(&["operator", "unseal", &self.unseal_key], "");
    }

    fn is_waited_for(&self) -> bool {
        sockets::count(self.port, true) > 0
    }

    async fn waited_for(&self) {
        let before = sockets::count(self.port, false);
        eventually("it is asked again", || sockets::count(self.port, false) > before).await;
    }

    fn secrets(&self) -> Vec<String> {
        vec![ROOT.into()]
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openbao_keeps_the_contract_sealed_and_unsealed_while_in_use() {
    contract::holds(Bao::start().await).await;
}

#[tokio::test]
async fn openbao_is_asked_by_approle_and_the_token_is_renewed_had_anew_and_shown_to_a_trusted_server_only() {
    let bao = Bao::start().await;
    bao.put(&json!({"token": "abc", "expires_at": 1_800_000_000, "ttl": "2h"}));
    bao.allow(&["secret/data/app/tdengine"]);
    // One login is all the secret id is good for: after six seconds only renewal helps.
    let (role, secret) = bao.app_role("6s", &["secret_id_num_uses=1"]);
    bao.folder.write("secret-id", format!("{secret}\n"));
    let from = format!("file:{}", bao.folder.path("secret-id").display());
    let app_role =
        || bao.builder().set("role_id", &role).and_then(|builder| builder.set("secret_id_source", &from)).unwrap();
    let source = app_role().build().unwrap();
    let issued = source.fetch().await.unwrap();
    let wanted =
        tdsec::Issued::new("abc").expires_at(Duration::from_secs(1_800_000_000)).ttl(Duration::from_secs(7200));
    assert_eq!(issued, wanted);
    let end = std::time::Instant::now() + Duration::from_millis(7500);
    while std::time::Instant::now() < end {
        assert_eq!(token(&source).await, "abc");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    bao.run(&["token", "revoke", "-mode=path", "auth/approle"], "");
    let error = refused(&source).await;
    assert!(
        error.message().contains("refused the login at auth/approle (HTTP 400)"),
        "the secret id is used up: {error}"
    );
    bao.run(&["write", "auth/approle/role/tdsec", "secret_id_num_uses=0", "token_policies=reader"], "");
    let secret = bao.run(&["write", "-f", "-field=secret_id", "auth/approle/role/tdsec/secret-id"], "");
    bao.folder.write("secret-id", &secret);
    assert_eq!(token(&source).await, "abc", "a new login with what the file holds now");
    // The policy hides the metadata: the secret itself is looked at.
    bao.put(&json!({"token": "abd"}));
    within(source.changed()).await.unwrap();
    assert_eq!(token(&source).await, "abd");

    bao.allow(&["secret/data/other"]);
    assert!(refused(&source).await.message().contains("its policies do not allow it (HTTP 403)"));
    let impostor = certificates::ca("impostor");
    let distrusting = Builder::new("vault")
        .unwrap()
        .set("address", &bao.address())
        .and_then(|builder| builder.set("tls_ca", &impostor.pem()));
    let distrusting = distrusting
        .and_then(|builder| builder.set("path", "app/tdengine"))
        .and_then(|builder| builder.set("token", ROOT));
    let error = refused(&distrusting.and_then(Builder::build).unwrap()).await;
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert!(error.message().contains("is not trusted"), "{error}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("TLS_UNTRUSTED_ROOT"), "{cause}");
    let texts = logs::lines();
    assert!(![&secret, "NoSuchText"].iter().any(|secret| texts.contains(*secret)));
}

#[tokio::test]
async fn openbao_knows_a_source_by_its_certificate() {
    let bao = Bao::start().await;
    bao.put(&json!({"token": "abc"}));
    bao.allow(&["secret/data/app/tdengine", "secret/metadata/app/tdengine"]);
    let ca = certificates::ca("clients");
    let leaf = certificates::leaf(&ca, |params| {
        params.distinguished_name.push(DnType::CommonName, "tdsec");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    bao.folder.write("clients.pem", ca.pem());
    bao.run(&["auth", "enable", "cert"], "");
    let certificate = format!("certificate=@{}", bao.folder.path("clients.pem").display());
    bao.run(&["write", "auth/cert/certs/tdsec", &certificate, "token_policies=reader"], "");
    let source = bao.builder().set_bytes("tls_cert", leaf.certificates.as_bytes()).unwrap();
    let source = source.set_bytes("tls_key", leaf.key.as_bytes()).unwrap().build().unwrap();
    assert_eq!(token(&source).await, "abc");
    let stranger = certificates::leaf(&certificates::ca("others"), |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let source = bao.builder().set_bytes("tls_cert", stranger.certificates.as_bytes()).unwrap();
    let source = source.set_bytes("tls_key", stranger.key.as_bytes()).unwrap().build().unwrap();
    assert!(refused(&source).await.message().contains("refused the login at auth/cert"));
}

#[tokio::test]
async fn openbao_version_1_namespaces_custom_metadata_and_other_fields_are_read() {
    let bao = Bao::start().await;
    bao.run(&["secrets", "enable", "-path=plain/old", "-version=1", "kv"], "");
    bao.run(&["kv", "put", "-mount=plain/old", "app/tdengine", "password=abc", "issued_at=1700000000"], "");
    let builder = || bao.builder().set("token", ROOT).unwrap();
    let set = |builder: Builder, pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .try_fold(builder, |builder, (name, value)| builder.set(name, value))
            .and_then(Builder::build)
            .unwrap()
    };
    let old = set(builder(), &[("mount", "plain/old"), ("kv_version", "1"), ("field", "password")]);
    assert_eq!(old.fetch().await.unwrap(), tdsec::Issued::new("abc").issued_at(Duration::from_secs(1_700_000_000)));
    bao.run(&["kv", "put", "-mount=plain/old", "app/tdengine", "password=abd"], "");
    within(old.changed()).await.unwrap();
    assert_eq!(token(&old).await, "abd");

    bao.run(&["namespace", "create", "team"], "");
    bao.run(&["secrets", "enable", "-namespace=team", "-path=secret", "-version=2", "kv"], "");
    bao.run(&["kv", "put", "-namespace=team", "-mount=secret", "app/tdengine", "token=of the team"], "");
    let team = set(builder(), &[("namespace", "team")]);
    let error = refused(&team).await;
    assert!(error.message().contains("not a token alone"), "{error}");
    bao.run(
        &[
            "kv",
            "put",
            "-namespace=team",
            "-mount=secret",
            "app/tdengine",
            "token={\"token\":\"ofTheTeam\",\"ttl\":60}",
        ],
        "",
    );
    assert_eq!(team.fetch().await.unwrap(), tdsec::Issued::new("ofTheTeam").ttl(Duration::from_secs(60)));

    Bao::put(&bao, &json!({"token": "abc"}));
    bao.run(
        &["kv", "metadata", "put", "-mount=secret", "-custom-metadata=expires_at=2027-01-15T08:00:00Z", "app/tdengine"],
        "",
    );
    let issued = bao.with_root().fetch().await.unwrap();
    assert_eq!(issued.expires_at, Some(Duration::from_secs(1_800_000_000)));
    let missing = set(builder(), &[("field", "absent")]);
    assert!(refused(&missing).await.message().contains("no such field"));
}

#[tokio::test]
async fn openbao_lets_the_api_server_say_whose_token_of_a_service_account_it_is() {
    let bao = Bao::start().await;
    bao.put(&json!({"token": "abc"}));
    bao.allow(&["secret/data/app/tdengine"]);
    let cluster = kubernetes::Cluster::new();
    let server = cluster.server().await;
    bao.run(&["auth", "enable", "kubernetes"], "");
    let host = format!("kubernetes_host=http://{}", server.address);
    let ca = format!("kubernetes_ca_cert=@{}", bao.ca().display());
    bao.run(&["write", "auth/kubernetes/config", &host, "disable_local_ca_jwt=true", "token_reviewer_jwt=x", &ca], "");
    let role = ["bound_service_account_names=reader", "bound_service_account_namespaces=apps", "token_policies=reader"];
    bao.run(&[&["write", "auth/kubernetes/role/tdsec"][..], &role].concat(), "");

    let encoded = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let account = json!({"namespace": "apps", "serviceaccount": {"name": "reader", "uid": "11"}});
    let claims = json!({"sub": "system:serviceaccount:apps:reader", "iss": "kubernetes", "iat": 1_700_000_000, "nbf": 1_700_000_000, "exp": 4_000_000_000_u64, "kubernetes.io": account});
    let jwt = format!("{}.{}.{}", encoded(json!({"alg": "RS256", "typ": "JWT"})), encoded(claims), "c2lnbmF0dXJl");
    bao.folder.write("jwt", &jwt);
    cluster.accept(&jwt);
    let source = bao
        .builder()
        .set("role", "tdsec")
        .and_then(|builder| builder.set("jwt_file", bao.folder.path("jwt").to_str().unwrap()));
    let source = source.and_then(Builder::build).unwrap();
    assert_eq!(token(&source).await, "abc");
    assert_eq!(server.count("POST /apis/authentication.k8s.io/v1/tokenreviews"), 1);

    cluster.accept("another one");
    bao.run(&["token", "revoke", "-mode=path", "auth/kubernetes"], "");
    assert!(refused(&source).await.message().contains("refused the login at auth/kubernetes (HTTP 403)"));
}

fn vault(servers: &[&Standin]) -> Arc<dyn TokenSource> {
    let servers: Vec<String> = servers.iter().map(|server| format!("http://{}", server.address)).collect();
    parse(&format!("vault:address={};path=x;token=GivenToken18", servers.join(","))).unwrap()
}

async fn answering(status: u16, body: serde_json::Value) -> Standin {
    Standin::start(move |asked| {
        let body = body.clone();
        async move {
            match asked.path.ends_with("lookup-self") {
                true => Reply::json(403, &json!({"errors": ["permission denied"]})),
                false => Reply::json(status, &body),
            }
        }
    })
    .await
}

#[tokio::test]
async fn the_next_vault_is_asked_when_one_is_a_standby_or_sealed_and_no_redirect_is_followed() {
    let good =
        answering(200, json!({"lease_duration": 0, "data": {"data": {"token": "abc"}, "metadata": {"version": 1}}}))
            .await;
    for (status, says) in [
        (503, "it is sealed, or down for maintenance (HTTP 503)"),
        (429, "standby"),
        (473, "standby"),
        (307, "it names another server"),
        (418, "HTTP 418"),
    ] {
        let bad = Standin::start(move |asked| async move {
            let reply = Reply::json(status, &json!({"errors": []}));
            match asked.path.ends_with("lookup-self") {
                true => Reply::json(403, &json!({})),
                false => reply.header("location", "http://127.0.0.1:9/v1/secret/data/x".into()),
            }
        })
        .await;
        let error = refused(&vault(&[&bad])).await;
        assert_eq!(error.code(), ErrorCode::SourceUnavailable);
        assert!(error.message().contains(says), "{error}");
        if status != 418 {
            assert_eq!(token(&vault(&[&bad, &good])).await, "abc");
        }
    }
}

#[tokio::test]
async fn metadata_that_the_policy_hides_are_asked_for_once_and_cost_no_login() {
    let content = Arc::new(std::sync::Mutex::new("abc"));
    let shown = Arc::clone(&content);
    let server = Standin::start(move |asked| {
        let token = *shown.lock().unwrap();
        async move {
            let secret = json!({"data": {"data": {"token": token}, "metadata": {"version": 1}}});
            match asked.path.as_str() {
                "/v1/auth/approle/login" => {
                    Reply::json(200, &json!({"auth": {"client_token": "OwnToken63", "lease_duration": 0}}))
                }
                "/v1/secret/data/x" if asked.header("x-vault-token") == "OwnToken63" => Reply::json(200, &secret),
                _ => Reply::json(403, &json!({"errors": ["permission denied"]})),
            }
        }
    })
    .await;
    let text = format!("vault:address=http://{};path=x;role_id=r;poll_interval=20ms", server.address);
    let source = parse(&text).unwrap();
    assert_eq!(token(&source).await, "abc");
    let waiting = {
        let source = Arc::clone(&source);
        tokio::spawn(async move { source.changed().await })
    };
    eventually("several polls", || server.count("GET /v1/secret/data/x") >= 5).await;
    assert!(!waiting.is_finished());
    *content.lock().unwrap() = "abd";
    within(waiting).await.unwrap().unwrap();
    assert_eq!(token(&source).await, "abd");
    assert_eq!((server.count("POST"), server.count("GET /v1/secret/metadata")), (1, 1));
}

#[tokio::test]
async fn a_lease_is_the_life_of_what_an_engine_made_and_not_of_what_is_stored() {
    for (lease, ttl) in [("database/creds/x/1", Some(Duration::from_secs(3600))), ("", None)] {
        let server = answering(200, json!({"lease_id": lease, "lease_duration": 3600, "data": {"token": "abc"}})).await;
        let text = format!("vault:address=http://{};path=x;kv_version=1;token=GivenToken18", server.address);
        assert_eq!(parse(&text).unwrap().fetch().await.unwrap().ttl, ttl);
    }
    let endless = Standin::start(|_| async { Reply::new(200, "x".repeat(70_000)) }).await;
    assert!(refused(&vault(&[&endless])).await.message().contains("more than 64 KiB"));
}
