//! The same answers on every surface.

use serde_json::Value;

use super::expect::shown;
use super::scenario::Step;
use super::template::Variables;

/// An answer without what may differ: addresses of this run, and what the step says.
pub(super) fn comparable(op: &str, step: &Step, answer: &Value, variables: &Variables) -> Value {
    // How many connections a pool has just now is as chance will have it.
    if op == "pool_info" {
        return Value::Null;
    }
    let mut answer = answer.clone();
    let by_nature = match op {
        "describe" => Some("/ok/text"),
        "rss" => Some("/ok/kib"),
        "metrics" => Some("/ok/values"),
        _ => None,
    };
    for pointer in by_nature.into_iter().chain(step.varies.iter().map(String::as_str)) {
        if let Some(value) = answer.pointer_mut(pointer) {
            *value = Value::from("…");
        }
    }
    // Rows are data: no address stands in them, and there may be many.
    for part in ["/error", "/ok/database", "/ok/events"] {
        if let Some(part) = answer.pointer_mut(part) {
            without_names(part, variables);
        }
    }
    answer
}

/// Variables whose values differ from run to run; longer values may hold shorter ones.
const NAMES: [&str; 9] = ["tmp", "dead", "silent", "pin", "pin_base64", "ca", "db", "unique", "port"];

/// Digits of a number that only a request id is long enough for.
const REQUEST_ID: usize = 10;

/// The texts in it with the names of this run replaced by those of their variables.
fn without_names(value: &mut Value, variables: &Variables) {
    match value {
        Value::String(text) => {
            for name in NAMES {
                if let Some(Value::String(value)) = variables.get(name)
                    && !value.is_empty()
                    && text.contains(value.as_str())
                {
                    *text = text.replace(value.as_str(), &format!("${{{name}}}"));
                }
            }
            *text = without_request_ids(text);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| without_names(item, variables)),
        Value::Object(fields) => fields.values_mut().for_each(|field| without_names(field, variables)),
        _ => {}
    }
}

/// Request ids are chosen at random.
fn without_request_ids(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = rest.split_at(at);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        kept.push_str(before);
        kept.push_str(if end < REQUEST_ID { &digits[..end] } else { "${id}" });
        rest = &digits[end..];
    }
    kept + rest
}

/// Where two lists of answers first differ. A null stands for a step that a surface lacks.
pub(super) fn difference(reference: &[Value], answers: &[Value]) -> Option<String> {
    if reference.len() != answers.len() {
        return Some(format!("{} answers instead of {}", answers.len(), reference.len()));
    }
    reference.iter().zip(answers).enumerate().find_map(|(index, (reference, answer))| {
        if reference.is_null() || answer.is_null() {
            return None;
        }
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
    fn request_ids_do_not_count_and_other_numbers_do() {
        let text = "request 1374929461221979 of port 6041, row 17";
        assert_eq!(without_request_ids(text), "request ${id} of port 6041, row 17");
        assert_eq!(without_request_ids("no number"), "no number");
    }

    #[test]
    fn the_first_difference_is_named_with_its_path() {
        let reference = [json!({ "ok": { "rows": [[1, 2]] } })];
        assert_eq!(difference(&reference, &reference), None);
        let other = [json!({ "ok": { "rows": [[1, 3]] } })];
        assert_eq!(difference(&reference, &other).as_deref(), Some("answer 1: /ok/rows/0/1 is 3 instead of 2"));
        assert_eq!(difference(&reference, &[json!({ "ok": {} })]).as_deref(), Some("answer 1: /ok/rows is missing"));
        assert!(difference(&reference, &[]).is_some());
        assert_eq!(difference(&reference, &[Value::Null]), None);
    }
}
