//! One entry of Nacos 1.x, as far as it is read and published.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it does with a publication.
#[derive(Clone, Copy, PartialEq)]
pub enum Publishing {
    Done,
    /// Answered with 403; nothing changes.
    Refused,
    /// Done, and answered with 504, as by a proxy that lost patience; nobody answers any more.
    DoneWithGatewayTimeoutThenDown,
    /// Done; the connection is closed without an answer.
    DoneWithoutAnswer,
    /// Not done; the connection is closed, and nobody answers any more.
    DownFromThen,
}

pub struct Nacos {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    content: String,
    publishing: Publishing,
    is_down: bool,
}

impl Nacos {
    pub fn holding(content: &str) -> Nacos {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = State { content: content.to_owned(), publishing: Publishing::Done, is_down: false };
        let state = Arc::new(Mutex::new(state));
        let serving = Arc::clone(&state);
        // Ends with the process of the test.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away is no failure of the test's server.
                let _ = answer(stream, &serving);
            }
        });
        Nacos { address, state }
    }

    pub fn source(&self) -> String {
        format!("nacos:server_addr={};timeout=2s", self.address)
    }

    pub fn content(&self) -> String {
        self.state.lock().unwrap().content.clone()
    }

    pub fn go_down(&self) {
        self.state.lock().unwrap().is_down = true;
    }

    pub fn on_publishing(&self, publishing: Publishing) {
        self.state.lock().unwrap().publishing = publishing;
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut state = state.lock().unwrap();
    if state.is_down {
        return Ok(());
    }
    let (status, text) = match first.starts_with("POST") {
        false => ("200 OK", state.content.clone()),
        true => {
            let fresh = content_of(&String::from_utf8(body).unwrap());
            match state.publishing {
                Publishing::Refused => ("403 Forbidden", "authorization failed!".to_owned()),
                Publishing::DoneWithGatewayTimeoutThenDown => {
                    state.content = fresh;
                    state.is_down = true;
                    ("504 Gateway Timeout", String::new())
                }
                Publishing::Done => {
                    state.content = fresh;
                    ("200 OK", "true".to_owned())
                }
                Publishing::DoneWithoutAnswer => {
                    state.content = fresh;
                    return Ok(());
                }
                Publishing::DownFromThen => {
                    state.is_down = true;
                    return Ok(());
                }
            }
        }
    };
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", text.len());
    stream.write_all(format!("{head}{text}").as_bytes())
}

/// The field `content` of a form.
fn content_of(form: &str) -> String {
    let value = form.split('&').find_map(|pair| pair.strip_prefix("content=")).unwrap().replace('+', " ");
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        let (byte, after) = match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                (u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap(), after)
            }
            (byte, after) => (*byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).unwrap()
}
