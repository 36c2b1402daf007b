//! A YAML mapping.

use saphyr_parser::{Event, Parser};
use zeroize::Zeroizing;

use super::fields::Fields;
use super::{Flaw, Key};
use crate::error::Result;

/// The first document, which has to be a mapping; what is nested in it is passed over, an alias stands for nothing.
pub(super) fn fields(text: &str) -> Result<Fields, Flaw> {
    let mut fields = Fields::default();
    let mut depth = 0_usize;
    // Of the mapping itself: the key whose value comes next.
    let mut name: Option<Zeroizing<String>> = None;
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| {
            let at = error.marker();
            format!("it is no token, no properties, no JSON and no YAML (line {}, column {})", at.line(), at.col() + 1)
        })?;
        let at_top = depth == 1;
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                if depth == 0 && matches!(event, Event::SequenceStart(..)) {
                    return Err("it is a list, not a mapping with a key token".into());
                }
                if at_top && let Some(key) = name.take().and_then(|name| Key::of(&name)) {
                    return Err(format!("the value of {} is neither text nor number", key.name()));
                }
                depth += 1;
            }
            Event::MappingEnd | Event::SequenceEnd => depth -= 1,
            Event::Scalar(value, ..) if at_top => match name.take() {
                None => name = Some(Zeroizing::new(value.into_owned())),
                Some(name) => {
                    let value = Zeroizing::new(value.into_owned());
                    if let Some(key) = Key::of(&name) {
                        fields.put(key, &value)?;
                    }
                }
            },
            Event::Alias(_) if at_top => {
                if let Some(key) = name.take().and_then(|name| Key::of(&name)) {
                    return Err(format!("the value of {} is an alias", key.name()));
                }
            }
            Event::DocumentEnd => break,
            _ => {}
        }
    }
    Ok(fields)
}
