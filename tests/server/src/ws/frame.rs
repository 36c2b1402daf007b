//! WebSocket frames (RFC 6455), server side. By hand, so that a block goes out without being copied and a fault can
//! break a frame in the middle.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use crate::net::{Connection, Line};

pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// No request is longer; more is a broken or hostile client.
const MESSAGE_LIMIT: u64 = 1 << 30;
const READ_AHEAD: usize = 16 * 1024;

/// A message or control frame from the client.
#[derive(Debug)]
pub(super) enum Incoming {
    Text(Bytes),
    Binary(Bytes),
    Ping(Bytes),
    Pong,
    Close(Bytes),
}

/// Reads frames; a cancelled `next` loses nothing.
pub(super) struct FrameReader {
    line: Line,
    connection: Arc<Connection>,
    buffer: BytesMut,
    /// The message whose fragments are being gathered.
    partial: Option<(u8, BytesMut)>,
    /// `slow_read`: nothing of what was read is looked at before.
    pause: Option<Instant>,
}

struct Frame {
    last: bool,
    opcode: u8,
    payload: BytesMut,
}

impl FrameReader {
    pub(super) fn new(line: Line, connection: Arc<Connection>, already_read: Bytes) -> Self {
        FrameReader { line, connection, buffer: BytesMut::from(&already_read[..]), partial: None, pause: None }
    }

    /// The next message; `None` at the end of the stream.
    pub(super) async fn next(&mut self) -> io::Result<Option<Incoming>> {
        loop {
            let Some(frame) = self.frame().await? else { return Ok(None) };
            match frame.opcode {
                CLOSE => return Ok(Some(Incoming::Close(frame.payload.freeze()))),
                PING => return Ok(Some(Incoming::Ping(frame.payload.freeze()))),
                PONG => return Ok(Some(Incoming::Pong)),
                _ => {
                    if let Some(message) = self.message(frame)? {
                        return Ok(Some(message));
                    }
                }
            }
        }
    }

    fn message(&mut self, frame: Frame) -> io::Result<Option<Incoming>> {
        let (opcode, payload) = match (self.partial.take(), frame.opcode) {
            (None, TEXT | BINARY) => (frame.opcode, frame.payload),
            (Some((opcode, mut gathered)), 0) => {
                if (gathered.len() + frame.payload.len()) as u64 > MESSAGE_LIMIT {
                    return Err(broken("message too long"));
                }
                gathered.unsplit(frame.payload);
                (opcode, gathered)
            }
            _ => return Err(broken("frame out of order")),
        };
        if !frame.last {
            self.partial = Some((opcode, payload));
            return Ok(None);
        }
        let payload = payload.freeze();
        Ok(Some(if opcode == TEXT { Incoming::Text(payload) } else { Incoming::Binary(payload) }))
    }

    async fn frame(&mut self) -> io::Result<Option<Frame>> {
        loop {
            // Kept in `self`, so that a cancelled wait is taken up again.
            if let Some(pause) = self.pause {
                tokio::time::sleep_until(pause).await;
                self.pause = None;
            }
            let wanted = match self.parse()? {
                Parsed::Frame(frame) => return Ok(Some(frame)),
                Parsed::Need(bytes) => bytes,
            };
            if self.fill(wanted).await? == 0 {
                return Ok(None);
            }
        }
    }

    async fn fill(&mut self, wanted: usize) -> io::Result<usize> {
        self.buffer.reserve(wanted.max(READ_AHEAD));
        let portion = match self.connection.read_rate.load(Ordering::Relaxed) {
            0 => usize::MAX,
            // A tenth of a second's worth at a time keeps the pace even.
            rate => usize::try_from(rate.div_ceil(10)).unwrap_or(usize::MAX),
        };
        let read = self.line.read_buf(&mut (&mut self.buffer).limit(portion)).await?;
        // Looked at again: the fault may have come while this was waiting for bytes.
        let rate = self.connection.read_rate.load(Ordering::Relaxed);
        if rate > 0 {
            self.pause = Some(Instant::now() + Duration::from_secs_f64(read as f64 / rate as f64));
        }
        Ok(read)
    }

    fn parse(&mut self) -> io::Result<Parsed> {
        let bytes = &self.buffer[..];
        let [first, second, ..] = *bytes else { return Ok(Parsed::Need(2)) };
        if first & 0x70 != 0 {
            return Err(broken("no extension was agreed on"));
        }
        if second & 0x80 == 0 {
            return Err(broken("frame without mask"));
        }
        let (length, extra) = match second & 0x7f {
            126 if bytes.len() >= 4 => (u64::from(u16::from_be_bytes([bytes[2], bytes[3]])), 2),
            127 if bytes.len() >= 10 => ((&bytes[2..10]).get_u64(), 8),
            126 | 127 => return Ok(Parsed::Need(14)),
            length => (u64::from(length), 0),
        };
        let opcode = first & 0x0f;
        if length > MESSAGE_LIMIT || (opcode >= CLOSE && length > 125) {
            return Err(broken("frame too long"));
        }
        let (head, length) = (2 + extra + 4, length as usize);
        if bytes.len() < head + length {
            return Ok(Parsed::Need(head + length - bytes.len()));
        }
        let mask = [bytes[head - 4], bytes[head - 3], bytes[head - 2], bytes[head - 1]];
        self.buffer.advance(head);
        let mut payload = self.buffer.split_to(length);
        unmask(&mut payload, mask);
        Ok(Parsed::Frame(Frame { last: first & 0x80 != 0, opcode, payload }))
    }
}

enum Parsed {
    Frame(Frame),
    Need(usize),
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let wide = u64::from_ne_bytes([mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3]]);
    let mut chunks = payload.chunks_exact_mut(8);
    for chunk in &mut chunks {
        let mut word = [0u8; 8];
        word.copy_from_slice(chunk);
        chunk.copy_from_slice(&(u64::from_ne_bytes(word) ^ wide).to_ne_bytes());
    }
    chunks.into_remainder().iter_mut().zip(mask.into_iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
}

fn broken(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A frame on its way out: `head` and `body` together are the payload, sent without being joined.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    opcode: u8,
    pub(super) head: Bytes,
    pub(super) body: Bytes,
}

impl Outgoing {
    pub(super) fn text(text: impl Into<Bytes>) -> Self {
        Outgoing { opcode: TEXT, head: text.into(), body: Bytes::new() }
    }

    pub(super) fn binary(head: impl Into<Bytes>, body: Bytes) -> Self {
        Outgoing { opcode: BINARY, head: head.into(), body }
    }

    pub(super) fn ping() -> Self {
        Outgoing { opcode: PING, head: Bytes::new(), body: Bytes::new() }
    }

    pub(super) fn pong(payload: Bytes) -> Self {
        Outgoing { opcode: PONG, head: payload, body: Bytes::new() }
    }

    /// A Close frame; without a code its payload is empty.
    pub(super) fn close(code: Option<u16>, reason: &str) -> Self {
        let mut payload = BytesMut::new();
        if let Some(code) = code {
            payload.put_u16(code);
            let cut = (0..=reason.len().min(123)).rev().find(|at| reason.is_char_boundary(*at)).unwrap_or(0);
            payload.put_slice(&reason.as_bytes()[..cut]);
        }
        Outgoing { opcode: CLOSE, head: payload.freeze(), body: Bytes::new() }
    }

    /// An answer to the client's Close: its status code comes back.
    pub(super) fn close_reply(payload: &Bytes) -> Self {
        Outgoing { opcode: CLOSE, head: payload.slice(..payload.len().min(2)), body: Bytes::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// Head and body as one piece, for faults.
    pub(super) fn joined(&self) -> BytesMut {
        let mut payload = BytesMut::with_capacity(self.len());
        payload.extend_from_slice(&self.head);
        payload.extend_from_slice(&self.body);
        payload
    }

    /// The same kind of frame with another payload.
    pub(super) fn with_payload(&self, payload: impl Into<Bytes>) -> Self {
        Outgoing { opcode: self.opcode, head: payload.into(), body: Bytes::new() }
    }

    fn header(&self, length: usize) -> BytesMut {
        let mut header = BytesMut::with_capacity(10);
        header.put_u8(0x80 | self.opcode);
        match length {
            0..=125 => header.put_u8(length as u8),
            126..=0xffff => {
                header.put_u8(126);
                header.put_u16(length as u16);
            }
            _ => {
                header.put_u8(127);
                header.put_u64(length as u64);
            }
        }
        header
    }
}

/// Writes whole frames, one at a time.
pub(super) struct FrameWriter {
    line: Line,
}

impl FrameWriter {
    pub(super) fn new(line: Line) -> Self {
        FrameWriter { line }
    }

    pub(super) async fn send(&mut self, frame: &Outgoing) -> io::Result<()> {
        let header = frame.header(frame.len());
        let mut bytes = header.chain(&frame.head[..]).chain(&frame.body[..]);
        self.line.write_all_buf(&mut bytes).await?;
        self.line.flush().await
    }

    /// Announces the whole frame and sends only its first bytes.
    pub(super) async fn send_part(&mut self, frame: &Outgoing, bytes: usize) -> io::Result<()> {
        let mut part = frame.header(frame.len());
        let payload = frame.joined();
        part.extend_from_slice(&payload[..bytes.min(payload.len())]);
        self.line.write_all_buf(&mut part).await?;
        self.line.flush().await
    }

    /// A polite end of TLS and TCP.
    pub(super) async fn shut_down(&mut self) {
        // The peer may be gone already; then there is nobody to be polite to.
        let _ = self.line.shutdown().await;
    }
}
