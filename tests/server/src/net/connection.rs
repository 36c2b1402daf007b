//! One open connection as the rest of the server sees it, and the table of all of them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::Notify;

/// How a connection is ended from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The socket is dropped without a word.
    Cut,
    /// An empty Close frame, then the socket (a WebSocket; HTTP connections are cut).
    EmptyClose,
}

/// Who is logged in, for `/stats`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SessionInfo {
    pub(crate) user: String,
    pub(crate) token: Option<String>,
    pub(crate) fingerprint: String,
    pub(crate) app: String,
}

/// One open connection.
pub(crate) struct Connection {
    pub(crate) id: u64,
    /// Bytes a second the server reads from it; 0 = as fast as it can (fault `slow_read`).
    pub(crate) read_rate: AtomicU64,
    session: Mutex<Option<SessionInfo>>,
    killed: AtomicBool,
    end: Mutex<Option<End>>,
    changed: Notify,
}

impl Connection {
    /// Asks the connection's task to end it; the first reason stays.
    pub(crate) fn end(&self, end: End) {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(end);
        self.changed.notify_waiters();
    }

    /// Waits until somebody asks for the end.
    pub(crate) async fn ended(&self) -> End {
        loop {
            // Registered before the look, so that nothing in between is missed.
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(end) = self.end.lock().unwrap_or_else(PoisonError::into_inner).clone() {
                return end;
            }
            changed.await;
        }
    }

    pub(crate) fn log_in(&self, info: SessionInfo) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(info);
    }

    /// The session of a login has been ended; its WebSocket has not.
    pub(crate) fn is_killed(&self) -> bool {
        self.killed.load(Ordering::Acquire)
    }

    fn kill_session(&self) {
        if self.session.lock().unwrap_or_else(PoisonError::into_inner).take().is_some() {
            self.killed.store(true, Ordering::Release);
        }
    }

    fn session(&self) -> Option<SessionInfo> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// All open connections.
#[derive(Default)]
pub(crate) struct Registry {
    open: Mutex<HashMap<u64, Arc<Connection>>>,
    next_id: AtomicU64,
}

impl Registry {
    pub(crate) fn open(&self) -> Arc<Connection> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed) + 1;
        let connection = Arc::new(Connection {
            id,
            read_rate: AtomicU64::new(0),
            session: Mutex::default(),
            killed: AtomicBool::new(false),
            end: Mutex::default(),
            changed: Notify::new(),
        });
        self.table().insert(id, connection.clone());
        connection
    }

    pub(crate) fn close(&self, id: u64) {
        self.table().remove(&id);
    }

    pub(crate) fn count(&self) -> usize {
        self.table().len()
    }

    /// Connections accepted since the start.
    pub(crate) fn total(&self) -> u64 {
        self.next_id.load(Ordering::Relaxed)
    }

    /// The sessions that are logged in, oldest first.
    pub(crate) fn sessions(&self) -> Vec<SessionInfo> {
        let mut open = self.all();
        open.sort_by_key(|connection| connection.id);
        open.iter().filter_map(|connection| connection.session()).collect()
    }

    pub(crate) fn cut_all(&self) {
        self.all().iter().for_each(|connection| connection.end(End::Cut));
    }

    /// Ends every session behind its WebSocket, as `KILL CONNECTION` does.
    pub(crate) fn kill_sessions(&self) {
        self.all().iter().for_each(|connection| connection.kill_session());
    }

    /// Lifts `slow_read` from all connections.
    pub(crate) fn read_at_full_speed(&self) {
        self.all().iter().for_each(|connection| connection.read_rate.store(0, Ordering::Relaxed));
    }

    /// Closes every WebSocket of a user, as the gateway does when the user is dropped.
    pub(crate) fn close_user(&self, user: &str) {
        let of_user = |connection: &&Arc<Connection>| connection.session().is_some_and(|info| info.user == user);
        self.all().iter().filter(of_user).for_each(|connection| connection.end(End::EmptyClose));
    }

    fn all(&self) -> Vec<Arc<Connection>> {
        self.table().values().cloned().collect()
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
