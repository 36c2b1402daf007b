//! From texts to a source.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::kinds::{SourceKind, kinds};
use crate::config::{ConfigBuilder, Given, Spelling, Values, invalid, same_name, unknown_among};
use crate::credential::TokenSource;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// Collects the options of one kind of source, then checks them together.
///
/// ```
/// let source = tdsec::source::Builder::new("file")?.set("path", "/run/secrets/token")?.build()?;
/// assert_eq!(source.name(), "file");
/// # Ok::<(), tdsec::Error>(())
/// ```
pub struct Builder {
    kind: &'static SourceKind,
    inputs: Inputs,
}

impl Builder {
    /// Begins a source of this kind; see [`kinds`].
    ///
    /// # Errors
    /// `OPTION_UNKNOWN` if there is no such kind.
    pub fn new(kind: &str) -> Result<Self> {
        match kinds().iter().find(|known| same_name(known.name, kind)) {
            Some(kind) => Ok(Builder { kind, inputs: Inputs::default() }),
            None => {
                let known: Vec<&str> = kinds().iter().map(|kind| kind.name).collect();
                Err(unknown_among("token source", kind, &known))
            }
        }
    }

    /// Adds one option.
    ///
    /// # Errors
    /// `OPTION_UNKNOWN`, `OPTION_DUPLICATE`. Values are judged by [`build`](Self::build).
    pub fn set(mut self, name: &str, value: &str) -> Result<Self> {
        let option = self.find(name)?;
        if self.kind.is_of_connections(option) {
            self.inputs.connection = self.inputs.connection.set(option.name, value)?;
            self.inputs.given.push(option.name);
        } else {
            self.inputs.values.put(Spelling::of(option), Given::Text(Secret::new(value)))?;
        }
        Ok(self)
    }

    /// Adds one option whose value is a certificate, a key or a list as bytes.
    ///
    /// # Errors
    /// As [`set`](Self::set); `OPTION_INVALID` if the option does not take bytes.
    pub fn set_bytes(mut self, name: &str, value: impl Into<Vec<u8>>) -> Result<Self> {
        let value = Zeroizing::new(value.into());
        let option = self.find(name)?;
        if !self.kind.is_of_connections(option) {
            return Err(invalid(option.name, "the option takes text, not bytes"));
        }
        self.inputs.connection = self.inputs.connection.set_bytes(option.name, value.to_vec())?;
        self.inputs.given.push(option.name);
        Ok(self)
    }

    /// Checks everything together. Nothing is opened or asked yet.
    ///
    /// # Errors
    /// `OPTION_INVALID`, `OPTION_CONFLICT`, `INSECURE_TRANSPORT` and the other codes of options, naming the option.
    pub fn build(mut self) -> Result<Arc<dyn TokenSource>> {
        (self.kind.make)(&mut self.inputs)
    }

    fn find(&self, name: &str) -> Result<&'static crate::config::OptionInfo> {
        self.kind.find(name).ok_or_else(|| {
            let known: Vec<&str> = self.kind.options().map(|option| option.name).collect();
            unknown_among(&format!("option of the source {}:", self.kind.name), name, &known)
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("kind", &self.kind.name).finish_non_exhaustive()
    }
}

/// Makes a source from one text, as the command line and configuration files have it: `kind:option=value;option=value`. A value
/// that contains `;` stands in double quotes; `""` in it is one of them. A text without `=` is the kind's main option.
///
/// # Errors
/// As [`Builder`]; the text is never repeated, it may hold a password.
///
/// ```
/// for text in ["env", "env:MY_TOKEN", "file:/run/secrets/token", "file:path=/run/secrets/token;poll_interval=1s"] {
///     tdsec::source::parse(text)?;
/// }
/// # Ok::<(), tdsec::Error>(())
/// ```
pub fn parse(text: &str) -> Result<Arc<dyn TokenSource>> {
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    let mut builder = Builder::new(kind.trim())?;
    let rest = rest.trim();
    if let Some(primary) = builder.kind.primary.filter(|_| !rest.is_empty() && !rest.contains('=')) {
        return builder.set(primary, rest)?.build();
    }
    for pair in pairs(rest)? {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Error::new(ErrorCode::OptionInvalid, "a part of the text of a token source has no ="))?;
        builder = builder.set(name.trim(), &unquoted(value.trim()))?;
    }
    builder.build()
}

/// Splits at each `;` outside quotes.
fn pairs(text: &str) -> Result<Vec<&str>> {
    let mut quoted = false;
    let parts = text
        .split(|character| {
            quoted ^= character == '"';
            character == ';' && !quoted
        })
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    if quoted {
        return Err(Error::new(ErrorCode::OptionInvalid, "a quote \" in the text of a token source is not closed"));
    }
    Ok(parts)
}

fn unquoted(value: &str) -> Zeroizing<String> {
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    Zeroizing::new(inner.map_or_else(|| value.to_owned(), |inner| inner.replace("\"\"", "\"")))
}

/// What was given: the kind's own options, and those that connections have too.
#[derive(Default)]
pub(super) struct Inputs {
    pub(super) values: Values,
    pub(super) connection: ConfigBuilder,
    /// Names of what `connection` was given.
    pub(super) given: Vec<&'static str>,
}

impl Inputs {
    pub(super) fn required_text(&mut self, name: &'static str) -> Result<String> {
        self.values.take_text(name)?.ok_or_else(|| missing(name))
    }

    pub(super) fn required_secret(&mut self, name: &'static str) -> Result<Secret> {
        self.values.take_secret(name).ok_or_else(|| missing(name))
    }

    pub(super) fn text(&mut self, name: &'static str, default: &str) -> Result<String> {
        Ok(self.values.take_text(name)?.unwrap_or_else(|| default.to_owned()))
    }

    pub(super) fn duration(&mut self, name: &'static str, default_seconds: u64) -> Result<Duration> {
        Ok(self.values.take_duration(name)?.unwrap_or(Duration::from_secs(default_seconds)))
    }

    /// One of a few words; the first is the default.
    pub(super) fn choice(&mut self, name: &'static str, words: &[&'static str]) -> Result<&'static str> {
        let text = self.text(name, words[0])?;
        let chosen = words.iter().find(|word| same_name(word, text.trim()));
        chosen.copied().ok_or_else(|| invalid(name, format!("one of {}", words.join(", "))))
    }
}

pub(super) fn missing(name: &'static str) -> Error {
    Error::new(ErrorCode::OptionInvalid, format!("{name}: the token source needs this option")).with_option(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn kinds_and_options_are_named_once_and_described() {
        let mut names = HashSet::new();
        for kind in kinds() {
            assert!(names.insert(kind.name), "{} twice", kind.name);
            assert!(!kind.doc.is_empty() && !kind.requirements.is_empty());
            let mut options = HashSet::new();
            for option in kind.options() {
                assert!(options.insert(option.name.replace('_', "")), "{} {} twice", kind.name, option.name);
                assert!(!option.doc.contains(['|', '\n']) && !option.doc.is_empty() && !option.default.is_empty());
                assert_eq!(option.dangerous, option.name.starts_with("danger_"), "{}", option.name);
            }
            for shared in kind.connection {
                assert!(crate::config::find_option(shared).is_some_and(|option| option.name == *shared), "{shared}");
            }
            assert!(kind.primary.is_none_or(|primary| kind.find(primary).is_some()));
        }
    }

    #[test]
    fn every_example_of_the_table_makes_its_source() {
        for kind in kinds() {
            let source = parse(kind.example).unwrap_or_else(|error| panic!("{}: {error}", kind.example));
            assert_eq!(source.name(), kind.name);
        }
    }

    #[test]
    fn a_text_is_read_with_quotes_and_any_spelling_of_names() {
        for text in ["file:path=\"/a;b\"\"c\"; pollInterval=1s;", "FILE: Path=/x", "static:token=abc", "env"] {
            parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }

    #[test]
    fn what_is_wrong_with_a_text_is_said_without_repeating_a_value() {
        let secret = "Hunter2Hunter2";
        for (text, code, says) in [
            (format!("fiel:path={secret}"), ErrorCode::OptionUnknown, "did you mean file?"),
            (format!("file:pth={secret}"), ErrorCode::OptionUnknown, "did you mean path?"),
            (format!("file:entirely={secret}"), ErrorCode::OptionUnknown, "there are path, poll_interval"),
            (format!("file:poll_interval=1s;PATH={secret};path={secret}"), ErrorCode::OptionDuplicate, "path"),
            ("file".into(), ErrorCode::OptionInvalid, "path: the token source needs this option"),
            (format!("file:path=/x;permissions={secret}"), ErrorCode::OptionInvalid, "one of warn, ignore"),
            (format!("static:token={secret} x"), ErrorCode::TokenInvalid, "blanks"),
            (format!("static:{secret}"), ErrorCode::OptionInvalid, "has no ="),
            (format!("static:token=\"{secret}"), ErrorCode::OptionInvalid, "not closed"),
            (format!("{secret}@host"), ErrorCode::OptionUnknown, "there is no token source of this name"),
        ] {
            let error = parse(&text).expect_err(&text);
            assert_eq!(error.code(), code, "{error}");
            assert!(error.to_string().contains(says), "{error}");
            assert!(!format!("{error} {error:?}").contains(secret), "{error}");
        }
        let bytes = Builder::new("file").unwrap().set_bytes("path", *b"/x").unwrap_err();
        assert_eq!(bytes.code(), ErrorCode::OptionInvalid);
    }
}
