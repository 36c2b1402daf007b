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

mod fields;
mod form;
pub(super) mod json;
mod keys;
#[cfg(test)]
mod tests;
mod times;
mod yaml;

use zeroize::Zeroizing;

use crate::credential::Issued;
use crate::error::{Error, ErrorCode, Result};
use fields::Fields;
pub(super) use form::{Form, property, text};
pub(super) use json::{wipe, written};
pub use keys::token_key;
pub(super) use keys::{KEYS_BESIDE, Key};

/// The longest content that is read.
pub(super) const MAX_BYTES: usize = 64 << 10;

/// What is wrong, in words that hold nothing of the content.
pub(super) type Flaw = String;

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
    let put = fields.into_iter().try_for_each(|(name, value)| match keys::key_of_program(name)? {
        Some(key) => known.put(key, value),
        None => Ok(()),
    });
    put.and_then(|()| known.issued()).map_err(|flaw| Error::new(ErrorCode::SourceInvalid, flaw))
}

/// The fingerprints of tokens that leaked, as the key `revoked` has them: twelve hexadecimal digits each, by comma or blank.
///
/// # Errors
/// `SOURCE_INVALID` for anything else: somebody would believe that a leak is mended.
pub fn revoked(fingerprints: &str) -> crate::Result<Vec<String>> {
    fields::fingerprints(fingerprints).map_err(|flaw| Error::new(ErrorCode::SourceInvalid, flaw))
}

/// `SOURCE_INVALID` of a place.
pub(super) fn invalid(place: &str, flaw: &str) -> Error {
    Error::new(ErrorCode::SourceInvalid, format!("{place}: {flaw}"))
}

fn read(content: &[u8]) -> Result<Fields, Flaw> {
    let text = text(content)?;
    let mut fields = Fields::default();
    match Form::of(text) {
        Form::Nothing => return Err("it is empty".into()),
        Form::Alone => fields.token = Some(Zeroizing::new(text.to_owned())),
        Form::Lines => properties(text, &mut fields)?,
        Form::Json => return json(text),
        Form::Yaml => return yaml::fields(text),
    }
    Ok(fields)
}

fn properties(text: &str, fields: &mut Fields) -> Result<(), Flaw> {
    text.lines().filter_map(property).try_for_each(|(key, value)| fields.put(key, value))
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
