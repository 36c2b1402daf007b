//! What is published, in the form of what is there already: lines and keys of other meaning stay, so that whoever else reads the
//! place finds what it knows.
//!
//! ```text
//! nothing, or a token alone     lines (a token alone has no room for its times)
//! lines, a YAML mapping         the lines of our keys are written anew, the others stay, byte for byte
//! a JSON object                 the same with its entries
//! anything else                 refused: nobody knows what would be lost
//! ```

use std::time::Duration;

use saphyr_parser::{Event, Marker, Parser};
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
        Form::Yaml => (yaml(body, issued)?, "yaml"),
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

fn yaml(text: &str, issued: &Issued) -> Result<Zeroizing<String>, Flaw> {
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
        let wanted =
            "# of the platform\r\nuser = root\nbearerToken=nextDEF456\r\n".to_owned() + &ours.replace('\n', "\r\n");
        assert_eq!(written(now, &next()), wanted + "\nurl=wss://h?a=b\n");
        assert_eq!(written("user=x\n#token=y\n", &next()), format!("user=x\n#token=y\ntoken=nextDEF456\n{ours}"));
        let now = "\u{feff}\r\n  user=x\r\ntoken=y\r\n\r\nttl=1\r\n\r\n";
        assert_eq!(written(now, &Issued::new("abd")), "\u{feff}\r\n  user=x\r\ntoken=abd\r\n\r\n\r\n");
        for (now, wanted) in [
            ("token=y\nuser=x", "token=abd\nuser=x"),
            ("user=x\ntoken=y", "user=x\ntoken=abd"),
            ("user=x", "user=x\ntoken=abd\n"),
        ] {
            assert_eq!(written(now, &Issued::new("abd")), wanted);
        }

        let now = "---\n# of the platform\nuser: {name: root, token: no}\ntoken: >-\n  abc\nlist:\n- 1\n- token\n'ttl': 5 # seconds\nmore: x\n...\n";
        let ours = "token: \"nextDEF456\"\nissued_at: \"1800000000\"\nttl: \"86400\"\nrevoked: \"0123456789ab,ba9876543210\"\n";
        let wanted = format!(
            "---\n# of the platform\nuser: {{name: root, token: no}}\n{ours}list:\n- 1\n- token\nmore: x\n...\n"
        );
        assert_eq!(written(now, &next()), wanted);

        let now = "{\n  \"user\": [1.50, {\"token\": \"no\"}],\n  \"bearer_token\": \"abc\", \"expiresAt\": 5,\n  \"a\": 12345678901234567890123\n}\n";
        let wanted = "{\n  \"user\": [1.50, {\"token\": \"no\"}],\n  \"bearer_token\": \"abd\",\n  \"a\": 12345678901234567890123\n}\n";
        assert_eq!(written(now, &Issued::new("abd")), wanted);
        assert_eq!(written("{\"b\":1,\"token\":\"abc\"}", &Issued::new("abd")), "{\"b\":1,\"token\":\"abd\"}");
    }

    #[test]
    fn a_token_alone_stays_alone_where_its_times_have_a_place_of_their_own() {
        let (text, keys) = beside(Some(b"abc\n"), &next(), PLACE).unwrap();
        assert_eq!((text.expose(), keys.len()), ("nextDEF456", 3));
        let (text, keys) = beside(Some(b"token=abc\nuser=x"), &Issued::new("abd"), PLACE).unwrap();
        assert_eq!((text.expose(), keys.len()), ("token=abd\nuser=x", 0));
    }

    #[test]
    fn what_cannot_be_changed_without_loss_is_refused_and_never_shown() {
        let secret = "S3cretS3cret";
        let long = "x".repeat(content::MAX_BYTES + 1);
        for now in [
            format!("{{\"token\": \"{secret}"),
            format!("[\"{secret}\"]"),
            format!("--- {{token: {secret}, a: b}}\n"),
            format!("--- {{token: {secret},\n  a: b}}\n"),
            format!("a: b\rc: d\ntoken: {secret}\ne: f\n"),
            format!("? token\n: {secret}\na: b: {secret}"),
            long,
        ] {
            let only = whole(Some(now.as_bytes()), &Issued::new("nextDEF456"), PLACE);
            assert!(only.is_err(), "{now:?}: {}", only.map_or_else(|_| String::new(), |now| now.text.expose().into()));
            let error = whole(Some(now.as_bytes()), &next(), PLACE).map(|content| content.text.expose().to_owned());
            let error = error.expect_err(&now);
            assert_eq!(error.code(), ErrorCode::SourceInvalid);
            let text = format!("{error} {error:?}");
            assert!(text.contains(PLACE) && text.contains("cannot be changed without loss"), "{text}");
            assert!(!text.contains(secret) && !text.contains("nextDEF456"), "{text}");
        }
        assert!(whole(Some(b"token=\xff"), &next(), PLACE).is_err());
    }

    const OURS: [&str; 6] = ["token:", "bearerToken:", "ttl:", "expires_at:", "issued_at:", "revoked:"];

    proptest! {
        /// Whatever stands there: either it is refused, or what is published is read back as it was meant.
        #[test]
        fn no_token_is_published_as_another(
            head in "(\\PC{0,20}\n){0,3}",
            ours in prop_oneof!["token ?[=:] ?[a-z]{1,5}\n", "\\{\"token\":\"[a-z]{1,5}\"[, \"a:1-9]{0,6}\\}", "[a-z]{0,8}"],
            tail in "([a-z#! ]{1,5}[=:] ?[a-z{}\"&*>|-]{0,6}\n){0,3}",
        ) {
            if let Ok(content) = whole(Some(format!("{head}{ours}{tail}").as_bytes()), &next(), PLACE) {
                prop_assert_eq!(content::parse(content.text.expose().as_bytes(), PLACE).unwrap(), next());
            }
        }

        #[test]
        fn every_other_line_stays_byte_for_byte_and_in_its_place(
            lines in proptest::collection::vec(prop_oneof!["(token|bearerToken|ttl|expires_at) ?= ?[0-9]{1,5}", "[a-c#! ]{0,3}=?\\PC{0,8}"], 0..6),
            token in "token=[a-z]{1,5}",
            at in 0..6_usize,
            ending in "\r?\n",
            end in "(\r?\n){0,2}",
        ) {
            let mut lines = lines;
            lines.insert(at.min(lines.len()), token);
            let now = lines.join(&ending) + &end;
            prop_assume!(matches!(content::text(now.as_bytes()).map(Form::of), Ok(Form::Lines)));
            let after = written(&now, &next());
            let is_other = |line: &&str| content::property(line).is_none();
            let kept: Vec<&str> = now.split_inclusive('\n').filter(is_other).collect();
            prop_assert_eq!(after.split_inclusive('\n').filter(is_other).collect::<Vec<_>>(), kept);
            let before_ours = |text: &str| text.split_inclusive('\n').position(|line| !is_other(&line));
            prop_assert_eq!(before_ours(&after), before_ours(&now));
        }

        #[test]
        fn every_other_entry_of_yaml_stays_with_its_value(
            entries in proptest::collection::vec(prop_oneof![
                "(bearerToken|ttl|expires_at): [0-9]{1,5}( # \\PC{0,5})?",
                "[a-c\"']{1,3}: ?[a-z0-9.\"'{}\\[\\]&*|>#-]{0,6}",
                "[a-c]: [|>][+-]?\n  [a-z ]{1,5}\n\n?  [a-z: ]{1,5}",
                "# \\PC{0,5}",
                "[a-c]:\n- [a-z]\n- ttl: 5",
                "(---|\\.\\.\\.)( [a-z{}]{0,3})?",
            ], 0..6),
            at in 0..6_usize,
            ending in "\n{1,2}|\r\n",
        ) {
            let mut entries = entries;
            entries.insert(at.min(entries.len()), "token: abc".into());
            let now = entries.join("\n").replace('\n', &ending) + "\n";
            if let Ok(content) = whole(Some(now.as_bytes()), &next(), PLACE)
                && content.form == "yaml"
            {
                let is_ours = |line: &str| OURS.iter().any(|key| line.starts_with(key));
                let others = |text: &str| -> Vec<String> {
                    text.split_inclusive('\n').filter(|line| !is_ours(line)).map(str::to_owned).collect()
                };
                prop_assert_eq!(others(content.text.expose()), others(&now));
            }
        }
    }
}
