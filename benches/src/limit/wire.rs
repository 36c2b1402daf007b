//! The frames of a fetch as one unbroken stream: no request in between, nothing to wait for.
//!
//! A client sends the statement as a line, hears how many bytes will come, and gets them each time it sends a byte.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::Client;

/// What is encrypted at a time, as by the test server.
const PART: usize = 256 * 1024;

/// Where the frames come from, and with what certificate they are sent on.
#[derive(Clone)]
pub struct Source {
    /// `host:port` of the test server.
    pub address: String,
    /// CA of both servers.
    pub ca: PathBuf,
    /// Token of the test server.
    pub token: String,
}

/// Serves the stream in the background, as long as the process lives; where it listens.
pub fn serve(source: Source, certificate: &Path, key: &Path) -> io::Result<String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate).map_err(io::Error::other)?.collect();
    let key = PrivateKeyDer::from_pem_file(key).map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain.map_err(|_| bad_pem())?, key))
        .map_err(io::Error::other)?;
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    std::thread::spawn(move || {
        for tcp in listener.incoming().flatten() {
            let (config, source) = (config.clone(), source.clone());
            // A client that goes away ends its own thread only.
            std::thread::spawn(move || serve_one(tcp, config, &source));
        }
    });
    Ok(address)
}

fn bad_pem() -> rustls::Error {
    rustls::Error::General("the certificate file is not PEM".to_owned())
}

fn serve_one(tcp: TcpStream, config: Arc<ServerConfig>, source: &Source) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let tls = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(tls, tcp));
    let mut sql = String::new();
    stream.read_line(&mut sql)?;
    let frames = Client::connect(&source.address, &source.ca, &source.token)?.record(sql.trim_end())?;
    stream.get_mut().write_all(&(frames.len() as u64).to_le_bytes())?;
    stream.get_mut().flush()?;
    let mut go = [0];
    while stream.read(&mut go)? == 1 {
        for part in frames.chunks(PART) {
            stream.get_mut().write_all(part)?;
        }
        stream.get_mut().flush()?;
    }
    Ok(())
}

/// The reading side.
pub struct Reader {
    client: Client,
    length: u64,
}

impl Reader {
    /// Prepares the stream of a statement.
    pub fn prepare(address: &str, ca: &Path, sql: &str) -> io::Result<Reader> {
        let mut client = Client::open(address, ca)?;
        client.send(format!("{sql}\n").as_bytes())?;
        let mut length = Vec::new();
        client.take(8, &mut length, 8)?;
        let length = length.iter().rev().fold(0, |length, byte| length << 8 | u64::from(*byte));
        Ok(Reader { client, length })
    }

    /// Reads the stream once; its length in bytes.
    pub fn read(&mut self) -> io::Result<u64> {
        self.client.send(b"\n")?;
        self.client.take(self.length, &mut Vec::new(), 0)?;
        Ok(self.length)
    }
}
