//! Files are written whole or not at all, keys for their owner only, and nothing is overwritten by accident.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tdsec::{Error, ErrorCode};

const MOST: u64 = 4 << 20;

/// A file to be written.
pub(crate) struct Output {
    pub(crate) path: PathBuf,
    pub(crate) content: String,
    /// A private key.
    pub(crate) private: bool,
}

/// Looks whether there is a file already.
pub(crate) fn may_write(path: &Path) -> Result<(), Error> {
    match path.symlink_metadata() {
        Ok(_) => Err(unusable(format!("{} exists and is not overwritten", path.display()))),
        Err(_) => Ok(()),
    }
}

/// Writes all of them. Without `force` none is written if one of them exists.
pub(crate) fn write(outputs: &[Output], force: bool) -> Result<(), Error> {
    if let Some(there) = outputs.iter().find(|output| !force && output.path.symlink_metadata().is_ok()) {
        return Err(unusable(format!("{} exists; --force overwrites it", there.path.display())));
    }
    for output in outputs {
        if let Some(directory) = output.path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
        }
    }
    // Under other names first, so that a full disk leaves the old files as they were.
    let fresh: Vec<PathBuf> = outputs.iter().map(|output| beside(&output.path)).collect();
    let written = outputs
        .iter()
        .zip(&fresh)
        .try_for_each(|(output, fresh)| write_one(fresh, output).map_err(|error| failed(&output.path, error)));
    let renamed = written.and_then(|()| {
        outputs.iter().zip(&fresh).try_for_each(|(output, fresh)| {
            fs::rename(fresh, &output.path).map_err(|error| failed(&output.path, error))
        })
    });
    if renamed.is_err() {
        fresh.iter().for_each(|fresh| drop(fs::remove_file(fresh)));
    }
    renamed
}

fn write_one(path: &Path, output: &Output) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(if output.private { 0o600 } else { 0o644 });
    }
    let mut file = options.open(path)?;
    file.write_all(output.content.as_bytes())?;
    file.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.new", std::process::id()))
}

/// A whole file of at most 4 MiB.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes));
    read.map_err(|error| failed(path, error))?;
    if bytes.len() as u64 > MOST {
        return Err(unusable(format!("{} is longer than {} MiB", path.display(), MOST >> 20)));
    }
    Ok(bytes)
}

/// As [`read`], for PEM.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    String::from_utf8(read(path)?).map_err(|_| unusable(format!("{} is not PEM", path.display())))
}

fn failed(path: &Path, error: io::Error) -> Error {
    Error::new(ErrorCode::FileUnreadable, format!("{}: {error}", path.display())).with_source(error)
}

fn unusable(text: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidArgument, text)
}
