//! The same answers on every surface.

use serde_json::Value;

use super::expect::shown;
use super::scenario::Step;
use super::template::Variables;

/// An answer without what may differ: addresses of this run, and what the step says.
pub(super) fn comparable(op: &str, step: &Step, answer: &Value, variables: &Variables) -> Value {
    let mut answer = answer.clone();
    let by_nature = match op {
        "describe" => Some("/ok/text"),
        "rss" => Some("/ok/kib"),
        _ => None,
    };
    for pointer in by_nature.into_iter().chain(step.varies.iter().map(String::as_str)) {
        if let Some(value) = answer.pointer_mut(pointer) {
            *value = Value::from("…");
        }
    }
    if let Some(message) = answer.pointer_mut("/error/message") {
        let text = message.as_str().unwrap_or_default();
        *message = without_names(text, variables).into();
    }
    answer
}

/// A sentence with the names of this run's server replaced by those of their variables.
fn without_names(text: &str, variables: &Variables) -> String {
    let names = ["dead", "silent", "pin", "ca", "port"];
    names.iter().fold(text.to_owned(), |text, name| match variables.get(name) {
        Some(Value::String(value)) if !value.is_empty() => text.replace(value.as_str(), &format!("${{{name}}}")),
        _ => text,
    })
}

/// Where two lists of answers first differ.
pub(super) fn difference(reference: &[Value], answers: &[Value]) -> Option<String> {
    if reference.len() != answers.len() {
        return Some(format!("{} answers instead of {}", answers.len(), reference.len()));
    }
    reference.iter().zip(answers).enumerate().find_map(|(index, (reference, answer))| {
        at("", reference, answer).map(|problem| format!("answer {}: {problem}", index + 1))
    })
}

fn at(path: &str, reference: &Value, answer: &Value) -> Option<String> {
    match (reference, answer) {
        (Value::Object(reference), Value::Object(answer)) => {
            if let Some(extra) = answer.keys().find(|key| !reference.contains_key(*key)) {
                return Some(format!("{path}/{extra} is there"));
            }
            reference.iter().find_map(|(key, value)| match answer.get(key) {
                Some(answer) => at(&format!("{path}/{key}"), value, answer),
                None => Some(format!("{path}/{key} is missing")),
            })
        }
        (Value::Array(reference), Value::Array(answer)) if reference.len() == answer.len() => reference
            .iter()
            .zip(answer)
            .enumerate()
            .find_map(|(index, (reference, answer))| at(&format!("{path}/{index}"), reference, answer)),
        (reference, answer) if reference == answer => None,
        _ => Some(format!("{path} is {} instead of {}", shown(Some(answer)), shown(Some(reference)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_difference_is_named_with_its_path() {
        let reference = [json!({ "ok": { "rows": [[1, 2]] } })];
        assert_eq!(difference(&reference, &reference), None);
        let other = [json!({ "ok": { "rows": [[1, 3]] } })];
        assert_eq!(difference(&reference, &other).as_deref(), Some("answer 1: /ok/rows/0/1 is 3 instead of 2"));
        assert_eq!(difference(&reference, &[json!({ "ok": {} })]).as_deref(), Some("answer 1: /ok/rows is missing"));
        assert!(difference(&reference, &[]).is_some());
    }
}
