//! What a content looks like: a token alone, lines, JSON, YAML.

use super::{Flaw, Key, MAX_BYTES};
use crate::error::Result;

/// Without what stands around it.
pub(in crate::source) fn text(content: &[u8]) -> Result<&str, Flaw> {
    if content.len() > MAX_BYTES {
        return Err("it is longer than 64 KiB".into());
    }
    let text = std::str::from_utf8(content).map_err(|_| "it is not UTF-8 text")?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).trim())
}

/// What a content looks like.
#[derive(Clone, Copy)]
pub(in crate::source) enum Form {
    Nothing,
    Alone,
    Lines,
    Json,
    Yaml,
}

impl Form {
    pub(in crate::source) fn of(text: &str) -> Form {
        let has_token = |line| matches!(property(line), Some((Key::Token, _)));
        match () {
            () if text.is_empty() => Form::Nothing,
            () if text.starts_with(['{', '[', '"']) => Form::Json,
            () if text.lines().any(has_token) => Form::Lines,
            () if is_bearer(text) => Form::Alone,
            () if text.lines().any(|line| line.contains(": ") || line.trim_end().ends_with(':')) => Form::Yaml,
            () => Form::Lines,
        }
    }
}

/// The characters of a bearer token on the wire (RFC 6750, b64token); padding only where base64 would have it.
fn is_bearer(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !body.is_empty() && body.bytes().all(allowed) && (padding == 0 || padding <= 2 && text.len().is_multiple_of(4))
}

/// A line of ours: its key and value.
pub(in crate::source) fn property(line: &str) -> Option<(Key, &str)> {
    let (name, value) = line.trim().split_once('=')?;
    if name.starts_with(['#', '!']) {
        return None;
    }
    Some((Key::of(name.trim())?, value))
}
