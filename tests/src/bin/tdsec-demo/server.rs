//! A test server as a program of its own, and how to reach it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Failure;

/// How the programs reach a server.
#[derive(Clone, Default)]
pub(crate) struct Access {
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) ca: String,
}

impl Access {
    /// The user's own server, if the environment names one.
    pub(crate) fn from_environment() -> Option<Access> {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let url = variable("TDSEC_URL");
        (!url.is_empty()).then(|| Access { url, token: variable("TDSEC_TOKEN"), ca: variable("TDSEC_TLS_CA") })
    }
}

/// A running `tdsec-testserver`; ended when dropped.
pub(crate) struct Server {
    child: Child,
    access: Access,
    control: String,
}

impl Server {
    /// Starts it and waits for its ready line.
    pub(crate) fn start(dir: &Path, flags: &[&str]) -> Result<Server, Failure> {
        let program = dir.join("tdsec-testserver");
        let mut child = Command::new(&program)
            .args(["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--exit-with-parent"])
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let ready: serde_json::Value =
            serde_json::from_str(&line).map_err(|error| format!("the test server said {line:?}: {error}"))?;
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        let access = Access { url: text("url"), token: text("token"), ca: text("ca") };
        Ok(Server { child, access, control: text("control") })
    }

    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// What the server has counted: `GET /stats` of its control interface.
    pub(crate) fn stats(&self) -> Result<serde_json::Value, Failure> {
        let authority = self.control.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(authority)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET /stats HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let (first, last) = (body.find('{').unwrap_or(0), body.rfind('}').map_or(0, |at| at + 1));
        Ok(serde_json::from_str(body.get(first..last).unwrap_or_default())?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input is the end of the server, which then removes its files.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
