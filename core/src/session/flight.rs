//! The requests in flight, by `req_id`, with their deadlines.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use super::{RequestId, ResultId};
use crate::error::{Error, ErrorCode, Result};

/// What a request in flight is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Version,
    Login,
    Query,
    Fetch(ResultId),
    CurrentDatabase,
    ServerStatus,
}

/// One request whose answer is still to come.
#[derive(Debug, Clone, Copy)]
pub(super) struct InFlight {
    pub(super) kind: Kind,
    pub(super) deadline: Instant,
    /// It may have reached the server.
    pub(super) written: bool,
    /// Nobody waits for it; its answer only tidies up.
    pub(super) abandoned: bool,
}

/// All requests in flight of one connection.
#[derive(Debug)]
pub(super) struct Flight {
    requests: HashMap<RequestId, InFlight>,
    deadlines: BTreeSet<(Instant, RequestId)>,
    abandoned: usize,
    next: RequestId,
}

impl Flight {
    pub(super) fn starting_at(first: RequestId) -> Self {
        Flight { requests: HashMap::new(), deadlines: BTreeSet::new(), abandoned: 0, next: first }
    }

    /// Adds a request under a fresh id; never 0, which servers echo for requests they could not read.
    pub(super) fn add(&mut self, kind: Kind, deadline: Instant) -> RequestId {
        let id = self.unanswered_id();
        self.insert(id, kind, deadline);
        id
    }

    /// Adds a request under the caller's own id.
    pub(super) fn add_as(&mut self, id: RequestId, kind: Kind, deadline: Instant) -> Result<RequestId> {
        if id == 0 || self.requests.contains_key(&id) {
            let why = if id == 0 { "0 is not usable" } else { "it is in flight" };
            return Err(Error::new(ErrorCode::InvalidArgument, format!("req_id {id} cannot be used: {why}")));
        }
        self.insert(id, kind, deadline);
        Ok(id)
    }

    /// An id for a message that is never answered.
    pub(super) fn unanswered_id(&mut self) -> RequestId {
        loop {
            let id = self.next;
            self.next = self.next.wrapping_add(1);
            if id != 0 && !self.requests.contains_key(&id) {
                return id;
            }
        }
    }

    /// Its answer arrived.
    pub(super) fn take(&mut self, id: RequestId) -> Option<InFlight> {
        let request = self.requests.remove(&id)?;
        if request.abandoned {
            self.abandoned -= 1;
        } else {
            self.deadlines.remove(&(request.deadline, id));
        }
        Some(request)
    }

    /// Nobody waits for it; `None` if that was so already.
    pub(super) fn abandon(&mut self, id: RequestId) -> Option<InFlight> {
        let request = self.requests.get_mut(&id).filter(|request| !request.abandoned)?;
        request.abandoned = true;
        self.abandoned += 1;
        self.deadlines.remove(&(request.deadline, id));
        Some(*request)
    }

    pub(super) fn written(&mut self, id: RequestId) {
        if let Some(request) = self.requests.get_mut(&id) {
            request.written = true;
        }
    }

    pub(super) fn abandoned(&self) -> usize {
        self.abandoned
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// One request whose deadline has passed.
    pub(super) fn expired(&self, now: Instant) -> Option<RequestId> {
        self.deadlines.first().filter(|(deadline, _)| *deadline <= now).map(|(_, id)| *id)
    }

    /// Empties the table, in the order of the ids.
    pub(super) fn drain(&mut self) -> Vec<(RequestId, InFlight)> {
        let mut all: Vec<_> = self.requests.drain().collect();
        all.sort_by_key(|(id, _)| *id);
        self.deadlines.clear();
        self.abandoned = 0;
        all
    }

    fn insert(&mut self, id: RequestId, kind: Kind, deadline: Instant) {
        self.requests.insert(id, InFlight { kind, deadline, written: false, abandoned: false });
        self.deadlines.insert((deadline, id));
    }
}
