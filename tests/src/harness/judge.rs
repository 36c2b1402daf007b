//! Whether an answer is what the step wants.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tdsec::ErrorCode;

use super::expect::{mismatch, shown};
use super::scenario::Step;

/// The pattern for the whole answer.
pub(super) fn wanted(step: &Step) -> Value {
    match &step.expect {
        None => json!({ "ok": {} }),
        Some(Value::String(code)) => json!({ "error": { "code": code } }),
        Some(Value::Object(pattern)) => {
            let mut pattern: Map<String, Value> = pattern.clone();
            if let Some(Value::String(code)) = pattern.get("error") {
                let code = json!({ "code": code });
                pattern.insert("error".into(), code);
            }
            pattern.into()
        }
        Some(other) => other.clone(),
    }
}

/// What every error has to tell follows from its code (OPS-3).
pub(super) fn check_error(answer: &Value) -> Result<(), String> {
    let Some(error) = answer.get("error") else { return Ok(()) };
    let name = error["code"].as_str().unwrap_or_default();
    if name == "RUNNER" {
        return Err(format!("the driver: {}", error["message"]));
    }
    let Some(code) = ErrorCode::ALL.iter().find(|code| code.name() == name) else {
        return Err(format!("an error without a known code: {}", shown(Some(error))));
    };
    let facts = json!({
        "number": code.number(),
        "kind": code.kind().name(),
        "retry": code.retry().name(),
        "remedy": code.remedy(),
    });
    match mismatch(&facts, Some(error)) {
        Some(problem) => Err(format!("the error does not tell what belongs to its code: {problem}")),
        None => Ok(()),
    }
}

pub(super) fn check_time(step: &Step, took: Duration) -> Result<(), String> {
    let ms = took.as_millis();
    match (step.not_before_ms, step.within_ms) {
        (Some(least), _) if ms < u128::from(least) => Err(format!("answered after {ms} ms, not before {least} ms")),
        (_, Some(most)) if ms > u128::from(most) => Err(format!("answered after {ms} ms, wanted within {most} ms")),
        _ => Ok(()),
    }
}

pub(super) fn title(step: &Step) -> String {
    let what = step.op.as_deref().or(step.control.as_deref()).or(step.file.as_deref()).unwrap_or("until");
    match step.rest.get("sql").or_else(|| step.rest.get("address")).and_then(Value::as_str) {
        Some(text) => format!("{what} {}", text.chars().take(60).collect::<String>()),
        None => what.to_owned(),
    }
}
