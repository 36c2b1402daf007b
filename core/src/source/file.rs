//! `file`: a token in a file that somebody rewrites, renames over, or swaps by a symlink as Kubernetes does.

use std::fs::{self, Metadata};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::watch::Watch;
use super::{beside_the_runtime, content, published};
use crate::clock::{Rng as _, SeededRng};
use crate::credential::{Issued, SourceFuture, TokenSource};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Event, EventName};
use crate::observe;

/// A writer that does not rename needs some moments between the first byte and the last.
const SETTLING: Duration = Duration::from_millis(20);
/// Readings of a file that keeps changing.
const MAX_READINGS: usize = 3;

/// A file, and perhaps the files of the token's times beside it.
#[derive(Debug)]
pub(super) struct File {
    name: &'static str,
    location: Location,
    poll: Duration,
    warn_of_permissions: bool,
    warned: AtomicBool,
    seen: Mutex<Option<Seen>>,
}

#[derive(Debug, Clone)]
struct Location {
    path: PathBuf,
    /// The directory is a mounted Secret: its other keys tell the times.
    mounted: bool,
}

/// What was there when somebody last looked; `None` if the file could not be read.
type Seen = Option<[u8; 32]>;

impl File {
    pub(super) fn new(path: PathBuf, poll: Duration, warn_of_permissions: bool) -> Self {
        File::at("file", Location { path, mounted: false }, poll, warn_of_permissions)
    }

    /// One key of a Secret mounted as a directory. Who may read it there is the business of the cluster.
    pub(super) fn mounted(directory: &Path, key: &str, poll: Duration) -> Self {
        File::at("kubernetes", Location { path: directory.join(key), mounted: true }, poll, false)
    }

    fn at(name: &'static str, location: Location, poll: Duration, warn_of_permissions: bool) -> Self {
        File { name, location, poll, warn_of_permissions, warned: AtomicBool::new(false), seen: Mutex::default() }
    }

    async fn read(&self) -> Result<Issued> {
        let location = self.location.clone();
        let reading = beside_the_runtime(move || Ok(location.read())).await?;
        self.see(reading.as_ref().ok().map(Reading::digest));
        let reading = reading?;
        if self.warn_of_permissions && reading.exposed && !self.warned.swap(true, Ordering::Relaxed) {
            let text = format!("others than its owner may read {}; chmod 600 it", self.location.place());
            observe::tell(Event::new(EventName::KeyExposed).with("message", text));
        }
        let beside = reading.beside.iter().map(|(key, value)| (*key, value.as_str()));
        content::parse_beside(&reading.content, beside, &self.location.place())
    }

    async fn wait(&self) -> Result<()> {
        let mut watch = None;
        loop {
            let location = self.location.clone();
            // Watched first, looked at afterwards: no change falls in between.
            let (next, now) = beside_the_runtime(move || {
                let watch = Watch::new(location.directories());
                Ok((watch, location.read().ok().as_ref().map(Reading::digest)))
            })
            .await?;
            watch = next.or(watch);
            if self.differs(now) {
                return Ok(());
            }
            let event = async {
                match &watch {
                    Some(watch) => watch.changed().await,
                    None => std::future::pending().await,
                }
            };
            if tokio::time::timeout(self.poll, event).await.is_ok() {
                tokio::time::sleep(SETTLING).await;
            }
        }
    }

    fn see(&self, now: Seen) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// Against what the last fetch saw; without one, what is there now is where it begins.
    fn differs(&self, now: Seen) -> bool {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(now) != now
    }
}

impl TokenSource for File {
    fn name(&self) -> &str {
        self.name
    }

    fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
        Box::pin(self.read())
    }

    fn changed(&self) -> SourceFuture<'_, Result<()>> {
        Box::pin(self.wait())
    }

    fn publish<'a>(&'a self, issued: &'a Issued) -> SourceFuture<'a, Result<()>> {
        let (location, issued) = (self.location.clone(), issued.clone());
        Box::pin(beside_the_runtime(move || location.publish(&issued)))
    }

    fn check_publish(&self) -> SourceFuture<'_, Result<()>> {
        let location = self.location.clone();
        Box::pin(beside_the_runtime(move || location.check_publish()))
    }
}

struct Reading {
    content: Zeroizing<Vec<u8>>,
    beside: Vec<(&'static str, Zeroizing<String>)>,
    exposed: bool,
}

impl Reading {
    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(&self.content[..]);
        for (key, value) in &self.beside {
            hash.update([0]);
            hash.update(key);
            hash.update(value.as_bytes());
        }
        hash.finalize().into()
    }
}

impl Location {
    fn place(&self) -> String {
        format!("the file {}", self.path.display())
    }

    /// Where a change shows: the directory of the name, and that of the file if the name is a symlink elsewhere.
    fn directories(&self) -> Vec<PathBuf> {
        let directory = |path: &Path| match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let mut directories = vec![directory(&self.path)];
        if let Ok(target) = fs::canonicalize(&self.path) {
            directories.push(directory(&target));
        }
        directories
    }

    fn read(&self) -> Result<Reading> {
        let (content, metadata) = read_bounded(&self.path)?;
        let beside = match self.mounted {
            false => Vec::new(),
            true => content::KEYS_BESIDE.into_iter().filter_map(|key| Some((key, self.beside(key)?))).collect(),
        };
        Ok(Reading { content, beside, exposed: is_exposed(&metadata) })
    }

    fn publish(&self, issued: &Issued) -> Result<()> {
        let next = self.next(issued)?;
        replace(&next.path, next.content.text.expose().as_bytes(), next.earlier.as_ref())
            .map_err(|error| self.unwritable(error))
    }

    /// Up to another file beside it, which is empty and goes at once.
    fn check_publish(&self) -> Result<()> {
        let next = self.next(&published::sample())?;
        fresh(&next.path, b"", next.earlier.as_ref()).and_then(fs::remove_file).map_err(|error| self.unwritable(error))
    }

    fn next(&self, issued: &Issued) -> Result<Next> {
        if self.mounted {
            let text = "a mounted Secret is written at the API server: mode=api";
            return Err(Error::new(ErrorCode::SourceReadOnly, text));
        }
        let path = behind_links(&self.path);
        let now = match path.exists() {
            true => Some(read_bounded(&path)?),
            false => None,
        };
        let content = published::whole(now.as_ref().map(|(content, _)| &content[..]), issued, &self.place())?;
        Ok(Next { path, content, earlier: now.map(|(_, metadata)| metadata) })
    }

    fn unwritable(&self, error: io::Error) -> Error {
        let text = format!("cannot write {}: {error}", self.place());
        Error::new(ErrorCode::SourceUnavailable, text).with_source(error)
    }

    fn beside(&self, key: &str) -> Option<Zeroizing<String>> {
        let (content, _) = read_bounded(&self.path.with_file_name(key)).ok()?;
        std::str::from_utf8(&content).ok().map(|text| Zeroizing::new(text.to_owned()))
    }
}

/// What a file is to be.
struct Next {
    /// Behind all links.
    path: PathBuf,
    content: published::Content,
    /// Of the file that is there.
    earlier: Option<Metadata>,
}

/// Where a name leads to, be it there or not: a symlink is to stay one.
fn behind_links(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // More than that is a circle, which no file can be opened by.
    for _ in 0..40 {
        let Ok(target) = fs::read_link(&path) else { break };
        path = path.parent().map(|folder| folder.join(&target)).unwrap_or(target);
    }
    path
}

/// Another file under the same name: who reads sees the one or the other. It belongs to whom the earlier one did, with the same
/// rights, and is for its owner only where there was none.
fn replace(path: &Path, content: &[u8], earlier: Option<&Metadata>) -> io::Result<()> {
    let fresh = fresh(path, content, earlier)?;
    fs::rename(&fresh, path).inspect_err(|_| drop(fs::remove_file(&fresh)))?;
    // A name that is not on the disk yet would bring the earlier file back with a power failure. Not every system can.
    if let Some(folder) = path.parent().and_then(|folder| fs::File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// A hidden file beside it that holds the content.
fn fresh(path: &Path, content: &[u8], earlier: Option<&Metadata>) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let fresh = path.with_file_name(format!(".{name}.{:016x}.new", SeededRng::from_entropy().next()));
    write(&fresh, content, earlier).inspect_err(|_| drop(fs::remove_file(&fresh)))?;
    Ok(fresh)
}

fn write(path: &Path, content: &[u8], earlier: Option<&Metadata>) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    if let Some(earlier) = earlier {
        #[cfg(unix)]
        give_to_owner_of(earlier, &file)?;
        file.set_permissions(earlier.permissions())?;
    }
    file.write_all(content)?;
    file.sync_all()
}

/// Programs that read as somebody else than who publishes must go on.
#[cfg(unix)]
fn give_to_owner_of(earlier: &Metadata, file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let now = file.metadata()?;
    if (now.uid(), now.gid()) == (earlier.uid(), earlier.gid()) {
        return Ok(());
    }
    fchown(file, Some(earlier.uid()), Some(earlier.gid())).map_err(|error| {
        io::Error::new(error.kind(), format!("it cannot be given to the owner of the earlier file: {error}"))
    })
}

/// A regular file as it was at one moment, at most one byte longer than [`content::MAX_BYTES`].
///
/// # Errors
/// `SOURCE_UNAVAILABLE`, naming the file.
pub(super) fn read_bounded(path: &Path) -> Result<(Zeroizing<Vec<u8>>, Metadata)> {
    let unreadable = |error: io::Error| {
        let text = format!("cannot read the file {}: {error}", path.display());
        Error::new(ErrorCode::SourceUnavailable, text).with_source(error)
    };
    for _ in 0..MAX_READINGS {
        let before = fs::metadata(path).map_err(unreadable)?;
        if !before.is_file() {
            let text = format!("{} is no regular file", path.display());
            return Err(Error::new(ErrorCode::SourceUnavailable, text));
        }
        let mut content =
            Zeroizing::new(Vec::with_capacity(usize::try_from(before.len()).unwrap_or(0).min(content::MAX_BYTES) + 1));
        fs::File::open(path)
            .map_err(unreadable)?
            .take(content::MAX_BYTES as u64 + 1)
            .read_to_end(&mut content)
            .map_err(unreadable)?;
        let after = fs::metadata(path).map_err(unreadable)?;
        if before.len() == after.len() && before.modified().ok() == after.modified().ok() {
            return Ok((content, after));
        }
    }
    let text = format!("the file {} changed while it was being read", path.display());
    Err(Error::new(ErrorCode::SourceUnavailable, text))
}

#[cfg(unix)]
fn is_exposed(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_exposed(_: &Metadata) -> bool {
    false
}
