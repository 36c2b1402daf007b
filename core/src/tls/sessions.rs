//! Sessions to resume (TLS-6, HOST-5): one store per endpoint, trust and identity, shared by the whole process.
//!
//! A TLS 1.3 ticket is used once (RFC 8446 §C.4), and a new connection brings new ones. So that 50 connections opened at
//! the same time still make one full handshake, whoever finds no ticket waits for one that is on its way.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::{ServerName, UnixTime};
use tokio::sync::Notify;
use tokio::time::Instant;

const MAX_TICKETS: usize = 128;
/// Longest wait for a ticket; after it a full handshake is no loss any more.
const PATIENCE: Duration = Duration::from_millis(500);

#[derive(Default)]
pub(super) struct Sessions {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    tls12: Option<Tls12ClientSessionValue>,
    tickets: VecDeque<Tls13ClientSessionValue>,
    group: Option<NamedGroup>,
    /// Tickets that connections are going to take at once: their turn has come, their handshake begins.
    promised: usize,
    /// Connections under way, each of which may bring tickets.
    under_way: usize,
    /// The end of the chain that was verified, in seconds since 1970: a resumed handshake shows no certificate, so
    /// nothing else would notice that it has expired.
    valid_until: Option<u64>,
}

impl State {
    fn expire(&mut self, now: UnixTime) {
        if self.valid_until.is_some_and(|until| now.as_secs() > until) {
            self.tls12 = None;
            self.tickets.clear();
        }
    }

    fn is_resumable(&self) -> bool {
        self.tls12.is_some() || self.tickets.len() > self.promised
    }
}

/// Held from before the handshake until the first answer of the server, with which its tickets have come.
pub(crate) struct Turn(Arc<Sessions>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.lock().under_way -= 1;
        self.0.changed.notify_waiters();
    }
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chain just verified is valid until `until`, in seconds since 1970.
    pub(super) fn limit(&self, until: u64) {
        self.lock().valid_until = Some(until);
    }

    /// Waits until there is a session to resume, or none is on its way.
    pub(super) async fn turn(self: &Arc<Self>) -> Turn {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(turn) = self.try_turn(Instant::now() >= deadline) {
                return turn;
            }
            let _ = tokio::time::timeout_at(deadline, changed).await;
        }
    }

    fn try_turn(self: &Arc<Self>, at_last: bool) -> Option<Turn> {
        let mut state = self.lock();
        state.expire(UnixTime::now());
        let resumable = state.is_resumable();
        if !resumable && state.under_way > 0 && !at_last {
            return None;
        }
        let promised = resumable && state.tls12.is_none();
        state.promised += usize::from(promised);
        state.under_way += 1;
        Some(Turn(Arc::clone(self)))
    }
}

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        self.lock().group = Some(group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.lock().group
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.lock().tls12 = Some(value);
        self.changed.notify_waiters();
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        let mut state = self.lock();
        state.expire(UnixTime::now());
        state.tls12.clone()
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        self.lock().tls12 = None;
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        let mut state = self.lock();
        if state.tickets.len() == MAX_TICKETS {
            state.tickets.pop_front();
        }
        state.tickets.push_back(value);
        drop(state);
        self.changed.notify_waiters();
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        let mut state = self.lock();
        state.expire(UnixTime::now());
        state.promised = state.promised.saturating_sub(1);
        // The youngest: a server forgets the oldest first.
        state.tickets.pop_back()
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("tickets", &self.lock().tickets.len()).finish_non_exhaustive()
    }
}
