//! What is published, in the form of what is there already: lines and keys of other meaning stay, so that whoever else reads the
//! place finds what it knows.
//!
//! ```text
//! nothing, or a token alone     lines (a token alone has no room for its times)
//! lines, a YAML mapping         the lines of our keys are written anew, the others stay, byte for byte
//! a JSON object                 the same with its entries
//! anything else                 refused: nobody knows what would be lost
//! ```

#[cfg(test)]
mod tests;
mod yaml;

use std::time::Duration;

use zeroize::Zeroizing;

use super::content::json::{Object, quoted};
use super::content::{self, Flaw, Form, Key};
use super::http::Answer;
use crate::credential::Issued;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

const BYTE_ORDER_MARK: &str = "\u{feff}";
const UNUSUAL: &str = "its form is unusual";

/// A content that is to stand where `issued` is published.
pub(super) struct Content {
    pub(super) text: Secret,
    /// As editors and Nacos call the form.
    pub(super) form: &'static str,
}

/// `issued` in the form of what is there `now`.
///
/// # Errors
/// `SOURCE_INVALID`, naming `place`: what is there cannot be changed without loss.
pub(super) fn whole(now: Option<&[u8]>, issued: &Issued, place: &str) -> Result<Content> {
    rewritten(now.unwrap_or_default(), issued).map_err(|flaw| cannot_change(place, &flaw))
}

/// The same for a place with room for each key: the content, and the keys to put beside it. A token alone stays alone.
///
/// # Errors
/// As of [`whole`].
pub(super) fn beside(
    now: Option<&[u8]>,
    issued: &Issued,
    place: &str,
) -> Result<(Secret, Vec<(&'static str, Secret)>)> {
    let form = content::text(now.unwrap_or_default()).map(Form::of).map_err(|flaw| cannot_change(place, &flaw))?;
    match form {
        Form::Nothing | Form::Alone => Ok((issued.token.clone(), times(issued))),
        Form::Lines | Form::Json | Form::Yaml => Ok((whole(now, issued, place)?.text, Vec::new())),
    }
}

/// What is published when it is only checked whether it could be; it gets nowhere.
pub(super) fn sample() -> Issued {
    Issued::new("checkedOnly").ttl(Duration::from_secs(1)).issued_at(Duration::from_secs(1))
}

/// `SOURCE_UNAVAILABLE`: what was to be changed is not what it was when it was looked at.
pub(super) fn written_meanwhile(answer: &Answer, place: &str) -> Error {
    let text = format!(
        "{} refused {place}: somebody else has written it meanwhile; look at it and publish again",
        answer.server
    );
    // Perhaps it was ourselves, by a server that failed before it could answer.
    Error::new(ErrorCode::SourceUnavailable, text).with_may_have_run(answer.may_have_run_before)
}

fn cannot_change(place: &str, flaw: &str) -> Error {
    content::invalid(place, &format!("what is there cannot be changed without loss: {flaw}; correct or remove it"))
}

fn rewritten(now: &[u8], issued: &Issued) -> Result<Content, Flaw> {
    let text = content::text(now)?;
    let whole = std::str::from_utf8(now).unwrap_or_default();
    let body = whole.strip_prefix(BYTE_ORDER_MARK).unwrap_or(whole);
    let (body, form) = match Form::of(text) {
        Form::Nothing | Form::Alone => (lines("", issued), "properties"),
        Form::Lines => (lines(body, issued), "properties"),
        Form::Json => (json(body, issued)?, "json"),
        Form::Yaml => (yaml::with(body, issued)?, "yaml"),
    };
    let mark = if whole.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK } else { "" };
    let text = Zeroizing::new([mark, &body].concat());
    // Whoever publishes drops the earlier token next: what cannot be read back must not be written.
    let read = content::parse(text.as_bytes(), "").map_err(|_| UNUSUAL)?;
    if read != to_the_millisecond(issued) {
        return Err(UNUSUAL.into());
    }
    Ok(Content { text: Secret::new(text.as_str()), form })
}

fn to_the_millisecond(issued: &Issued) -> Issued {
    let whole =
        |span: Option<Duration>| span.map(|span| Duration::new(span.as_secs(), span.subsec_millis() * 1_000_000));
    Issued {
        token: issued.token.clone(),
        expires_at: whole(issued.expires_at),
        ttl: whole(issued.ttl).filter(|ttl| !ttl.is_zero()),
        issued_at: whole(issued.issued_at),
        revoked: issued.revoked.clone(),
    }
}

/// What stands beside the token.
fn times(issued: &Issued) -> Vec<(&'static str, Secret)> {
    // A moment with a fraction as milliseconds since 1970, a span as seconds: so both are read.
    let moment = |wall: Duration| match wall.subsec_millis() {
        0 => wall.as_secs().to_string(),
        _ => wall.as_millis().to_string(),
    };
    let span = |span: Duration| match span.subsec_millis() {
        0 => span.as_secs().to_string(),
        milliseconds => format!("{}.{milliseconds:03}", span.as_secs()),
    };
    let beside = [
        (Key::IssuedAt, issued.issued_at.map(moment)),
        (Key::Ttl, issued.ttl.map(span)),
        (Key::ExpiresAt, issued.expires_at.map(moment)),
        (Key::Revoked, (!issued.revoked.is_empty()).then(|| issued.revoked.join(","))),
    ];
    beside.into_iter().filter_map(|(key, value)| Some((key.name(), Secret::new(value?)))).collect()
}

/// Our keys and their values, the token first, under the name it has there.
fn fields(name: &str, issued: &Issued) -> impl Iterator<Item = (String, Secret)> {
    let times = times(issued).into_iter().map(|(key, value)| (key.to_owned(), value));
    std::iter::once((name.to_owned(), issued.token.clone())).chain(times)
}

fn lines(text: &str, issued: &Issued) -> Zeroizing<String> {
    let named = text.lines().find(|line| matches!(content::property(line), Some((Key::Token, _))));
    let name = named.and_then(|line| line.split_once('=')).map_or(Key::Token.name(), |(name, _)| name.trim());
    let ours = fields(name, issued).map(|(name, value)| [&*name, "=", value.expose()].concat());
    replaced(text, |_, line| content::property(line).is_some(), ours.map(Zeroizing::new))
}

/// Ours take the place of the first of ours; where there was none, they are the last. Lines count from 1.
fn replaced(
    text: &str,
    is_ours: impl Fn(usize, &str) -> bool,
    ours: impl Iterator<Item = Zeroizing<String>>,
) -> Zeroizing<String> {
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (mut ours, mut ends_with_ours) = (Some(ours), false);
    let mut written = Zeroizing::new(String::new());
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if !is_ours(index + 1, line) {
            written.push_str(line);
            ends_with_ours = false;
        } else if let Some(ours) = ours.take() {
            ours.for_each(|line| put(&mut written, &[&line, ending]));
            ends_with_ours = true;
        }
    }
    if let Some(ours) = ours {
        if !written.is_empty() && !written.ends_with('\n') {
            written.push_str(ending);
        }
        ours.for_each(|line| put(&mut written, &[&line, ending]));
    } else if ends_with_ours && !text.ends_with('\n') {
        let length = written.len() - ending.len();
        written.truncate(length);
    }
    written
}

fn json(text: &str, issued: &Issued) -> Result<Zeroizing<String>, Flaw> {
    let object = Object::read(text)?;
    let named = object.entries.iter().find(|entry| matches!(Key::of(&entry.name), Some(Key::Token)));
    let mut ours: Vec<_> = fields(Key::Token.name(), issued).map(|(name, value)| (quoted(&name), value)).collect();
    if let Some(named) = named {
        ours[0].0 = named.key();
    }
    Ok(object.with(|entry| Key::of(&entry.name).is_some(), &ours))
}

fn put(written: &mut Zeroizing<String>, parts: &[&str]) {
    parts.iter().for_each(|part| written.push_str(part));
}
