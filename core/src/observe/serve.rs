//! A small HTTP server for `/metrics`, for programs that have none of their own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE as TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};

use crate::error::{Error, ErrorCode, Result};

/// Connections at the same time; further ones wait in the system's queue.
const MAX_CONNECTIONS: usize = 16;
/// How long a request's head may take.
const HEAD_PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection may last, idle or not. Prometheus asks every few seconds and connects anew.
const LIFETIME: Duration = Duration::from_secs(120);
const MAX_HEAD_BYTES: usize = 16 << 10;

/// Who may reach the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Exposure {
    /// Only this machine: the address must be loopback.
    #[default]
    Loopback,
    /// Whoever reaches the address: without encryption, without a password.
    DangerAnyAddress,
}

/// Serves metrics until it is dropped or closed.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: AbortHandle,
    process: u32,
}

impl Server {
    pub(super) async fn start(address: &str, exposure: Exposure) -> Result<Server> {
        let address = address.replacen("localhost:", "127.0.0.1:", 1);
        let address: SocketAddr = address.parse().map_err(|error| {
            Error::new(ErrorCode::InvalidArgument, "the address of the metrics is IP:port, such as 127.0.0.1:9464")
                .with_source(error)
        })?;
        if exposure == Exposure::Loopback && !address.ip().is_loopback() {
            let text =
                format!("{address} can be reached by others; metrics are served on loopback unless asked otherwise");
            return Err(Error::new(ErrorCode::InvalidArgument, text));
        }
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Error::new(ErrorCode::ListenFailed, format!("cannot listen on {address}: {error}")).with_source(error)
        })?;
        let address = listener.local_addr().unwrap_or(address);
        let task = tokio::spawn(accept(listener)).abort_handle();
        Ok(Server { address, task, process: std::process::id() })
    }

    /// Where it listens, with the port that was found.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops. Idempotent; does not wait.
    pub fn close(&self) {
        // A forked child has no such task, and its lock may have been held at the fork.
        if std::process::id() == self.process {
            self.task.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

async fn accept(listener: TcpListener) {
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // Dropped with this task, and with it every connection.
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&free).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((tcp, _)) => {
                connections.spawn(async move {
                    let _ = tokio::time::timeout(LIFETIME, answer(tcp)).await;
                    drop(place);
                });
            }
            // Out of descriptors, most likely: others need the processor more.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(tcp: TcpStream) {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_PATIENCE).max_buf_size(MAX_HEAD_BYTES);
    let _ = server.serve_connection(TokioIo::new(tcp), service_fn(respond)).await;
}

async fn respond(request: Request<Incoming>) -> std::result::Result<Response<Full<Bytes>>, Infallible> {
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    let (status, kind, text) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => {
            (StatusCode::OK, HeaderValue::from_static(super::CONTENT_TYPE), super::prometheus())
        }
        (_, "/metrics") => (StatusCode::METHOD_NOT_ALLOWED, plain, "GET /metrics\n".to_owned()),
        _ => (StatusCode::NOT_FOUND, plain, "GET /metrics\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(TYPE, kind);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    Ok(response)
}
