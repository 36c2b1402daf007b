//! A YAML mapping, changed by lines.

use saphyr_parser::{Event, Marker, Parser};
use zeroize::Zeroizing;

use super::super::content::json::quoted;
use super::super::content::{Flaw, Key};
use super::{UNUSUAL, fields, replaced};
use crate::credential::Issued;
use crate::error::Result;

/// With the lines of our keys written anew; all else is found there as it was.
pub(super) fn with(text: &str, issued: &Issued) -> Result<Zeroizing<String>, Flaw> {
    // The last one ends as if it were not.
    let whole = |text: &str| Zeroizing::new([text, if text.ends_with('\n') { "" } else { "\n" }].concat());
    let before = whole(text);
    let there = mapping(&before)?;
    let first = there.ours.first().ok_or("it has no key token")?;
    let named = there.ours.iter().find(|entry| matches!(entry.key, Key::Token));
    let name = named.map_or_else(|| Key::Token.name(), |entry| entry.name.as_str());
    let indent = " ".repeat(first.indent);
    let ours = fields(name, issued).map(|(name, value)| [&*indent, &name, ": ", &quoted(value.expose())].concat());
    let is_ours = |number, _: &str| there.ours.iter().any(|entry| (entry.begins..=entry.ends).contains(&number));
    let written = replaced(text, is_ours, ours.map(Zeroizing::new));
    // Not every mapping has each entry on lines of its own.
    match mapping(&whole(&written)) {
        Ok(now) if now.others == there.others => Ok(written),
        _ => Err(UNUSUAL.into()),
    }
}

/// A stream of documents; the first should be a mapping that has each entry on lines of its own.
struct Mapping<'a> {
    /// Of the first document.
    ours: Vec<Entry>,
    /// All else that a parser tells of the stream.
    others: Vec<Event<'a>>,
}

/// One of our keys in a mapping, from its first line to its last.
struct Entry {
    key: Key,
    name: String,
    indent: usize,
    begins: usize,
    ends: usize,
}

fn mapping(text: &str) -> Result<Mapping<'_>, Flaw> {
    let (mut ours, mut others, mut depth, mut is_first) = (Vec::new(), Vec::new(), 0_usize, true);
    // Of the mapping itself: the key whose value comes next.
    let mut open: Option<(Option<(Key, String)>, Marker)> = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|_| "it is not YAML")?;
        match &event {
            Event::Scalar(value, ..) if is_first && depth == 1 => match open.take() {
                None => {
                    let key = Key::of(value).map(|key| (key, value.to_string()));
                    let is_ours = key.is_some();
                    open = Some((key, span.start));
                    if is_ours {
                        continue;
                    }
                }
                Some((None, _)) => {}
                Some((Some((key, name)), start)) => {
                    // The end of a block of text is the start of the line behind it.
                    let ends = if span.end.col() == 0 { span.end.line() - 1 } else { span.end.line() };
                    ours.push(Entry { key, name, indent: start.col(), begins: start.line(), ends });
                    continue;
                }
            },
            Event::Alias(_) if depth == 1 => open = None,
            Event::MappingStart(..) | Event::SequenceStart(..) => depth += 1,
            Event::MappingEnd | Event::SequenceEnd => {
                depth -= 1;
                // What is nested is the value of its key.
                if depth == 1 {
                    open = None;
                }
            }
            Event::DocumentEnd => is_first = false,
            _ => {}
        }
        others.push(event);
    }
    Ok(Mapping { ours, others })
}
