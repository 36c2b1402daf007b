//! Bounded reading of certificate, key and list files, and a cheap way to see whether they changed.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use crate::config::Material;
use crate::error::{Error, ErrorCode, Result};

/// The longest file that is read. A system's whole bundle of roots has a fifth of this.
const MAX_FILE_BYTES: u64 = 4 << 20;
const MAX_FILES: usize = 1024;
/// Generous: kernels stamp files with a clock of 1 to 10 ms.
const CLOCK_TICK: Duration = Duration::from_millis(50);
/// Readings of a file that keeps changing.
const MAX_READINGS: usize = 3;

/// One file's content and the name it is known by in messages.
pub(super) struct Content {
    pub(super) name: String,
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

/// What files looked like when they were read: equal stamps, equal content, as far as the file system tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Stamps(Vec<(PathBuf, Option<Stamp>)>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    /// Device, inode and time of the last change of either: a renamed file or a swapped symlink has other ones.
    node: (u64, u64, i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        #[cfg(unix)]
        let node = {
            use std::os::unix::fs::MetadataExt;
            (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
        };
        #[cfg(not(unix))]
        let node = (0, 0, 0, 0);
        Stamp { modified: metadata.modified().ok(), length: metadata.len(), node }
    }
}

impl Stamps {
    /// The stamps of a path and, if it is a directory, of all the files in it that are read.
    pub(super) fn of(path: &Path, wanted: &dyn Fn(&Path) -> bool) -> Stamps {
        let mut stamps = Stamps::default();
        stamps.push(path);
        if path.is_dir() {
            list(path, wanted).unwrap_or_default().iter().for_each(|file| stamps.push(file));
        }
        stamps
    }

    pub(super) fn push(&mut self, path: &Path) {
        self.0.push((path.to_owned(), fs::metadata(path).ok().map(|metadata| Stamp::of(&metadata))));
    }

    /// These stamps if they tell a later change apart; none for a file touched just now, because the file system's clock
    /// ticks only every few milliseconds.
    pub(super) fn settled(self) -> Option<Stamps> {
        let now = SystemTime::now();
        let is_fresh = |stamp: &Stamp| {
            let age = stamp.modified.and_then(|modified| now.duration_since(modified).ok());
            age.is_none_or(|age| age < CLOCK_TICK)
        };
        let fresh = self.0.iter().any(|(_, stamp)| stamp.as_ref().is_some_and(is_fresh));
        if fresh { None } else { Some(self) }
    }
}

/// A CA or list directory holds these, and OpenSSL's hashed names (`5ed36f99.0`, `5ed36f99.r0`).
pub(super) fn is_certificate_name(path: &Path) -> bool {
    has_ending(path, &["pem", "crt", "cer", "der"], "")
}

/// As [`is_certificate_name`], for lists.
pub(super) fn is_list_name(path: &Path) -> bool {
    has_ending(path, &["pem", "crl", "der"], "r")
}

fn has_ending(path: &Path, endings: &[&str], hashed: &str) -> bool {
    let Some(ending) = path.extension().and_then(|ending| ending.to_str()) else { return false };
    let number = ending.strip_prefix(hashed).unwrap_or_default();
    endings.iter().any(|wanted| ending.eq_ignore_ascii_case(wanted))
        || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The content of `material`: itself, a file, or the wanted files of a directory in the order of their names.
pub(super) fn read(
    option: &'static str,
    material: &Material,
    invalid: ErrorCode,
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<Vec<Content>> {
    let path = match material {
        Material::Value(bytes) => {
            return Ok(vec![Content { name: format!("the value of {option}"), bytes: bytes.clone() }]);
        }
        Material::Path(path) => path,
    };
    if !metadata(option, path)?.is_dir() {
        return Ok(vec![read_file(option, path, invalid)?]);
    }
    let files = list(path, wanted).map_err(|error| unreadable(option, path, error))?;
    if files.is_empty() {
        let text = format!("{option}: the directory {} holds no file of this kind", path.display());
        return Err(Error::new(invalid, text).with_option(option));
    }
    files.iter().map(|file| read_file(option, file, invalid)).collect()
}

/// One regular file, as it was at one moment.
pub(super) fn read_file(option: &'static str, path: &Path, invalid: ErrorCode) -> Result<Content> {
    let name = path.display().to_string();
    let found = metadata(option, path)?;
    if !found.is_file() {
        let what = if found.is_dir() { "is a directory" } else { "is no regular file" };
        let error = Error::new(ErrorCode::FileUnreadable, format!("{option}: {name} {what}"));
        return Err(error.with_option(option));
    }
    for _ in 0..MAX_READINGS {
        let before = Stamp::of(&metadata(option, path)?);
        if before.length > MAX_FILE_BYTES {
            let text = format!("{option}: {name} is longer than {} MiB", MAX_FILE_BYTES >> 20);
            return Err(Error::new(invalid, text).with_option(option));
        }
        let bytes = bytes(path).map_err(|error| unreadable(option, path, error))?;
        if Stamp::of(&metadata(option, path)?) == before && bytes.len() as u64 == before.length {
            if bytes.is_empty() {
                return Err(Error::new(invalid, format!("{option}: {name} is empty")).with_option(option));
            }
            return Ok(Content { name, bytes });
        }
    }
    let text = format!("{option}: {name} changed while it was being read");
    Err(Error::new(ErrorCode::FileUnreadable, text).with_option(option))
}

fn bytes(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn metadata(option: &'static str, path: &Path) -> Result<Metadata> {
    fs::metadata(path).map_err(|error| unreadable(option, path, error))
}

fn list(directory: &Path, wanted: &dyn Fn(&Path) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)?.take(MAX_FILES) {
        let path = entry?.path();
        if wanted(&path) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(option: &'static str, path: &Path, error: io::Error) -> Error {
    let text = format!("{option}: cannot read {}: {error}", path.display());
    Error::new(ErrorCode::FileUnreadable, text).with_option(option).with_source(error)
}
