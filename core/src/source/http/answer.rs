//! Answers: whole, or piece by piece as they come.

use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::failure::failed;
use crate::error::{Error, ErrorCode, Result};

/// A whole answer.
pub(in crate::source) struct Answer {
    pub(in crate::source) status: u16,
    pub(super) headers: HeaderMap,
    pub(in crate::source) body: Zeroizing<Vec<u8>>,
    /// `Nacos at http://h1:8848`.
    pub(in crate::source) server: String,
    /// Of a request that writes: this server or one before it failed over it, so that nobody knows whether it was done.
    pub(in crate::source) may_have_run: bool,
    /// The same of the servers before this one alone: for an answer that says itself that nothing was done.
    pub(in crate::source) may_have_run_before: bool,
}

impl Answer {
    pub(in crate::source) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(in crate::source) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// What came of the same request with other credentials, after this answer refused it. A server before this one may have done
    /// it all the same.
    pub(in crate::source) fn and_then(&self, again: Result<Answer>) -> Result<Answer> {
        let before = self.may_have_run;
        match again {
            Ok(answer) => Ok(Answer {
                may_have_run: answer.may_have_run || before,
                may_have_run_before: answer.may_have_run_before || before,
                ..answer
            }),
            Err(error) => {
                let may_have_run = error.may_have_run() || before;
                Err(error.with_may_have_run(may_have_run))
            }
        }
    }

    /// `SOURCE_UNAVAILABLE` for a status that nobody expects.
    pub(in crate::source) fn unexpected(&self, doing: &str) -> Error {
        let text = format!("{} answered {doing} with HTTP {}", self.server, self.status);
        Error::new(ErrorCode::SourceUnavailable, text).with_may_have_run(self.may_have_run)
    }
}

/// An answer whose body comes piece by piece.
pub(in crate::source) struct Incoming {
    pub(super) index: usize,
    pub(in crate::source) status: u16,
    pub(super) headers: HeaderMap,
    pub(in crate::source) server: String,
    pub(super) may_have_run_before: bool,
    pub(super) deadline: Instant,
    pub(super) late: Error,
    pub(super) response: reqwest::Response,
    pub(super) rest: Zeroizing<Vec<u8>>,
}

impl Incoming {
    async fn chunk(&mut self) -> Result<Option<bytes::Bytes>> {
        match tokio::time::timeout_at(self.deadline, self.response.chunk()).await {
            Err(_) => Err(self.late.clone()),
            Ok(Err(error)) => Err(failed(&self.server, error, false)),
            Ok(Ok(chunk)) => Ok(chunk),
        }
    }

    /// All of it, of at most `limit` bytes.
    pub(super) async fn whole(&mut self, limit: usize) -> Result<Zeroizing<Vec<u8>>> {
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = self.chunk().await? {
            if body.len() + chunk.len() > limit {
                let text = format!("{} answered with more than {} KiB", self.server, limit >> 10);
                return Err(Error::new(ErrorCode::SourceUnavailable, text));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The next line of at most `limit` bytes; `None` at the end, whatever is left of a line then.
    pub(in crate::source) async fn line(&mut self, limit: usize) -> Result<Option<Zeroizing<Vec<u8>>>> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let rest = Zeroizing::new(self.rest.split_off(end + 1));
                return Ok(Some(std::mem::replace(&mut self.rest, rest)));
            }
            if self.rest.len() > limit {
                let text = format!("{} sent a line of more than {} KiB", self.server, limit >> 10);
                return Err(Error::new(ErrorCode::SourceUnavailable, text));
            }
            match self.chunk().await? {
                None => return Ok(None),
                Some(chunk) => self.rest.extend_from_slice(&chunk),
            }
        }
    }
}
