//! Scenario files: what they hold, and what is wrong with one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use tdsec::ErrorCode;

use super::Surface;

/// What a scenario may ask of a server.
const NEEDS: [&str; 6] = ["sql", "tokens", "control", "faults", "tls-zoo", "generator"];

/// Operations of the drivers.
const OPS: [&str; 16] = [
    "connect",
    "info",
    "query",
    "open",
    "fetch",
    "close_result",
    "start",
    "wait",
    "cancel",
    "database",
    "status",
    "close",
    "fork",
    "describe",
    "rss",
    "quit",
];

/// Arguments of the operations.
const ARGUMENTS: [&str; 9] = ["conn", "address", "options", "sql", "mode", "timeout_ms", "req_id", "result", "task"];

/// One scenario file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's name without `.json`.
    #[serde(skip)]
    pub name: String,
    /// One sentence: what must be seen.
    pub about: String,
    /// IDs of the requirements it proves.
    #[serde(default)]
    pub requirements: Vec<String>,
    /// What it needs of a server; empty = none is started.
    #[serde(default)]
    pub needs: Vec<String>,
    /// How the server is started.
    #[serde(default)]
    pub server: ServerSetup,
    /// What is done before the first step.
    #[serde(default)]
    pub setup: Setup,
    /// Texts that must not show up in any output, besides the server's token and all that steps mark as secret.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// Surfaces that may answer `unsupported`, with the reason.
    #[serde(default)]
    pub unsupported: BTreeMap<String, String>,
    /// Sockets may be left when everything has been closed.
    #[serde(default)]
    pub leaves_sockets: bool,
    /// In this order.
    pub steps: Vec<Step>,
}

/// How the server is started.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSetup {
    /// `--tls`: `auto` (default), `off`, `zoo:<kind>`.
    pub tls: Option<String>,
    /// Further arguments.
    #[serde(default)]
    pub arguments: Vec<String>,
}

/// What the harness does before the first step.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// Statements, over a connection of the harness.
    #[serde(default)]
    pub sql: Vec<String>,
    /// Bodies of `POST /faults`.
    #[serde(default)]
    pub faults: Vec<Value>,
}

/// One step: for the driver (`op`), for the server's control API (`control`), or a wait for its `/stats` (`until`).
#[derive(Clone, Debug, Deserialize)]
pub struct Step {
    /// Operation of the driver; its arguments are in `rest`.
    pub op: Option<String>,
    /// `METHOD /path` of the control API.
    pub control: Option<String>,
    /// Body of the control request.
    pub body: Option<Value>,
    /// Pattern that `/stats` has to match sooner or later.
    pub until: Option<Value>,
    /// What the answer has to be.
    pub expect: Option<Value>,
    /// The answer comes at the latest after so many milliseconds.
    pub within_ms: Option<u64>,
    /// The answer comes not before so many milliseconds.
    pub not_before_ms: Option<u64>,
    /// Variables to set, with the JSON pointers into the answer.
    #[serde(default)]
    pub save: BTreeMap<String, String>,
    /// Variables of `save` that are secrets.
    #[serde(default)]
    pub secret: Vec<String>,
    /// The answer may show secrets (it is the answer to CREATE TOKEN).
    #[serde(default)]
    pub reveals: bool,
    /// JSON pointers into the answer that differ between surfaces.
    #[serde(default)]
    pub varies: Vec<String>,
    /// What the step is for.
    pub note: Option<String>,
    /// Everything else: arguments of the operation.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The folder of the scenario files.
pub fn scenarios_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// All scenarios of a folder, by name.
///
/// # Errors
/// The first file that cannot be read or is no good scenario, with what is wrong.
pub fn load_all(folder: &Path) -> Result<Vec<Scenario>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths.iter().map(|path| load(path)).collect()
}

fn load(path: &Path) -> Result<Scenario, String> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    let mut scenario: Scenario = serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
    scenario.name = name;
    match scenario.problem() {
        Some(problem) => Err(format!("{}: {problem}", scenario.name)),
        None => Ok(scenario),
    }
}

impl Scenario {
    fn problem(&self) -> Option<String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !self.name.chars().all(plain) {
            return Some("the file's name has other characters than a-z, 0-9 and -".into());
        }
        if self.about.trim().is_empty() {
            return Some("`about` is empty".into());
        }
        if let Some(need) = self.needs.iter().find(|need| !NEEDS.contains(&need.as_str())) {
            return Some(format!("unknown need `{need}`"));
        }
        if let Some(Err(problem)) = self.unsupported.keys().map(|key| key.parse::<Surface>()).find(Result::is_err) {
            return Some(problem);
        }
        let has_faults = !self.setup.faults.is_empty();
        if has_faults && !self.needs_it("faults") {
            return Some("it sets faults without needing `faults`".into());
        }
        if !self.steps.iter().any(|step| step.op.is_some()) {
            return Some("no step is for the driver".into());
        }
        self.steps
            .iter()
            .enumerate()
            .find_map(|(index, step)| self.problem_of(step).map(|problem| format!("step {}: {problem}", index + 1)))
    }

    fn needs_it(&self, need: &str) -> bool {
        self.needs.iter().any(|known| known == need)
    }

    fn problem_of(&self, step: &Step) -> Option<String> {
        let kinds = [step.op.is_some(), step.control.is_some(), step.until.is_some()];
        if kinds.iter().filter(|kind| **kind).count() != 1 {
            return Some("it is not exactly one of `op`, `control`, `until`".into());
        }
        if let Some(op) = &step.op
            && !OPS.contains(&op.as_str())
        {
            return Some(format!("unknown operation `{op}`"));
        }
        if let Some(key) = step.rest.keys().find(|key| !ARGUMENTS.contains(&key.as_str())) {
            return Some(format!("unknown field `{key}`"));
        }
        if step.op.is_none() {
            if !self.needs_it("control") && !self.needs_it("faults") {
                return Some("it asks the control API without needing `control` or `faults`".into());
            }
            if let Some(key) = step.rest.keys().next() {
                return Some(format!("`{key}` is for operations of the driver"));
            }
        }
        step.expected_code().and_then(|code| {
            let known = ErrorCode::ALL.iter().any(|known| known.name() == code);
            (!known).then(|| format!("`{code}` is no error code"))
        })
    }
}

impl Step {
    /// The error code the step has to end with, if it is to fail.
    pub fn expected_code(&self) -> Option<&str> {
        match self.expect.as_ref()? {
            Value::String(code) => Some(code),
            pattern => pattern.pointer("/error/code").or_else(|| pattern.get("error")).and_then(Value::as_str),
        }
    }
}
