//! The stream under HTTP and WebSocket: plain or TLS, with what it carried counted.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::Connection;
use crate::shared::Shared;

/// A first line longer than this is cut in `/stats`.
const LINE_LIMIT: usize = 8192;

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A stream that counts what it receives and keeps the first line of it, byte by byte, for `/stats`. While it lives
/// its connection counts as open.
pub(crate) struct Metered {
    stream: Stream,
    first_line: Option<Vec<u8>>,
    connection: Arc<Connection>,
    shared: Arc<Shared>,
}

impl Metered {
    pub(crate) fn plain(tcp: TcpStream, connection: Arc<Connection>, shared: Arc<Shared>) -> Self {
        Metered { stream: Stream::Plain(tcp), first_line: Some(Vec::new()), connection, shared }
    }

    pub(crate) fn tls(tls: TlsStream<TcpStream>, connection: Arc<Connection>, shared: Arc<Shared>) -> Self {
        Metered { stream: Stream::Tls(Box::new(tls)), first_line: Some(Vec::new()), connection, shared }
    }

    /// The socket under it, past TLS.
    pub(super) fn tcp(&mut self) -> &mut TcpStream {
        match &mut self.stream {
            Stream::Plain(tcp) => tcp,
            Stream::Tls(tls) => tls.get_mut().0,
        }
    }

    fn writer(&mut self) -> Pin<&mut (dyn AsyncWrite + Send + Unpin)> {
        match &mut self.stream {
            Stream::Plain(tcp) => Pin::new(tcp),
            Stream::Tls(tls) => Pin::new(tls.as_mut()),
        }
    }

    fn received(&mut self, bytes: &[u8]) {
        self.shared.stats.bytes_received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let Some(mut line) = self.first_line.take() else { return };
        let end = bytes.iter().position(|byte| *byte == b'\n');
        line.extend_from_slice(&bytes[..end.unwrap_or(bytes.len())]);
        if end.is_some() || line.len() > LINE_LIMIT {
            line.truncate(LINE_LIMIT);
            self.shared.stats.request_line(&line);
        } else {
            self.first_line = Some(line);
        }
    }
}

impl Drop for Metered {
    fn drop(&mut self) {
        if let Some(line) = self.first_line.take().filter(|line| !line.is_empty()) {
            self.shared.stats.request_line(&line);
        }
        self.shared.registry.close(self.connection.id);
    }
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = match &mut self.stream {
            Stream::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Stream::Tls(tls) => Pin::new(tls.as_mut()).poll_read(cx, buf),
        };
        if buf.filled().len() > before {
            self.received(&buf.filled()[before..]);
        }
        polled
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.writer().poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writer().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer().poll_shutdown(cx)
    }
}
