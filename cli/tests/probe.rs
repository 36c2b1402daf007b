//! `tdsec probe` against the test server.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::Folder;
use tdsec_testserver::tls::TlsMode;
use tdsec_testserver::{TestServer, TestServerConfig};

const TOKEN: &str = "HUNTER2HUNTER2HUNTER2HUNTER2HUNTER2HUNTER2HUNTER2HUNTER2HUNTER2";

/// A server in this process, its port, and a folder with its CA and its token.
struct Site {
    folder: Folder,
    port: u16,
    server: TestServer,
}

fn site(tls: &str) -> Site {
    let mut config = TestServerConfig { token: Some(TOKEN.into()), ..TestServerConfig::default() };
    config.tls.mode = tls.parse::<TlsMode>().unwrap();
    let server = TestServer::start(config).unwrap();
    let port = server.address().port();
    let folder = Folder::new();
    if let Some(ca) = server.ca_path() {
        std::fs::copy(ca, folder.path("ca.pem")).unwrap();
    }
    std::fs::write(folder.path("token"), format!("{TOKEN}\n")).unwrap();
    Site { folder, port, server }
}

fn logins(site: &Site) -> Vec<serde_json::Value> {
    site.server.stats()["logins"].as_array().unwrap().clone()
}

#[test]
fn a_good_server_is_described_and_the_token_checked() {
    let site = site("auto");
    let command = format!("--json probe wss://localhost:{} --ca ca.pem --token-file token", site.port);
    let run = site.folder.tdsec(&command).ok();
    assert!(!run.out.contains(TOKEN) && !run.err.contains(TOKEN));
    let json = run.json();
    let endpoint = &json["endpoints"][0];
    assert_eq!((&json["well"], &endpoint["error"]), (&true.into(), &serde_json::Value::Null), "{}", run.out);
    assert_eq!(endpoint["tls"]["version"], "TLSv1.3");
    assert!(endpoint["certificates"][0]["names"].to_string().contains("localhost"), "{}", run.out);
    assert_eq!(endpoint["resumption"], true);
    assert!(endpoint["server_version"].is_string());
    for phase in ["resolve", "connect", "handshake", "upgrade", "login"] {
        assert!(endpoint["phases_ms"][phase].as_f64().is_some_and(|took| took >= 0.0), "{phase}: {}", run.out);
    }
}

#[test]
fn without_a_credential_none_is_shown() {
    let site = site("auto");
    let run = site.folder.tdsec(&format!("probe wss://localhost:{} --ca ca.pem", site.port)).ok();
    assert!(run.out.contains("none given, none shown"), "{}", run.out);
    assert!(logins(&site).is_empty());
}

#[test]
fn a_refused_server_is_described_and_sees_no_token() {
    for (tls, code) in [
        ("zoo:self-signed", "TLS_SELF_SIGNED"),
        ("zoo:expired", "TLS_EXPIRED"),
        ("zoo:wrong-host", "TLS_NAME_MISMATCH"),
    ] {
        let site = site(tls);
        let trust = if tls == "zoo:self-signed" { "" } else { "--ca ca.pem" };
        let run = site.folder.tdsec(&format!("--json probe wss://localhost:{} {trust} --token-file token", site.port));
        assert_eq!(run.code, 1, "{}", run.out);
        let endpoint = run.json()["endpoints"][0].clone();
        assert_eq!(endpoint["error"]["code"], code, "{}", run.out);
        assert!(endpoint["certificates"][0]["pin"].as_str().unwrap().starts_with("sha256//"), "{}", run.out);
        assert!(!run.out.contains(TOKEN));
        assert!(logins(&site).is_empty());
    }
}

#[test]
fn a_wrong_token_is_told_and_the_command_line_never_holds_one() {
    let site = site("auto");
    std::fs::write(site.folder.path("token"), "wrong").unwrap();
    let run = site.folder.tdsec(&format!("probe wss://localhost:{} --ca ca.pem --token-file token", site.port));
    assert_eq!(run.code, 1);
    assert!(run.out.contains("[TOKEN_REFUSED]") && run.out.contains("remedy"), "{}", run.out);
    let usage = site.folder.tdsec("probe ws://db.example?bearerToken=HUNTER2");
    assert_eq!(usage.code, 2);
    assert!(usage.err.contains("[INSECURE_TRANSPORT]") && !usage.err.contains("HUNTER2"), "{}", usage.err);
}

#[test]
fn nothing_that_listens_is_a_finding_and_a_bad_address_a_usage_error() {
    let folder = Folder::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let run = folder.tdsec(&format!("--json probe wss://127.0.0.1:{free}"));
    assert_eq!((run.code, run.json()["endpoints"][0]["error"]["code"].as_str().unwrap()), (1, "CONNECT_REFUSED"));
    let run = folder.tdsec("--json probe wss://127.0.0.1:70000");
    assert_eq!((run.code, run.json()["error"]["code"].as_str().unwrap()), (2, "PORT_INVALID"));
}

/// The commands that root runs may read everything, so the program gives root up before it looks.
#[test]
fn a_file_that_this_user_may_not_read_is_named_and_its_content_is_not() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65_534;
    let folder = Folder::new();
    let closed = folder.path("closed.pem");
    std::fs::write(&closed, TOKEN).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    // Where another user finds it, whoever may enter the place where cargo builds.
    let program = folder.path("tdsec");
    std::fs::copy(env!("CARGO_BIN_EXE_tdsec"), &program).unwrap();
    let mut command = std::process::Command::new(&program);
    if std::fs::metadata(&closed).unwrap().uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    let run = common::run(command.args(["--json", "probe", "wss://127.0.0.1:1", "--ca"]).arg(&closed));
    assert_ne!(run.code, 0);
    let said = run.out + &run.err;
    assert!(said.contains("FILE_UNREADABLE") && said.contains("closed.pem"), "{said}");
    assert!(!said.contains("HUNTER2"), "{said}");
}
