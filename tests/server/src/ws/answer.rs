//! Answers: the five common fields as JSON, the 42 bytes and more of `fetch_raw_block`.

use std::fmt::Write as _;
use std::time::Instant;

use bytes::{BufMut as _, Bytes, BytesMut};
use serde::Serialize;

use super::frame::Outgoing;
use crate::accounts::AccountError;
use crate::engine::SqlError;

/// The gateway's own errors carry this code.
pub(super) const GATEWAY: u32 = 0xffff;

/// Why a request failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: u32,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(code: u32, message: impl Into<String>) -> Self {
        Failure { code: code & 0xffff, message: message.into() }
    }

    pub(super) fn gateway(message: impl Into<String>) -> Self {
        Failure::new(GATEWAY, message)
    }
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        Failure::new(error.code, error.message)
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        Failure::new(error.code, error.message)
    }
}

/// Which request an answer belongs to.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    pub(super) action: String,
    pub(super) req_id: u64,
    pub(super) started: Instant,
}

impl Envelope {
    fn timing(&self) -> u64 {
        self.started.elapsed().as_nanos() as u64
    }

    /// A success without further fields; [`Reply::field`] adds them.
    pub(super) fn reply(&self) -> Reply {
        self.reply_with(0, "")
    }

    pub(super) fn failure(&self, failure: &Failure) -> Outgoing {
        self.reply_with(failure.code, &failure.message).finish()
    }

    fn reply_with(&self, code: u32, message: &str) -> Reply {
        let mut text = String::with_capacity(160);
        // Writing to a String cannot fail.
        let _ = write!(text, "{{\"code\":{code},\"message\":");
        push_json(&mut text, message);
        text.push_str(",\"action\":");
        push_json(&mut text, &self.action);
        let _ = write!(text, ",\"req_id\":{},\"timing\":{}", self.req_id, self.timing());
        Reply(text)
    }

    /// The answer of `fetch_raw_block`: a block, the end, or an error.
    pub(super) fn raw_block(&self, id: u64, outcome: Result<Option<Bytes>, &Failure>) -> Outgoing {
        let (code, message) = outcome.as_ref().err().map_or((0, ""), |error| (error.code, error.message.as_str()));
        let block = outcome.ok().flatten();
        let mut head = BytesMut::with_capacity(55 + message.len());
        head.put_u64_le(u64::MAX);
        head.put_u64_le(7);
        head.put_u16_le(1);
        head.put_u64_le(self.timing());
        head.put_u64_le(self.req_id);
        head.put_u32_le(code);
        head.put_u32_le(message.len() as u32);
        head.put_slice(message.as_bytes());
        head.put_u64_le(id);
        head.put_u8(u8::from(block.is_none()));
        if let Some(block) = &block {
            head.put_u32_le(block.len() as u32);
        }
        Outgoing::binary(head, block.unwrap_or_default())
    }

    /// The answer of the older `fetch_block`.
    pub(super) fn old_block(&self, id: u64, block: Bytes) -> Outgoing {
        let mut head = BytesMut::with_capacity(16);
        head.put_u64_le(self.timing());
        head.put_u64_le(id);
        Outgoing::binary(head, block)
    }
}

/// A JSON answer being written; fields come in the order in which they are added.
pub(super) struct Reply(String);

impl Reply {
    pub(super) fn field(mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Self {
        self.0.push_str(",\"");
        self.0.push_str(name);
        self.0.push_str("\":");
        push_json(&mut self.0, value);
        self
    }

    pub(super) fn finish(mut self) -> Outgoing {
        self.0.push('}');
        Outgoing::text(self.0)
    }
}

fn push_json(text: &mut String, value: &(impl Serialize + ?Sized)) {
    // Only strings, numbers and lists of them are given: they always have a JSON form.
    text.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()));
}
