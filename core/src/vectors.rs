//! The golden vectors of the protocol, for tests; see the README beside them.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::Value as Json;

/// One vector: bytes and what they mean.
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
    pub(crate) meaning: Json,
}

/// The vectors of a folder; none, and a message, where the shared documents are not at hand.
pub(crate) fn vectors(kind: &str) -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors").join(kind);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        #[allow(clippy::print_stderr)]
        {
            eprintln!("skipped: no vectors in {}", folder.display());
        }
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    assert!(!paths.is_empty(), "no vector in {}", folder.display());
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Vector {
    // Exchanges of text frames have no bytes of their own.
    let text = std::fs::read_to_string(path.with_extension("hex")).unwrap_or_default();
    Vector {
        name: path.file_stem().unwrap().to_string_lossy().into_owned(),
        bytes: unhex(&text).into(),
        meaning: serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap(),
    }
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
