//! Patterns: what an answer has to look like.
//!
//! An object matches an object that has its fields (and maybe more), a list matches item by item, everything else
//! matches itself. `{"$any": true}`, `{"$contains": "text"}`, `{"$lacks": "text"}`, `{"$min": 1}`, `{"$max": 9}`, `{"$above": 1}`,
//! `{"$one_of": […]}`, `{"$absent": true}`, `{"$each": pattern}` and `{"$length": 2}` (items, or
//! characters) say more.

use serde_json::Value;

/// What does not match, with the path to it.
pub(super) fn mismatch(pattern: &Value, answer: Option<&Value>) -> Option<String> {
    at("", pattern, answer)
}

fn at(path: &str, pattern: &Value, answer: Option<&Value>) -> Option<String> {
    if let Value::Object(fields) = pattern {
        if !fields.is_empty() && fields.keys().all(|key| key.starts_with('$')) {
            return fields.iter().find_map(|(operator, operand)| apply(path, operator, operand, answer));
        }
        let Some(Value::Object(answers)) = answer else { return Some(differs(path, pattern, answer)) };
        return fields.iter().find_map(|(key, field)| at(&format!("{path}/{key}"), field, answers.get(key)));
    }
    match (pattern, answer) {
        (Value::Array(patterns), Some(Value::Array(answers))) if patterns.len() == answers.len() => patterns
            .iter()
            .zip(answers)
            .enumerate()
            .find_map(|(index, (pattern, answer))| at(&format!("{path}/{index}"), pattern, Some(answer))),
        (pattern, Some(answer)) if pattern == answer => None,
        _ => Some(differs(path, pattern, answer)),
    }
}

fn apply(path: &str, operator: &str, operand: &Value, answer: Option<&Value>) -> Option<String> {
    let Some(answer) = answer else {
        return (operator != "$absent").then(|| format!("{path} is missing"));
    };
    let holds = match operator {
        "$any" => true,
        "$contains" => text(answer).contains(&text(operand)),
        "$lacks" => !text(answer).contains(&text(operand)),
        "$min" => answer.as_f64().zip(operand.as_f64()).is_some_and(|(answer, least)| answer >= least),
        "$above" => answer.as_f64().zip(operand.as_f64()).is_some_and(|(answer, below)| answer > below),
        "$max" => answer.as_f64().zip(operand.as_f64()).is_some_and(|(answer, most)| answer <= most),
        "$one_of" => {
            operand.as_array().is_some_and(|list| list.iter().any(|one| at(path, one, Some(answer)).is_none()))
        }
        "$length" => {
            let length = answer.as_array().map(Vec::len).or_else(|| answer.as_str().map(|text| text.chars().count()));
            length.is_some_and(|length| Some(length as u64) == operand.as_u64())
        }
        "$each" => {
            let Some(list) = answer.as_array() else { return Some(differs(path, operand, Some(answer))) };
            return list
                .iter()
                .enumerate()
                .find_map(|(index, item)| at(&format!("{path}/{index}"), operand, Some(item)));
        }
        "$absent" => false,
        unknown => return Some(format!("{path}: the pattern has an unknown operator {unknown}")),
    };
    (!holds).then(|| format!("{path}: {} does not hold for {}", short(operator, operand), shown(Some(answer))))
}

/// Texts as they are, everything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn short(operator: &str, operand: &Value) -> String {
    format!("{operator} {}", shown(Some(operand)))
}

fn differs(path: &str, pattern: &Value, answer: Option<&Value>) -> String {
    format!("{path}: expected {}, got {}", shown(Some(pattern)), shown(answer))
}

/// A value for a person: not more than a few lines of it.
pub(super) fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".into() };
    let text = value.to_string();
    if text.chars().count() <= 400 { text } else { text.chars().take(400).chain("…".chars()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fits(pattern: Value, answer: Value) -> bool {
        mismatch(&pattern, Some(&answer)).is_none()
    }

    #[test]
    fn objects_match_by_their_fields_and_lists_item_by_item() {
        assert!(fits(json!({ "a": 1 }), json!({ "a": 1, "b": 2 })));
        assert!(!fits(json!({ "a": 1 }), json!({ "b": 1 })));
        assert!(!fits(json!({ "a": null }), json!({})));
        assert!(fits(json!([1, { "a": 2 }]), json!([1, { "a": 2, "b": 3 }])));
        assert!(!fits(json!([1]), json!([1, 2])));
    }

    #[test]
    fn operators_hold_or_say_what_does_not() {
        assert!(fits(json!({ "a": { "$min": 1 } }), json!({ "a": 2 })));
        assert!(!fits(json!({ "a": { "$min": 3 } }), json!({ "a": 2 })));
        assert!(fits(json!({ "$above": 1 }), json!(2)));
        assert!(!fits(json!({ "$above": 2 }), json!(2)));
        assert!(fits(json!({ "$contains": "b" }), json!("abc")));
        assert!(!fits(json!({ "$lacks": "b" }), json!("abc")));
        assert!(fits(json!({ "a": { "$absent": true } }), json!({})));
        assert!(fits(json!({ "$each": { "a": 1 } }), json!([{ "a": 1 }, { "a": 1 }])));
        assert!(!fits(json!({ "$each": { "a": 1 } }), json!([{ "a": 1 }, { "a": 2 }])));
        assert!(fits(json!({ "$one_of": ["a", "b"] }), json!("b")));
        assert!(!fits(json!({ "$length": 2 }), json!([1])));
        assert!(fits(json!({ "$length": 2 }), json!("é1")));
        assert!(!fits(json!({ "$mistyped": 2 }), json!([1])));
    }
}
