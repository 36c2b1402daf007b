//! The program itself: flags, ready line, ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

fn start(flags: &[&str]) -> (Child, Value) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tdsec-testserver"))
        .args(flags)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    (child, ready)
}

fn terminate(child: &mut Child) {
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_ready_line_is_complete_and_sigterm_ends_cleanly() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ready.json");
    let token = "T".repeat(63);
    let (mut child, ready) = start(&["--token", &token, "--ready-file", file.to_str().unwrap()]);
    assert_eq!(ready["ready"], true);
    assert!(ready["url"].as_str().unwrap().starts_with("wss://127.0.0.1:"));
    assert!(ready["control"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!((&ready["token"], ready["pin"].as_str().unwrap().len()), (&Value::from(token), 64));
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(written, ready);
    let ca = Path::new(ready["ca"].as_str().unwrap()).to_owned();
    assert!(std::fs::read_to_string(&ca).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    terminate(&mut child);
    assert!(!ca.exists());
    std::fs::remove_file(file).unwrap();
}

#[test]
fn plain_text_has_no_ca_and_a_bad_certificate_has_a_pin() {
    let (mut child, ready) = start(&["--tls", "off"]);
    assert!(ready["url"].as_str().unwrap().starts_with("ws://"));
    assert_eq!((&ready["ca"], ready.get("pin")), (&Value::Null, None));
    terminate(&mut child);
    let (mut child, ready) = start(&["--tls", "zoo:cn-only-v1"]);
    assert_eq!(ready["pin"].as_str().unwrap().len(), 64);
    terminate(&mut child);
}

#[test]
fn it_ends_with_its_parent_if_told_to() {
    let (mut child, _) = start(&["--tls", "off", "--exit-with-parent"]);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_a_killed_one_left_behind_is_removed_by_the_next_and_of_a_living_one_nothing_is() {
    let (mut living, ready) = start(&[]);
    let (mut killed, dead) = start(&[]);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let (mut next, _) = start(&[]);
    assert!(!Path::new(dead["ca"].as_str().unwrap()).exists());
    assert!(Path::new(ready["ca"].as_str().unwrap()).exists());
    terminate(&mut next);
    terminate(&mut living);
}

#[test]
fn bad_flags_are_named() {
    for (flags, named) in [
        (["--tls", "zoo:unicorn"], "unicorn"),
        (["--token-ttl", "5y"], "5y"),
        (["--token-codes", "nope=1"], "nope"),
        (["--cert", "x.pem"], "--key"),
        (["--tls-max", "1.1"], "1.1"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_tdsec-testserver")).args(flags).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && error.contains(named), "{flags:?}: {error}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn token_codes_come_from_the_environment_too() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tdsec-testserver"))
        .env("TDSEC_TESTSERVER_TOKEN_CODES", "what=1")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert!(!child.wait().unwrap().success());
    assert!(error.contains("unknown name `what`"), "{error}");
}
