//! Few large reads in place of many small ones, on both sides of TLS.
//!
//! ```text
//!  WebSocket  <--as much as has arrived--  Whole  <--a record--  TLS  <--4 KiB--  Buffered  <--64 KiB--  socket
//! ```
//!
//! rustls asks for 4 KiB at a time: without [`Buffered`] a system call each. The WebSocket library clears the room it reads
//! into: without [`Whole`] once for each record of a message.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// More gains nothing: the kernel hands over about as much at a time.
const BUFFER: usize = 64 * 1024;

/// Counts the bytes that arrived, so that a long message on a slow line counts as life.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard(Arc<AtomicU64>);

impl Heard {
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Reads from the socket in large pieces and counts what comes. Writes go straight through.
pub(super) struct Buffered<S> {
    inner: S,
    buffer: Box<[u8]>,
    /// What of the buffer has been read and not been used.
    unused: std::ops::Range<usize>,
    heard: Heard,
}

impl<S> Buffered<S> {
    pub(super) fn new(inner: S, heard: Heard) -> Self {
        Buffered { inner, buffer: vec![0; BUFFER].into_boxed_slice(), unused: 0..0, heard }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Buffered<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, wanted: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.unused.is_empty() {
            let mut room = ReadBuf::new(&mut this.buffer);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut room))?;
            this.unused = 0..room.filled().len();
            this.heard.0.fetch_add(this.unused.len() as u64, Ordering::Relaxed);
        }
        let part = wanted.remaining().min(this.unused.len());
        wanted.put_slice(&this.buffer[this.unused.start..][..part]);
        this.unused.start += part;
        Poll::Ready(Ok(()))
    }
}

/// Answers a read with everything that has arrived, instead of one record of it.
pub(crate) struct Whole<S> {
    inner: S,
    /// The error that came behind some bytes.
    failed: Option<io::Error>,
}

impl<S> Whole<S> {
    pub(super) fn new(inner: S) -> Self {
        Whole { inner, failed: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Whole<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, wanted: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(error));
        }
        let first = wanted.filled().len();
        loop {
            let before = wanted.filled().len();
            let outcome = Pin::new(&mut self.inner).poll_read(cx, wanted);
            let has_some = before > first;
            match outcome {
                // The waker is registered already; one wake-up too many is harmless.
                Poll::Pending if has_some => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) if has_some => {
                    self.failed = Some(error);
                    return Poll::Ready(Ok(()));
                }
                Poll::Ready(Ok(())) if wanted.remaining() > 0 && wanted.filled().len() > before => {}
                outcome => return outcome,
            }
        }
    }
}

// Never vectored: the standard library sends one buffer without SIGPIPE, but several by `writev`, and that would end a C
// program whose server has gone (scenario `server-resets`).
macro_rules! write_through {
    ($stream:ident) => {
        impl<S: AsyncWrite + Unpin> AsyncWrite for $stream<S> {
            fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.inner).poll_write(cx, bytes)
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.inner).poll_flush(cx)
            }

            fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.inner).poll_shutdown(cx)
            }
        }
    };
}

write_through!(Buffered);
write_through!(Whole);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::VecDeque;

    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// A stream that says what it is told to say, one thing a read.
    struct Script(VecDeque<Poll<io::Result<Vec<u8>>>>);

    impl AsyncRead for Script {
        fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, wanted: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            match self.0.pop_front() {
                None => Poll::Ready(Ok(())),
                Some(Poll::Pending) => {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
                Some(Poll::Ready(Err(error))) => Poll::Ready(Err(error)),
                Some(Poll::Ready(Ok(mut bytes))) => {
                    let rest = bytes.split_off(bytes.len().min(wanted.remaining()));
                    wanted.put_slice(&bytes);
                    if !rest.is_empty() {
                        self.0.push_front(Poll::Ready(Ok(rest)));
                    }
                    Poll::Ready(Ok(()))
                }
            }
        }
    }

    fn says(bytes: &[u8]) -> Poll<io::Result<Vec<u8>>> {
        Poll::Ready(Ok(bytes.to_vec()))
    }

    #[tokio::test]
    async fn small_reads_are_served_from_one_large_one_and_nothing_is_lost() {
        let heard = Heard::default();
        let script = Script([says(b"hello "), Poll::Pending, says(b"world")].into());
        let mut stream = Buffered::new(script, heard.clone());
        let mut byte = [0; 1];
        stream.read_exact(&mut byte).await.unwrap();
        assert_eq!((&byte, heard.bytes()), (b"h", 6));
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        assert_eq!((rest.as_str(), heard.bytes()), ("ello world", 11));
    }

    #[tokio::test]
    async fn a_read_brings_all_that_has_arrived_and_does_not_wait_for_more() {
        let mut stream = Whole::new(Script([says(b"one"), says(b"two"), Poll::Pending, says(b"three")].into()));
        let mut room = [0; 64];
        assert_eq!(stream.read(&mut room).await.unwrap(), 6);
        assert_eq!(stream.read(&mut room).await.unwrap(), 5);
        assert_eq!(stream.read(&mut room).await.unwrap(), 0);
    }

    #[test]
    fn several_buffers_are_not_written_at_once_even_if_the_stream_could() {
        let (pipe, _) = tokio::io::duplex(16);
        assert!(pipe.is_write_vectored());
        let buffered = Buffered::new(pipe, Heard::default());
        assert!(!buffered.is_write_vectored());
        assert!(!Whole::new(buffered).is_write_vectored());
    }

    #[tokio::test]
    async fn an_error_behind_bytes_comes_after_them() {
        let broken = Poll::Ready(Err(io::Error::other("broken")));
        let mut stream = Whole::new(Script([says(b"last words"), broken].into()));
        let mut room = [0; 64];
        assert_eq!(stream.read(&mut room).await.unwrap(), 10);
        assert_eq!(stream.read(&mut room).await.unwrap_err().to_string(), "broken");
    }

    #[tokio::test]
    async fn no_more_is_read_than_there_is_room_for() {
        let mut stream = Whole::new(Script([says(b"abc"), says(b"defgh")].into()));
        let mut room = [0; 5];
        assert_eq!(stream.read(&mut room).await.unwrap(), 5);
        assert_eq!(stream.read(&mut room).await.unwrap(), 3);
    }
}
