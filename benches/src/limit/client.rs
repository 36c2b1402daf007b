//! A WebSocket over rustls without any library in between, as little as a fetch needs.

use std::io::{self, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use serde_json::{Value, json};

/// One read from the socket brings up to this; a larger one gains nothing here.
const READ: usize = 256 * 1024;
/// Long enough for a machine under load, short enough to end a run that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

const TEXT: u8 = 1;
const BINARY: u8 = 2;

/// What a fetch carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Requests: the query and one fetch for each answer.
    pub requests: u64,
    /// Bytes of the answer to the query.
    pub reply: u64,
    /// Bytes of the answers to the fetches, without the heads of their frames.
    pub payload: u64,
}

/// A logged-in connection that verifies the server's certificate and nothing else.
pub struct Client {
    tls: ClientConnection,
    tcp: BufReader<Line>,
    /// Plaintext, and what of it has been read and not been used.
    plain: Vec<u8>,
    unused: Range<usize>,
    req_id: u64,
    /// Everything that is used from now on, for [`super::wire`].
    recorded: Option<Vec<u8>>,
}

/// The answer to a request: the first bytes of its payload, and how long it was.
struct Answer {
    head: Vec<u8>,
    length: u64,
}

impl Client {
    /// Connects to `host:port`, upgrades and logs in.
    pub fn connect(address: &str, ca: &Path, token: &str) -> io::Result<Client> {
        let mut client = Client::open(address, ca)?;
        let upgrade = format!(
            "GET /ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        client.send(upgrade.as_bytes())?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            client.take(1, &mut head, u64::MAX)?;
        }
        if !head.starts_with(b"HTTP/1.1 101") {
            return Err(refused(&head));
        }
        let login = json!({ "action": "conn", "args": { "req_id": 1, "bearer_token": token } });
        client.send_frame(TEXT, login.to_string().as_bytes())?;
        client.succeeded()?;
        Ok(client)
    }

    /// Shakes hands and no more.
    pub(super) fn open(address: &str, ca: &Path) -> io::Result<Client> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(ca).map_err(io::Error::other)? {
            roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host).to_owned();
        let name = ServerName::try_from(host).map_err(io::Error::other)?;
        let tls = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let tcp = TcpStream::connect(address)?;
        tcp.set_nodelay(true)?;
        tcp.set_nonblocking(true)?;
        Ok(Client {
            tls,
            tcp: BufReader::with_capacity(READ, Line(tcp)),
            plain: vec![0; READ],
            unused: 0..0,
            req_id: 1,
            recorded: None,
        })
    }

    /// Runs the statement and reads its rows to the end: one fetch at a time, the next one as soon as an answer is here.
    pub fn fetch(&mut self, sql: &str) -> io::Result<Fetched> {
        let mut query = self.request(0, 6);
        query.extend((sql.len() as u32).to_le_bytes());
        query.extend(sql.as_bytes());
        self.send_frame(BINARY, &query)?;
        let (reply, length) = self.succeeded()?;
        let result = reply["id"].as_u64().unwrap_or_default();
        let mut fetched = Fetched { requests: 1, reply: length, payload: 0 };
        loop {
            let request = self.request(result, 7);
            self.send_frame(BINARY, &request)?;
            let answer = self.answer(64)?;
            fetched.requests += 1;
            fetched.payload += answer.length;
            match fetch_ended(&answer.head)? {
                true => return Ok(fetched),
                false => continue,
            }
        }
    }

    /// The frames of a fetch, one after the other.
    pub(super) fn record(&mut self, sql: &str) -> io::Result<Vec<u8>> {
        self.recorded = Some(Vec::new());
        self.fetch(sql)?;
        Ok(self.recorded.take().unwrap_or_default())
    }

    fn request(&mut self, result: u64, action: u64) -> Vec<u8> {
        self.req_id += 1;
        let mut request = Vec::with_capacity(64);
        for number in [self.req_id, result, action] {
            request.extend(number.to_le_bytes());
        }
        request.extend(1u16.to_le_bytes());
        request
    }

    /// The JSON of a text answer that says `code: 0`, and its length.
    fn succeeded(&mut self) -> io::Result<(Value, u64)> {
        let answer = self.answer(u64::MAX)?;
        let json: Value = serde_json::from_slice(&answer.head).map_err(io::Error::other)?;
        match json["code"].as_i64() {
            Some(0) => Ok((json, answer.length)),
            _ => Err(refused(&answer.head)),
        }
    }

    /// Reads one message and keeps its first bytes. Pings are left unanswered: no run lasts as long as the server waits.
    fn answer(&mut self, keep: u64) -> io::Result<Answer> {
        loop {
            let mut head = Vec::new();
            self.take(2, &mut head, u64::MAX)?;
            let (opcode, short) = (head[0] & 0x0f, head[1] & 0x7f);
            let wide = match short {
                126 => 2,
                127 => 8,
                _ => 0,
            };
            head.clear();
            self.take(wide, &mut head, u64::MAX)?;
            let length = match wide {
                0 => u64::from(short),
                _ => head.iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
            };
            head.clear();
            self.take(length, &mut head, keep)?;
            if opcode == TEXT || opcode == BINARY {
                return Ok(Answer { head, length });
            }
        }
    }

    /// Uses `count` bytes of plaintext, the first `keep` of which are added to `kept`.
    pub(super) fn take(&mut self, mut count: u64, kept: &mut Vec<u8>, keep: u64) -> io::Result<()> {
        let room = keep.saturating_add(kept.len() as u64);
        while count > 0 {
            if self.unused.is_empty() {
                self.fill()?;
            }
            let part = self.unused.len().min(usize::try_from(count).unwrap_or(usize::MAX));
            let wanted = part.min(usize::try_from(room - kept.len() as u64).unwrap_or(usize::MAX));
            kept.extend_from_slice(&self.plain[self.unused.start..][..wanted]);
            if let Some(recorded) = &mut self.recorded {
                recorded.extend_from_slice(&self.plain[self.unused.start..][..part]);
            }
            self.unused.start += part;
            count -= part as u64;
        }
        Ok(())
    }

    fn fill(&mut self) -> io::Result<()> {
        loop {
            match self.tls.reader().read(&mut self.plain) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => {
                    self.unused = 0..length;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            if self.tls.read_tls(&mut self.tcp)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.tls.process_new_packets().map_err(io::Error::other)?;
        }
    }

    /// A frame whose mask is zero, so that nothing has to be computed.
    fn send_frame(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        let mut frame = vec![0x80 | opcode];
        match u16::try_from(payload.len()) {
            Ok(length @ 0..126) => frame.push(0x80 | length as u8),
            Ok(length) => {
                frame.push(0x80 | 126);
                frame.extend(length.to_be_bytes());
            }
            Err(_) => return Err(io::Error::other("a request of more than 64 KiB")),
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        self.send(&frame)
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.tls.writer().write_all(bytes)?;
        while self.tls.is_handshaking() || self.tls.wants_write() {
            self.tls.complete_io(&mut Socket(&mut self.tcp))?;
        }
        Ok(())
    }
}

/// Whether the answer to a fetch is the last one.
fn fetch_ended(head: &[u8]) -> io::Result<bool> {
    let number =
        |at: usize| head.get(at..at + 4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    match (number(34), head.get(50)) {
        (Some(0), Some(ended)) => Ok(*ended == 1),
        _ => Err(refused(head)),
    }
}

fn refused(answer: &[u8]) -> io::Error {
    io::Error::other(format!("the server answered {}", String::from_utf8_lossy(answer)))
}

/// A socket that does not sleep while it waits: falling asleep and being woken costs more than the bytes do.
struct Line(TcpStream);

impl Line {
    fn wait<T>(&mut self, mut work: impl FnMut(&mut TcpStream) -> io::Result<T>) -> io::Result<T> {
        let mut since = None;
        loop {
            match work(&mut self.0) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if since.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                        return Err(io::ErrorKind::TimedOut.into());
                    }
                    std::thread::yield_now();
                }
                outcome => return outcome,
            }
        }
    }
}

impl io::Read for Line {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.wait(|tcp| tcp.read(bytes))
    }
}

/// Reads through the buffer, writes past it.
struct Socket<'a>(&'a mut BufReader<Line>);

impl io::Read for Socket<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl io::Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.get_mut().wait(|tcp| tcp.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.get_mut().wait(TcpStream::flush)
    }
}
