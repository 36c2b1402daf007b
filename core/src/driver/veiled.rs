//! The one frame that the WebSocket library must not see: it logs what it sends, and this one holds the credential
//! (TOK-5). So it is framed here and written to the stream below, between two frames of the library.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;
use zeroize::Zeroizing;

use crate::clock::{Rng as _, SeededRng};
use crate::secret::Secret;

/// Bytes on their way; none at rest. Wiped when written.
#[derive(Default)]
pub(super) struct Veiled {
    bytes: Zeroizing<Vec<u8>>,
    written: usize,
}

/// FIN and the opcode of a text frame.
const TEXT: u8 = 0x81;
/// Frames of a client are masked.
const MASKED: u8 = 0x80;

impl Veiled {
    /// A masked text frame (RFC 6455, section 5.2).
    pub(super) fn text(text: &Secret) -> Self {
        let mask = (SeededRng::from_entropy().next() as u32).to_le_bytes();
        Veiled { bytes: Zeroizing::new(frame(text.expose().as_bytes(), mask)), written: 0 }
    }

    /// Nothing is left to be written.
    pub(super) fn is_done(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Writes what is left and flushes it.
    pub(super) fn poll_write(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_done() {
            return Poll::Ready(Ok(()));
        }
        let mut stream = Pin::new(stream);
        while self.written < self.bytes.len() {
            match ready!(stream.as_mut().poll_write(cx, &self.bytes[self.written..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.written += count,
            }
        }
        ready!(stream.poll_flush(cx))?;
        *self = Veiled::default();
        Poll::Ready(Ok(()))
    }
}

fn frame(payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    // The final size at once: growing would leave copies behind that are not wiped.
    let mut bytes = Vec::with_capacity(payload.len() + 14);
    bytes.push(TEXT);
    match payload.len() {
        short @ 0..126 => bytes.push(MASKED | short as u8),
        medium @ 126..0x1_0000 => {
            bytes.push(MASKED | 126);
            bytes.extend((medium as u16).to_be_bytes());
        }
        long => {
            bytes.push(MASKED | 127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures_util::StreamExt as _;
    use std::future::poll_fn;
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::protocol::Role;

    #[tokio::test]
    async fn a_server_reads_the_text_whatever_its_length() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 200_000] {
            let text: String = ('a'..='z').cycle().take(length).collect();
            // A narrow pipe, so that writing takes several turns.
            let (mut ours, theirs) = tokio::io::duplex(1000);
            let mut server = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
            let mut veiled = Veiled::text(&Secret::new(text.clone()));
            let (written, read) =
                tokio::join!(poll_fn(|cx| veiled.poll_write(&mut ours, cx)), async { server.next().await });
            written.unwrap();
            assert_eq!(read.unwrap().unwrap().into_text().unwrap().as_str(), text);
            assert!(veiled.is_done());
        }
    }
}
