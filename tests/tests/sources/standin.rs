//! A small HTTP server whose every answer is made by a closure, that can be stopped, started again, and made to hang.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::contract::eventually;

/// A request, read to its end.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: HashMap<String, String>,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn query(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// A body of the type that browsers send forms as.
    pub(crate) fn form(&self) -> HashMap<String, String> {
        pairs(&self.body)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What is answered.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
}

pub(crate) enum Body {
    Whole(String),
    Stream(mpsc::UnboundedReceiver<String>),
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Reply {
        Reply { status, headers: Vec::new(), body: Body::Whole(body.into()) }
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Reply {
        Reply::new(status, body.to_string()).header("content-type", "application/json".into())
    }

    pub(crate) fn header(mut self, name: &'static str, value: String) -> Reply {
        self.headers.push((name, value));
        self
    }
}

type Answering = Pin<Box<dyn Future<Output = Reply> + Send>>;
type Handler = dyn Fn(Asked) -> Answering + Send + Sync;

pub(crate) struct Standin {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    serving: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

struct Shared {
    handler: Box<Handler>,
    open: AtomicUsize,
    hangs: AtomicBool,
    /// Request lines.
    asked: Mutex<Vec<String>>,
}

impl Standin {
    pub(crate) async fn start<F>(handler: impl Fn(Asked) -> F + Send + Sync + 'static) -> Standin
    where
        F: Future<Output = Reply> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let handler: Box<Handler> = Box::new(move |asked| Box::pin(handler(asked)));
        let (open, hangs) = (AtomicUsize::new(0), AtomicBool::new(false));
        let shared = Arc::new(Shared { handler, open, hangs, asked: Mutex::default() });
        let serving = Mutex::new(Some(tokio::spawn(serve(listener, Arc::clone(&shared)))));
        Standin { address, shared, serving }
    }

    /// No new connection is accepted, the open ones break.
    pub(crate) async fn stop(&self) {
        let serving = self.serving.lock().unwrap().take();
        if let Some(serving) = serving {
            serving.abort();
            let _ = serving.await;
        }
        eventually("all connections are closed", || self.open() == 0).await;
    }

    /// On the same port again.
    pub(crate) async fn resume(&self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        *self.serving.lock().unwrap() = Some(tokio::spawn(serve(listener, Arc::clone(&self.shared))));
    }

    pub(crate) fn hang(&self, hangs: bool) {
        self.shared.hangs.store(hangs, Ordering::SeqCst);
    }

    /// Connections that are open now.
    pub(crate) fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// `GET /path` of every request so far, with what stands after the `?`.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, begin: &str) -> usize {
        self.asked().iter().filter(|line| line.starts_with(begin)).count()
    }

    /// Until one more request has come.
    pub(crate) async fn asked_again(&self) {
        let before = self.asked().len();
        eventually("another request", || self.asked().len() > before).await;
    }
}

struct Counted(Arc<Shared>);

impl Counted {
    fn new(shared: &Arc<Shared>) -> Counted {
        shared.open.fetch_add(1, Ordering::SeqCst);
        Counted(Arc::clone(shared))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // Dropped with this task, and all connections with it.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let counted = Counted::new(&shared);
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let _counted = counted;
            let service = service_fn(move |request| answer(Arc::clone(&shared), request));
            // A client that goes away is no failure of the test's server.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let (parts, body) = request.into_parts();
    shared.asked.lock().unwrap().push(format!("{} {}", parts.method, parts.uri));
    if shared.hangs.load(Ordering::SeqCst) {
        std::future::pending::<()>().await;
    }
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()));
    let asked = Asked {
        method: parts.method.to_string(),
        path: percent_decode_str(parts.uri.path()).decode_utf8_lossy().into_owned(),
        query: pairs(parts.uri.query().unwrap_or("")),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let reply = (shared.handler)(asked).await;
    let body = match reply.body {
        Body::Whole(text) => Full::new(Bytes::from(text)).boxed(),
        Body::Stream(lines) => {
            let frames = futures_util::stream::unfold(lines, |mut lines| async move {
                let line = lines.recv().await?;
                Some((Ok::<_, Infallible>(Frame::data(Bytes::from(line))), lines))
            });
            StreamBody::new(frames).boxed()
        }
    };
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    Ok(response.body(body).unwrap())
}

fn pairs(text: &str) -> HashMap<String, String> {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}
