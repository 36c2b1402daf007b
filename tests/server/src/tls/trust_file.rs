//! The CA file that the ready line names; gone when the server is.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::accounts::random_text;
use crate::error::{Error, Result};

/// A file in the temporary directory that is removed on drop.
pub(crate) struct TrustFile(PathBuf);

impl TrustFile {
    pub(crate) fn new(pem: &str) -> Result<Self> {
        let random = random_text(16).map_err(|error| Error::new("name the CA file", error))?;
        let path = std::env::temp_dir().join(format!("tdsec-testserver-{random}.pem"));
        // `create_new` refuses to follow what somebody else may have put there.
        let write = || OpenOptions::new().write(true).create_new(true).open(&path)?.write_all(pem.as_bytes());
        write().map_err(|error| Error::new("write the CA file", error))?;
        Ok(TrustFile(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TrustFile {
    fn drop(&mut self) {
        // Nobody is left to tell if the temporary directory has been cleaned already.
        let _ = std::fs::remove_file(&self.0);
    }
}
