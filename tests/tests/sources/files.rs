//! Files and mounted Secrets.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tdsec::TokenSource;
use tdsec::source::{Builder, parse};
use tdsec_tests::certificates::Workshop;
use tokio::sync::Mutex;

use crate::contract::{self, Origin, eventually, token, within};
use crate::logs;

/// All files share one watching thread: whoever counts threads has to be alone.
pub(crate) static ALONE: Mutex<()> = Mutex::const_new(());

pub(crate) enum Writing {
    Rewrite,
    Rename,
    /// As the kubelet does it: `..data` is a symlink to a directory, and another one takes its name.
    Swap,
}

pub(crate) struct Files {
    workshop: Workshop,
    writing: Writing,
    count: AtomicUsize,
}

impl Files {
    pub(crate) fn new(writing: Writing) -> Self {
        Files { workshop: Workshop::new(), writing, count: AtomicUsize::new(0) }
    }

    fn path(&self) -> PathBuf {
        self.workshop.path("token")
    }

    fn swap(&self, content: Option<&str>) {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let directory = self.workshop.path(&format!("..v{number}"));
        std::fs::create_dir(&directory).unwrap();
        if let Some(content) = content {
            private(&directory.join("token"), content);
            std::fs::write(directory.join("ttl"), "3600").unwrap();
        }
        let (fresh, data) = (self.workshop.path("..data_tmp"), self.workshop.path("..data"));
        symlink(directory.file_name().unwrap(), &fresh).unwrap();
        std::fs::rename(&fresh, &data).unwrap();
        for name in ["token", "ttl"] {
            let link = self.workshop.path(name);
            if link.symlink_metadata().is_err() {
                symlink(format!("..data/{name}"), link).unwrap();
            }
        }
        if number > 0 {
            std::fs::remove_dir_all(self.workshop.path(&format!("..v{}", number - 1))).unwrap();
        }
    }
}

fn private(path: &Path, content: &str) {
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

impl Origin for Files {
    fn source(&self) -> Arc<dyn TokenSource> {
        // So long that only a watch can notice anything within the test's patience.
        let path = self.path();
        match self.writing {
            Writing::Swap => {
                parse(&format!("kubernetes:directory={};poll_interval=1h", self.workshop.folder().display()))
            }
            _ => parse(&format!("file:path={};poll_interval=1h", path.display())),
        }
        .unwrap()
    }

    async fn put(&self, content: &str) {
        match self.writing {
            Writing::Rewrite => private(&self.path(), content),
            Writing::Rename => {
                let fresh = self.workshop.path("token.fresh");
                private(&fresh, content);
                std::fs::rename(fresh, self.path()).unwrap();
            }
            Writing::Swap => self.swap(Some(content)),
        }
    }

    async fn remove(&self) {
        match self.writing {
            Writing::Swap => self.swap(None),
            _ => std::fs::remove_file(self.path()).unwrap(),
        }
    }

    fn place(&self) -> String {
        format!("the file {}", self.path().display())
    }

    fn is_waited_for(&self) -> bool {
        is_watched(self.workshop.folder())
    }
}

/// Whether an inotify descriptor of this process has a watch on the directory, as the kernel tells.
fn is_watched(directory: &Path) -> bool {
    let inode = format!(" ino:{:x} ", std::fs::metadata(directory).unwrap().ino());
    let infos = std::fs::read_dir("/proc/self/fdinfo").unwrap().flatten();
    infos
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
        .any(|info| info.lines().any(|line| line.starts_with("inotify ") && line.contains(&inode)))
}

fn watching_threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.starts_with("notify")).count()
}

#[tokio::test]
async fn a_file_that_is_rewritten_keeps_the_contract() {
    let _alone = ALONE.lock().await;
    contract::holds(Files::new(Writing::Rewrite)).await;
}

#[tokio::test]
async fn a_file_that_is_renamed_over_keeps_the_contract() {
    let _alone = ALONE.lock().await;
    contract::holds(Files::new(Writing::Rename)).await;
}

#[tokio::test]
async fn a_mounted_secret_keeps_the_contract_through_symlink_swaps() {
    let _alone = ALONE.lock().await;
    let files = Files::new(Writing::Swap);
    files.put("abc").await;
    let issued = files.source().fetch().await.unwrap();
    assert_eq!(issued.ttl.unwrap().as_secs(), 3600, "the keys beside the token tell its times");
    contract::holds(files).await;
}

#[tokio::test]
async fn any_number_of_files_is_watched_by_one_thread_that_ends_with_the_last_wait() {
    let _alone = ALONE.lock().await;
    eventually("no thread is left of another test", || watching_threads() == 0).await;
    let all: Vec<Files> = (0..20).map(|_| Files::new(Writing::Rename)).collect();
    let mut waits = Vec::new();
    for files in &all {
        files.put("token=abc").await;
        let source = files.source();
        waits.push(tokio::spawn(async move { source.changed().await }));
    }
    eventually("all are watched", || all.iter().all(Files::is_waited_for)).await;
    assert_eq!(watching_threads(), 1);

    all[7].put("token=abd").await;
    within(waits.remove(7)).await.unwrap().unwrap();
    assert!(waits.iter().all(|wait| !wait.is_finished()), "a change concerns nobody else");
    waits.iter().for_each(tokio::task::JoinHandle::abort);
    eventually("the thread has ended", || watching_threads() == 0).await;
    assert!(!all.iter().any(Files::is_waited_for));
}

#[tokio::test]
async fn without_a_watch_polling_notices_a_change() {
    let _alone = ALONE.lock().await;
    let files = Files::new(Writing::Rename);
    files.put("token=abc").await;
    // The name leads through a symlinked directory whose target is exchanged: no watch sees that.
    let (link, other) = (files.workshop.path("link"), Workshop::new());
    private(&other.path("token"), "token=abd");
    symlink(files.workshop.folder(), &link).unwrap();
    let source = parse(&format!("file:path={}/token;poll_interval=50ms", link.display())).unwrap();
    assert_eq!(token(&source).await, "abc");
    let waiting = {
        let source = Arc::clone(&source);
        tokio::spawn(async move { source.changed().await })
    };
    eventually("it is watched", || files.is_waited_for()).await;
    std::fs::remove_file(&link).unwrap();
    symlink(other.folder(), &link).unwrap();
    within(waiting).await.unwrap().unwrap();
    assert_eq!(token(&source).await, "abd");
}

#[tokio::test]
async fn a_file_that_others_may_read_is_told_of_once() {
    logs::capture();
    let files = Files::new(Writing::Rewrite);
    files.put("token=abc").await;
    let mode = |mode| std::fs::set_permissions(files.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    let told = || logs::lines().matches(&format!("may read the file {}", files.path().display())).count();
    let source = files.source();
    token(&source).await;
    assert_eq!(told(), 0);
    mode(0o644);
    token(&source).await;
    token(&source).await;
    assert_eq!(told(), 1);
    let ignoring = Builder::new("file").unwrap().set("path", files.path().to_str().unwrap()).unwrap();
    token(&ignoring.set("permissions", "ignore").unwrap().build().unwrap()).await;
    assert_eq!(told(), 1);
}
