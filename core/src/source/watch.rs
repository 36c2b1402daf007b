//! Which directories change: one thread for all files of the process, there only while somebody waits (SRC-4).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

use crate::shared;

/// Waits for changes in a few directories. Dropping it takes its watches away; the last one ends the thread.
#[derive(Debug)]
pub(super) struct Watch {
    number: u64,
    directories: Vec<PathBuf>,
    changed: Arc<Notify>,
}

struct Shared {
    /// A forked child has the descriptor of its parent's watcher, but not the thread.
    process: u32,
    watcher: RecommendedWatcher,
    /// Whom the thread wakes. A lock of its own: the watcher waits for its thread when watches are added.
    listeners: Listeners,
    next: u64,
    watched: BTreeMap<PathBuf, usize>,
}

type Listeners = Arc<Mutex<BTreeMap<u64, (Vec<PathBuf>, Arc<Notify>)>>>;

static SHARED: Mutex<Option<Shared>> = Mutex::new(None);

impl Watch {
    /// `None` where the operating system gives no watch: then only polling is left. Blocks for moments.
    pub(super) fn new(directories: Vec<PathBuf>) -> Option<Watch> {
        let mut slot = shared::lock(&SHARED)?;
        if slot.as_ref().is_some_and(|shared| shared.process != std::process::id()) {
            // Dropping it would speak to the parent's thread.
            std::mem::forget(slot.take());
        }
        if slot.is_none() {
            *slot = Shared::start();
        }
        let shared = slot.as_mut()?;
        let watch = Watch { number: shared.next, directories, changed: Arc::default() };
        shared.next += 1;
        lock(&shared.listeners).insert(watch.number, (watch.directories.clone(), Arc::clone(&watch.changed)));
        watch.directories.iter().for_each(|directory| shared.add(directory));
        Some(watch)
    }

    /// Ends when something happened in one of the directories since the last call, or since the beginning.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Some(mut slot) = shared::lock(&SHARED) else { return };
        let Some(shared) = slot.as_mut().filter(|shared| shared.process == std::process::id()) else { return };
        lock(&shared.listeners).remove(&self.number);
        self.directories.iter().for_each(|directory| shared.remove(directory));
        if lock(&shared.listeners).is_empty() {
            *slot = None;
        }
    }
}

impl Shared {
    fn start() -> Option<Shared> {
        let listeners = Listeners::default();
        let woken = Arc::clone(&listeners);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // After an error, such as an overflow, anything may have changed.
            let paths = event.map(|event| event.paths).unwrap_or_default();
            let concerns =
                |directory: &PathBuf| paths.is_empty() || paths.iter().any(|path| path.starts_with(directory));
            for (directories, changed) in lock(&woken).values() {
                if directories.iter().any(concerns) {
                    changed.notify_one();
                }
            }
        });
        let process = std::process::id();
        Some(Shared { process, watcher: watcher.ok()?, listeners, next: 0, watched: BTreeMap::new() })
    }

    fn add(&mut self, directory: &Path) {
        let count = self.watched.entry(directory.to_owned()).or_default();
        *count += 1;
        // Again also for one that is known: it may have been replaced by another of the same name.
        let _ = self.watcher.watch(directory, RecursiveMode::NonRecursive);
    }

    fn remove(&mut self, directory: &Path) {
        if let Some(count) = self.watched.get_mut(directory) {
            *count -= 1;
            if *count == 0 {
                self.watched.remove(directory);
                let _ = self.watcher.unwatch(directory);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
