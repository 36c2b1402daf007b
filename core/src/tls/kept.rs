//! The last good reading of files that may be replaced while the process runs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use super::digest::{self, Digest};
use super::files::Stamps;
use crate::error::{Error, Result};
use crate::event::{Event, EventName};
use crate::observe;
use crate::shared;

/// Readings of files by what was asked for. Unchanged files are not read again; a bad replacement is reported and the
/// earlier good reading stays in use.
pub(super) struct Kept<V>(OnceLock<Mutex<HashMap<Digest, Reading<V>>>>);

/// What a file listed, with what stands for it: made once for a reading, because every connect asks for it.
#[derive(Debug)]
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    pub(super) fingerprint: Digest,
}

impl<T: AsRef<[u8]>> Listed<T> {
    pub(super) fn new(items: Vec<T>) -> Self {
        let fingerprint = digest::of(items.iter().map(AsRef::as_ref));
        Listed { items, fingerprint }
    }
}

impl<T: AsRef<[u8]>> Default for Listed<T> {
    fn default() -> Self {
        Listed::new(Vec::new())
    }
}

struct Reading<V> {
    /// Of the good value.
    good: Arc<V>,
    /// Of the last attempt, good or not: a bad file is judged once, not at every connect. `None`: read it again.
    stamps: Option<Stamps>,
    /// When it was used last, by count of readings.
    used: u64,
}

const MAX_KEPT: usize = 64;

impl<V> Kept<V> {
    pub(super) const fn new() -> Self {
        Kept(OnceLock::new())
    }

    fn lock(&self) -> Option<MutexGuard<'_, HashMap<Digest, Reading<V>>>> {
        shared::lock(self.0.get_or_init(Mutex::default))
    }

    /// The value for `key`: the kept one while `stamps` are what they were, otherwise what `read` makes. Stamps are taken
    /// before reading, so a change during it is seen the next time.
    pub(super) fn get(
        &self,
        key: &Digest,
        stamps: impl Fn() -> Stamps,
        read: impl Fn() -> Result<V>,
        refused: impl Fn(&Error),
    ) -> Result<Arc<V>> {
        let now = stamps();
        if let Some(good) = self.unchanged(key, &now) {
            return Ok(good);
        }
        let outcome = read();
        let Some(mut kept) = self.lock() else { return outcome.map(Arc::new) };
        let used = next(&kept);
        match (outcome, kept.get_mut(key)) {
            (Ok(value), _) => {
                let good = Arc::new(value);
                kept.insert(*key, Reading { good: Arc::clone(&good), stamps: now.settled(), used });
                forget_oldest(&mut kept);
                Ok(good)
            }
            (Err(error), Some(reading)) => {
                reading.stamps = now.settled();
                reading.used = used;
                let good = Arc::clone(&reading.good);
                // Whoever listens may use the library.
                drop(kept);
                refused(&error);
                Ok(good)
            }
            (Err(error), None) => Err(error),
        }
    }

    fn unchanged(&self, key: &Digest, stamps: &Stamps) -> Option<Arc<V>> {
        let mut kept = self.lock()?;
        let used = next(&kept);
        let reading = kept.get_mut(key).filter(|reading| reading.stamps.as_ref() == Some(stamps))?;
        reading.used = used;
        Some(Arc::clone(&reading.good))
    }
}

/// For `refused` of [`Kept::get`].
pub(super) fn tell_unusable(option: &'static str, error: &Error) {
    let option = error.option().unwrap_or(option);
    observe::tell(Event::new(EventName::FileUnusable).with("option", option).with_error(error));
}

fn next<V>(kept: &HashMap<Digest, Reading<V>>) -> u64 {
    kept.values().map(|reading| reading.used).max().unwrap_or_default() + 1
}

fn forget_oldest<V>(kept: &mut HashMap<Digest, Reading<V>>) {
    if kept.len() > MAX_KEPT
        && let Some(oldest) = kept.iter().min_by_key(|(_, reading)| reading.used).map(|(key, _)| *key)
    {
        kept.remove(&oldest);
    }
}
