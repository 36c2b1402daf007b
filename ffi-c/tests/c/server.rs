//! A running `tdsec-testserver`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::tools::built;

/// Ends with the test.
pub(crate) struct Server {
    child: Child,
    ready: Value,
}

impl Server {
    /// With certificates of its own throw-away CA.
    pub(crate) fn start() -> Server {
        Server::with_tls("auto")
    }

    /// `tls` is what `--tls` takes.
    pub(crate) fn with_tls(tls: &str) -> Server {
        let mut child = Command::new(built("tdsec-testserver"))
            .args(["--exit-with-parent", "--tls", tls])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("target/…/tdsec-testserver, built by cargo build -p tdsec-testserver");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Server { child, ready: serde_json::from_str(&line).unwrap() }
    }

    pub(crate) fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }

    pub(crate) fn ca(&self) -> &str {
        self.ready["ca"].as_str().unwrap()
    }

    pub(crate) fn token(&self) -> &str {
        self.ready["token"].as_str().unwrap()
    }

    /// Holds back the answer to every statement with this text.
    pub(crate) fn delay(&self, sql_contains: &str, delay: Duration) {
        let when = json!({ "action": "query", "sql_contains": sql_contains, "count": 0 });
        let rule = json!({ "when": when, "do": { "kind": "delay", "ms": delay.as_millis() as u64 } });
        self.control("POST", "/faults", &rule.to_string());
    }

    /// Waits until no client is connected.
    pub(crate) fn is_left_alone(&self) -> bool {
        let limit = Instant::now() + Duration::from_secs(10);
        loop {
            let open = self.control("GET", "/stats", "")["connections_open"].as_u64().unwrap();
            if open == 0 || Instant::now() > limit {
                return open == 0;
            }
            std::thread::yield_now();
        }
    }

    fn control(&self, method: &str, path: &str, body: &str) -> Value {
        let address = self.ready["control"].as_str().unwrap().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
        write!(stream, "{head}Content-Length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input is the end of the server, which then removes its files.
        drop(self.child.stdin.take());
        let limit = Instant::now() + Duration::from_secs(10);
        while Instant::now() < limit && !matches!(self.child.try_wait(), Ok(Some(_))) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
