//! A running test server.

use std::future::Future;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;

use serde::Serialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;

use crate::accounts::{Accounts as _, Book, Clock, NewToken};
use crate::config::TestServerConfig;
use crate::control::{self, Control};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::faults::Rule;
use crate::net::Endpoint;
use crate::shared::Shared;
use crate::tls::{self, Prepared};

/// The name of the first token.
const FIRST_TOKEN: &str = "t1";

/// A test server on threads of its own; it ends when this is dropped. All methods may be called from anywhere, also
/// from async code of another runtime.
pub struct TestServer {
    runtime: Option<Runtime>,
    shared: Arc<Shared>,
    endpoint: Arc<Endpoint>,
    prepared: Option<Prepared>,
    url: Arc<str>,
    control_url: String,
    token: String,
}

impl TestServer {
    /// Starts a server; it accepts connections when this returns.
    pub fn start(config: TestServerConfig) -> Result<TestServer> {
        let prepared = tls::prepare(&config.tls)?;
        let listen = resolve(&config.listen)?;
        let control_at = resolve(&config.control)?;
        if !control_at.ip().is_loopback() {
            return Err(Error::new("--control", "only a loopback address may control the server"));
        }
        let first = NewToken {
            name: FIRST_TOKEN.to_owned(),
            user: "root".to_owned(),
            // Part of a second is rounded up: zero would mean for ever.
            ttl_s: Some(config.token_ttl.as_secs() + u64::from(config.token_ttl.subsec_nanos() > 0)),
            ..NewToken::default()
        };
        let given = config.token.clone();
        let shared = Shared::new(config).map_err(|error| Error::new("SQL engine", error))?;
        let token = shared.book.issue_token(first, given).map_err(|error| Error::new("first token", error))?;

        let runtime = Builder::new_multi_thread()
            .worker_threads(thread::available_parallelism().map_or(2, usize::from).max(2))
            .thread_name("tdsec-testserver")
            .enable_all()
            .build()
            .map_err(|error| Error::new("start threads", error))?;
        let acceptor = prepared.as_ref().map(|prepared| TlsAcceptor::from(prepared.config.clone()));
        let opening = Endpoint::open(listen, acceptor, shared.clone());
        let endpoint = wait(&runtime, opening)?.map_err(|error| Error::new(format!("listen on {listen}"), error))?;
        let url: Arc<str> = url(if prepared.is_some() { "wss" } else { "ws" }, endpoint.address()).into();
        let secure = if prepared.is_some() { "https://" } else { "" };
        // Set once, right here.
        let _ = shared.instance.set(format!("{secure}{}", reachable(endpoint.address())));
        let listener = wait(&runtime, TcpListener::bind(control_at))?
            .map_err(|error| Error::new(format!("listen on {control_at}"), error))?;
        let address = listener.local_addr().map_err(|error| Error::new("control address", error))?;
        let control = Control { shared: shared.clone(), endpoint: endpoint.clone(), url: url.clone() };
        runtime.spawn(control::serve(listener, control));
        let control_url = format!("http://{address}");
        Ok(TestServer { runtime: Some(runtime), shared, endpoint, prepared, url, control_url, token })
    }

    /// `wss://127.0.0.1:PORT` or `ws://…`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.endpoint.address()
    }

    /// The CA file that clients should trust; `None` without TLS or with certificates from files.
    pub fn ca_path(&self) -> Option<&Path> {
        self.prepared.as_ref()?.trust.as_ref().map(tls::TrustFile::path)
    }

    /// SHA-256 of the certificate's public key in hexadecimal, if the server made it.
    pub fn pin(&self) -> Option<&str> {
        self.prepared.as_ref()?.pin.as_deref()
    }

    /// The first token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// `http://127.0.0.1:PORT` of the control API.
    pub fn control_url(&self) -> &str {
        &self.control_url
    }

    /// What `GET /stats` answers.
    pub fn stats(&self) -> Value {
        self.shared.stats_json()
    }

    /// What `POST /stats/reset` does.
    pub fn reset_stats(&self) {
        self.shared.stats.reset(self.shared.registry.total());
    }

    /// Users and tokens.
    pub fn accounts(&self) -> &Book {
        &self.shared.book
    }

    /// The virtual clock.
    pub fn clock(&self) -> &Clock {
        self.shared.book.clock()
    }

    /// The SQL engine.
    pub fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    /// Adds a fault rule; its number.
    pub fn add_fault(&self, rule: Rule) -> Result<u64> {
        self.shared.faults.add(rule).map_err(|error| Error::new("fault", error))
    }

    /// Adds a fault rule from its JSON, as `POST /faults` takes it.
    pub fn add_fault_json(&self, rule: &Value) -> Result<u64> {
        let rule = serde_json::from_value(rule.clone()).map_err(|error| Error::new("fault", error))?;
        self.add_fault(rule)
    }

    /// Takes all fault rules away.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
        self.shared.registry.read_at_full_speed();
    }

    /// What `POST /sessions/kill` does: the WebSockets stay, every request that needs a login is refused from now on.
    pub fn kill_sessions(&self) {
        self.shared.registry.kill_sessions();
    }

    /// Refuses new connections and cuts the open ones.
    pub fn stop_endpoint(&self) -> Result<()> {
        let endpoint = self.endpoint.clone();
        self.on_runtime(async move { endpoint.stop().await })
    }

    /// Accepts again on the same port.
    pub fn start_endpoint(&self) -> Result<()> {
        let endpoint = self.endpoint.clone();
        let started = self.on_runtime(async move { endpoint.start().await })?;
        started.map_err(|error| Error::new("listen again", error))
    }

    /// The line that the binary prints when it is ready, without the line end.
    pub fn ready_line(&self) -> String {
        let line = ReadyLine {
            ready: true,
            url: self.url(),
            ca: self.ca_path(),
            token: self.token(),
            control: self.control_url(),
            pin: self.pin(),
        };
        // Text and paths made by this process: they have a JSON form.
        serde_json::to_string(&line).unwrap_or_default()
    }

    /// Cuts everything and ends the threads. Dropping does the same without waiting.
    pub fn stop(mut self) {
        self.shared.registry.cut_all();
        if let Some(runtime) = self.runtime.take() {
            // On a thread of its own, because a runtime must not be waited for inside another.
            let ended = thread::spawn(move || runtime.shutdown_timeout(std::time::Duration::from_secs(2))).join();
            debug_assert!(ended.is_ok(), "the runtime's end does not panic");
        }
    }

    fn on_runtime<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<T> {
        match &self.runtime {
            Some(runtime) => wait(runtime, work),
            None => Err(Error::new("test server", "it has been stopped")),
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[derive(Serialize)]
struct ReadyLine<'a> {
    ready: bool,
    url: &'a str,
    ca: Option<&'a Path>,
    token: &'a str,
    control: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pin: Option<&'a str>,
}

/// Runs work on a runtime and waits for it; unlike `block_on` this may be called inside another runtime.
fn wait<T: Send + 'static>(runtime: &Runtime, work: impl Future<Output = T> + Send + 'static) -> Result<T> {
    let (sender, receiver) = mpsc::channel();
    runtime.spawn(async move {
        // The receiver waits right below.
        let _ = sender.send(work.await);
    });
    receiver.recv().map_err(|error| Error::new("test server", error))
}

fn resolve(address: &str) -> Result<SocketAddr> {
    let resolved = address.to_socket_addrs().map_err(|error| Error::new(format!("address {address}"), error))?;
    resolved.into_iter().next().ok_or_else(|| Error::new(format!("address {address}"), "no such host"))
}

fn url(scheme: &str, address: SocketAddr) -> String {
    format!("{scheme}://{}", reachable(address))
}

/// Where a client on this machine finds a listener, also one on all addresses.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(IpAddr::from([127, 0, 0, 1])),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])),
        _ => {}
    }
    address
}
