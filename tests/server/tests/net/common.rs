//! Raw clients for the tests of the server: WebSocket by tokio-tungstenite, HTTP by hand.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tdsec_testserver::tls::{TlsMode, TlsOptions};
use tdsec_testserver::{TestServer, TestServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Longer than anything here takes; a test that waits for it has failed.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

pub(crate) fn plain() -> TestServerConfig {
    let tls = TlsOptions { mode: TlsMode::Off, ..Default::default() };
    TestServerConfig { tls, ..Default::default() }
}

pub(crate) fn start() -> TestServer {
    TestServer::start(plain()).unwrap()
}

pub(crate) struct Client(pub(crate) WebSocketStream<Box<dyn Stream>>);

impl Client {
    /// Opens `/ws`.
    pub(crate) async fn open(server: &TestServer) -> Client {
        Client::open_at(server, "/ws").await
    }

    pub(crate) async fn open_at(server: &TestServer, path: &str) -> Client {
        Client::try_open(server, path).await.unwrap()
    }

    pub(crate) async fn try_open(server: &TestServer, path: &str) -> Result<Client, Error> {
        let tcp = TcpStream::connect(server.address()).await?;
        tcp.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match server.ca_path() {
            None => Box::new(tcp),
            Some(ca) => {
                let name = ServerName::from(server.address().ip());
                Box::new(TlsConnector::from(client_config(ca)).connect(name, tcp).await?)
            }
        };
        let request = format!("{}{path}", server.url().replace("wss://", "ws://"));
        Ok(Client(client_async(request, stream).await?.0))
    }

    /// Opens `/ws` and logs in with the first token.
    pub(crate) async fn logged_in(server: &TestServer) -> Client {
        let mut client = Client::open(server).await;
        let reply = client.ask("conn", json!({ "req_id": 1, "bearer_token": server.token() })).await;
        assert_eq!(reply["code"], 0, "{reply}");
        client
    }

    pub(crate) async fn send(&mut self, message: impl Into<Message>) {
        self.0.send(message.into()).await.unwrap();
    }

    pub(crate) async fn send_action(&mut self, action: &str, args: Value) {
        self.send(json!({ "action": action, "args": args }).to_string()).await;
    }

    /// The next text or binary message, or how the connection ended.
    pub(crate) async fn receive(&mut self) -> Result<Message, String> {
        loop {
            match tokio::time::timeout(LIMIT, self.0.next()).await.expect("an answer in time") {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Ok(message),
                Some(Err(error)) => return Err(error.to_string()),
                None => return Err("end of stream".to_owned()),
            }
        }
    }

    pub(crate) async fn receive_json(&mut self) -> Value {
        let message = self.receive().await.unwrap();
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }

    pub(crate) async fn receive_bytes(&mut self) -> Vec<u8> {
        match self.receive().await.unwrap() {
            Message::Binary(bytes) => bytes.to_vec(),
            other => panic!("not binary: {other:?}"),
        }
    }

    /// Sends a text action and waits for the next message.
    pub(crate) async fn ask(&mut self, action: &str, args: Value) -> Value {
        self.send_action(action, args).await;
        self.receive_json().await
    }

    /// A binary query (action 6) and its reply.
    pub(crate) async fn query(&mut self, req_id: u64, sql: &str) -> Value {
        self.send(binary_sql(req_id, 6, sql)).await;
        self.receive_json().await
    }

    /// A `fetch_raw_block` and its reply.
    pub(crate) async fn fetch(&mut self, req_id: u64, id: u64) -> RawBlockReply {
        self.send(header(req_id, id, 7, &1u16.to_le_bytes())).await;
        RawBlockReply::read(&self.receive_bytes().await)
    }

    /// Nothing comes until the server answers another question: what was asked before has no answer.
    pub(crate) async fn expect_silence(&mut self) {
        let reply = self.ask("version", json!({ "req_id": 987_654 })).await;
        assert_eq!(reply["req_id"], 987_654, "{reply}");
    }
}

/// The answer of `fetch_raw_block`, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawBlockReply {
    pub(crate) req_id: u64,
    pub(crate) code: u32,
    pub(crate) message: String,
    pub(crate) id: u64,
    pub(crate) finished: bool,
    pub(crate) block: Vec<u8>,
}

impl RawBlockReply {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let u64_at = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!((u64_at(0), u64_at(8), bytes[16], bytes[17]), (u64::MAX, 7, 1, 0));
        let length = u32_at(38) as usize;
        let finished = bytes[50 + length] == 1;
        let block = if finished { &bytes[51 + length..] } else { &bytes[55 + length..] };
        if !finished {
            assert_eq!(u32_at(51 + length) as usize, block.len());
        }
        RawBlockReply {
            req_id: u64_at(26),
            code: u32_at(34),
            message: String::from_utf8(bytes[42..42 + length].to_vec()).unwrap(),
            id: u64_at(42 + length),
            finished,
            block: block.to_vec(),
        }
    }
}

/// A binary request: 24 bytes of header and what follows.
pub(crate) fn header(req_id: u64, id: u64, action: u64, rest: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = [req_id, id, action].iter().flat_map(|number| number.to_le_bytes()).collect();
    bytes.extend_from_slice(rest);
    bytes
}

pub(crate) fn binary_sql(req_id: u64, action: u64, sql: &str) -> Vec<u8> {
    let mut rest = 1u16.to_le_bytes().to_vec();
    rest.extend((sql.len() as u32).to_le_bytes());
    rest.extend(sql.as_bytes());
    header(req_id, 0, action, &rest)
}

pub(crate) fn client_config(ca: &Path) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for cert in CertificateDer::pem_file_iter(ca).unwrap() {
        roots.add(cert.unwrap()).unwrap();
    }
    Arc::new(config_builder().with_root_certificates(roots).with_no_client_auth())
}

pub(crate) fn config_builder() -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap()
}

/// One HTTP/1.0 exchange: status and body.
pub(crate) async fn http(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, String) {
    let mut tcp = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    let fields: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!("{method} {path} HTTP/1.0\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len());
    tcp.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    tokio::time::timeout(LIMIT, tcp.read_to_string(&mut reply)).await.unwrap().unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// One request of the control API: status and JSON.
pub(crate) async fn control(server: &TestServer, method: &str, path: &str, body: Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let (status, text) = http(server.control_url(), method, path, &[], &body).await;
    (status, serde_json::from_str(&text).unwrap())
}

/// The collection of golden vectors, beside the repository.
fn vector_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors").join(name)
}

/// True, with a message, where the collection is not at hand.
#[allow(clippy::print_stderr)]
pub(crate) fn no_vectors() -> bool {
    let absent = !vector_file("README.md").exists();
    if absent {
        eprintln!("skipped: the collection of vectors is not beside the repository");
    }
    absent
}

/// A golden vector.
pub(crate) fn vector(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(vector_file(&format!("{name}.json"))).unwrap()).unwrap()
}

/// The bytes of a golden vector.
pub(crate) fn vector_bytes(name: &str) -> Vec<u8> {
    let text = std::fs::read(vector_file(&format!("{name}.hex"))).unwrap();
    let digits: Vec<u8> = text.into_iter().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Plays the text steps of a vector: client frames go out, server frames must come back (but for `timing`).
/// `$` texts in client frames are replaced.
pub(crate) async fn replay(client: &mut Client, steps: &[Value], replace: &[(&str, &str)]) {
    for step in steps {
        assert_eq!(step["kind"], "text", "{step}");
        let frame = &step["frame"];
        if step["from"] == "client" {
            let text = frame.as_str().map_or_else(|| frame.to_string(), str::to_owned);
            client.send(replace.iter().fold(text, |text, (from, to)| text.replace(from, to))).await;
        } else {
            let mut reply = client.receive_json().await;
            assert!(reply["timing"].is_u64(), "{reply}");
            reply["timing"] = frame["timing"].clone();
            assert_eq!(&reply, frame);
        }
    }
}
