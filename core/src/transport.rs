//! Dial, TLS, WebSocket upgrade: from an endpoint to a stream of messages.
//!
//! Nothing secret passes here before the peer is proven: the upgrade carries no credential, no header of ours and no
//! query string (TOK-8); the login is a message of its own.

mod buffered;

use std::io;
use std::net::SocketAddr;

use rustls::HandshakeKind;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, error::CapacityError, error::ProtocolError};

use crate::config::{Config, Endpoint};
use crate::error::{Error, ErrorCode, Result};
use crate::tls::{self, TlsSummary};
use buffered::{Buffered, Heard, Whole};

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

/// Opens a WebSocket to `endpoint`.
pub(crate) async fn open(config: &Config, endpoint: &Endpoint) -> Result<Transport> {
    let tls = config.tls().map(tls::client_config).transpose()?;
    let heard = Heard::default();
    let tcp = Buffered::new(dial(endpoint).await?, heard.clone());
    let (stream, summary): (Box<dyn Stream>, _) = match tls {
        None => (Box::new(tcp), None),
        Some(client) => {
            let name = server_name(endpoint)?;
            let stream = TlsConnector::from(client).connect(name, tcp).await.map_err(handshake_failed)?;
            let summary = summary(stream.get_ref().1);
            (Box::new(stream), Some(summary))
        }
    };
    let encrypted = summary.is_some();
    let url = format!("{}://{}{PATH}", if encrypted { "wss" } else { "ws" }, authority(endpoint));
    let limits = WebSocketConfig::default()
        .max_message_size(Some(config.max_message_bytes()))
        .max_frame_size(Some(config.max_message_bytes()));
    let (socket, _) = tokio_tungstenite::client_async_with_config(url, Whole::new(stream), Some(limits))
        .await
        .map_err(|error| upgrade_failed(error, encrypted))?;
    Ok(Transport { socket, heard, tls: summary })
}

/// Tries every address of the name in turn.
async fn dial(endpoint: &Endpoint) -> Result<TcpStream> {
    let shown = authority(endpoint);
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((endpoint.host(), endpoint.port()))
        .await
        .map_err(|error| {
            Error::new(ErrorCode::ResolveFailed, format!("cannot resolve {shown}: {error}")).with_source(error)
        })?
        .collect();
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(tcp) => {
                // One write per frame: waiting for more to send would only add latency (HOST-6).
                let _ = tcp.set_nodelay(true);
                return Ok(tcp);
            }
            Err(error) => last = Some(error),
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

fn server_name(endpoint: &Endpoint) -> Result<ServerName<'static>> {
    ServerName::try_from(endpoint.host().to_owned()).map_err(|error| {
        let text = format!("{} is not a name a certificate could be for", endpoint.host());
        Error::new(ErrorCode::AddressInvalid, text).with_source(error)
    })
}

fn summary(connection: &rustls::ClientConnection) -> TlsSummary {
    let version = match connection.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "TLSv1.3",
    };
    let cipher_suite =
        connection.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()).replace("TLS13_", "TLS_"));
    TlsSummary {
        version,
        cipher_suite: cipher_suite.unwrap_or_default(),
        resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
    }
}

fn handshake_failed(error: io::Error) -> Error {
    if let Some(error) = tls::handshake_error(&error) {
        return error;
    }
    let text = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the server closed the connection during the TLS handshake".to_owned(),
        _ => format!("the TLS handshake failed: {error}"),
    };
    Error::new(ErrorCode::TlsHandshakeFailed, text).with_source(error)
}

fn upgrade_failed(error: WsError, encrypted: bool) -> Error {
    match error {
        WsError::Http(response) => refused(response.status(), encrypted),
        // An unencrypted request that gets no HTTP back: most likely the port speaks TLS.
        WsError::Protocol(ProtocolError::HttparseError(_) | ProtocolError::HandshakeIncomplete) if !encrypted => {
            Error::new(
                ErrorCode::TlsExpected,
                "the server did not answer the unencrypted request as HTTP; it probably expects TLS",
            )
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
            if let Some(error) = tls::handshake_error(&error) {
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
