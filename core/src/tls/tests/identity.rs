//! Client certificates: every form, every flaw, replaced while in use (TLS-7, CRT-3).

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::*;

struct Site {
    folder: Folder,
    authority: Authority,
    server: Server,
}

fn site() -> Site {
    let authority = authority("ca");
    let server = Server::with(&issue(&authority), Some(&authority), &[]);
    Site { folder: Folder::new(), authority, server }
}

impl Site {
    fn private(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.replace(name, content);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn files(&self, pair: &Pair) -> ConfigBuilder {
        let certificate = self.folder.replace("client.pem", pair.certificate.pem());
        let key = self.private("client.key", pair.key.serialize_pem());
        set_path(set_path(trusting(&self.authority), "tls_cert", &certificate), "tls_key", &key)
    }

    /// `openssl <arguments>` in the folder.
    fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(&self.folder.0).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate_gets_it_from_every_form() {
    let site = site();
    let pair = issue(&site.authority);
    let files = site.files(&pair);
    site.private("both.pem", pair.both_pem());
    for command in [
        "pkcs8 -topk8 -in client.key -out encrypted.key -passout pass:word",
        "ec -in client.key -out sec1.key",
        "pkcs8 -topk8 -nocrypt -in client.key -outform DER -out key.der",
        "pkcs8 -topk8 -in client.key -outform DER -out encrypted.der -passout pass:word",
        "x509 -in client.pem -outform DER -out cert.der",
        "pkcs12 -export -in client.pem -inkey client.key -out client.p12 -passout pass:word",
        "pkcs12 -export -legacy -in client.pem -inkey client.key -out legacy.p12 -passout pass:word",
    ] {
        site.openssl(command);
    }
    site.folder.replace("word", "word\n");
    let of = |certificate: &str, key: Option<&str>| {
        let builder = set_path(trusting(&site.authority), "tls_cert", &site.folder.path(certificate));
        match key {
            Some(key) => set_path(builder, "tls_key", &site.folder.path(key)),
            None => builder,
        }
    };
    let word = |builder: ConfigBuilder| builder.set("tls_key_passphrase", "word").unwrap();
    let word_file = format!("file:{}", site.folder.path("word").display());
    let bytes = |name: &str| std::fs::read(site.folder.path(name)).unwrap();
    for (form, config) in [
        ("two PEM files", files),
        ("one PEM file", of("both.pem", None)),
        ("encrypted PKCS#8", word(of("client.pem", Some("encrypted.key")))),
        ("SEC 1", of("client.pem", Some("sec1.key"))),
        ("DER", of("cert.der", Some("key.der"))),
        ("encrypted DER", word(of("cert.der", Some("encrypted.der")))),
        ("PKCS#12", word(of("client.p12", None))),
        ("old PKCS#12", word(of("legacy.p12", None))),
        ("passphrase in a file", of("client.p12", None).set("tls_key_passphrase_source", &word_file).unwrap()),
        ("bytes", word(trusting(&site.authority).set_bytes("tls_cert", bytes("client.p12")).unwrap())),
    ] {
        let outcome = site.server.connect(&config.build().unwrap()).await;
        let summary = outcome.unwrap_or_else(|error| panic!("{form}: {error}"));
        assert!(summary.client_certificates[0].subject.contains("device-7"), "{form}");
    }
}

#[tokio::test]
async fn a_flaw_is_found_before_any_server_sees_it_and_named() {
    let site = site();
    let pair = issue(&site.authority);
    let files = site.files(&pair);
    site.private("other.key", issue(&site.authority).key.serialize_pem());
    site.private("garbage.key", "HUNTER2".repeat(100));
    site.private("cut.key", &pair.key.serialize_pem()[..60]);
    site.openssl("pkcs8 -topk8 -in client.key -out encrypted.key -passout pass:word");
    site.openssl("ec -in client.key -out old.key -aes128 -passout pass:word");
    site.openssl("pkcs12 -export -in client.pem -inkey client.key -out client.p12 -passout pass:word");
    let ended = issue_with(&site.authority, |params| params.not_after = rcgen::date_time_ymd(2025, 1, 1));
    site.private("ended.pem", ended.both_pem());
    let path = |name: &str| site.folder.path(name);
    let keyed = |key: &str| {
        set_path(set_path(trusting(&site.authority), "tls_cert", &path("client.pem")), "tls_key", &path(key))
    };
    let alone = |certificate: &str| set_path(trusting(&site.authority), "tls_cert", &path(certificate));
    use ErrorCode as E;
    for (what, config, wanted) in [
        ("key of another", keyed("other.key"), E::CertificateKeyMismatch),
        ("no key", alone("client.pem"), E::KeyFileInvalid),
        ("missing key", keyed("missing.key"), E::FileUnreadable),
        ("garbage", keyed("garbage.key"), E::KeyFileInvalid),
        ("cut off", keyed("cut.key"), E::KeyFileInvalid),
        ("certificate as key", keyed("client.pem"), E::KeyFileInvalid),
        ("key as certificate", alone("client.key"), E::CertificateFileInvalid),
        ("no passphrase", keyed("encrypted.key"), E::KeyPassphrase),
        ("wrong passphrase", keyed("encrypted.key").set("tls_key_passphrase", "HUNTER2").unwrap(), E::KeyPassphrase),
        (
            "wrong passphrase of PKCS#12",
            alone("client.p12").set("tls_key_passphrase", "HUNTER2").unwrap(),
            E::KeyPassphrase,
        ),
        (
            "no variable",
            keyed("encrypted.key").set("tls_key_passphrase_source", "env:TDSEC_NOWHERE").unwrap(),
            E::KeyPassphrase,
        ),
        ("OpenSSL's old encryption", keyed("old.key").set("tls_key_passphrase", "word").unwrap(), E::KeyFileInvalid),
        ("ended", alone("ended.pem"), E::ClientCertificateExpired),
    ] {
        let outcome = site.server.connect(&config.build().unwrap()).await;
        let error = outcome.expect_err(what);
        assert_eq!(error.code(), wanted, "{what}: {error}");
        assert!(!format!("{error} {error:?}").contains("HUNTER2"), "{what}: {error}");
    }
    drop(files);
}

#[tokio::test]
async fn a_key_that_others_may_read_is_refused_where_that_was_asked_for() {
    let site = site();
    let pair = issue(&site.authority);
    let config = |word| site.files(&pair).set("tls_key_permissions", word).unwrap().build().unwrap();
    let (refuse, warn) = (config("refuse"), config("warn"));
    let exposed = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(site.folder.path("client.key"), exposed).unwrap();
    site.server.connect(&warn).await.unwrap();
    let error = site.server.connect(&refuse).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::KeyFileExposed);
    assert!(error.message().contains("client.key"), "{error}");
    site.private("client.key", pair.key.serialize_pem());
    site.server.connect(&refuse).await.unwrap();
}

#[tokio::test]
async fn the_servers_demand_and_its_refusal_have_codes() {
    let site = site();
    let without = trusting(&site.authority).set("bearer_token", "t").unwrap().build().unwrap();
    let outcome = site.server.connect(&without).await;
    assert_eq!(code(&outcome), Some(ErrorCode::TlsClientCertificateRequired), "{outcome:?}");
    let stranger = site.files(&issue(&authority("stranger"))).build().unwrap();
    let outcome = site.server.connect(&stranger).await;
    assert_eq!(code(&outcome), Some(ErrorCode::TlsClientCertificateRefused), "{outcome:?}");
}

#[tokio::test]
async fn a_renewed_pair_counts_at_the_next_connect_and_a_torn_one_never() {
    let site = site();
    let named = |name: &'static str| {
        issue_with(&site.authority, move |params| params.distinguished_name.push(DnType::CommonName, name))
    };
    let (old, new) = (named("old"), named("new"));
    let config = site.files(&old).build().unwrap();
    let subject = async || site.server.connect(&config).await.unwrap().client_certificates[0].subject.clone();
    assert!(subject().await.contains("old"));
    // Certificate first, key later: between the two nothing matches, and the old pair stays.
    site.folder.replace("client.pem", new.certificate.pem());
    assert!(subject().await.contains("old"));
    site.private("client.key", &new.key.serialize_pem()[..40]);
    assert!(subject().await.contains("old"));
    site.private("client.key", new.key.serialize_pem());
    assert!(subject().await.contains("new"));
    // In place, as an editor does it.
    std::fs::write(site.folder.path("client.key"), old.key.serialize_pem()).unwrap();
    std::fs::write(site.folder.path("client.pem"), old.certificate.pem()).unwrap();
    assert!(subject().await.contains("old"));
}

#[tokio::test]
async fn a_swapped_symlink_counts_as_kubernetes_does_it() {
    let site = site();
    let volume = |name: &'static str| {
        let pair = issue_with(&site.authority, move |params| params.distinguished_name.push(DnType::CommonName, name));
        std::fs::create_dir(site.folder.path(name)).unwrap();
        std::fs::write(site.folder.path(name).join("tls.pem"), pair.both_pem()).unwrap();
    };
    volume("first");
    volume("second");
    let point = |name: &str| {
        std::os::unix::fs::symlink(site.folder.path(name), site.folder.path("fresh")).unwrap();
        std::fs::rename(site.folder.path("fresh"), site.folder.path("data")).unwrap();
    };
    point("first");
    let both = site.folder.path("data/tls.pem");
    let config = set_path(trusting(&site.authority), "tls_cert", &both).build().unwrap();
    let subject = async || site.server.connect(&config).await.unwrap().client_certificates[0].subject.clone();
    assert!(subject().await.contains("first"));
    point("second");
    assert!(subject().await.contains("second"));
}
