//! A secret with which a source is asked: given itself, or where it is read from whenever it is used.

use std::fmt;
use std::path::PathBuf;

use super::builder::Inputs;
use super::{beside_the_runtime, content, file, fixed};
use crate::config::{conflict, invalid};
use crate::error::Result;
use crate::secret::Secret;

/// Where a password or the like comes from.
#[derive(Clone)]
pub(super) enum SecretFrom {
    Value(Secret),
    Environment(String),
    /// The first line of a file.
    File(PathBuf),
}

impl SecretFrom {
    /// Takes `option`, or `source` in the spelling of the passphrase's: `env:NAME`, `file:PATH`.
    pub(super) fn take(inputs: &mut Inputs, option: &'static str, source: &'static str) -> Result<Option<SecretFrom>> {
        let value = inputs.values.take_secret(option);
        let from = inputs.values.take_text(source)?;
        match (value, from) {
            (Some(_), Some(_)) => Err(conflict(option, "give the secret or its source, not both")),
            (Some(value), None) if value.expose().is_empty() => Err(invalid(option, "the value is empty")),
            (Some(value), None) => Ok(Some(SecretFrom::Value(value))),
            (None, None) => Ok(None),
            (None, Some(from)) => match from.trim().split_once(':') {
                Some(("env", name)) if !name.is_empty() => Ok(Some(SecretFrom::Environment(name.into()))),
                Some(("file", path)) if !path.is_empty() => Ok(Some(SecretFrom::File(path.into()))),
                _ => Err(invalid(source, "one of env:NAME, file:PATH")),
            },
        }
    }

    /// # Errors
    /// `SOURCE_UNAVAILABLE` or `SOURCE_INVALID`, naming where it should be.
    pub(super) async fn read(&self) -> Result<Secret> {
        match self {
            SecretFrom::Value(secret) => Ok(secret.clone()),
            SecretFrom::Environment(name) => fixed::read(name),
            SecretFrom::File(path) => {
                let path = path.clone();
                beside_the_runtime(move || {
                    let (content, _) = file::read_bounded(&path)?;
                    let place = format!("the file {}", path.display());
                    let text =
                        std::str::from_utf8(&content).map_err(|_| content::invalid(&place, "it is not UTF-8 text"))?;
                    match text.lines().next().map(str::trim_end) {
                        Some(line) if !line.is_empty() => Ok(Secret::new(line)),
                        _ => Err(content::invalid(&place, "its first line is empty")),
                    }
                })
                .await
            }
        }
    }
}

impl fmt::Debug for SecretFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretFrom::Value(_) => f.write_str("Value(***)"),
            SecretFrom::Environment(name) => write!(f, "Environment({name})"),
            SecretFrom::File(path) => write!(f, "File({})", path.display()),
        }
    }
}
