//! The door for the fuzz targets: a session fed with foreign messages, contents of token sources.

use std::time::{Duration, Instant};

use crate::clock::Now;
use crate::secret::Secret;
use crate::session::{Output, Request, Session, Timing};
use crate::source::parse_content;
use crate::wire::{LoginCredential, LoginOptions};

/// Runs a session over `input`: a list of events, each a kind, a length (two bytes, little-endian) and as many bytes.
/// Panics if a request is answered twice or a closed session goes on.
pub fn messages(input: &[u8]) {
    let mut now = Now { monotonic: Instant::now(), wall: Duration::ZERO };
    let second = Duration::from_secs(1);
    let timing =
        Timing { request_timeout: 10 * second, keepalive: 30 * second, login_deadline: now.monotonic + 5 * second };
    let token = Secret::new("token");
    let mut session = Session::new(&LoginCredential::Token(&token), &LoginOptions::default(), timing, 1, now);
    let mut answered = std::collections::HashSet::new();
    let mut rest = input;
    while let Some((&[kind, low, high], tail)) = rest.split_first_chunk::<3>() {
        let length = usize::from(u16::from_le_bytes([low, high])).min(tail.len());
        let (message, tail) = tail.split_at(length);
        rest = tail;
        let was_closed = session.closed().is_some();
        match kind % 8 {
            0..=2 => session.handle_text(String::from_utf8_lossy(message).into_owned(), now),
            3 | 4 => session.handle_binary(bytes::Bytes::copy_from_slice(message), now),
            5 => {
                let _ = session.handle_request(Request::Query("select 1".into()), None, None, now);
            }
            6 => session.handle_wanted(u64::from(low), None, now),
            _ => {
                now = now.after(second);
                session.handle_deadline(now);
            }
        }
        while let Some(output) = session.poll_output() {
            assert!(!was_closed, "{output:?} after the end");
            if let Output::Reply { request, .. } = output {
                assert!(answered.insert(request), "{request} was answered twice");
            }
        }
    }
}

/// Reads `input` as the content of a token source. Panics if that gives what is no token, or an error without its place.
pub fn contents(input: &[u8]) {
    match parse_content(input, "the place") {
        Ok(issued) => {
            let token = issued.token.expose();
            assert!(!token.is_empty() && !token.contains(|c: char| c.is_whitespace() || c.is_control()));
        }
        Err(error) => assert!(error.message().starts_with("the place: ")),
    }
}
