//! Who takes part: the surfaces of tdsec, the peers, the limit; and how each is started.

use std::path::{Path, PathBuf};
use std::process::Command as Process;

use serde::Serialize;
use tdsec_tests::harness::{Command, Surface};

use crate::plan::Workload;
use crate::server::Server;

/// Where things are.
pub struct Place {
    /// The repository.
    pub root: PathBuf,
    /// Where cargo puts programs of the profile that is measured.
    pub programs: PathBuf,
    /// The CPU of the contenders, if they are bound to one.
    pub cpu: Option<usize>,
}

/// What somebody takes part as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A surface of tdsec.
    Surface,
    /// An official connector.
    Peer,
    /// What the others are measured against.
    Limit,
}

/// One participant.
pub struct Contender {
    /// Its name in the results.
    pub name: &'static str,
    /// As what.
    pub role: Role,
    /// Product, version, and what it verifies of the server; for the report.
    pub about: &'static str,
    /// How it is started.
    pub command: Command,
    step: fn(Workload) -> Option<&'static str>,
}

impl Contender {
    /// What the step of a workload is called; `None` if it has nothing like it.
    pub fn step(&self, workload: Workload) -> Option<&'static str> {
        (self.step)(workload)
    }
}

/// Everybody, and why those who are missing are.
pub struct Field {
    /// In the order of the report.
    pub contenders: Vec<Contender>,
    /// Name and reason.
    pub missing: Vec<(&'static str, String)>,
}

/// Prepares everybody. What is missing of tdsec itself is an error.
pub fn gather(place: &Place, server: &Server, wanted: &[String]) -> Result<Field, String> {
    let mut field = Field { contenders: surfaces(place, wanted), missing: Vec::new() };
    for peer in PEERS.iter().filter(|peer| is_wanted(wanted, peer.name)) {
        match peer.prepare(place, server) {
            Ok(command) => {
                let Peer { name, about, step, .. } = *peer;
                field.contenders.push(Contender { name, role: Role::Peer, about, command, step });
            }
            Err(reason) => field.missing.push((peer.name, reason)),
        }
    }
    field.missing.extend(NOT_RUN.map(|(name, reason)| (name, reason.to_owned())));
    for (name, step) in [("limit", limit_step as fn(Workload) -> _), ("wire", wire_step)] {
        let program = place.programs.join("tdsec-bench");
        let command = plain(program, vec!["limit".to_owned()]);
        field.contenders.push(Contender { name, role: Role::Limit, about: "rustls, this CA", command, step });
    }
    for contender in &mut field.contenders {
        bind(&mut contender.command, place.cpu);
    }
    Ok(field)
}

/// The surfaces of tdsec.
pub fn surfaces(place: &Place, wanted: &[String]) -> Vec<Contender> {
    let of = |surface: Surface| Contender {
        name: surface.name(),
        role: Role::Surface,
        about: "certificate chain, name and dates; bearer token",
        command: surface.command(&place.root, &place.programs),
        step: if surface.name().starts_with("python") { every_step } else { native_step },
    };
    Surface::ALL.into_iter().filter(|surface| is_wanted(wanted, surface.name())).map(of).collect()
}

fn is_wanted(wanted: &[String], name: &str) -> bool {
    wanted.is_empty() || wanted.iter().any(|one| one == name)
}

/// Starts the program on one CPU.
pub fn bind(command: &mut Command, cpu: Option<usize>) {
    let Some(cpu) = cpu else { return };
    let program = std::mem::replace(&mut command.program, "taskset".into());
    let mut arguments = vec!["-c".to_owned(), cpu.to_string(), program.display().to_string()];
    arguments.append(&mut command.arguments);
    command.arguments = arguments;
}

fn every_step(workload: Workload) -> Option<&'static str> {
    Some(workload.step())
}

fn native_step(workload: Workload) -> Option<&'static str> {
    (workload != Workload::FetchDataframe).then(|| workload.step())
}

/// The connectors of other languages have rows only, and resume nothing.
fn row_step(workload: Workload) -> Option<&'static str> {
    matches!(workload, Workload::FetchRows | Workload::Select1 | Workload::ConnectFull).then(|| workload.step())
}

fn taosws_step(workload: Workload) -> Option<&'static str> {
    (workload == Workload::FetchDataframe).then_some("fetch-dataframe").or_else(|| row_step(workload))
}

fn fetch_all_step(workload: Workload) -> Option<&'static str> {
    (workload == Workload::FetchRows).then_some("fetch-all")
}

fn limit_step(workload: Workload) -> Option<&'static str> {
    (workload != Workload::ConnectResumed).then(|| workload.step())
}

fn wire_step(workload: Workload) -> Option<&'static str> {
    (workload == Workload::FetchColumns).then_some("wire")
}

/// An official connector.
struct Peer {
    name: &'static str,
    about: &'static str,
    /// What `benches/peers/prepare.sh` is told to make.
    kind: &'static str,
    step: fn(Workload) -> Option<&'static str>,
}

const TAOSWS: &str = "PyPI taos-ws-py 0.7.0; chain, name and dates because tls_mode=verify_identity is given, by default nothing; bearer token";

const PEERS: [Peer; 4] = [
    Peer { name: "peer-taosws", about: TAOSWS, kind: "python", step: taosws_step },
    Peer { name: "peer-taosws-fetchall", about: "the same, cursor.fetchall()", kind: "python", step: fetch_all_step },
    Peer {
        name: "peer-go",
        about: "driver-go 3.7.8 taosWS; chain, name and dates; bearer token",
        kind: "go",
        step: row_step,
    },
    Peer {
        name: "peer-jdbc",
        about: "taos-jdbcdriver 3.7.9 over WebSocket; chain and dates against a trust store; user and password, it has no bearer token",
        kind: "java",
        step: row_step,
    },
];

/// Official connectors that take no part, and why.
const NOT_RUN: [(&str, &str); 2] = [
    ("peer-taos", "crate taos 0.12.3 takes no private CA and no bearer token: it cannot connect to this server"),
    ("peer-node", "@tdengine/websocket cannot be had from its registry"),
];

impl Peer {
    /// Makes it, with `benches/peers/prepare.sh`; the error is the reason why it cannot be had.
    fn prepare(&self, place: &Place, server: &Server) -> Result<Command, String> {
        let script = place.root.join("benches/peers/prepare.sh");
        let run = Process::new(&script).arg(self.kind).arg(server.ca()).current_dir(&place.root).output();
        let run = run.map_err(|error| format!("{}: {error}", script.display()))?;
        if !run.status.success() {
            let said =
                String::from_utf8_lossy(&run.stderr).trim().lines().last().unwrap_or("no reason given").to_owned();
            return Err(said);
        }
        Ok(self.command(&place.root, server))
    }

    fn command(&self, root: &Path, server: &Server) -> Command {
        let built = root.join("target/bench-peers");
        let peers = root.join("benches/peers");
        match self.kind {
            "python" => {
                plain(built.join("venv/bin/python"), vec![peers.join("python/driver.py").display().to_string()])
            }
            "go" => Command {
                environment: vec![("SSL_CERT_FILE", server.ca().to_owned())],
                ..plain(built.join("go-peer"), vec![])
            },
            _ => {
                let classes = format!("{0}/java/classes:{0}/java/lib/*", built.display());
                let store = format!("-Djavax.net.ssl.trustStore={}/java/trust.p12", built.display());
                let password = "-Djavax.net.ssl.trustStorePassword=changeit".to_owned();
                plain("java".into(), vec![store, password, "-cp".to_owned(), classes, "Peer".to_owned()])
            }
        }
    }
}

fn plain(program: PathBuf, arguments: Vec<String>) -> Command {
    Command { program, arguments, environment: vec![], wanted: vec![], made_by: "make bench" }
}
