//! Certificates, keys and lists: where they lie, or themselves.

use std::fmt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::value::{Given, Values, invalid};
use crate::Result;

/// A certificate, a key or a revocation list. `Debug` never shows the bytes.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Material {
    /// A file, or a directory of files where the option allows one; read again when it changes.
    Path(PathBuf),
    /// The content itself: PEM, DER or PKCS#12, as the option says.
    Value(Zeroizing<Vec<u8>>),
}

impl Material {
    /// The path, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Material::Path(path) => Some(path),
            Material::Value(_) => None,
        }
    }
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Material::Path(path) => write!(f, "Path({})", path.display()),
            Material::Value(_) => f.write_str("Value(***)"),
        }
    }
}

/// Text with a PEM label is the thing itself; any other text is a path.
pub(super) fn take(values: &mut Values, option: &'static str) -> Result<Option<Material>> {
    let text = match values.take(option) {
        None => return Ok(None),
        Some(Given::Bytes(bytes)) if bytes.is_empty() => return Err(invalid(option, "the value is empty")),
        Some(Given::Bytes(bytes)) => return Ok(Some(Material::Value(bytes))),
        Some(Given::Text(text)) => text,
        Some(Given::Callback(_)) => return Err(invalid(option, "a callback is not a value of this option")),
    };
    let text = text.expose();
    if text.trim().is_empty() || text.contains('\0') {
        return Err(invalid(option, "neither the path of a file nor PEM text"));
    }
    if text.contains("-----BEGIN ") {
        return Ok(Some(Material::Value(Zeroizing::new(text.as_bytes().to_vec()))));
    }
    if text.contains(['\n', '\r']) {
        return Err(invalid(option, "several lines, but no PEM text: a line -----BEGIN …----- is missing"));
    }
    Ok(Some(Material::Path(Path::new(text).to_owned())))
}
