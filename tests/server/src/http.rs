//! The HTTP face of the one port: WebSocket upgrades, REST, ping; anything else is 404.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::faults::{Fault, Subject};
use crate::net::{Connection, End, Line, Metered};
use crate::rest;
use crate::shared::Shared;
use crate::ws::Session;

pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Serves a connection until it ends or becomes a WebSocket.
pub(crate) async fn serve(stream: Metered, connection: Arc<Connection>, shared: Arc<Shared>) {
    let visit = Visit { connection: connection.clone(), shared, requests: AtomicU64::new(0) };
    let visit = Arc::new(visit);
    let service = service_fn(|request| {
        let visit = visit.clone();
        async move { Ok::<_, Infallible>(visit.answer(request).await) }
    });
    let http =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::select! {
        // A broken request has been answered by hyper; there is nobody else to tell.
        _ = http => {}
        _ = connection.ended() => {}
    }
}

struct Visit {
    connection: Arc<Connection>,
    shared: Arc<Shared>,
    requests: AtomicU64,
}

impl Visit {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        // The first line of a connection is written down byte by byte by the stream itself.
        if self.requests.fetch_add(1, Ordering::Relaxed) > 0 {
            let line = format!("{} {} {:?}", request.method(), request.uri(), request.version());
            self.shared.stats.request_line(line.as_bytes());
        }
        let path = request.uri().path().to_owned();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (request.method(), parts.as_slice()) {
            (&Method::GET, ["ws"]) => self.upgrade(request, false).await,
            (&Method::GET, ["rest", "ws"]) => self.upgrade(request, true).await,
            (&Method::GET, ["-", "ping"]) => plain(StatusCode::OK, ""),
            (&Method::GET, ["rest", "login", user, password]) => rest::login(user, password),
            (&Method::POST, ["rest", "sql"] | ["rest", "sql", ""]) => rest::sql(&self.shared, request, None).await,
            (&Method::POST, ["rest", "sql", database]) => {
                rest::sql(&self.shared, request, Some(&rest::decode(database))).await
            }
            _ => plain(StatusCode::NOT_FOUND, "404 page not found"),
        }
    }

    async fn upgrade(&self, mut request: Request<Incoming>, legacy: bool) -> Response<Body> {
        match self.shared.faults.pick(&Subject::of("upgrade")) {
            Some(Fault::Error { code, message }) => {
                let status = u16::try_from(code).ok().and_then(|code| StatusCode::from_u16(code).ok());
                return plain(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &message);
            }
            Some(Fault::DropBefore {} | Fault::Reset {} | Fault::HalfClose {}) => {
                self.connection.end(End::Cut);
                pending::<()>().await;
            }
            Some(Fault::NoAnswer {}) => pending().await,
            Some(Fault::Delay { ms }) => tokio::time::sleep(Duration::from_millis(ms)).await,
            _ => {}
        }
        let Some(key) = websocket_key(request.headers()) else {
            return plain(StatusCode::BAD_REQUEST, "Bad Request");
        };
        let accept = derive_accept_key(key.as_bytes());
        let token_in_url = rest::parameters(request.uri().query()).iter().any(|(name, _)| name == "token");
        let (connection, shared) = (self.connection.clone(), self.shared.clone());
        let upgraded = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            // A client that leaves before the answer is written has no session.
            let Ok(upgraded) = upgraded.await else { return };
            let Ok(parts) = upgraded.downcast::<TokioIo<Metered>>() else { return };
            let line = Line::new(parts.io.into_inner());
            Session::new(shared, connection, line, token_in_url, legacy).run(parts.read_buf).await;
        });
        let mut response = plain(StatusCode::SWITCHING_PROTOCOLS, "");
        let fields = [(UPGRADE, "websocket"), (CONNECTION, "Upgrade"), (SEC_WEBSOCKET_ACCEPT, accept.as_str())];
        for (name, value) in fields {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        }
        response.headers_mut().remove(CONTENT_TYPE);
        response
    }
}

fn websocket_key(headers: &HeaderMap) -> Option<&str> {
    let has = |name: HeaderName, word: &str| {
        let values = headers.get_all(name);
        values
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| text.split(','))
            .any(|item| item.trim().eq_ignore_ascii_case(word))
    };
    let asked = has(CONNECTION, "upgrade") && has(UPGRADE, "websocket") && has(SEC_WEBSOCKET_VERSION, "13");
    headers.get(SEC_WEBSOCKET_KEY).filter(|_| asked)?.to_str().ok()
}

pub(crate) fn plain(status: StatusCode, text: &str) -> Response<Body> {
    respond(status, "text/plain; charset=utf-8", text.to_owned())
}

pub(crate) fn json(status: StatusCode, value: &serde_json::Value) -> Response<Body> {
    respond(status, "application/json; charset=utf-8", value.to_string())
}

fn respond(status: StatusCode, content_type: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from(text)).boxed_unsync());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(content_type));
    response
}
