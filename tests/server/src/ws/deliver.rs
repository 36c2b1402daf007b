//! From a request to its answer on the line, through the faults.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::answer::{Envelope, Failure};
use super::call::Call;
use super::frame::Outgoing;
use super::request::Request;
use super::session::Session;
use crate::faults::{Fault, Subject, decode_hex};

/// The gateway's code for its query limit.
const OVER_LIMIT: u32 = 0xfffe;

impl Session {
    /// One request, in a task of its own.
    pub(super) async fn handle(self: Arc<Self>, request: Request) {
        let Request { envelope, call } = &request;
        let fault = self.shared.arrived(&Subject { action: &envelope.action, sql: call.sql() });
        match fault {
            None => {
                if let Some(answer) = self.run_call(envelope, call) {
                    self.answer(&answer).await;
                }
            }
            Some(fault) => self.handle_badly(fault, envelope, call).await,
        }
        // The client has its block by now; the next one is made while it reads.
        if let Call::FetchRawBlock { id } | Call::FetchBlock { id } = call {
            self.results.prepare(*id);
        }
    }

    async fn handle_badly(self: &Arc<Self>, fault: Fault, envelope: &Envelope, call: &Call) {
        match fault {
            Fault::DropBefore {} => return self.line.cut(),
            Fault::Reset {} => return self.line.reset(),
            Fault::HalfClose {} => return self.line.half_close(),
            Fault::CloseFrame { code, reason } => return self.close(code, &reason, None).await,
            Fault::Error { code, message } => return self.refuse(envelope, call, code, &message).await,
            Fault::RateLimit { .. } => return self.refuse(envelope, call, OVER_LIMIT, "rate limit reached").await,
            Fault::Replace { text, hex, req_id_at } => {
                return self.answer(&replacement(envelope.req_id, text, hex, req_id_at)).await;
            }
            Fault::SlowRead { bytes_per_s } => self.connection.read_rate.store(bytes_per_s, Ordering::Relaxed),
            _ => {}
        }
        let answer = self.run_call(envelope, call);
        if let Fault::DropAfter {} = fault {
            return self.line.cut();
        }
        if let Some(answer) = answer {
            self.answer_badly(fault, answer).await;
        }
    }

    /// The faults of requests that have been executed.
    async fn answer_badly(self: &Arc<Self>, fault: Fault, answer: Outgoing) {
        match fault {
            Fault::NoAnswer {} => {}
            Fault::Delay { ms } => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                self.answer(&answer).await;
            }
            Fault::Truncate { bytes, cut: false } => {
                let payload = answer.joined().freeze();
                self.answer(&answer.with_payload(payload.slice(..bytes.min(payload.len())))).await;
            }
            Fault::Truncate { bytes, cut: true } => {
                // An error here means that the line is dead already, which is what comes next anyway.
                let _ = self.writer.lock().await.send_part(&answer, bytes).await;
                self.writer.lock().await.shut_down().await;
                self.line.cut();
            }
            Fault::Corrupt { offset, xor } => self.answer(&corrupt(&answer, offset, xor)).await,
            Fault::DuplicateAnswer {} => {
                self.send_together(&[&answer, &answer]).await;
                self.send_held().await;
            }
            Fault::Reorder { ms } => {
                self.held.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
                tokio::time::sleep(Duration::from_millis(ms)).await;
                self.send_held().await;
            }
            _ => self.answer(&answer).await,
        }
    }

    async fn answer(&self, answer: &Outgoing) {
        self.send(answer).await;
        self.send_held().await;
    }

    async fn send_held(&self) {
        let held = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        for answer in &held {
            self.send(answer).await;
        }
    }

    /// An error in the form the action's answers have.
    async fn refuse(&self, envelope: &Envelope, call: &Call, code: u32, message: &str) {
        if let Some(answer) = self.refusal(envelope, call, &Failure::new(code, message)) {
            self.answer(&answer).await;
        }
    }

    /// `None` for what has no answer.
    pub(super) fn refusal(&self, envelope: &Envelope, call: &Call, failure: &Failure) -> Option<Outgoing> {
        match call {
            Call::FreeResult { .. } => None,
            Call::FetchRawBlock { id } | Call::BadFetch { id, .. } => {
                // As after an error of the engine, the result is gone.
                self.results.free(*id);
                Some(envelope.raw_block(*id, Err(failure)))
            }
            _ => Some(envelope.failure(failure)),
        }
    }
}

fn corrupt(answer: &Outgoing, offset: i64, xor: u8) -> Outgoing {
    let mut payload = answer.joined();
    let last = payload.len() as i64 - 1;
    let at = if offset < 0 { last + 1 + offset } else { offset };
    if let Some(byte) = payload.get_mut(at.clamp(0, last.max(0)) as usize) {
        *byte ^= xor;
    }
    answer.with_payload(payload)
}

fn replacement(req_id: u64, text: Option<String>, hex: Option<String>, req_id_at: Option<usize>) -> Outgoing {
    if let Some(text) = text {
        return Outgoing::text(text.replace("$REQ_ID", &req_id.to_string()));
    }
    // Checked when the rule was taken.
    let mut bytes = hex.as_deref().and_then(decode_hex).unwrap_or_default();
    if let Some(place) = req_id_at.and_then(|at| bytes.get_mut(at..at + 8)) {
        place.copy_from_slice(&req_id.to_le_bytes());
    }
    Outgoing::binary(bytes, Bytes::new())
}
