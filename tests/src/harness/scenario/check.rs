//! What is wrong with a scenario, before anything is run.

use tdsec::ErrorCode;

use super::{Scenario, Step};
use crate::harness::Surface;

/// What a scenario may ask of a server.
const NEEDS: [&str; 8] = ["sql", "tokens", "password", "tls", "control", "faults", "tls-zoo", "generator"];

/// Variables that only a server with this need met can fill.
const VARIABLES: [(&str, &[&str]); 5] = [
    ("${token}", &["tokens", "control", "faults"]),
    ("${password}", &["password", "control", "faults"]),
    ("${ca}", &["tls", "tls-zoo", "control", "faults"]),
    ("${pin}", &["tls-zoo", "control", "faults"]),
    ("${control}", &["control", "faults"]),
];

/// Operations of the drivers.
const OPS: [&str; 29] = [
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
    "subscribe",
    "events",
    "metrics",
    "pool",
    "acquire",
    "pool_ready",
    "pool_query",
    "pool_info",
    "pool_close",
    "rotate",
    "revoke",
    "callback_set",
    "tokens",
    "quit",
];

/// Arguments of the operations.
const ARGUMENTS: [&str; 30] = [
    "conn",
    "address",
    "options",
    "sql",
    "mode",
    "timeout_ms",
    "req_id",
    "result",
    "task",
    "pool",
    "source",
    "idempotent",
    "callback",
    "token",
    "ttl_s",
    "revoked",
    "subscription",
    "names",
    "severity",
    "count",
    "series",
    "text",
    "do",
    "name",
    "user",
    "ttl_days",
    "enabled",
    "provider",
    "extra_info",
    "issued",
];

impl Scenario {
    pub(super) fn problem(&self) -> Option<String> {
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

    /// A variable that a server may not be able to fill, used without saying that it is needed.
    pub(super) fn missing_need(&self, text: &str) -> Option<String> {
        let (variable, needs) = VARIABLES
            .iter()
            .find(|(variable, needs)| text.contains(variable) && !needs.iter().any(|need| self.needs_it(need)))?;
        Some(format!("it uses {variable} without needing {}", needs.join(" or ")))
    }

    fn problem_of(&self, step: &Step) -> Option<String> {
        let kinds = [step.op.is_some(), step.control.is_some(), step.until.is_some(), step.file.is_some()];
        if kinds.iter().filter(|kind| **kind).count() != 1 {
            return Some("it is not exactly one of `op`, `control`, `until`, `file`".into());
        }
        if let Some(op) = &step.op
            && !OPS.contains(&op.as_str())
        {
            return Some(format!("unknown operation `{op}`"));
        }
        if let Some(key) = step.rest.keys().find(|key| !ARGUMENTS.contains(&key.as_str())) {
            return Some(format!("unknown field `{key}`"));
        }
        if step.eventually && step.op.is_none() {
            return Some("`eventually` is for operations of the driver".into());
        }
        if step.op.is_none() && step.file.is_none() {
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
