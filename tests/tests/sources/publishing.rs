//! What is published is read back as it was meant, everything else at the place stays, and a refusal changes nothing.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tdsec::source::{Builder, chain, parse};
use tdsec::{Error, ErrorCode, Issued, TokenSource};
use tdsec_tests::certificates::Workshop;

use crate::contract::{Origin as _, eventually, token, within};
use crate::kubernetes::{self, Pod};
use crate::logs;
use crate::nacos::{self, Cluster};
use crate::standin::{Reply, Standin};
use crate::vault::{self, Bao};

/// As `tdsec token revoke` publishes one; no two are alike.
fn next() -> Issued {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    logs::capture();
    let token = format!("Published{}Secret{:08x}", COUNT.fetch_add(1, Ordering::Relaxed), std::process::id());
    let issued = Issued::new(token).issued_at(Duration::from_secs(1_800_000_000)).ttl(Duration::from_secs(86_400));
    issued.revokes("0123456789ab").revokes("ba9876543210")
}

/// Published and read back; who asks beforehand is told that it can be, and changes nothing by that.
pub(crate) async fn published(source: &Arc<dyn TokenSource>) -> Issued {
    let issued = next();
    let before = within(source.fetch()).await.ok();
    within(source.check_publish()).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(within(source.fetch()).await.ok(), before, "a check changes nothing");
    within(source.publish(&issued)).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(within(source.fetch()).await.unwrap(), issued);
    let (texts, shown) = (format!("{} {source:?}", logs::lines()), issued.token.expose());
    assert!(!texts.contains(shown), "the token is in a text");
    issued
}

/// Refused, with a code that has a remedy; the new token is in no text.
pub(crate) async fn not_published(source: &Arc<dyn TokenSource>, code: ErrorCode, says: &str) -> Error {
    let issued = next();
    let error = within(source.publish(&issued)).await.expect_err("this cannot be published");
    assert_eq!(error.code(), code, "{error}");
    assert!(error.message().contains(says), "{error}");
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    let texts = format!("{error} {error:?} {cause:?} {}", logs::lines());
    assert!(!texts.contains(issued.token.expose()), "the token is in a text: {error}");
    error
}

/// The same, found out beforehand too.
pub(crate) async fn refused_beforehand(source: &Arc<dyn TokenSource>, code: ErrorCode, says: &str) -> Error {
    let error = within(source.check_publish()).await.expect_err("this cannot be published");
    assert!(error.code() == code && error.message().contains(says) && !error.may_have_run(), "{error}");
    not_published(source, code, says).await
}

#[tokio::test]
async fn a_file_gets_the_next_token_beside_what_others_wrote_and_keeps_its_owner_and_rights() {
    let folder = Workshop::new();
    let (file, link) = (folder.path("token"), folder.path("link"));
    let source = parse(&format!("file:path={};permissions=ignore", link.display())).unwrap();
    symlink("token", &link).unwrap();
    published(&source).await;
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "a new one is for its owner only");

    std::fs::write(&file, "# of the platform\nuser=reader\ntoken=abc\nttl=1h\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    // As root one may give files away, as anybody else one cannot.
    let owner = std::os::unix::fs::chown(&file, Some(65_534), Some(65_534)).map_or(None, |()| Some(65_534));
    let issued = published(&source).await;
    let now = std::fs::read_to_string(&file).unwrap();
    assert!(now.starts_with(&format!("# of the platform\nuser=reader\ntoken={}\n", issued.token.expose())), "{now}");
    assert!(link.symlink_metadata().unwrap().is_symlink(), "who reads the file itself reads the new token too");
    let metadata = file.metadata().unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640, "who could read it still can");
    if let Some(owner) = owner {
        assert_eq!((metadata.uid(), metadata.gid()), (owner, owner));
    }
    let names: Vec<_> = std::fs::read_dir(folder.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing else is left there: {names:?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_changed_without_loss_stays_as_it_is() {
    let folder = Workshop::new();
    let file = folder.path("token");
    let source = parse(&format!("file:{}", file.display())).unwrap();
    for content in ["{\"token\": \"abc", "[1]", &"x".repeat(70_000)] {
        std::fs::write(&file, content).unwrap();
        refused_beforehand(&source, ErrorCode::SourceInvalid, "cannot be changed without loss").await;
        assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
    }
    let nowhere = parse(&format!("file:{}", folder.path("no/such/folder").display())).unwrap();
    let error = refused_beforehand(&nowhere, ErrorCode::SourceUnavailable, "cannot write the file").await;
    assert!(!error.may_have_run());
}

#[tokio::test]
async fn what_cannot_be_written_says_so() {
    let folder = Workshop::new();
    for text in ["env:NOWHERE".into(), "static:token=abc".into(), format!("kubernetes:{}", folder.folder().display())] {
        let error = refused_beforehand(&parse(&text).unwrap(), ErrorCode::SourceReadOnly, "").await;
        assert!(!error.may_have_run());
    }
    let written = parse(&format!("file:{}", folder.path("token").display())).unwrap();
    let both = chain(vec![Arc::clone(&written), parse("env:NOWHERE").unwrap()]).unwrap();
    let issued = published(&both).await;
    assert_eq!(token(&written).await, issued.token.expose(), "a chain is written where it is read first");
}

#[tokio::test]
async fn nacos_of_every_version_gets_the_next_token_beside_what_others_wrote() {
    for api in ["v1", "v2", "v3"] {
        // The login of 2.x is that of v1.
        let login = api != "v2";
        let cluster = Cluster::new(&[api], login);
        let server = cluster.server().await;
        let mut text = format!("nacos:server_addr={};group=my&group;namespace=b1d7;poll_interval=50ms", server.address);
        if login {
            text += &format!(";username={};password={}", nacos::USER, nacos::PASSWORD);
        }
        let (source, other) = (parse(&text).unwrap(), parse(&text).unwrap());
        let entry = ("tdengine-credential", "my&group", "b1d7");
        let first = published(&source).await;
        assert_eq!(token(&other).await, first.token.expose(), "an entry that was not there before");
        cluster.set(entry, Some("# ours\nuser=x\ntoken=abc\nexpires_at=5"));
        assert_eq!(token(&other).await, "abc");
        let issued = published(&source).await;
        within(other.changed()).await.unwrap();
        let now = cluster.content(entry).unwrap();
        let shown = issued.token.expose();
        assert!(now.starts_with(&format!("# ours\nuser=x\ntoken={shown}\n")) && !now.contains("expires_at"), "{now}");
        cluster
            .set(entry, Some("{\"pool\": 5.50, \"token\": \"abc\", \"ttl\": 3, \"big\": 12345678901234567890123}\n"));
        published(&source).await;
        let now = cluster.content(entry).unwrap();
        assert!(now.starts_with("{\"pool\": 5.50, \"token\": \"Published"), "{now}");
        assert!(now.ends_with(", \"big\": 12345678901234567890123}\n"), "{now}");
        assert!(cluster.content(("tdengine-credential", "DEFAULT_GROUP", "")).is_none(), "no other entry is written");
        let urls = server.asked().join("\n");
        assert!(!urls.contains(shown) && !urls.contains(nacos::PASSWORD), "{urls}");
    }
}

#[tokio::test]
async fn nacos_is_not_written_over_somebody_elses_change_or_without_the_right() {
    let entry = ("tdengine-credential", "DEFAULT_GROUP", "");
    for api in ["v1", "v3"] {
        let cluster = Cluster::new(&[api], true);
        cluster.set(entry, Some("token=abc"));
        let server = cluster.server().await;
        let login = format!("username={};password={}", nacos::USER, nacos::PASSWORD);
        let source = parse(&format!("nacos:server_addr={};{login}", server.address)).unwrap();
        cluster.change_before_the_next_publication("token=ofSomebodyElse");
        let error =
            not_published(&source, ErrorCode::SourceUnavailable, "somebody else has written it meanwhile").await;
        assert!(!error.may_have_run());
        assert_eq!(token(&source).await, "ofSomebodyElse");
        published(&source).await;
        cluster.set(entry, Some("{broken"));
        refused_beforehand(&source, ErrorCode::SourceInvalid, "cannot be changed without loss").await;
        cluster.set(entry, Some("token=abc"));
        cluster.allow_reading_only();
        let error = not_published(&source, ErrorCode::SourceUnavailable, "the user has no right to it").await;
        assert!(!error.may_have_run());
        assert_eq!(cluster.content(entry).unwrap(), "token=abc");
        let wrong = parse(&format!("nacos:server_addr={};username=tdsec;password=wrong", server.address)).unwrap();
        not_published(&wrong, ErrorCode::SourceUnavailable, "refused the login of the user tdsec").await;
        server.stop().await;
        let error = not_published(&source, ErrorCode::SourceUnavailable, "cannot be asked").await;
        assert!(!error.may_have_run(), "nobody was there");
    }
}

#[tokio::test]
async fn a_publication_whose_answer_does_not_come_may_have_been_done() {
    let cluster = Cluster::new(&["v1"], false);
    let behind = Arc::clone(&cluster);
    let server = Standin::start(move |asked| {
        let cluster = Arc::clone(&behind);
        async move {
            let writes = asked.method == "POST";
            let reply = cluster.answer(asked).await;
            if writes {
                std::future::pending::<()>().await;
            }
            reply
        }
    })
    .await;
    let source = parse(&format!("nacos:server_addr={};timeout=300ms", server.address)).unwrap();
    let error = not_published(&source, ErrorCode::SourceUnavailable, "did not answer within").await;
    assert!(error.may_have_run());
    assert!(token(&source).await.starts_with("Published"));
}

#[tokio::test]
async fn a_login_or_a_long_poll_whose_answer_does_not_come_has_changed_nothing() {
    let server = Standin::start(|asked| async move {
        match asked.method.as_str() {
            "POST" => std::future::pending().await,
            _ => Reply::new(200, "token=abc").header("content-md5", "1".into()),
        }
    })
    .await;
    let address = server.address;
    let nacos = format!("nacos:server_addr={address};timeout=300ms");
    let vault = format!("vault:address=http://{address};path=p;timeout=300ms;role_id=r;secret_id=s");
    for text in [format!("{nacos};username=u;password=p"), vault] {
        let source = parse(&text).unwrap();
        let error = within(source.fetch()).await.unwrap_err();
        assert!(error.message().contains("did not answer within") && !error.may_have_run(), "{text}: {error}");
        let error = not_published(&source, ErrorCode::SourceUnavailable, "did not answer within").await;
        assert!(!error.may_have_run(), "{text}: {error}");
    }
    let source = parse(&nacos).unwrap();
    assert_eq!(token(&source).await, "abc");
    let listening = async {
        eventually("the listener's request is there", || server.asked().iter().any(|line| line.contains("listener")))
            .await;
        server.stop().await;
    };
    let (error, ()) = tokio::join!(within(source.changed()), listening);
    assert!(!error.unwrap_err().may_have_run());
}

/// The first of two servers fails over what it may have written; what comes after it is a login, which changes nothing.
#[tokio::test]
async fn a_publication_that_may_have_been_done_stays_so_when_the_login_after_it_fails() {
    let failing = Standin::start(|asked| async move {
        match (asked.method.as_str(), asked.path.ends_with("login")) {
            ("POST", true) => Reply::new(200, "{\"accessToken\":\"x\",\"tokenTtl\":18000}"),
            ("POST", false) => Reply::new(500, ""),
            _ => Reply::new(200, "token=abc"),
        }
    })
    .await;
    let refusing = Standin::start(|_| async { Reply::new(403, "") }).await;
    let servers = format!("{},{}", failing.address, refusing.address);
    let source = parse(&format!("nacos:server_addr={servers};username=u;password=p")).unwrap();
    let error = not_published(&source, ErrorCode::SourceUnavailable, "refused").await;
    assert!(error.may_have_run(), "{error}");
}

#[tokio::test]
async fn a_secret_of_kubernetes_gets_the_next_token_and_keeps_its_other_keys() {
    let pod = Pod::new().await;
    let source = pod.source();
    refused_beforehand(&source, ErrorCode::SourceInvalid, "there is no such Secret; create it").await;
    pod.cluster.set("tdengine", Some(&[("token", "abc\n"), ("expires_at", "5"), ("note", "x")]));
    let issued = published(&source).await;
    let data = pod.cluster.data("tdengine");
    assert_eq!((data["token"].as_str(), data["note"].as_str()), (issued.token.expose(), "x"));
    assert!(!data.contains_key("expires_at"), "it is not the next one's");
    pod.cluster.set("tdengine", Some(&[("token", "user=x\ntoken=abc"), ("ttl", "5")]));
    published(&source).await;
    assert!(pod.cluster.data("tdengine")["token"].starts_with("user=x\ntoken=Published"));

    let before = pod.cluster.data("tdengine");
    pod.cluster.change_before_the_next_patch();
    let error = not_published(&source, ErrorCode::SourceUnavailable, "somebody else has written it meanwhile").await;
    assert!(!error.may_have_run());
    pod.cluster.allow(false);
    refused_beforehand(&source, ErrorCode::SourceUnavailable, "and patch to publish (HTTP 403)").await;
    pod.cluster.allow(true);
    pod.cluster.accept("another one");
    not_published(&source, ErrorCode::SourceUnavailable, "does not accept the service account's token").await;
    pod.cluster.accept(kubernetes::ACCOUNT);
    assert_eq!(pod.cluster.data("tdengine"), before);
    published(&source).await;
}

/// Publishes by both until they meet: how often it was done. Whoever comes second is told to look again.
pub(crate) async fn two_at_once(source: &Arc<dyn TokenSource>, other: &Arc<dyn TokenSource>) -> u64 {
    let (one, two) = (next(), next());
    let mut written = 0;
    for _ in 0..50 {
        let outcomes = tokio::join!(source.publish(&one), other.publish(&two));
        for outcome in [outcomes.0, outcomes.1] {
            match outcome {
                Ok(()) => written += 1,
                Err(error) => {
                    assert!(error.message().contains("somebody else has written it meanwhile"), "{error}");
                    assert!(!error.may_have_run());
                }
            }
        }
        if written % 2 == 1 {
            break;
        }
    }
    written
}

fn set(builder: Builder, pairs: &[(&str, &str)]) -> Arc<dyn TokenSource> {
    let builder = pairs.iter().try_fold(builder, |builder, (name, value)| builder.set(name, value));
    builder.and_then(Builder::build).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openbao_gets_the_next_token_among_the_other_fields_and_never_over_somebody_elses_change() {
    let bao = Bao::start().await;
    let source = bao.with_root();
    published(&source).await;
    bao.put(&json!({"token": "abc", "ttl": 5, "note": {"x": [1]}}));
    let other = bao.with_root();
    assert_eq!(token(&other).await, "abc");
    published(&source).await;
    within(other.changed()).await.unwrap();
    let field = |name: &str| bao.run(&["kv", "get", "-field", name, "secret/app/tdengine"], "");
    assert!(field("note").contains("[1]"), "{}", field("note"));
    // What the custom metadata say of the earlier token is not true of the next one.
    let metadata = ["kv", "metadata", "put", "-mount=secret", "-custom-metadata=expires_at=5", "app/tdengine"];
    bao.run(&metadata, "");
    published(&source).await;
    bao.run(&["kv", "delete", "secret/app/tdengine"], "");
    published(&source).await;

    // Two at once: one of them has to look again.
    let version = || -> u64 {
        let metadata = bao.run(&["kv", "metadata", "get", "-format=json", "secret/app/tdengine"], "");
        serde_json::from_str::<serde_json::Value>(&metadata).unwrap()["data"]["current_version"].as_u64().unwrap()
    };
    let before = version();
    let written = two_at_once(&source, &other).await;
    assert_eq!(version() - before, written, "a refusal changed nothing, and nothing else was refused");
    assert!(written % 2 == 1, "no two of 50 pairs met");
}

#[tokio::test]
async fn the_fields_of_others_are_put_back_into_vault_as_it_gave_them() {
    let note = r#"{"z": [1.50, 12345678901234567890123], "a": "\u00e9"}"#;
    let posted = Arc::new(Mutex::new(String::new()));
    let into = Arc::clone(&posted);
    let server = Standin::start(move |asked| {
        let reply = match (asked.method.as_str(), asked.path.ends_with("/data/app")) {
            ("GET", true) => Reply::new(
                200,
                format!(r#"{{"data":{{"metadata":{{"version":3}},"data":{{"token":"abc","note":{note},"ttl":5}}}}}}"#),
            ),
            ("POST", true) => {
                *into.lock().unwrap() = asked.body;
                Reply::new(200, "{}")
            }
            _ => Reply::new(404, ""),
        };
        async move { reply }
    })
    .await;
    let source = parse(&format!("vault:address=http://{};path=app;token=x", server.address)).unwrap();
    within(source.check_publish()).await.unwrap();
    assert_eq!(*posted.lock().unwrap(), "", "a check changes nothing, whether the policies are told or not");
    within(source.publish(&Issued::new("abd").ttl(Duration::from_secs(7)))).await.unwrap();
    let wanted = format!(r#"{{"options":{{"cas":3}},"data":{{"token":"abd","ttl":"7","note":{note}}}}}"#);
    assert_eq!(*posted.lock().unwrap(), wanted);
}

#[tokio::test]
async fn openbao_refuses_to_be_written_without_the_right_and_while_sealed_and_version_1_is_written_too() {
    let bao = Bao::start().await;
    bao.put(&json!({"token": "abc"}));
    bao.allow(&["secret/data/app/tdengine"]);
    let (role, secret) = bao.app_role("1h", &[]);
    let reader = set(bao.builder(), &[("role_id", &role), ("secret_id", &secret)]);
    let error = refused_beforehand(&reader, ErrorCode::SourceUnavailable, "its policies do not allow it (").await;
    assert!(!error.may_have_run());
    assert_eq!(token(&reader).await, "abc");
    // One that may write what is there, but no secret that is not.
    let rules = r#"path "secret/data/app/*" { capabilities = ["read", "update"] }"#;
    bao.run(&["policy", "write", "reader", "-"], rules);
    published(&reader).await;
    let (address, ca) = (bao.address(), bao.ca().display().to_string());
    let fresh = [
        ("address", &*address),
        ("tls_ca", &ca),
        ("path", "app/not-there"),
        ("role_id", &role),
        ("secret_id", &secret),
    ];
    let fresh = set(Builder::new("vault").unwrap(), &fresh);
    refused_beforehand(&fresh, ErrorCode::SourceUnavailable, "its policies do not allow it (").await;

    bao.run(&["secrets", "enable", "-path=plain", "-version=1", "kv"], "");
    bao.run(&["kv", "put", "-mount=plain", "app/tdengine", "password=abc", "expires_at=5", "user=x"], "");
    let plain = [("mount", "plain"), ("kv_version", "1"), ("field", "password"), ("token", vault::ROOT)];
    let plain = set(bao.builder(), &plain);
    published(&plain).await;
    assert_eq!(bao.run(&["kv", "get", "-mount=plain", "-field=user", "app/tdengine"], ""), "x");
    let (address, ca) = (bao.address(), bao.ca().display().to_string());
    let pairs = [("address", &*address), ("tls_ca", &ca), ("token", vault::ROOT), ("path", "new"), ("mount", "plain")];
    let fresh = set(Builder::new("vault").unwrap().set("kv_version", "1").unwrap(), &pairs);
    published(&fresh).await;

    bao.stop().await;
    not_published(&plain, ErrorCode::SourceUnavailable, "it is sealed").await;
}
