//! The line of an upgraded connection: reader and writer share the stream, and anybody may end it rudely.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Metered;

/// A handle on the stream; clones share it. Once cut, reads see the end and writes fail.
#[derive(Clone)]
pub(crate) struct Line(Arc<Mutex<Inner>>);

struct Inner {
    stream: Option<Metered>,
    /// Who waits for the stream: dropping a socket wakes nobody.
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Line {
    pub(crate) fn new(stream: Metered) -> Self {
        Line(Arc::new(Mutex::new(Inner { stream: Some(stream), reader: None, writer: None })))
    }

    /// Drops the socket without a TLS or WebSocket goodbye.
    pub(crate) fn cut(&self) {
        let (stream, wakers) = {
            let mut inner = self.inner();
            (inner.stream.take(), [inner.reader.take(), inner.writer.take()])
        };
        drop(stream);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// Drops the socket so that the peer gets a TCP reset.
    pub(crate) fn reset(&self) {
        if let Some(stream) = &mut self.inner().stream {
            // If the option cannot be set the socket is cut all the same.
            let _ = stream.tcp().set_zero_linger();
        }
        self.cut();
    }

    /// Ends the sending direction of the TCP connection, and only that.
    pub(crate) fn half_close(&self) {
        if let Some(stream) = &mut self.inner().stream {
            let _ = Pin::new(stream.tcp()).poll_shutdown(&mut Context::from_waker(Waker::noop()));
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_with<T>(
        &self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut Metered>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let mut inner = self.inner();
        let Some(stream) = &mut inner.stream else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let polled = poll(Pin::new(stream), cx);
        if polled.is_pending() {
            inner.writer = Some(cx.waker().clone());
        }
        polled
    }
}

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.inner();
        let Some(stream) = &mut inner.stream else { return Poll::Ready(Ok(())) };
        let polled = Pin::new(stream).poll_read(cx, buf);
        if polled.is_pending() {
            inner.reader = Some(cx.waker().clone());
        }
        polled
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.write_with(cx, |stream, cx| stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write_with(cx, |stream, cx| stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write_with(cx, |stream, cx| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write_with(cx, |stream, cx| stream.poll_shutdown(cx))
    }
}
