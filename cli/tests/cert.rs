//! `tdsec cert`, judged by openssl and by the library.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{Folder, mode};

fn with_authority() -> Folder {
    let folder = Folder::new();
    folder.tdsec("cert ca --name Grid").ok();
    folder
}

#[test]
fn openssl_accepts_what_is_made_for_its_names_and_purposes_only() {
    let folder = with_authority();
    folder.tdsec("cert server db.example *.grid.example 10.0.0.7 ::1 --ca ca.pem").ok();
    folder.tdsec("cert client meter-7 --ca ca.pem").ok();
    for (wanted, arguments) in [
        (true, "verify -x509_strict -CAfile ca.pem -purpose sslserver -verify_hostname db.example server.pem"),
        (true, "verify -x509_strict -CAfile ca.pem -purpose sslserver -verify_hostname a.grid.example server.pem"),
        (true, "verify -x509_strict -CAfile ca.pem -purpose sslserver -verify_ip 10.0.0.7 server.pem"),
        (true, "verify -x509_strict -CAfile ca.pem -purpose sslserver -verify_ip ::1 server.pem"),
        (true, "verify -x509_strict -CAfile ca.pem -purpose sslclient client.pem"),
        (false, "verify -CAfile ca.pem -purpose sslclient server.pem"),
        (false, "verify -CAfile ca.pem -purpose sslserver client.pem"),
        (false, "verify -CAfile ca.pem -verify_hostname a.b.grid.example server.pem"),
        (false, "verify -CAfile ca.pem -verify_ip 10.0.0.8 server.pem"),
    ] {
        let (content, text) = folder.openssl(arguments);
        assert_eq!(content, wanted, "{arguments}: {text}");
    }
    let (_, text) = folder.openssl("x509 -in server.pem -noout -text");
    assert!(text.contains("prime256v1") && text.contains("ecdsa-with-SHA256"), "{text}");
}

#[test]
fn every_kind_of_key_is_made_and_belongs_to_its_certificate() {
    let folder = with_authority();
    for (kind, wanted) in [
        ("p256", "EC P-256"),
        ("p384", "EC P-384"),
        ("ed25519", "Ed25519"),
        ("rsa2048", "RSA 2048"),
        ("rsa3072", "RSA 3072"),
        ("rsa4096", "RSA 4096"),
    ] {
        let made = folder.tdsec(&format!("--json cert server db.example --ca ca.pem --key-type {kind} --out {kind}"));
        assert_eq!(made.ok().json()["facts"]["key"], wanted);
        let check = format!("cert check {kind}/server.pem --ca ca.pem --host db.example --key {kind}/server.key");
        folder.tdsec(&check).ok();
        let (content, text) = folder.openssl(&format!("pkey -in {kind}/server.key -check -noout"));
        assert!(content, "{kind}: {text}");
    }
}

#[test]
fn keys_are_for_their_owner_only_and_nothing_is_overwritten_by_accident() {
    let folder = with_authority();
    assert_eq!((mode(&folder.path("ca.key")), mode(&folder.path("ca.pem"))), (0o600, 0o644));
    let before = std::fs::read(folder.path("ca.pem")).unwrap();
    let again = folder.tdsec("cert ca --name Other");
    assert_eq!(again.code, 2);
    assert!(again.err.contains("--force") && again.out.is_empty(), "{}", again.err);
    assert_eq!(std::fs::read(folder.path("ca.pem")).unwrap(), before);
    folder.tdsec("cert ca --name Other --force").ok();
    assert_ne!(std::fs::read(folder.path("ca.pem")).unwrap(), before);
    let left: Vec<_> = std::fs::read_dir(folder.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "no file of another name is left: {left:?}");
}

#[test]
fn a_request_is_one_that_openssl_verifies() {
    let folder = Folder::new();
    folder.tdsec("cert csr db.example 10.0.0.7").ok();
    assert_eq!(mode(&folder.path("server.key")), 0o600);
    let (content, text) = folder.openssl("req -in server.csr -noout -verify -text");
    assert!(content && text.contains("DNS:db.example") && text.contains("IP Address:10.0.0.7"), "{text}");
}

#[test]
fn renewing_keeps_names_and_purposes_and_changes_validity_serial_and_key() {
    let folder = with_authority();
    folder.tdsec("cert server db.example 10.0.0.7 --ca ca.pem --days 5").ok();
    let shown = |folder: &Folder| folder.tdsec("--json cert show server.pem").ok().json()["certificates"][0].clone();
    let old = shown(&folder);
    folder.tdsec("cert renew server.pem --ca ca.pem --days 90").ok();
    let new = shown(&folder);
    assert_eq!((&new["names"], &new["subject"]), (&old["names"], &old["subject"]));
    assert_ne!(new["serial"], old["serial"]);
    assert_ne!(new["pin"], old["pin"]);
    assert!(new["days_left"].as_i64().unwrap() >= 89);
    folder.tdsec("cert check server.pem --ca ca.pem --host db.example --key server.key").ok();

    folder.tdsec("cert renew server.pem --ca ca.pem --key server.key").ok();
    assert_eq!(shown(&folder)["pin"], new["pin"], "with --key the key stays");
    assert_eq!(mode(&folder.path("server.key")), 0o600);
}

#[test]
fn check_finds_what_a_client_would_refuse() {
    let folder = with_authority();
    folder.tdsec("cert server db.example --ca ca.pem --days 5").ok();
    folder.tdsec("cert ca --name Other --out other").ok();
    let findings = |arguments: &str| {
        let run = folder.tdsec(&format!("--json cert check server.pem {arguments}"));
        assert_eq!(run.code, 1, "{}", run.out);
        let json = run.json();
        let codes = json["findings"].as_array().unwrap().iter();
        codes.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(findings("--ca ca.pem --host db.example"), ["ENDS_SOON"]);
    assert_eq!(findings("--ca ca.pem --host other.example --days 1"), ["TLS_NAME_MISMATCH"]);
    assert_eq!(findings("--ca other/ca.pem --host db.example --days 1"), ["TLS_UNTRUSTED_ROOT"]);
    assert_eq!(findings("--ca ca.pem --host db.example --days 1 --key ca.key"), ["CERTIFICATE_KEY_MISMATCH"]);
    folder.tdsec("cert check server.pem --ca ca.pem --host db.example --days 1").ok();
}

#[test]
fn bad_input_is_named_and_writes_nothing() {
    let folder = with_authority();
    folder.tdsec("cert client meter-7 --ca ca.pem").ok();
    std::fs::write(folder.path("text.pem"), "nothing").unwrap();
    for (arguments, named) in [
        ("cert server db.example --ca missing.pem", "missing.pem"),
        ("cert server db.example --ca client.pem", "client.pem is no CA"),
        ("cert server db.example --ca ca.pem --ca-key client.key", "client.key"),
        ("cert server b\u{fc}ro.example --ca ca.pem", "xn--"),
        ("cert server db.example --ca ca.pem --days 0", "--days"),
        ("cert show text.pem", "text.pem"),
        ("cert renew ca.pem --ca ca.pem", "CA"),
    ] {
        let run = folder.tdsec(arguments);
        assert_eq!(run.code, 2, "{arguments}: {}", run.out);
        assert!(run.err.contains(named), "{arguments}: {}", run.err);
    }
    assert!(!folder.path("server.pem").exists() && !folder.path("server.key").exists());
    let run = folder.tdsec("--json cert show text.pem");
    assert_eq!((run.code, run.json()["error"]["code"].as_str().unwrap()), (2, "INVALID_ARGUMENT"));
}
