//! What has happened, for `GET /stats`: enough to prove that a client leaked nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};

/// Lists keep so many of the newest entries.
const KEEP: usize = 20_000;

/// One attempt to log in, successful or not.
#[derive(Clone, Debug, Serialize)]
pub struct LoginAttempt {
    /// `token`, `password` or `totp`: the credential that counted.
    pub kind: &'static str,
    /// First twelve hexadecimal digits of SHA-256 of the token or password.
    pub fingerprint: String,
    /// The session's user if the login succeeded, else the one that was sent.
    pub user: String,
    /// A password was sent (beside the token, if the kind is `token`).
    pub sent_password: bool,
    /// A user name was sent.
    pub sent_user: bool,
    /// `ws`, `rest` or `tmq`.
    pub over: &'static str,
    /// Whether it was let in.
    pub ok: bool,
}

#[derive(Default)]
pub(crate) struct Stats {
    pub(crate) bytes_received: AtomicU64,
    pub(crate) bytes_sent: AtomicU64,
    /// `connections_total` counts from here on.
    total_at_reset: AtomicU64,
    tables: Mutex<Tables>,
}

#[derive(Default)]
struct Tables {
    tls: [u64; 3],
    requests: BTreeMap<String, u64>,
    auth_failures: u64,
    logins: VecDeque<LoginAttempt>,
    request_lines: VecDeque<String>,
    faults_fired: u64,
}

impl Stats {
    pub(crate) fn tls_done(&self, resumed: bool) {
        self.tables().tls[usize::from(resumed)] += 1;
    }

    pub(crate) fn tls_failed(&self) {
        self.tables().tls[2] += 1;
    }

    /// Counts a request under its own name and, if it has one, that of its group (`query`, `fetch`).
    pub(crate) fn request(&self, action: &str, group: Option<&str>) {
        let mut tables = self.tables();
        for name in [Some(action), group].into_iter().flatten() {
            match tables.requests.get_mut(name) {
                Some(count) => *count += 1,
                None => drop(tables.requests.insert(name.to_owned(), 1)),
            }
        }
    }

    pub(crate) fn login(&self, attempt: LoginAttempt) {
        let mut tables = self.tables();
        tables.auth_failures += u64::from(!attempt.ok);
        push(&mut tables.logins, attempt);
    }

    pub(crate) fn request_line(&self, line: &[u8]) {
        let text = String::from_utf8_lossy(line).trim_end_matches('\r').to_owned();
        push(&mut self.tables().request_lines, text);
    }

    pub(crate) fn fault_fired(&self) {
        self.tables().faults_fired += 1;
    }

    pub(crate) fn reset(&self, connections_total: u64) {
        *self.tables() = Tables::default();
        self.bytes_received.store(0, Ordering::Relaxed);
        self.bytes_sent.store(0, Ordering::Relaxed);
        self.total_at_reset.store(connections_total, Ordering::Relaxed);
    }

    pub(crate) fn to_json(&self, connections_open: usize, connections_total: u64) -> Value {
        let tables = self.tables();
        let mut requests = json!({ "conn": 0, "query": 0, "fetch": 0 });
        for (action, count) in &tables.requests {
            requests[action] = json!(count);
        }
        let [full, resumed, failed] = tables.tls;
        json!({
            "connections_open": connections_open,
            "connections_total": connections_total - self.total_at_reset.load(Ordering::Relaxed),
            "tls": { "full": full, "resumed": resumed, "failed": failed },
            "requests": requests,
            "auth_failures": tables.auth_failures,
            "logins": tables.logins,
            "request_lines": tables.request_lines,
            "members": [],
            "bytes_received": self.bytes_received.load(Ordering::Relaxed),
            "bytes_sent": self.bytes_sent.load(Ordering::Relaxed),
            "faults_fired": tables.faults_fired,
        })
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() == KEEP {
        list.pop_front();
    }
    list.push_back(item);
}
