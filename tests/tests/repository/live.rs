//! `make live`: the scenarios against a server that was there before, and stays as it was.

use std::process::Command;

use serde_json::Value;
use tdsec_testserver::engine::{Outcome, SqlSession};
use tdsec_testserver::{TestServer, TestServerConfig};

fn conformance(server: &TestServer, variables: &[(&str, &str)]) -> Command {
    let ready: Value = serde_json::from_str(&server.ready_line()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tdsec-conformance"));
    command.args(["--live", "--json", "--surface", "rust"]);
    for name in ["TDSEC_URL", "TDSEC_TOKEN", "TDSEC_TLS_CA", "TDSEC_USER", "TDSEC_PASS"] {
        command.env_remove(name);
    }
    command.env("TDSEC_URL", ready["url"].as_str().unwrap()).env("TDSEC_TLS_CA", ready["ca"].as_str().unwrap());
    command.envs(variables.iter().copied());
    command
}

fn run(command: &mut Command) -> (Value, bool) {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"));
    (report, output.status.success())
}

fn names(report: &Value, list: &str) -> Vec<String> {
    report[list].as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

/// Databases, tokens and users of the server, as it shows them.
fn inventory(server: &TestServer) -> Vec<Vec<u8>> {
    let mut session = SqlSession::new("root");
    [
        "show databases",
        "select name from information_schema.ins_tokens",
        "select name from information_schema.ins_users",
    ]
    .iter()
    .flat_map(|sql| match server.engine().execute(&mut session, sql) {
        Ok(Outcome::Rows(rows)) => rows.blocks.map(Result::unwrap).collect::<Vec<_>>(),
        _ => panic!("{sql} has no rows"),
    })
    .collect()
}

#[test]
fn scenarios_whose_needs_are_met_run_and_leave_nothing_behind() {
    let server = TestServer::start(TestServerConfig::default()).unwrap();
    let before = inventory(&server);
    let token = server.token().to_owned();
    let login = [("TDSEC_TOKEN", token.as_str()), ("TDSEC_USER", "root"), ("TDSEC_PASS", "taosdata")];
    let (report, success) = run(&mut conformance(&server, &login));
    assert!(success && report["failed"] == 0, "{report:#}");
    let ran = names(&report, "scenarios");
    for scenario in ["types-written-by-sql", "token-made-by-sql", "password-login", "error-syntax"] {
        assert!(ran.iter().any(|name| name == scenario), "{scenario} is not among {ran:?}");
    }
    let skipped = names(&report, "skipped");
    for scenario in ["token-expired", "server-resets", "tls-wrong-host", "types-integers"] {
        assert!(skipped.iter().any(|name| name == scenario), "{scenario} is not among {skipped:?}");
    }
    assert_eq!(inventory(&server), before, "something is left on the server");
}

#[test]
fn a_password_alone_leaves_out_what_needs_a_token() {
    let server = TestServer::start(TestServerConfig::default()).unwrap();
    let mut command = conformance(&server, &[("TDSEC_USER", "root"), ("TDSEC_PASS", "taosdata")]);
    let (report, success) = run(command.args(["--only", "token-made-by-sql,password-login,result-one-row"]));
    assert!(success, "{report:#}");
    assert!(names(&report, "skipped").contains(&"token-made-by-sql".to_owned()));
    assert!(names(&report, "scenarios").contains(&"result-one-row".to_owned()));
}

#[test]
fn without_a_credential_nothing_is_run() {
    let server = TestServer::start(TestServerConfig::default()).unwrap();
    let output = conformance(&server, &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("TDSEC_TOKEN"));
}
