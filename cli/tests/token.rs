//! Tokens by the command: made, listed, rotated, revoked, watched.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::Folder;
use common::nacos::{Nacos, Publishing};
use serde_json::Value;
use tdsec_testserver::tls::{TlsMode, TlsOptions};
use tdsec_testserver::{TestServer, TestServerConfig};

const TOKEN: &str = "RootRootRootRootRootRootRootRootRootRootRootRootRootRootRootRoo";

fn server() -> TestServer {
    let tls = TlsOptions { mode: TlsMode::Off, ..TlsOptions::default() };
    TestServer::start(TestServerConfig { tls, token: Some(TOKEN.into()), ..TestServerConfig::default() }).unwrap()
}

struct Site {
    server: TestServer,
    folder: Folder,
}

impl Site {
    fn new() -> Self {
        let folder = Folder::new();
        std::fs::write(folder.path("root"), format!("{TOKEN}\n")).unwrap();
        Site { server: server(), folder }
    }

    /// Exit code and what was printed, as JSON.
    fn token(&self, rest: &str) -> (i32, Value) {
        let mut words = rest.split_whitespace();
        let command = words.next().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_tdsec"))
            .args(["--json", "token", command, self.server.url(), "--token-file", "root"])
            .args(words)
            .current_dir(self.folder.path(""))
            .env("TDSEC_TEST_EARLIER", "none-yet")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains(TOKEN), "the login's token is shown");
        (output.status.code().unwrap(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    fn ok(&self, rest: &str) -> Value {
        let (code, json) = self.token(rest);
        assert_eq!(code, 0, "{rest}: {json}");
        json
    }

    fn names(&self) -> Vec<String> {
        let tokens = self.ok("list");
        let rows = tokens["tokens"].as_array().unwrap();
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    }

    fn logs_in(&self, file: &str) -> bool {
        let content = std::fs::read_to_string(self.folder.path(file)).unwrap();
        // As a published file has it, or alone.
        self.takes(content.lines().next().unwrap().trim_start_matches("token="))
    }

    fn connect(&self, token: &str) -> Result<tdsec::blocking::Connection, tdsec::Error> {
        let config = tdsec::Config::builder().address(self.server.url()).unwrap();
        tdsec::blocking::Connection::connect(&config.set("bearer_token", token).unwrap().build().unwrap())
    }

    fn takes(&self, token: &str) -> bool {
        self.connect(token).is_ok()
    }

    /// A statement of root's.
    fn execute(&self, sql: &str) {
        self.connect(TOKEN).unwrap().execute(sql).unwrap();
    }
}

fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().unwrap().permissions().mode() & 0o777 == 0o600
}

#[test]
fn a_token_is_made_listed_disabled_enabled_and_dropped() {
    let site = Site::new();
    site.ok("create --name reports --user root --ttl-days 2 --info nightly --out token");
    assert!(is_private(&site.folder.path("token")) && site.logs_in("token"));
    let tokens = site.ok("list");
    let row = tokens["tokens"].as_array().unwrap().iter().find(|row| row["name"] == "reports").unwrap().clone();
    assert_eq!((row["user"].as_str(), row["provider"].as_str()), (Some("root"), Some("tdsec")));
    assert_eq!(row["extra_info"], "nightly");
    let left = row["seconds_left"].as_f64().unwrap();
    assert!((172_700.0..=172_800.0).contains(&left), "{left}");
    site.ok("disable --name reports");
    assert!(!site.logs_in("token"));
    site.ok("enable --name reports");
    assert!(site.logs_in("token"));
    site.ok("drop --name reports");
    assert!(!site.names().contains(&"reports".to_owned()) && !site.logs_in("token"));
}

#[test]
fn a_file_that_is_there_is_not_overwritten_by_a_new_token() {
    let site = Site::new();
    std::fs::write(site.folder.path("token"), "precious").unwrap();
    let (code, _) = site.token("create --name reports --user root --out token");
    assert_eq!(code, 2);
    assert_eq!(std::fs::read_to_string(site.folder.path("token")).unwrap(), "precious");
    assert!(!site.names().contains(&"reports".to_owned()), "a token that nobody knows");
}

#[test]
fn a_name_that_is_not_there_is_no_success() {
    let site = Site::new();
    site.ok("create --name reports --user root --out token");
    for command in ["drop", "disable", "enable"] {
        let (code, json) = site.token(&format!("{command} --name report"));
        assert_eq!((code, json["error"]["code"].as_str()), (1, Some("TOKEN_NOT_FOUND")), "{command}");
    }
    assert!(site.names().contains(&"reports".to_owned()) && site.logs_in("token"));
}

#[test]
fn without_a_credential_nobody_logs_in() {
    let site = Site::new();
    for command in ["list", "drop --name x", "rotate --user root --to file:token --dry-run"] {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        let run = site.folder.tdsec(&format!("--json token {verb} {} {rest}", site.server.url()));
        assert_eq!((run.code, run.json()["error"]["code"].as_str()), (2, Some("CREDENTIAL_MISSING")), "{command}");
    }
    assert_eq!(site.server.stats()["connections_total"], 0);
}

#[test]
fn exit_codes_tell_a_wrong_command_from_a_server_that_refuses() {
    let site = Site::new();
    let url = site.server.url();
    let closed = "ws://127.0.0.1:1";
    for (command, code) in [
        (format!("token list {url} -o user=root -o password=wrong"), 1),
        (format!("token list {closed} --token-file root"), 1),
        (format!("token list {url} --token-file missing"), 2),
        (format!("token list {url} --token-file root -o colour=blue"), 2),
        (format!("token create {url} --token-file root --name 1x --user root"), 2),
        (format!("token create {url} --token-file root --name x --user nobody"), 1),
        (format!("token watch {url} --source fiel:/x"), 2),
    ] {
        let run = site.folder.tdsec(&command);
        assert_eq!(run.code, code, "{command}: {}{}", run.out, run.err);
        assert!(run.out.is_empty() && run.err.contains("remedy"), "{command}: {}{}", run.out, run.err);
    }
}

#[test]
fn rotating_publishes_a_token_that_works_and_drops_those_before() {
    let site = Site::new();
    site.ok("rotate --user root --to file:token --grace 0.01s");
    assert!(site.logs_in("token") && is_private(&site.folder.path("token")));
    assert!(site.names().contains(&"tdsec_1".to_owned()));
    std::fs::copy(site.folder.path("token"), site.folder.path("old")).unwrap();

    // What is published is good for a login, whatever stands around it.
    let url = site.server.url();
    let list = site.folder.tdsec(&format!("token list {url} --token-file token"));
    assert_eq!(list.code, 0, "{}", list.err);

    let planned = site.ok("rotate --user root --to file:token --dry-run");
    assert_eq!(planned["done"], false);
    assert!(site.logs_in("old") && !site.names().contains(&"tdsec_2".to_owned()), "a dry run changes nothing");

    site.ok("rotate --user root --to file:token --grace 0.01s");
    assert!(site.logs_in("token") && !site.logs_in("old"));
    assert_eq!(site.names().iter().filter(|name| name.starts_with("tdsec_")).count(), 1);
}

#[test]
fn a_token_that_cannot_be_published_is_taken_back() {
    let site = Site::new();
    let before = site.names();
    let (code, json) = site.token("rotate --user root --to file:missing/folder/token");
    assert_eq!((code, json["error"]["code"].as_str()), (1, Some("SOURCE_UNAVAILABLE")));
    assert_eq!(site.names(), before);
    let (code, json) = site.token("rotate --user root --to env:TDSEC_TEST_EARLIER");
    assert_eq!((code, json["error"]["code"].as_str()), (2, Some("SOURCE_READ_ONLY")));
    assert_eq!(site.names(), before);
}

#[test]
fn a_dry_run_fails_where_a_rotation_would_and_changes_nothing() {
    let site = Site::new();
    let (before, broken) = (site.names(), site.folder.path("broken"));
    std::fs::write(&broken, "{\"token\": \"abc").unwrap();
    for (to, code, name) in [
        ("env:TDSEC_TEST_EARLIER", 2, "SOURCE_READ_ONLY"),
        ("static:token=abc", 2, "SOURCE_READ_ONLY"),
        ("file:missing/folder/token", 1, "SOURCE_UNAVAILABLE"),
        ("file:broken", 1, "SOURCE_INVALID"),
    ] {
        for dry in ["", " --dry-run"] {
            let (exit, json) = site.token(&format!("rotate --user root --to {to}{dry}"));
            assert_eq!((exit, json["error"]["code"].as_str()), (code, Some(name)), "{to}{dry}: {json}");
        }
    }
    assert_eq!(std::fs::read_to_string(&broken).unwrap(), "{\"token\": \"abc");
    assert_eq!(site.names(), before);
}

#[test]
fn the_token_of_a_login_is_read_in_every_form_that_is_published_and_refused_before_anybody_is_asked() {
    let site = Site::new();
    let (url, file) = (site.server.url(), site.folder.path("login"));
    for content in [
        format!("{TOKEN}\n"),
        format!("# of the platform\nuser=root\ntoken={TOKEN}\nttl=86400\n"),
        format!("{{\"token\": \"{TOKEN}\", \"ttl\": 86400}}"),
        format!("user: root\ntoken: \"{TOKEN}\"\n"),
    ] {
        std::fs::write(&file, &content).unwrap();
        let run = site.folder.tdsec(&format!("token list {url} --token-file login"));
        assert_eq!(run.code, 0, "{content}: {}", run.err);
    }
    let before = site.server.stats()["connections_total"].clone();
    for content in ["", "user=root\n", "two words", "{\"token\": \"Hunter2", &"x".repeat(70_000)] {
        std::fs::write(&file, content).unwrap();
        let run = site.folder.tdsec(&format!("token list {url} --token-file login"));
        assert!(run.code == 2 && run.err.contains("the file login: "), "{content}: {}", run.err);
        assert!(!run.err.contains("Hunter2"), "{}", run.err);
    }
    assert_eq!(site.server.stats()["connections_total"], before);
}

/// The token of lines.
fn token_of(content: &str) -> &str {
    content.lines().find_map(|line| line.strip_prefix("token=")).unwrap()
}

#[test]
fn a_rotation_by_nacos_is_published_beside_what_others_wrote_and_the_earlier_token_ends() {
    let site = Site::new();
    let nacos = Nacos::holding("# of the platform\nuser=reader\ntoken=none-yet\n");
    let rotate = format!("rotate --user root --to {}", nacos.source());
    let planned = site.ok(&format!("{rotate} --dry-run"));
    assert_eq!(planned["done"], false);
    assert!(nacos.content().contains("none-yet") && !site.names().contains(&"tdsec_1".to_owned()), "a dry run");

    site.ok(&format!("{rotate} --grace 0.01s"));
    let first = nacos.content();
    assert!(first.starts_with("# of the platform\nuser=reader\ntoken="), "{first}");
    assert!(first.contains("\nttl=86400\n") || first.contains("\nexpires_at="), "clients know its life: {first}");
    assert!(site.takes(token_of(&first)));
    let done = site.ok(&format!("{rotate} --grace 0.01s"));
    let second = nacos.content();
    assert!(site.takes(token_of(&second)) && !site.takes(token_of(&first)));
    assert_eq!(done["steps"].as_array().unwrap().last().unwrap(), "dropped tdsec_1");
    assert!(!done.to_string().contains(token_of(&second)), "the token is in what was printed");

    site.ok(&format!("revoke --user root --to {} --now", nacos.source()));
    let third = nacos.content();
    let leaked = done["fingerprint"].as_str().unwrap();
    assert!(third.contains(&format!("revoked={leaked}\n")), "{third}");
    assert!(site.takes(token_of(&third)) && !site.takes(token_of(&second)));
}

#[test]
fn what_nacos_does_not_take_leaves_the_earlier_token_in_use_and_the_next_one_nowhere() {
    let site = Site::new();
    let nacos = Nacos::holding("token=none-yet\n");
    let rotate = format!("rotate --user root --to {} --grace 0.01s", nacos.source());
    site.ok(&rotate);
    let (content, names) = (nacos.content(), site.names());
    nacos.on_publishing(Publishing::Refused);
    let (code, json) = site.token(&rotate);
    assert_eq!((code, json["error"]["code"].as_str()), (1, Some("SOURCE_UNAVAILABLE")));
    assert_eq!((nacos.content(), site.names()), (content.clone(), names));
    assert!(site.takes(token_of(&content)));
}

#[test]
fn a_token_that_clients_may_have_by_now_is_not_dropped() {
    let site = Site::new();
    let nacos = Nacos::holding("token=none-yet\n");
    let rotate = format!("rotate --user root --to {} --grace 0.01s", nacos.source());
    site.ok(&rotate);
    let first = nacos.content();
    // The answer is lost, but the source tells.
    nacos.on_publishing(Publishing::DoneWithoutAnswer);
    site.ok(&rotate);
    let second = nacos.content();
    assert!(site.takes(token_of(&second)) && !site.takes(token_of(&first)));
    // Nobody can tell: both stay.
    nacos.on_publishing(Publishing::DownFromThen);
    let (code, json) = site.token(&rotate);
    assert_eq!(code, 1);
    let text = json["error"]["message"].as_str().unwrap();
    assert!(text.contains("tdsec_3 was not dropped, because clients may read it by now"), "{json}");
    assert!(site.names().contains(&"tdsec_2".to_owned()) && site.names().contains(&"tdsec_3".to_owned()));
    assert!(site.takes(token_of(&second)));
}

#[test]
fn a_publication_that_was_answered_with_a_failure_of_the_server_may_have_been_done() {
    let site = Site::new();
    let nacos = Nacos::holding("token=none-yet\n");
    nacos.on_publishing(Publishing::DoneWithGatewayTimeoutThenDown);
    let (code, json) = site.token(&format!("rotate --user root --to {}", nacos.source()));
    let text = json["error"]["message"].as_str().unwrap();
    assert!(code == 1 && text.contains("tdsec_1 was not dropped"), "{json}");
    assert!(site.takes(token_of(&nacos.content())));
}

#[test]
fn tokens_of_other_users_and_other_places_are_nobodys_business() {
    let site = Site::new();
    site.execute("create user app_b pass 'Secret-1234'");
    site.ok("rotate --user root --to file:a --grace 0.01s");
    site.ok("rotate --user app_b --to file:b --grace 0.01s");
    let done = site.ok("rotate --user app_b --to file:c --grace 0.01s");
    assert!(done["steps"].to_string().contains("leaving tdsec_2, which was made for another place"), "{done}");
    assert!(site.logs_in("a") && site.logs_in("b") && site.logs_in("c"));
    for file in ["a", "b"] {
        std::fs::copy(site.folder.path(file), site.folder.path(&format!("old-{file}"))).unwrap();
    }
    site.ok("revoke --user app_b --to file:b --now");
    assert!(site.logs_in("a") && site.logs_in("b") && site.logs_in("c") && !site.logs_in("old-b"));
    // The same file by another spelling; a text of one's own changes nothing.
    site.ok("rotate --user root --to file:./a --grace 0.01s --info mine");
    site.ok("rotate --user root --to file:a --grace 0.01s --info mine");
    assert!(site.logs_in("a") && site.logs_in("b") && site.logs_in("c") && !site.logs_in("old-a"));
    assert_eq!(site.names().iter().filter(|name| name.starts_with("tdsec_")).count(), 3);
}

#[test]
fn a_revocation_that_cannot_read_what_leaked_makes_nothing_and_says_so() {
    let site = Site::new();
    let nacos = Nacos::holding("token=none-yet\n");
    site.ok(&format!("rotate --user root --to {} --grace 0.01s", nacos.source()));
    let (content, names) = (nacos.content(), site.names());
    nacos.go_down();
    let (code, json) = site.token(&format!("revoke --user root --to {} --now", nacos.source()));
    assert_eq!((code, json["error"]["code"].as_str()), (1, Some("SOURCE_UNAVAILABLE")));
    assert_eq!(site.names(), names);
    assert!(site.takes(token_of(&content)));
}

#[test]
fn a_leaked_token_stays_named_for_pools_that_were_away() {
    let site = Site::new();
    let nacos = Nacos::holding("token=none-yet\n");
    let to = nacos.source();
    let first = site.ok(&format!("rotate --user root --to {to} --grace 0.01s"));
    let second = site.ok(&format!("revoke --user root --to {to} --now"));
    site.ok(&format!("revoke --user root --to {to} --now"));
    let fingerprint = |done: &Value| done["fingerprint"].as_str().unwrap().to_owned();
    let named = format!("revoked={},{}\n", fingerprint(&first), fingerprint(&second));
    assert!(nacos.content().contains(&named), "{}", nacos.content());
    site.ok(&format!("rotate --user root --to {to} --grace 0.01s"));
    assert!(nacos.content().contains(&named), "{}", nacos.content());
    // However many leak, the place does not grow without an end.
    for _ in 0..20 {
        site.ok(&format!("revoke --user root --to {to} --now"));
    }
    let content = nacos.content();
    let line = content.lines().find(|line| line.starts_with("revoked=")).unwrap();
    assert_eq!(line.split(',').count(), 16, "{content}");
}

#[test]
fn a_leaked_token_that_was_made_otherwise_is_named_and_it_is_said_that_it_still_logs_in() {
    let site = Site::new();
    site.ok("create --name reports --user root --ttl-days 2 --out token");
    std::fs::copy(site.folder.path("token"), site.folder.path("old")).unwrap();
    let names = site.names();
    for (now, says) in [("", "would name"), ("", "dropping nothing"), (" --now", "dropping nothing")] {
        let told = site.ok(&format!("revoke --user root --to file:token{now}"));
        assert!(told["steps"].to_string().contains(says), "{told}");
        assert_eq!(site.names() == names, now.is_empty());
    }
    assert!(site.logs_in("old") && site.logs_in("token"));
}

#[test]
fn one_sees_a_live_rotation_and_a_revocation_takes_pools_off_the_leaked_token() {
    let site = Site::new();
    site.ok("rotate --user root --to file:token --grace 0.01s");
    let folder = site.folder.path("");
    let watching = Command::new(env!("CARGO_BIN_EXE_tdsec"))
        .args(["--json", "token", "watch", site.server.url(), "--source", "file:token", "--for", "6s"])
        .args(["-o", "token_jitter=1ms"])
        .current_dir(&folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while site.server.stats()["connections_open"].as_u64() < Some(2) {
        assert!(began.elapsed() < Duration::from_secs(5), "the pool opens");
        std::thread::sleep(Duration::from_millis(10));
    }
    site.ok("rotate --user root --to file:token --grace 0.5s");
    site.ok("revoke --user root --to file:token --now");
    let output = watching.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, told) = lines.split_last().unwrap();
    assert_eq!(last["events"].as_u64(), Some(told.len() as u64));
    assert_eq!(last["generation"], 3);
    let fetched = told.iter().find(|event| event["name"] == "token.fetched").unwrap();
    assert!(fetched["fields"]["generation"].is_u64() && fetched["fields"]["seconds_left"].is_f64(), "{fetched}");
    assert!(fetched["fields"]["source"] == "file" && fetched["severity"] == "info", "{fetched}");
    assert!(fetched["time"].as_str().unwrap().ends_with('Z') && fetched["text"].is_string(), "{fetched}");
    let opened = told.iter().find(|event| event["name"] == "connection.opened").unwrap();
    assert!(opened["fields"]["reconnect"].is_boolean(), "{opened}");
    let events: Vec<String> = told.iter().filter_map(|event| event["name"].as_str().map(str::to_owned)).collect();
    for wanted in ["token.fetched", "rotation.started", "rotation.promoted", "token.revoked", "token.retired"] {
        assert!(events.iter().any(|event| event == wanted), "no {wanted} in {events:?}");
    }
    assert!(site.logs_in("token"));
    let token = std::fs::read_to_string(site.folder.path("token")).unwrap();
    let secret = token.lines().next().unwrap().trim_start_matches("token=");
    assert!(!text.contains(secret), "the token is in what was printed");
}
