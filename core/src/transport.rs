//! Dial, TLS, WebSocket upgrade: from an endpoint to a stream of messages.
//!
//! Nothing secret passes here before the peer is proven: the upgrade carries no credential, no header of ours and no
//! query string (TOK-8); the login is a message of its own.

mod buffered;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, error::CapacityError, error::ProtocolError};

use crate::config::{Config, Endpoint, TlsConfig};
use crate::error::{Error, ErrorCode, Kind, Result};
use crate::observe::{self, Handshake};
use crate::tls::{self, Client, TlsSummary};
use buffered::{Buffered, Heard, Whole};

/// The WebSocket library clears so much room before each read, and a connection at rest keeps it.
const READ_AT_ONCE: usize = 32 * 1024;

/// Any byte stream below the WebSocket.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// An open WebSocket to a peer whose identity has been checked.
pub(crate) struct Transport {
    pub(crate) socket: WebSocketStream<Whole<Box<dyn Stream>>>,
    pub(crate) heard: Heard,
    pub(crate) tls: Option<TlsSummary>,
}

const PATH: &str = "/ws";
/// An address has so much of a start before the next one is tried beside it (RFC 8305).
const HEAD_START: Duration = Duration::from_millis(250);

/// A step of connecting, for looking where the time goes and where it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// The name becomes addresses.
    Resolve,
    /// TCP.
    Connect,
    /// TLS, with the verification of the server.
    Handshake,
    /// HTTP becomes WebSocket.
    Upgrade,
    /// The credential is shown.
    Login,
}

impl Phase {
    /// Its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Resolve => "resolve",
            Phase::Connect => "connect",
            Phase::Handshake => "handshake",
            Phase::Upgrade => "upgrade",
            Phase::Login => "login",
        }
    }
}

/// Told of every phase as it begins.
pub(crate) type Watcher<'a> = dyn FnMut(Phase) + Send + 'a;

/// Opens a WebSocket to `endpoint`, with the client of [`tls_client`].
pub(crate) async fn open(
    config: &Config,
    endpoint: &Endpoint,
    tls: Option<Client>,
    begins: &mut Watcher<'_>,
) -> Result<Transport> {
    let heard = Heard::default();
    begins(Phase::Resolve);
    let addresses = resolve(endpoint).await?;
    begins(Phase::Connect);
    let tcp = Buffered::new(dial(endpoint, addresses).await?, heard.clone());
    let identified = tls.as_ref().is_some_and(Client::is_identified);
    // The turn ends with this function: the server's tickets have come with its answer to the upgrade.
    let (stream, summary, _turn): (Box<dyn Stream>, _, _) = match tls {
        None => (Box::new(tcp), None, None),
        Some(client) => {
            let name = server_name(config, endpoint)?;
            let turn = client.turn().await;
            begins(Phase::Handshake);
            let connecting = TlsConnector::from(client.rustls()).connect(name, tcp);
            let stream = connecting.await.map_err(|error| {
                observe::count_handshake(Handshake::Failed);
                handshake_failed(error, identified)
            })?;
            let summary = client.summary(stream.get_ref().1);
            (Box::new(stream), Some(summary), Some(turn))
        }
    };
    begins(Phase::Upgrade);
    let encrypted = summary.is_some();
    let url = format!("{}://{}{PATH}", if encrypted { "wss" } else { "ws" }, authority(endpoint));
    let limits = WebSocketConfig::default()
        .read_buffer_size(READ_AT_ONCE)
        .max_message_size(Some(config.max_message_bytes()))
        .max_frame_size(Some(config.max_message_bytes()));
    let upgraded = tokio_tungstenite::client_async_with_config(url, Whole::new(stream), Some(limits))
        .await
        .map_err(|error| upgrade_failed(error, encrypted, identified));
    if let Some(summary) = &summary {
        observe::count_handshake(match &upgraded {
            // TLS 1.3 judges the client's certificate after its own handshake.
            Err(error) if error.kind() == Kind::Tls => Handshake::Failed,
            _ if summary.resumed => Handshake::Resumed,
            _ => Handshake::Full,
        });
    }
    let (socket, _) = upgraded?;
    Ok(Transport { socket, heard, tls: summary })
}

/// Reads certificate files beside the runtime's threads: a slow disk must not delay other connections.
pub(crate) async fn tls_client(config: &Config, endpoint: &Endpoint) -> Result<Option<Client>> {
    let Some(tls) = config.tls().cloned() else { return Ok(None) };
    if !tls::reads_files(config, &tls) {
        return tls::client(config, &tls, endpoint).map(Some);
    }
    let (config, endpoint) = (config.clone(), endpoint.clone());
    let client = tokio::task::spawn_blocking(move || tls::client(&config, &tls, &endpoint)).await;
    client.map(|outcome| outcome.map(Some)).unwrap_or_else(|error| {
        Err(Error::new(ErrorCode::RuntimeUnavailable, "the certificate files could not be read").with_source(error))
    })
}

async fn resolve(endpoint: &Endpoint) -> Result<Vec<SocketAddr>> {
    let found = tokio::net::lookup_host((endpoint.host(), endpoint.port())).await.map_err(|error| {
        let text = format!("cannot resolve {}: {error}", authority(endpoint));
        Error::new(ErrorCode::ResolveFailed, text).with_source(error)
    })?;
    Ok(found.collect())
}

/// Tries every address of the name: the next one when one fails, or does not answer for a moment. The first that answers is taken.
async fn dial(endpoint: &Endpoint, addresses: Vec<SocketAddr>) -> Result<TcpStream> {
    let shown = authority(endpoint);
    let mut last = None;
    let mut attempts = FuturesUnordered::new();
    let mut waiting = addresses.into_iter();
    loop {
        attempts.extend(waiting.next().map(TcpStream::connect));
        let answered = match waiting.len() {
            0 => attempts.next().await,
            _ => match tokio::time::timeout(HEAD_START, attempts.next()).await {
                Ok(answered) => answered,
                Err(_) => continue,
            },
        };
        match answered {
            None => break,
            Some(Ok(tcp)) => {
                // One write per frame: waiting for more to send would only add latency (HOST-6).
                let _ = tcp.set_nodelay(true);
                return Ok(tcp);
            }
            Some(Err(error)) => last = Some(error),
        }
    }
    Err(match last {
        None => Error::new(ErrorCode::ResolveFailed, format!("{shown} has no address")),
        Some(error) => {
            let code = match error.kind() {
                io::ErrorKind::ConnectionRefused => ErrorCode::ConnectRefused,
                _ => ErrorCode::ConnectFailed,
            };
            Error::new(code, format!("cannot connect to {shown}: {error}")).with_source(error)
        }
    })
}

/// `host:port`, with brackets round an IPv6 address.
pub(crate) fn authority(endpoint: &Endpoint) -> String {
    match endpoint.host().contains(':') {
        true => format!("[{}]:{}", endpoint.host(), endpoint.port()),
        false => format!("{}:{}", endpoint.host(), endpoint.port()),
    }
}

fn server_name(config: &Config, endpoint: &Endpoint) -> Result<ServerName<'static>> {
    let name = config.tls().and_then(TlsConfig::server_name).unwrap_or(endpoint.host());
    ServerName::try_from(name.to_owned()).map_err(|error| {
        let text = format!("{name} is not a name a certificate could be for");
        Error::new(ErrorCode::AddressInvalid, text).with_source(error)
    })
}

fn handshake_failed(error: io::Error, identified: bool) -> Error {
    if let Some(error) = tls::handshake_error(&error, identified) {
        return error;
    }
    let text = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the server closed the connection during the TLS handshake".to_owned(),
        _ => format!("the TLS handshake failed: {error}"),
    };
    Error::new(ErrorCode::TlsHandshakeFailed, text).with_source(error)
}

fn upgrade_failed(error: WsError, encrypted: bool, identified: bool) -> Error {
    match error {
        // TLS 1.3 judges the client's certificate after its own handshake: the refusal is the first thing to be read.
        WsError::Io(error) => match tls::handshake_error(&error, identified) {
            Some(error) => error,
            None => stream_error(WsError::Io(error), "during the WebSocket upgrade"),
        },
        WsError::Http(response) => refused(response.status(), encrypted),
        // An unencrypted request that gets no HTTP back: most likely the port speaks TLS.
        WsError::Protocol(ProtocolError::HttparseError(_) | ProtocolError::HandshakeIncomplete) if !encrypted => {
            Error::new(
                ErrorCode::TlsExpected,
                "the server did not answer the unencrypted request as HTTP; it probably expects TLS",
            )
        }
        WsError::Protocol(
            error @ (ProtocolError::WrongHttpVersion
            | ProtocolError::MissingUpgradeWebSocketHeader
            | ProtocolError::MissingConnectionUpgradeHeader
            | ProtocolError::SecWebSocketAcceptKeyMismatch),
        ) => {
            let text = format!("the server did not answer the WebSocket upgrade as one that speaks WebSocket: {error}");
            Error::new(ErrorCode::UpgradeRefused, text)
        }
        error => stream_error(error, "during the WebSocket upgrade"),
    }
}

fn refused(status: StatusCode, encrypted: bool) -> Error {
    let code = match status.as_u16() {
        401 | 403 => ErrorCode::UpgradeUnauthorized,
        300..=399 if !encrypted => ErrorCode::TlsExpected,
        429 => ErrorCode::RateLimited,
        502..=504 => ErrorCode::BackendUnavailable,
        _ => ErrorCode::UpgradeRefused,
    };
    Error::new(code, format!("the server answered the WebSocket upgrade with HTTP {status}"))
}

/// What went wrong on an open WebSocket.
pub(crate) fn stream_error(error: WsError, when: &str) -> Error {
    match error {
        WsError::Capacity(CapacityError::MessageTooLong { size, max_size }) => Error::new(
            ErrorCode::MessageTooLarge,
            format!("the server announced a message of {size} bytes, the limit is {max_size}"),
        )
        .with_option("max_message_bytes"),
        WsError::Io(error) => {
            if let Some(error) = tls::handshake_error(&error, true) {
                return error;
            }
            Error::new(ErrorCode::ConnectionLost, format!("the connection was lost {when}: {error}")).with_source(error)
        }
        WsError::ConnectionClosed
        | WsError::AlreadyClosed
        | WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake | ProtocolError::HandshakeIncomplete) => {
            Error::new(ErrorCode::ConnectionLost, format!("the server closed the connection {when}"))
        }
        error => {
            let text = format!("the server broke the WebSocket protocol {when}: {error}");
            Error::new(ErrorCode::ProtocolMessage, text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse_hosts;
    use tokio::net::{TcpListener, TcpSocket};

    fn endpoint() -> Endpoint {
        parse_hosts("db.example").expect("a name").remove(0).into_endpoint(6041)
    }

    /// One that drops whoever wants to connect, and what keeps it so.
    async fn dead() -> (SocketAddr, TcpListener, Vec<TcpStream>) {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let listener = socket.listen(1).expect("a queue");
        let address = listener.local_addr().expect("an address");
        let mut queue = Vec::new();
        while let Ok(connected) = tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
            queue.push(connected.expect("room in the queue"));
        }
        (address, listener, queue)
    }

    #[tokio::test]
    async fn an_address_that_does_not_answer_does_not_keep_the_next_one_waiting() {
        let (silent, _listener, _queue) = dead().await;
        let alive = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = alive.local_addr().expect("an address");
        let endpoint = endpoint();
        let dialling = dial(&endpoint, vec![silent, silent, address]);
        let tcp = tokio::time::timeout(Duration::from_secs(5), dialling).await.expect("in time").expect("a socket");
        assert_eq!(tcp.peer_addr().expect("a peer"), address);
    }

    #[tokio::test]
    async fn addresses_that_all_refuse_are_told_as_refused() {
        let gone = TcpListener::bind("127.0.0.1:0").await.and_then(|listener| listener.local_addr()).expect("a port");
        let error = dial(&endpoint(), vec![gone, gone]).await.expect_err("nobody is there");
        assert_eq!(error.code(), ErrorCode::ConnectRefused);
        let error = dial(&endpoint(), Vec::new()).await.expect_err("no address");
        assert_eq!(error.code(), ErrorCode::ResolveFailed);
    }
}
