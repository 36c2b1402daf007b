//! A client of the test server's control API: one HTTP/1.1 request per connection.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The control API of one server.
#[derive(Clone, Debug)]
pub(super) struct Control {
    address: String,
}

impl Control {
    /// From the `control` of the ready line.
    pub(super) fn new(url: &str) -> Self {
        Control { address: url.trim_start_matches("http://").trim_end_matches('/').to_owned() }
    }

    /// Sends one request; the answer is its JSON body (`null` if there is none).
    pub(super) async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let what = format!("{method} {path}");
        let answer = self.exchange(method, path, body).await.map_err(|error| format!("{what}: {error}"))?;
        let (head, content) = answer.split_once("\r\n\r\n").ok_or_else(|| format!("{what}: no HTTP answer"))?;
        let status = head.split(' ').nth(1).unwrap_or_default();
        if !status.starts_with('2') {
            return Err(format!("{what} was answered {status}: {content}"));
        }
        if content.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(content).map_err(|error| format!("{what}: {error} in {content}"))
    }

    async fn exchange(&self, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<String> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut socket = TcpStream::connect(&self.address).await?;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        socket.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}
