//! The server of a run: `tdsec-testserver` in this process, and the stream of `wire`, with certificates of one CA.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tdsec_testserver::tls::{Authority, TlsMode, TlsOptions};
use tdsec_testserver::{TestServer, TestServerConfig};

use crate::limit::wire;

/// What is started for a run.
pub struct Server {
    /// The test server.
    pub test: TestServer,
    ca: PathBuf,
    wire: String,
    folder: PathBuf,
    /// Copies of the CA file that were handed out.
    copies: usize,
}

impl Server {
    /// Starts both; certificates go into `folder`.
    pub fn start(folder: &Path) -> io::Result<Server> {
        fs::create_dir_all(folder)?;
        let [ca, cert, key] = ["ca.pem", "server.pem", "server.key"].map(|name| folder.join(name));
        let authority = Authority::new("tdsec benchmark").map_err(io::Error::other)?;
        let identity = authority.server(&["localhost", "127.0.0.1"]).map_err(io::Error::other)?;
        fs::write(&ca, authority.pem())?;
        fs::write(&cert, &identity.cert_pem)?;
        // Of a throw-away CA that nothing else trusts.
        fs::write(&key, &identity.key_pem)?;
        let mode = TlsMode::Files { cert: cert.clone(), key: key.clone() };
        let config = TestServerConfig { tls: TlsOptions { mode, ..TlsOptions::default() }, ..Default::default() };
        let test = TestServer::start(config).map_err(io::Error::other)?;
        let address = test.address().to_string();
        let source = wire::Source { address, ca: ca.clone(), token: test.token().to_owned() };
        let wire = wire::serve(source, &cert, &key)?;
        Ok(Server { test, ca, wire, folder: folder.to_owned(), copies: 0 })
    }

    /// The CA file.
    pub fn ca(&self) -> &Path {
        &self.ca
    }

    /// `wss://…`.
    pub fn url(&self) -> &str {
        self.test.url()
    }

    /// Where the stream of `wire` is.
    pub fn wire(&self) -> &str {
        &self.wire
    }

    /// How every contender connects: TLS, this CA and no other, a bearer token.
    pub fn options(&self) -> Value {
        json!({ "tls_ca": self.ca, "bearerToken": self.test.token() })
    }

    /// As [`Server::options`], with a CA file that has not been seen before: no TLS session of it can be resumed.
    pub fn fresh_options(&mut self) -> io::Result<Value> {
        self.copies += 1;
        let copy = self.folder.join(format!("ca-{}.pem", self.copies % 1000));
        fs::copy(&self.ca, &copy)?;
        Ok(json!({ "tls_ca": copy, "bearerToken": self.test.token() }))
    }

    /// TLS handshakes so far: full and resumed ones.
    pub fn handshakes(&self) -> (u64, u64) {
        let stats = self.test.stats();
        let count = |name: &str| stats["tls"][name].as_u64().unwrap_or(0);
        (count("full"), count("resumed"))
    }
}
