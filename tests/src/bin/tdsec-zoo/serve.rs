//! What listens while a case runs.

use std::net::TcpListener as StdListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tdsec_testserver::tls::{TlsMode, TlsOptions};
use tdsec_testserver::{TestServer, TestServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::cases::Served;

/// What no refused server may see.
pub(crate) const TOKEN: &str = "ZooTokenZooTokenZooTokenZooTokenZooTokenZooTokenZooTokenZooToken";

pub(crate) enum Running {
    Server(Box<TestServer>),
    OpenSsl { _process: Child, port: u16 },
    Closing { task: JoinHandle<()>, port: u16 },
}

impl Running {
    pub(crate) async fn start(served: &Served, folder: &Path) -> Result<Running, String> {
        match served {
            Served::Chain { chain, versions, client_ca, ocsp } => {
                let (cert, key) = (folder.join("served.pem"), folder.join("served.key"));
                std::fs::write(&cert, &chain.certificates).map_err(|error| error.to_string())?;
                std::fs::write(&key, &chain.key).map_err(|error| error.to_string())?;
                let mode = TlsMode::Files { cert, key };
                let (client_ca, ocsp) = (client_ca.clone(), ocsp.clone());
                server(TlsOptions { mode, client_ca, ocsp, min: versions.0, max: versions.1 })
            }
            Served::Plain => server(TlsOptions { mode: TlsMode::Off, ..TlsOptions::default() }),
            Served::OpenSsl(arguments) => openssl(arguments).await,
            Served::Closing => closing().await,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        match self {
            Running::Server(server) => server.address().port(),
            Running::OpenSsl { port, .. } | Running::Closing { port, .. } => *port,
        }
    }

    /// Whether anybody got as far as a login.
    pub(crate) fn has_seen_a_credential(&self) -> bool {
        match self {
            Running::Server(server) => server.stats()["logins"].as_array().is_some_and(|logins| !logins.is_empty()),
            Running::OpenSsl { .. } | Running::Closing { .. } => false,
        }
    }

    pub(crate) async fn stop(self) {
        match self {
            Running::Server(server) => server.stop(),
            Running::OpenSsl { .. } => {}
            Running::Closing { task, .. } => task.abort(),
        }
    }
}

fn server(tls: TlsOptions) -> Result<Running, String> {
    let config = TestServerConfig { tls, token: Some(TOKEN.into()), ..TestServerConfig::default() };
    TestServer::start(config).map(|server| Running::Server(Box::new(server))).map_err(|error| error.to_string())
}

async fn openssl(arguments: &str) -> Result<Running, String> {
    let free = StdListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = free.map_err(|error| error.to_string())?.port();
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}")]).args(arguments.split(' '));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let process = command.spawn().map_err(|error| format!("openssl s_server: {error}"))?;
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok(Running::OpenSsl { _process: process, port });
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    Err(format!("openssl s_server {arguments} does not listen"))
}

async fn closing() -> Result<Running, String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // What came is read, so that the end is an end and not a reset.
            let mut hello = [0; 4096];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut hello).await;
        }
    });
    Ok(Running::Closing { task, port })
}
