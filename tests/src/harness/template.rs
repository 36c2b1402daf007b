//! `${name}` in scenario files.

use std::collections::BTreeMap;

use serde_json::Value;

/// Variables of one run: of the server, and what steps saved.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables(BTreeMap<String, Value>);

impl Variables {
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The value with all variables in its texts (not its keys) filled in. A text that is one variable and nothing
    /// else takes that variable's type.
    pub(super) fn fill(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => self.fill_text(text)?,
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect::<Result<_, _>>()?,
            Value::Object(fields) => {
                fields.iter().map(|(key, field)| Ok((key.clone(), self.fill(field)?))).collect::<Result<_, String>>()?
            }
            other => other.clone(),
        })
    }

    fn fill_text(&self, text: &str) -> Result<Value, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}').ok_or_else(|| format!("`{text}`: ${{ is not closed"))?;
            let value = self.get(name).ok_or_else(|| format!("there is no variable {name}"))?;
            if rest.len() == text.len() && before.is_empty() && tail.is_empty() {
                return Ok(value.clone());
            }
            filled.push_str(before);
            match value {
                Value::String(value) => filled.push_str(value),
                other => filled.push_str(&other.to_string()),
            }
            rest = tail;
        }
        filled.push_str(rest);
        Ok(filled.into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_are_filled_in_everywhere_and_keep_their_type_when_alone() {
        let mut variables = Variables::default();
        variables.set("port", 7);
        variables.set("host", "h");
        let filled = variables.fill(&json!({ "a": ["ws://${host}:${port}/${host}", "${port}"], "b": 1 })).unwrap();
        assert_eq!(filled, json!({ "a": ["ws://h:7/h", 7], "b": 1 }));
        assert_eq!(variables.fill(&json!("before ${port}")).unwrap(), json!("before 7"));
        assert_eq!(variables.fill(&json!("${host}${port}")).unwrap(), json!("h7"));
        assert!(variables.fill(&json!("${nobody}")).is_err());
        assert!(variables.fill(&json!("${host")).is_err());
    }
}
