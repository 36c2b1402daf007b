//! Scenario files: what they hold.

mod check;
mod load;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use load::{load_all, scenarios_folder};

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
    /// Statements that remove what the steps leave on a server besides `${db}`; they may fail.
    #[serde(default)]
    pub cleanup: Vec<String>,
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSetup {
    /// `--tls`: `auto` (default), `off`, `zoo:<kind>`.
    pub tls: Option<String>,
    /// Further arguments.
    #[serde(default)]
    pub arguments: Vec<String>,
}

impl ServerSetup {
    /// Nothing special about it.
    pub(super) fn is_default(&self) -> bool {
        *self == ServerSetup::default()
    }
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

/// One step: for the driver (`op`), for the server's control API (`control`), a wait for its `/stats` (`until`), or a file to
/// write (`file`).
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
    /// Path of a file that is replaced at once by another one.
    pub file: Option<String>,
    /// What the file then holds; without it and `content_of` the file is removed.
    pub content: Option<String>,
    /// The file whose bytes it then holds.
    pub content_of: Option<String>,
    /// The operation is repeated until its answer is as expected.
    #[serde(default)]
    pub eventually: bool,
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

impl Step {
    /// How the rows are read.
    pub(super) fn mode(&self) -> Option<&str> {
        self.rest.get("mode")?.as_str()
    }

    /// The error code the step has to end with, if it is to fail.
    pub fn expected_code(&self) -> Option<&str> {
        match self.expect.as_ref()? {
            Value::String(code) => Some(code),
            pattern => pattern.pointer("/error/code").or_else(|| pattern.get("error")).and_then(Value::as_str),
        }
    }
}
