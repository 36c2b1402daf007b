//! Reading one result: one fetch in flight at most, exactly one block ahead of its reader.

use std::sync::Arc;
use std::time::Duration;

use super::RequestId;
use crate::column::{Field, Precision};

/// A result whose end has not been seen.
#[derive(Debug)]
pub(super) struct Reading {
    fields: Arc<[Field]>,
    precision: Precision,
    wanted: u64,
    received: u64,
    fetching: Option<RequestId>,
    timeout: Option<Duration>,
    has_reader: bool,
}

impl Reading {
    pub(super) fn new(fields: Arc<[Field]>, precision: Precision) -> Self {
        Reading { fields, precision, wanted: 0, received: 0, fetching: None, timeout: None, has_reader: true }
    }

    /// The reader asks for one more block.
    pub(super) fn want(&mut self, timeout: Option<Duration>) {
        self.wanted += 1;
        self.timeout = timeout;
    }

    /// Whether to fetch now: the server reuses its buffer, so only when no fetch is in flight (design.md §4).
    pub(super) fn is_due(&self) -> bool {
        self.has_reader && self.fetching.is_none() && self.received <= self.wanted
    }

    pub(super) fn fetch_sent(&mut self, request: RequestId) {
        self.fetching = Some(request);
    }

    pub(super) fn fetch_answered(&mut self) {
        self.fetching = None;
        self.received += 1;
    }

    pub(super) fn fetching(&self) -> Option<RequestId> {
        self.fetching
    }

    pub(super) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    pub(super) fn drop_reader(&mut self) {
        self.has_reader = false;
    }

    pub(super) fn has_reader(&self) -> bool {
        self.has_reader
    }

    pub(super) fn shape(&self) -> (Arc<[Field]>, Precision) {
        (Arc::clone(&self.fields), self.precision)
    }
}
