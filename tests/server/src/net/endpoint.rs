//! The listener: accepts, shakes hands, hands over to HTTP; can be stopped and started on the same port.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::HandshakeKind;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::{Connection, Metered};
use crate::faults::{Fault, Subject};
use crate::http;
use crate::shared::Shared;

const HANDSHAKE_LIMIT: Duration = Duration::from_secs(30);

/// Records small enough to leave the socket's buffer soon, large enough for few system calls.
const TLS_BUFFER: usize = 256 * 1024;

/// A port that can be opened and shut.
pub(crate) struct Endpoint {
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    accepting: Mutex<Option<JoinHandle<()>>>,
}

impl Endpoint {
    /// Binds and accepts at once.
    pub(crate) async fn open(
        address: SocketAddr,
        acceptor: Option<TlsAcceptor>,
        shared: Arc<Shared>,
    ) -> io::Result<Arc<Self>> {
        let listener = TcpListener::bind(address).await?;
        let endpoint = Endpoint { address: listener.local_addr()?, acceptor, shared, accepting: Mutex::new(None) };
        *endpoint.accepting.lock().await = Some(endpoint.accept_from(listener));
        Ok(Arc::new(endpoint))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Refuses new connections and cuts the open ones.
    pub(crate) async fn stop(&self) {
        if let Some(task) = self.accepting.lock().await.take() {
            task.abort();
            // Waiting makes sure that the listener is gone when the caller hears back.
            let _ = task.await;
        }
        self.shared.registry.cut_all();
    }

    /// Accepts again on the same port.
    pub(crate) async fn start(&self) -> io::Result<()> {
        let mut accepting = self.accepting.lock().await;
        if accepting.is_none() {
            *accepting = Some(self.accept_from(TcpListener::bind(self.address).await?));
        }
        Ok(())
    }

    fn accept_from(&self, listener: TcpListener) -> JoinHandle<()> {
        let (shared, acceptor) = (self.shared.clone(), self.acceptor.clone());
        tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((tcp, _)) => {
                        let connection = shared.registry.open();
                        let open = Opening { connection, shared: shared.clone() };
                        tokio::spawn(open.serve(tcp, acceptor.clone()));
                    }
                    // Out of file descriptors, most likely: give others time to close some.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        })
    }
}

/// A connection that has not shaken hands yet.
struct Opening {
    connection: Arc<Connection>,
    shared: Arc<Shared>,
}

impl Opening {
    async fn serve(self, tcp: TcpStream, acceptor: Option<TlsAcceptor>) {
        let (connection, shared) = (self.connection.clone(), self.shared.clone());
        let open = async {
            // Latency matters more than packets; a socket that refuses the option is dead anyway.
            let _ = tcp.set_nodelay(true);
            match shared.faults.pick(&Subject::of("accept")) {
                Some(Fault::DropBefore {}) => return None,
                Some(Fault::Reset {}) => {
                    let _ = tcp.set_zero_linger();
                    return None;
                }
                Some(Fault::NoAnswer {}) => std::future::pending().await,
                Some(Fault::Delay { ms }) => tokio::time::sleep(Duration::from_millis(ms)).await,
                _ => {}
            }
            match acceptor {
                None => Some(Metered::plain(tcp, connection.clone(), shared.clone())),
                Some(acceptor) => self.shake_hands(tcp, acceptor).await,
            }
        };
        let stream = tokio::select! {
            stream = open => stream,
            _ = connection.ended() => None,
        };
        match stream {
            Some(stream) => http::serve(stream, connection.clone(), shared.clone()).await,
            None => shared.registry.close(connection.id),
        }
    }

    async fn shake_hands(&self, tcp: TcpStream, acceptor: TlsAcceptor) -> Option<Metered> {
        let handshake = acceptor.accept_with(tcp, |tls| tls.set_buffer_limit(Some(TLS_BUFFER)));
        let Ok(Ok(tls)) = tokio::time::timeout(HANDSHAKE_LIMIT, handshake).await else {
            self.shared.stats.tls_failed();
            return None;
        };
        self.shared.stats.tls_done(tls.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed));
        Some(Metered::tls(tls, self.connection.clone(), self.shared.clone()))
    }
}
