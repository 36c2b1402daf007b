//! What is published, in the form of what is there already: lines and keys of other meaning stay, so that whoever else reads the
//! place finds what it knows.
//!
//! ```text
//! nothing, or a token alone     lines (a token alone has no room for its times)
//! lines, a YAML mapping         the lines of our keys are written anew, the others stay as they are
//! a JSON object                 written anew with our keys; the others keep their values, all stand in order
//! anything else                 refused: nobody knows what would be lost
//! ```

use std::time::Duration;

use saphyr_parser::{Event, Marker, Parser};
use serde_json::Value;
use zeroize::Zeroizing;

use super::content::{self, Flaw, Form, Key};
use super::http::Answer;
use crate::credential::Issued;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

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
    let (text, form) = match Form::of(text) {
        Form::Nothing | Form::Alone => (lines("", issued), "properties"),
        Form::Lines => (lines(text, issued), "properties"),
        Form::Json => (json(text, issued)?, "json"),
        Form::Yaml => (yaml(text, issued)?, "yaml"),
    };
    // Whoever publishes drops the earlier token next: what cannot be read back must not be written.
    let read = content::parse(text.as_bytes(), "").map_err(|_| "its form is unusual")?;
    if read != to_the_millisecond(issued) {
        return Err("its form is unusual".into());
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

/// Ours take the place of the first of ours; where there was none, they are the last.
fn lines(text: &str, issued: &Issued) -> Zeroizing<String> {
    let named = text.lines().find(|line| matches!(content::property(line), Some((Key::Token, _))));
    let name = named.and_then(|line| line.split_once('=')).map_or(Key::Token.name(), |(name, _)| name.trim());
    let mut ours = Some(fields(name, issued));
    let mut written = Zeroizing::new(String::new());
    for line in text.lines() {
        if content::property(line).is_none() {
            put(&mut written, &[line, "\n"]);
        } else if let Some(fields) = ours.take() {
            fields.for_each(|(name, value)| put(&mut written, &[&name, "=", value.expose(), "\n"]));
        }
    }
    ours.into_iter().flatten().for_each(|(name, value)| put(&mut written, &[&name, "=", value.expose(), "\n"]));
    written
}

fn json(text: &str, issued: &Issued) -> Result<Zeroizing<String>, Flaw> {
    let mut document: Value = serde_json::from_str(text).map_err(|_| "it is not JSON")?;
    let Some(object) = document.as_object_mut() else { return Err("it is JSON, but no object".into()) };
    let named = object.keys().find(|name| matches!(Key::of(name), Some(Key::Token))).cloned();
    object.retain(|name, value| {
        let stays = Key::of(name).is_none();
        if !stays {
            content::wipe(value);
        }
        stays
    });
    for (name, value) in fields(named.as_deref().unwrap_or_else(|| Key::Token.name()), issued) {
        object.insert(name, value.expose().into());
    }
    let written =
        if text.contains('\n') { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
    content::wipe(&mut document);
    let mut written = Zeroizing::new(written.map_err(|_| "it cannot be written as JSON")?);
    if text.contains('\n') {
        written.push('\n');
    }
    Ok(written)
}

fn yaml(text: &str, issued: &Issued) -> Result<Zeroizing<String>, Flaw> {
    let ours = our_entries(text)?;
    let first = ours.first().ok_or("it has no key token")?;
    let named = ours.iter().find(|entry| matches!(entry.key, Key::Token));
    let name = named.map_or_else(|| Key::Token.name(), |entry| entry.name.as_str());
    let mut written = Zeroizing::new(String::new());
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        if number == first.begins {
            for (name, value) in fields(name, issued) {
                let quoted = Zeroizing::new(Value::from(value.expose()).to_string());
                put(&mut written, &[&" ".repeat(first.indent), &name, ": ", &quoted, "\n"]);
            }
        }
        if !ours.iter().any(|entry| (entry.begins..=entry.ends).contains(&number)) {
            put(&mut written, &[line, "\n"]);
        }
    }
    Ok(written)
}

/// One of our keys in a mapping, from its first line to its last.
struct Entry {
    key: Key,
    name: String,
    indent: usize,
    begins: usize,
    ends: usize,
}

/// Those of the first document, whose mapping has each entry on lines of its own.
fn our_entries(text: &str) -> Result<Vec<Entry>, Flaw> {
    let (mut entries, mut depth) = (Vec::new(), 0_usize);
    let mut open: Option<(Option<(Key, String)>, Marker)> = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|_| "it is not YAML")?;
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => depth += 1,
            Event::MappingEnd | Event::SequenceEnd => {
                depth -= 1;
                // What is nested is the value of its key.
                if depth == 1 {
                    open = None;
                }
            }
            Event::Scalar(value, ..) if depth == 1 => match open.take() {
                None => open = Some((Key::of(&value).map(|key| (key, value.into_owned())), span.start)),
                Some((None, _)) => {}
                Some((Some((key, name)), start)) => {
                    // The end of a block of text is the start of the line behind it.
                    let ends = if span.end.col() == 0 { span.end.line() - 1 } else { span.end.line() };
                    entries.push(Entry { key, name, indent: start.col(), begins: start.line(), ends });
                }
            },
            Event::Alias(_) if depth == 1 => open = None,
            Event::DocumentEnd => break,
            _ => {}
        }
    }
    Ok(entries)
}

fn put(written: &mut Zeroizing<String>, parts: &[&str]) {
    parts.iter().for_each(|part| written.push_str(part));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const PLACE: &str = "the entry x";

    fn written(now: &str, issued: &Issued) -> String {
        whole(Some(now.as_bytes()), issued, PLACE)
            .unwrap_or_else(|error| panic!("{now:?}: {error}"))
            .text
            .expose()
            .into()
    }

    fn next() -> Issued {
        let issued = Issued::new("nextDEF456").issued_at(Duration::from_secs(1_800_000_000));
        issued.ttl(Duration::from_secs(86_400)).revokes("0123456789ab").revokes("ba9876543210")
    }

    #[test]
    fn what_is_published_is_read_as_it_was_meant() {
        let full = next().expires_at(Duration::from_millis(1_800_086_400_250)).ttl(Duration::from_millis(1500));
        for now in
            ["", "abc", "token=abc\nttl=1h\nexpires_at=1", "{\"token\":\"abc\",\"ttl\":3}", "token: abc\nttl: 3\n"]
        {
            for issued in [next(), full.clone(), Issued::new("abc\"d'e:f=g#h")] {
                assert_eq!(content::parse(written(now, &issued).as_bytes(), PLACE).unwrap(), issued, "{now:?}");
            }
        }
        assert_eq!(written("abc", &Issued::new("abd")), "token=abd\n");
    }

    #[test]
    fn lines_and_keys_of_others_stay_as_they_are() {
        let ours = "issued_at=1800000000\nttl=86400\nrevoked=0123456789ab,ba9876543210\n";
        let now = "# of the platform\r\nuser = root\nbearerToken = abc\n\nexpires_at=5\nurl=wss://h?a=b\nttl=1h";
        let wanted = format!("# of the platform\nuser = root\nbearerToken=nextDEF456\n{ours}\nurl=wss://h?a=b\n");
        assert_eq!(written(now, &next()), wanted);
        assert_eq!(written("user=x\n#token=y", &next()), format!("user=x\n#token=y\ntoken=nextDEF456\n{ours}"));

        let now = "---\n# of the platform\nuser: {name: root, token: no}\ntoken: >-\n  abc\nlist:\n- 1\n- token\n'ttl': 5 # seconds\nmore: x\n...\n";
        let ours = "token: \"nextDEF456\"\nissued_at: \"1800000000\"\nttl: \"86400\"\nrevoked: \"0123456789ab,ba9876543210\"\n";
        let wanted = format!(
            "---\n# of the platform\nuser: {{name: root, token: no}}\n{ours}list:\n- 1\n- token\nmore: x\n...\n"
        );
        assert_eq!(written(now, &next()), wanted);

        let now = "{\n  \"user\": [1, {\"token\": \"no\"}],\n  \"bearer_token\": \"abc\", \"expiresAt\": 5\n}";
        let wanted =
            "{\n  \"bearer_token\": \"abd\",\n  \"user\": [\n    1,\n    {\n      \"token\": \"no\"\n    }\n  ]\n}\n";
        assert_eq!(written(now, &Issued::new("abd")), wanted);
        assert_eq!(written("{\"b\":1,\"token\":\"abc\"}", &Issued::new("abd")), "{\"b\":1,\"token\":\"abd\"}");
    }

    #[test]
    fn a_token_alone_stays_alone_where_its_times_have_a_place_of_their_own() {
        let (text, keys) = beside(Some(b"abc\n"), &next(), PLACE).unwrap();
        assert_eq!((text.expose(), keys.len()), ("nextDEF456", 3));
        let (text, keys) = beside(Some(b"token=abc\nuser=x"), &Issued::new("abd"), PLACE).unwrap();
        assert_eq!((text.expose(), keys.len()), ("token=abd\nuser=x\n", 0));
    }

    #[test]
    fn what_cannot_be_changed_without_loss_is_refused_and_never_shown() {
        let secret = "S3cretS3cret";
        let long = "x".repeat(content::MAX_BYTES + 1);
        for now in [
            format!("{{\"token\": \"{secret}"),
            format!("[\"{secret}\"]"),
            format!("--- {{token: {secret}, a: b}}\n"),
            format!("? token\n: {secret}\na: b: {secret}"),
            long,
        ] {
            let error = whole(Some(now.as_bytes()), &next(), PLACE).map(|content| content.text.expose().to_owned());
            let error = error.expect_err(&now);
            assert_eq!(error.code(), ErrorCode::SourceInvalid);
            let text = format!("{error} {error:?}");
            assert!(text.contains(PLACE) && text.contains("cannot be changed without loss"), "{text}");
            assert!(!text.contains(secret) && !text.contains("nextDEF456"), "{text}");
        }
        assert!(whole(Some(b"token=\xff"), &next(), PLACE).is_err());
    }

    proptest! {
        /// Either it is refused, or it is read back as it was meant and what others wrote is still there.
        #[test]
        fn no_content_is_lost_and_no_token_changed(
            head in "(\\PC{0,20}\n){0,3}",
            ours in prop_oneof!["token ?[=:] ?[a-z]{1,5}\n", "\\{\"token\":\"[a-z]{1,5}\"[, \"a:1-9]{0,6}\\}", "[a-z]{0,8}"],
            tail in "([a-z#! ]{1,5}[=:] ?[a-z{}\"&*>|-]{0,6}\n){0,3}",
        ) {
            let now = format!("{head}{ours}{tail}");
            if let Ok(content) = whole(Some(now.as_bytes()), &next(), PLACE) {
                prop_assert_eq!(content::parse(content.text.expose().as_bytes(), PLACE).unwrap(), next());
                if content.form == "properties" && content::parse(now.as_bytes(), PLACE).is_ok() && now.lines().count() > 1 {
                    for line in now.trim().lines().filter(|line| line.starts_with('#')) {
                        prop_assert!(content.text.expose().lines().any(|kept| kept == line), "{:?}", line);
                    }
                }
            }
        }
    }
}
