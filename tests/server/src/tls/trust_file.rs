//! The CA file that the ready line names; gone when the server is.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::accounts::random_text;
use crate::error::{Error, Result};

const BEGIN: &str = "tdsec-testserver-";
const END: &str = ".pem";

/// A file in the temporary directory that is removed on drop. A server that was killed cannot do that, so the next one does:
/// a living server holds the lock of its file.
pub(crate) struct TrustFile {
    path: PathBuf,
    _locked: File,
}

impl TrustFile {
    pub(crate) fn new(pem: &str) -> Result<Self> {
        let random = random_text(16).map_err(|error| Error::new("name the CA file", error))?;
        let directory = std::env::temp_dir();
        remove_those_of_the_dead(&directory);
        let path = directory.join(format!("{BEGIN}{random}{END}"));
        let locked = write(&path, pem).map_err(|error| Error::new("write the CA file", error))?;
        Ok(TrustFile { path, _locked: locked })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TrustFile {
    fn drop(&mut self) {
        // Nobody is left to tell if the temporary directory has been cleaned already.
        let _ = fs::remove_file(&self.path);
    }
}

/// Locked before it has its name: under that it is never seen without its server.
fn write(path: &Path, pem: &str) -> io::Result<File> {
    let fresh = path.with_extension("new");
    // `create_new` refuses to follow what somebody else may have put there.
    let mut file = File::create_new(&fresh)?;
    file.lock()?;
    file.write_all(pem.as_bytes())?;
    fs::rename(&fresh, path)?;
    Ok(file)
}

/// What cannot be opened or locked belongs to somebody else.
fn remove_those_of_the_dead(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_one = name.to_str().is_some_and(|name| name.starts_with(BEGIN) && name.ends_with(END));
        if is_one && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
