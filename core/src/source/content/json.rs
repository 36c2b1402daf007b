//! An object of JSON as somebody wrote it: its entries in their order, each value as its text, and some of them exchanged.
//!
//! What is read into numbers and maps does not come back: not 12345678901234567890.50, and no order.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use zeroize::{Zeroize, Zeroizing};

use super::Flaw;
use crate::secret::Secret;

/// An object, read but not taken apart.
pub(in crate::source) struct Object<'a> {
    text: &'a str,
    /// In their order, also those of one name.
    pub(in crate::source) entries: Vec<Entry<'a>>,
}

/// `"name": value`, where it stands.
pub(in crate::source) struct Entry<'a> {
    /// Without quotes and escapes.
    pub(in crate::source) name: Zeroizing<String>,
    /// As it is written.
    pub(in crate::source) value: &'a str,
    begins: usize,
    key: &'a str,
    /// From the key to the value.
    colon: &'a str,
}

impl<'a> Object<'a> {
    pub(in crate::source) fn read(text: &'a str) -> Result<Self, Flaw> {
        let pairs: Pairs = serde_json::from_str(text).map_err(|error| match error.is_data() {
            true => "it is JSON, but no object with a key token".to_owned(),
            false => format!("it is not JSON (line {}, column {})", error.line(), error.column()),
        })?;
        let (mut entries, mut at) = (Vec::with_capacity(pairs.0.len()), 0);
        for (key, value) in pairs.0 {
            let begins = at + gap(&text[at..], &['{', ',']);
            let behind = &text[begins + key.get().len()..];
            let entry = Entry {
                // One that is no text of Unicode is nobody's that is known here.
                name: Zeroizing::new(serde_json::from_str(key.get()).unwrap_or_default()),
                value: value.get(),
                begins,
                key: key.get(),
                colon: &behind[..gap(behind, &[':'])],
            };
            at = entry.ends();
            entries.push(entry);
        }
        Ok(Object { text, entries })
    }

    /// The text of the value of this name.
    pub(in crate::source) fn value(&self, name: &str) -> Option<&'a str> {
        self.entries.iter().find(|entry| *entry.name == name).map(|entry| entry.value)
    }

    /// With `fields` in place of the first entry that `is_ours`, and without the others that are; where there is none, at the end.
    /// Everything else stays as it is written. A field has the key as it was written there, or as [`quoted`].
    pub(in crate::source) fn with(
        &self,
        is_ours: impl Fn(&Entry) -> bool,
        fields: &[(Zeroizing<String>, Secret)],
    ) -> Zeroizing<String> {
        let open = self.text.find('{').map_or(0, |brace| brace + 1);
        let ours = |lead: &str, colon: &str| -> Vec<Zeroizing<String>> {
            let one = |(key, value): &(Zeroizing<String>, Secret)| [lead, key, colon, &quoted(value.expose())].concat();
            fields.iter().map(one).map(Zeroizing::new).collect()
        };
        let (mut pieces, mut from, mut placed, mut layout) = (Vec::new(), open, false, ("", ":"));
        for (index, entry) in self.entries.iter().enumerate() {
            // From the brace or comma before it to the comma behind it, or to its end if it is the last.
            let is_last = index + 1 == self.entries.len();
            let to = entry.ends() + if is_last { 0 } else { gap(&self.text[entry.ends()..], &[]) };
            layout = (&self.text[from..entry.begins], entry.colon);
            if !is_ours(entry) {
                pieces.push(Zeroizing::new(self.text[from..to].to_owned()));
            } else if !std::mem::replace(&mut placed, true) {
                pieces.extend(ours(layout.0, layout.1));
            }
            from = if is_last { to } else { to + 1 };
        }
        if !placed {
            pieces.extend(ours(layout.0, layout.1));
        }
        let pieces: Vec<&str> = pieces.iter().map(|piece| piece.as_str()).collect();
        let inside = Zeroizing::new(pieces.join(","));
        Zeroizing::new([&self.text[..open], &inside, &self.text[from..]].concat())
    }
}

impl Entry<'_> {
    /// The key as it is written, for one that takes its place.
    pub(in crate::source) fn key(&self) -> Zeroizing<String> {
        Zeroizing::new(self.key.to_owned())
    }

    fn ends(&self) -> usize {
        self.begins + self.key.len() + self.colon.len() + self.value.len()
    }
}

/// A text as JSON writes it.
pub(in crate::source) fn quoted(text: &str) -> Zeroizing<String> {
    Zeroizing::new(Value::from(text).to_string())
}

/// Texts of a parsed document are copies of secrets.
pub(in crate::source) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(object) => object.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// As a text; the document is wiped.
pub(in crate::source) fn written(mut document: Value) -> Secret {
    let text = Secret::new(document.to_string());
    wipe(&mut document);
    text
}

/// The length of what separates.
fn gap(text: &str, marks: &[char]) -> usize {
    text.len() - text.trim_start_matches(|next| matches!(next, ' ' | '\t' | '\r' | '\n') || marks.contains(&next)).len()
}

/// Keys and values by their text, which is not copied.
struct Pairs<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn with(text: &str, fields: &[(&str, &str)]) -> String {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (quoted(name), Secret::new(*value))).collect();
        let object = Object::read(text).unwrap();
        object.with(|entry| entry.name.starts_with("our"), &fields).to_string()
    }

    #[test]
    fn what_is_exchanged_looks_like_its_neighbours() {
        let (one, two) = (&[("ours", "x")][..], &[("ours", "x"), ("ours2", "\"")][..]);
        for (text, fields, wanted) in [
            ("{}", two, r#"{"ours":"x","ours2":"\""}"#),
            (" { } ", one, r#" {"ours":"x" } "#),
            (r#"{"a":1}"#, one, r#"{"a":1,"ours":"x"}"#),
            (r#"{ "a" : 1 }"#, two, r#"{ "a" : 1, "ours" : "x", "ours2" : "\"" }"#),
            (r#"{"our1":{"a":[",}"]},"b":"{,:\""}"#, one, r#"{"ours":"x","b":"{,:\""}"#),
            (r#"{"b": 1.50, "our1": 2, "c": 3, "our2": 4}"#, one, r#"{"b": 1.50, "ours": "x", "c": 3}"#),
            ("{\n\t\"b\": 1 ,\n\t\"our1\": 2\n}", two, "{\n\t\"b\": 1 ,\n\t\"ours\": \"x\",\n\t\"ours2\": \"\\\"\"\n}"),
            ("{\"our1\":2\n,\"our2\":3\n,\"b\":1}", one, "{\"ours\":\"x\",\"b\":1}"),
            (r#"{"our1":2,"b":1}"#, &[], r#"{"b":1}"#),
            (r#"{"our\u0031":2,"b\u0031":1, "b1":{}}"#, one, r#"{"ours":"x","b\u0031":1, "b1":{}}"#),
        ] {
            assert_eq!(with(text, fields), wanted);
        }
    }

    /// Values as no reader of numbers would give them back.
    fn value() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            "-?[1-9][0-9]{0,25}(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?",
            "\"([a-z{}\\[\\],: ]|\\\\\"|\\\\u[0-9a-f]{4}|\\\\/|é){0,8}\"",
            "true|false|null|-0|0\\.0",
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            let list = proptest::collection::vec(inner.clone(), 0..4);
            let object = proptest::collection::vec(("[a-c]", inner), 0..4);
            prop_oneof![
                list.prop_map(|values| format!("[{}]", values.join(" , "))),
                object.prop_map(|pairs| {
                    let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("\"{key}\" :{value}")).collect();
                    format!("{{{}}}", pairs.join(", "))
                }),
            ]
        })
    }

    proptest! {
        /// Names twice, escapes, white space: each stays where it is, byte for byte.
        #[test]
        fn every_other_entry_is_found_unchanged_and_in_its_place(
            pairs in proptest::collection::vec(("(our|[a-c\u{e9}]|\\\\u00e9|\\\\ud800){1,3}", value(), "[ \n\t]{0,2}"), 0..8),
            ours in proptest::collection::vec(("our[a-z]{0,3}", "\\PC{0,8}"), 0..4),
        ) {
            let entries: Vec<String> = pairs.iter().map(|(key, value, space)| format!("{space}\"{key}\"{space}:{space}{value}{space}")).collect();
            let text = format!(" {{{}}}\n", entries.join(","));
            let fields: Vec<_> = ours.iter().map(|(name, value)| (quoted(name), Secret::new(value.as_str()))).collect();
            let before = Object::read(&text).unwrap();
            let is_ours = |entry: &Entry| entry.name.starts_with("our");
            let written = before.with(is_ours, &fields);
            let after = Object::read(&written).unwrap_or_else(|flaw| panic!("{flaw}: {:?}", *written));
            let kept = |object: &Object| -> Vec<(String, String)> {
                let others = object.entries.iter().filter(|entry| !is_ours(entry));
                others.map(|entry| (entry.key.to_owned(), entry.value.to_owned())).collect()
            };
            prop_assert_eq!(kept(&after), kept(&before));
            let index = |object: &Object| object.entries.iter().position(is_ours);
            if !fields.is_empty() {
                prop_assert_eq!(index(&after), Some(index(&before).unwrap_or(before.entries.len())));
            }
            let there: Vec<_> = after.entries.iter().filter(|entry| is_ours(entry)).map(|entry| (entry.name.to_string(), entry.value.to_owned())).collect();
            let wanted: Vec<_> = ours.iter().map(|(name, value)| (name.clone(), quoted(value).to_string())).collect();
            prop_assert_eq!(there, wanted);
        }
    }
}
