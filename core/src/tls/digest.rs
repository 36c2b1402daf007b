//! SHA-256 over parts, each with its length: what stands for a secret or a large value in a key.

use sha2::{Digest as _, Sha256};

use crate::config::Material;

pub(super) type Digest = [u8; 32];

pub(super) fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

/// Of the path or of the value, whichever it is.
pub(super) fn of_material(material: &Material) -> Digest {
    match material {
        Material::Path(path) => of([&b"path"[..], path.as_os_str().as_encoded_bytes()]),
        Material::Value(bytes) => of([&b"value"[..], bytes]),
    }
}
