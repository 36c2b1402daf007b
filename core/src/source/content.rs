//! What stands in a file, a Nacos entry, a field of Vault or a Secret: a token, alone or beside its times.
//!
//! ```text
//! abcDEF123                                     the token alone
//! token=abcDEF123\nttl=24h                      lines, as Java's properties write them
//! {"token": "abcDEF123", "expires_at": …}       a JSON object
//! token: abcDEF123\nissued_at: …                a YAML mapping
//! ```
//!
//! Beside the token: `expires_at`, `issued_at`, `ttl`, and `revoked`, the fingerprints of earlier tokens that leaked.
//! Keys of other meaning are passed over. No error repeats anything of the content: it may be a secret anywhere.

pub(super) mod json;

use std::time::Duration;

use saphyr_parser::{Event, Parser};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::{Zeroize, Zeroizing};

use crate::config::{check_token, parse_duration, same_name};
use crate::credential::Issued;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// The longest content that is read.
pub(super) const MAX_BYTES: usize = 64 << 10;
/// Keys that may stand beside the token, in a place of their own where there are such.
pub(super) const KEYS_BESIDE: [&str; 4] = ["expires_at", "ttl", "issued_at", "revoked"];
/// A larger number of an epoch counts milliseconds: as seconds it would be the year 5138.
const MILLISECONDS_FROM: u64 = 100_000_000_000;
const LONGEST_TTL: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// Reads what stands in a file, an entry or a variable: a token, alone or beside its times, in one of the forms that
/// `docs/sources.md` lists. Errors name `place`, and nothing of the content.
///
/// # Errors
/// `SOURCE_INVALID`.
///
/// ```
/// let issued = tdsec::source::parse_content(b"user=reader\ntoken=abcDEF123\nttl=24h\n", "the file x")?;
/// assert_eq!(issued.token.expose(), "abcDEF123");
/// # Ok::<(), tdsec::Error>(())
/// ```
pub fn parse(content: &[u8], place: &str) -> Result<Issued> {
    parse_beside(content, [], place)
}

/// The same, where the keys beside the content may state what the content itself does not.
pub(super) fn parse_beside<'a>(
    content: &[u8],
    beside: impl IntoIterator<Item = (&'a str, &'a str)>,
    place: &str,
) -> Result<Issued> {
    read(content)
        .and_then(|mut fields| {
            for (key, value) in beside {
                fields.complete(key, value);
            }
            fields.issued()
        })
        .map_err(|flaw| invalid(place, &flaw))
}

/// A token and its times from names and texts, as a program has them at hand: `token`, `expires_at`, `ttl` and `issued_at` in any
/// spelling, read as those of a file; what [`token_key`] says of other names.
///
/// # Errors
/// `SOURCE_INVALID`, without any of the texts.
///
/// ```
/// let issued = tdsec::source::issued([("token", "abcDEF123"), ("ttl", "24h")])?;
/// assert_eq!(issued.ttl, Some(std::time::Duration::from_secs(86_400)));
/// # Ok::<(), tdsec::Error>(())
/// ```
pub fn issued<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> crate::Result<Issued> {
    let mut known = Fields::default();
    let put = fields.into_iter().try_for_each(|(name, value)| match key_of_program(name)? {
        Some(key) => known.put(key, value),
        None => Ok(()),
    });
    put.and_then(|()| known.issued()).map_err(|flaw| Error::new(ErrorCode::SourceInvalid, flaw))
}

/// What a name means beside a token that a program gives: `token`, `expires_at`, `ttl`, `issued_at`, `revoked`, also as `bearerToken`
/// or `expiresAt`; `None` for one that is passed over.
///
/// # Errors
/// `SOURCE_INVALID` for a name that tells of the token's life and is none of these, such as `expires_in`: passed over, it would
/// leave the pool with a wrong idea of when the token ends.
pub fn token_key(name: &str) -> crate::Result<Option<&'static str>> {
    let key = key_of_program(name).map_err(|flaw| Error::new(ErrorCode::SourceInvalid, flaw))?;
    Ok(key.map(Key::name))
}

/// A content is often shared with others, who have keys of their own; what a program gives is all meant.
fn key_of_program(name: &str) -> Result<Option<Key>, Flaw> {
    const LONGEST_SHOWN: usize = 40;
    let key = Key::of(name);
    if key.is_some() || !is_of_a_life(name) {
        return Ok(key);
    }
    let shown = if name.len() <= LONGEST_SHOWN { name } else { "of such a length" };
    Err(format!("the key {shown} is none of token, expires_at, ttl and issued_at"))
}

/// `expires_in`, `expiry`, `ttl_ms`, `issuedOn`; not `throttle`.
fn is_of_a_life(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let mut words = lower.split(|character: char| !character.is_ascii_alphanumeric());
    lower.contains("expir")
        || lower.contains("issued")
        || words.any(|word| word.starts_with("ttl") || word.ends_with("ttl"))
}

/// `SOURCE_INVALID` of a place.
pub(super) fn invalid(place: &str, flaw: &str) -> Error {
    Error::new(ErrorCode::SourceInvalid, format!("{place}: {flaw}"))
}

/// What is wrong, in words that hold nothing of the content.
pub(super) type Flaw = String;

#[derive(Clone, Copy)]
pub(super) enum Key {
    Token,
    ExpiresAt,
    Ttl,
    IssuedAt,
    Revoked,
}

impl Key {
    pub(super) fn of(name: &str) -> Option<Key> {
        // A key longer than the longest name is none; it may be a megabyte.
        let is = |known| name.len() < 24 && same_name(name, known);
        match () {
            () if is("token") || is("bearer_token") => Some(Key::Token),
            () if is("expires_at") => Some(Key::ExpiresAt),
            () if is("ttl") => Some(Key::Ttl),
            () if is("issued_at") => Some(Key::IssuedAt),
            () if is("revoked") => Some(Key::Revoked),
            () => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Key::Token => "token",
            Key::ExpiresAt => "expires_at",
            Key::Ttl => "ttl",
            Key::IssuedAt => "issued_at",
            Key::Revoked => "revoked",
        }
    }
}

#[derive(Default)]
struct Fields {
    token: Option<Zeroizing<String>>,
    expires_at: Option<Zeroizing<String>>,
    ttl: Option<Zeroizing<String>>,
    issued_at: Option<Zeroizing<String>>,
    revoked: Option<Zeroizing<String>>,
}

impl Fields {
    fn of(&mut self, key: Key) -> &mut Option<Zeroizing<String>> {
        match key {
            Key::Token => &mut self.token,
            Key::ExpiresAt => &mut self.expires_at,
            Key::Ttl => &mut self.ttl,
            Key::IssuedAt => &mut self.issued_at,
            Key::Revoked => &mut self.revoked,
        }
    }

    fn put(&mut self, key: Key, value: &str) -> Result<(), Flaw> {
        let value = Zeroizing::new(value.trim().to_owned());
        match self.of(key).replace(value) {
            None => Ok(()),
            Some(_) => Err(format!("the key {} stands there twice", key.name())),
        }
    }

    /// From beside the content: never the token, and nothing that the content says itself.
    fn complete(&mut self, name: &str, value: &str) {
        if let Some(key @ (Key::ExpiresAt | Key::Ttl | Key::IssuedAt | Key::Revoked)) = Key::of(name) {
            self.of(key).get_or_insert_with(|| Zeroizing::new(value.trim().to_owned()));
        }
    }

    fn issued(self) -> Result<Issued, Flaw> {
        let Some(token) = self.token else {
            return Err("it has no key token (or bearerToken), and is not a token alone".into());
        };
        let token = Secret::new(token.as_str());
        check_token(&token).map_err(|error| error.message().to_owned())?;
        let mut issued = Issued::new(token);
        issued.expires_at = moment(Key::ExpiresAt, self.expires_at)?;
        issued.issued_at = moment(Key::IssuedAt, self.issued_at)?;
        issued.ttl = span(self.ttl)?;
        issued.revoked = fingerprints(self.revoked)?;
        Ok(issued)
    }
}

fn read(content: &[u8]) -> Result<Fields, Flaw> {
    let text = text(content)?;
    let mut fields = Fields::default();
    match Form::of(text) {
        Form::Nothing => return Err("it is empty".into()),
        Form::Alone => fields.token = Some(Zeroizing::new(text.to_owned())),
        Form::Lines => properties(text, &mut fields)?,
        Form::Json => return json(text),
        Form::Yaml => return yaml(text),
    }
    Ok(fields)
}

/// Without what stands around it.
pub(super) fn text(content: &[u8]) -> Result<&str, Flaw> {
    if content.len() > MAX_BYTES {
        return Err("it is longer than 64 KiB".into());
    }
    let text = std::str::from_utf8(content).map_err(|_| "it is not UTF-8 text")?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).trim())
}

/// What a content looks like.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Nothing,
    Alone,
    Lines,
    Json,
    Yaml,
}

impl Form {
    pub(super) fn of(text: &str) -> Form {
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

fn properties(text: &str, fields: &mut Fields) -> Result<(), Flaw> {
    text.lines().filter_map(property).try_for_each(|(key, value)| fields.put(key, value))
}

/// A line of ours: its key and value.
pub(super) fn property(line: &str) -> Option<(Key, &str)> {
    let (name, value) = line.trim().split_once('=')?;
    if name.starts_with(['#', '!']) {
        return None;
    }
    Some((Key::of(name.trim())?, value))
}

fn json(text: &str) -> Result<Fields, Flaw> {
    let mut fields = Fields::default();
    for entry in &json::Object::read(text)?.entries {
        let Some(key) = Key::of(&entry.name) else { continue };
        let unfit = || format!("the value of {} is neither text nor number", key.name());
        match key {
            _ if entry.value == "null" => {}
            _ if entry.value.starts_with('"') => {
                let text = serde_json::from_str(entry.value).map(Zeroizing::<String>::new).map_err(|_| unfit())?;
                fields.put(key, &text)?;
            }
            Key::ExpiresAt | Key::Ttl | Key::IssuedAt => {
                let number: serde_json::Number = serde_json::from_str(entry.value).map_err(|_| unfit())?;
                fields.put(key, &number.to_string())?;
            }
            Key::Token | Key::Revoked => return Err(unfit()),
        }
    }
    Ok(fields)
}

/// Texts of a parsed document are copies of secrets.
pub(super) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(object) => object.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// As a text; the document is wiped.
pub(super) fn written(mut document: Value) -> Secret {
    let text = Secret::new(document.to_string());
    wipe(&mut document);
    text
}

/// The first document, which has to be a mapping; what is nested in it is passed over, an alias stands for nothing.
fn yaml(text: &str) -> Result<Fields, Flaw> {
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

/// RFC 3339, or a number of seconds or milliseconds since 1970.
fn moment(key: Key, text: Option<Zeroizing<String>>) -> Result<Option<Duration>, Flaw> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    parse_moment(&text)
        .map(Some)
        .ok_or_else(|| format!("{} is neither a time as in 2026-01-31T12:00:00Z nor seconds since 1970", key.name()))
}

/// `None` if it is no time, or one before 1970.
pub(super) fn parse_moment(text: &str) -> Option<Duration> {
    if let Ok(number) = text.parse::<u64>() {
        let milliseconds = number >= MILLISECONDS_FROM;
        return Some(if milliseconds { Duration::from_millis(number) } else { Duration::from_secs(number) });
    }
    // As languages print a time of the day: 1800000000.25.
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        let number: f64 = text.parse().ok()?;
        let milliseconds = number >= MILLISECONDS_FROM as f64;
        return Duration::try_from_secs_f64(if milliseconds { number / 1000.0 } else { number }).ok();
    }
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    u64::try_from(moment.unix_timestamp_nanos()).ok().map(Duration::from_nanos)
}

/// Seconds, or a number with unit; 0 is said of a token that never ends.
fn span(text: Option<Zeroizing<String>>) -> Result<Option<Duration>, Flaw> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    match parse_duration(&text, Some(1.0)) {
        Some(ttl) if ttl.is_zero() => Ok(None),
        Some(ttl) if ttl <= LONGEST_TTL => Ok(Some(ttl)),
        _ => Err("ttl is not a duration in seconds, as in 86400 or 24h".into()),
    }
}

/// Separated by blanks or commas; what is no fingerprint is a mistake: somebody would believe that a leak is mended.
fn fingerprints(text: Option<Zeroizing<String>>) -> Result<Vec<String>, Flaw> {
    let text = text.unwrap_or_default();
    let parts = text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty());
    let is_one = |part: &str| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts
        .map(|part| match is_one(part) {
            true => Ok(part.to_ascii_lowercase()),
            false => Err("revoked is no list of fingerprints of twelve hexadecimal digits".into()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_leaked_token_is_named_by_its_fingerprint_and_nothing_else() {
        let read = parse(b"token=new\nrevoked=0123456789AB, ba9876543210", PLACE).unwrap();
        assert_eq!(read.revoked, ["0123456789ab", "ba9876543210"]);
        assert!(parse(b"token=new\nrevoked=the-token-itself", PLACE).is_err());
    }

    const PLACE: &str = "the entry x";

    fn token(content: &str) -> String {
        parse(content.as_bytes(), PLACE)
            .unwrap_or_else(|error| panic!("{content:?}: {error}"))
            .token
            .expose()
            .to_owned()
    }

    #[test]
    fn a_program_may_spell_as_its_language_does_but_not_miss_the_name_of_a_time() {
        for (token, end, ttl, issue) in
            [("token", "expires_at", "ttl", "issued_at"), ("bearerToken", "expiresAt", "TTL", "issuedAt")]
        {
            let given = [(token, "abc"), (end, "1800000000500.25"), (ttl, "60"), (issue, "1700000000")];
            let given = issued(given).unwrap();
            assert_eq!(given.expires_at.map(|end| end.as_millis()), Some(1_800_000_000_500));
            assert_eq!(
                (given.ttl, given.issued_at),
                (Some(Duration::from_secs(60)), Some(Duration::from_secs(1_700_000_000)))
            );
        }
        for name in ["expires_in", "expiry", "tokenExpiration", "ttl_ms", "tokenTTL", "time-ttl", "issued"] {
            let error = issued([("token", "abc"), (name, "Hunter2")]).unwrap_err();
            assert!(error.code() == ErrorCode::SourceInvalid && error.message().contains(name), "{error}");
            assert!(!error.to_string().contains("Hunter2"), "{error}");
            assert_eq!(token_key(name).unwrap_err().message(), error.message());
        }
        for name in ["throttle", "issuer", "user", "other"] {
            assert_eq!(token_key(name).unwrap(), None, "{name}");
        }
        assert_eq!(token_key("EXPIRES-AT").unwrap(), Some("expires_at"));
        let error = issued([("token", "abc"), ("ttl", "1"), ("TTL", "2")]).unwrap_err();
        assert!(error.message().contains("twice"), "{error}");
    }

    #[test]
    fn a_program_gives_names_and_texts() {
        let given =
            issued([("token", " abc "), ("ttl", "3600.5"), ("expires_at", "1800000000.25"), ("other", "x")]).unwrap();
        assert_eq!(given.token.expose(), "abc");
        assert_eq!(given.ttl, Some(Duration::from_millis(3_600_500)));
        assert_eq!(given.expires_at, Some(Duration::from_millis(1_800_000_000_250)));
        let secret = "Hunter2 Hunter2";
        for fields in [&[("ttl", "1h")][..], &[("token", secret)], &[("token", "a"), ("ttl", secret)]] {
            let error = issued(fields.iter().copied()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::SourceInvalid);
            assert!(!format!("{error:?}").contains(secret), "{error}");
        }
    }

    #[test]
    fn a_token_is_found_in_every_form() {
        for content in [
            "abcDEF123",
            "abcDEF123\n",
            "\u{feff}abcDEF123\r\n",
            "token=abcDEF123",
            "# made by us\r\n! and more\r\nuser = root\r\n token = abcDEF123 \r\nother=1\r\n",
            "bearerToken=abcDEF123",
            r#"{"token":"abcDEF123","other":[1,{"token":"no"}]}"#,
            r#"{"bearer_token":"abcDEF123","expires_at":null}"#,
            "token: abcDEF123\nother:\n  token: no\n  list: [1, 2]\n",
            "---\n# a comment\nother: &a {x: 1}\nmore: *a\n\"token\": 'abcDEF123'\n...\n",
            "ttl: 24h\nbearerToken: >-\n  abcDEF123\n",
        ] {
            assert_eq!(token(content), "abcDEF123");
        }
        // What other issuers make: base64, JWT.
        for alone in ["YWJjZGVmZw==", "eyJh.eyJi.c-_i"] {
            assert_eq!(token(alone), alone);
        }
    }

    #[test]
    fn times_are_read_in_every_spelling() {
        let second = Duration::from_secs;
        for (content, expires_at) in [
            ("token=abc\nexpires_at=1800000000", second(1_800_000_000)),
            ("token=abc\nexpiresAt=1800000000123", Duration::from_millis(1_800_000_000_123)),
            ("{\"token\":\"abc\",\"expires_at\":1800000000}", second(1_800_000_000)),
            ("token: abc\nexpires_at: 2027-01-15T08:00:00Z", second(1_800_000_000)),
            ("token: abc\nexpires_at: '2027-01-15T09:00:00+01:00'", second(1_800_000_000)),
        ] {
            assert_eq!(parse(content.as_bytes(), PLACE).unwrap().expires_at, Some(expires_at), "{content}");
        }
        let issued = parse(b"token=abc\nttl=24h\nissued_at=1970-01-01T00:01:00Z\nexpires_at=", PLACE).unwrap();
        assert_eq!(issued, Issued::new("abc").ttl(second(86_400)).issued_at(second(60)));
        assert_eq!(parse(b"token=abc\nttl=0", PLACE).unwrap().ttl, None);
        let beside = parse_beside(b"abc", [("ttl", "90"), ("token", "other"), ("note", "x")], PLACE).unwrap();
        assert_eq!(beside, Issued::new("abc").ttl(second(90)));
        let own = parse_beside(b"token=abc\nttl=60", [("ttl", "90")], PLACE).unwrap();
        assert_eq!(own.ttl, Some(second(60)));
    }

    #[test]
    fn what_holds_no_token_is_refused_by_name_of_its_place_and_never_shown() {
        let secret = "S3cretS3cret";
        for (content, says) in [
            (String::new(), "empty"),
            (" \r\n\t ".into(), "empty"),
            ("token=".into(), "the token is empty"),
            (format!("tokn={secret}"), "no key token"),
            (format!("user=root\npassword={secret}"), "no key token"),
            (format!("token={secret} {secret}"), "blanks"),
            (format!("token={secret}\ntoken={secret}2"), "twice"),
            (format!("{{\"token\":\"{secret}\",\"token\":\"{secret}2\"}}"), "twice"),
            (format!("{{\"token\":\"{secret}"), "not JSON (line 1, column 22)"),
            (format!("[\"{secret}\"]"), "no object"),
            (format!("{{\"token\":[\"{secret}\"]}}"), "neither text nor number"),
            ("{\"token\":12345}".into(), "neither text nor number"),
            (format!("token: [{secret}]"), "neither text nor number"),
            (format!("x: &a {secret}\ntoken: *a"), "alias"),
            (format!("token: \"{secret}"), "line 1"),
            (format!("- token: {secret}"), "list"),
            (format!("token={secret}\nexpires_at=soon"), "expires_at is neither"),
            (format!("token={secret}\nissued_at=-5"), "issued_at is neither"),
            (format!("token={secret}\nttl=long"), "ttl is not"),
            (format!("token={secret}\nttl=99999999999999"), "ttl is not"),
            (format!("two words {secret}"), "no key token"),
            ("x".repeat(MAX_BYTES + 1), "longer than 64 KiB"),
        ] {
            let error = parse(content.as_bytes(), PLACE).expect_err(&content);
            assert_eq!(error.code(), ErrorCode::SourceInvalid);
            let text = format!("{error} {error:?}");
            assert!(text.contains(PLACE) && text.contains(says), "{content:?}: {text}");
            assert!(!text.contains(secret), "{text}");
        }
        assert!(parse(b"token=\xff\xfe", PLACE).unwrap_err().to_string().contains("UTF-8"));
    }

    proptest! {
        /// Whatever comes: no panic, and no error that repeats a part of it.
        #[test]
        fn no_content_panics_or_shows_up_in_an_error(
            head in prop_oneof!["token[=:] ?", "\\{\"token\":\"", "[ -~\n]{0,12}", "\\PC{0,8}"],
            tail in prop_oneof!["\\PC{0,40}", "[\\x00-\\x7f]{0,60}", "[]\\[{}:,&*!|>'\"%@`# \n-]{0,40}"],
        ) {
            let secret = "QqZz7731QqZz7731";
            for content in [format!("{head}{secret}{tail}"), format!("{head}{tail}\n{secret}: {secret}"), format!("{tail}{head}")] {
                if let Err(error) = parse(content.as_bytes(), PLACE) {
                    let text = format!("{error} {error:?}");
                    prop_assert!(!text.contains("QqZz7731"), "{}", text);
                }
            }
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes, PLACE);
        }
    }
}
