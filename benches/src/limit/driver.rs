//! The limit as a driver: a process of its own, told and timed like the drivers of the surfaces.

use std::collections::HashMap;
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use super::Client;
use super::wire::Reader;

/// Answers the steps on standard input until it ends or `quit` comes.
pub fn run() -> io::Result<()> {
    let mut driver = Driver::default();
    for line in io::stdin().lock().lines() {
        let step: Value = serde_json::from_str(&line?).map_err(io::Error::other)?;
        if step["op"] == "quit" {
            break;
        }
        let answer = match driver.step(&step) {
            Ok(ok) => json!({ "id": step["id"], "ok": ok }),
            Err(error) => json!({ "id": step["id"], "error": { "code": "LIMIT", "message": error.to_string() } }),
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

#[derive(Default)]
struct Driver {
    server: Option<Server>,
    client: Option<Client>,
    streams: HashMap<String, Reader>,
}

#[derive(Clone)]
struct Server {
    address: String,
    ca: PathBuf,
    token: String,
    wire: Option<String>,
}

impl Driver {
    fn step(&mut self, step: &Value) -> io::Result<Value> {
        match (text(step, "op")?, step["workload"].as_str().unwrap_or_default()) {
            ("connect", _) => {
                let server = Server::of(step, &step["options"])?;
                self.client = Some(server.connect()?);
                self.server = Some(server);
                Ok(json!({}))
            }
            ("bench", "fetch-columns" | "fetch-rows" | "fetch-dataframe" | "stream") => self.fetch(step),
            ("bench", "select-1") => self.fetch(step),
            ("bench", "wire") => self.wire(step),
            ("bench", "connect") => connect_each(step),
            (op, workload) => Err(io::Error::other(format!("unknown: {op} {workload}"))),
        }
    }

    fn fetch(&mut self, step: &Value) -> io::Result<Value> {
        let (client, sql) = (self.client.as_mut().ok_or_else(not_connected)?, text(step, "sql")?);
        let (mut ns, mut last) = (Vec::new(), None);
        for _ in 0..step["times"].as_u64().unwrap_or(1) {
            let start = Instant::now();
            last = Some(client.fetch(sql)?);
            ns.push(start.elapsed().as_nanos() as u64);
        }
        let last = last.unwrap_or_default();
        Ok(json!({ "ns": ns, "requests": last.requests, "payload": last.payload }))
    }

    fn wire(&mut self, step: &Value) -> io::Result<Value> {
        let (server, sql) = (self.server.clone().ok_or_else(not_connected)?, text(step, "sql")?);
        if !self.streams.contains_key(sql) {
            let address = server.wire.ok_or_else(|| io::Error::other("no address of the stream"))?;
            self.streams.insert(sql.to_owned(), Reader::prepare(&address, &server.ca, sql)?);
        }
        let stream = self.streams.get_mut(sql).ok_or_else(not_connected)?;
        let mut ns = Vec::new();
        for _ in 0..step["times"].as_u64().unwrap_or(1) {
            let start = Instant::now();
            stream.read()?;
            ns.push(start.elapsed().as_nanos() as u64);
        }
        Ok(json!({ "ns": ns }))
    }
}

impl Server {
    fn of(step: &Value, options: &Value) -> io::Result<Server> {
        let address = text(step, "address")?.trim_start_matches("wss://").trim_end_matches('/').to_owned();
        let wire = options["wire"].as_str().map(str::to_owned);
        Ok(Server {
            address,
            ca: text(options, "tls_ca")?.into(),
            token: text(options, "bearerToken")?.to_owned(),
            wire,
        })
    }

    fn connect(&self) -> io::Result<Client> {
        Client::connect(&self.address, Path::new(&self.ca), &self.token)
    }
}

fn connect_each(step: &Value) -> io::Result<Value> {
    let mut ns = Vec::new();
    for options in step["each"].as_array().into_iter().flatten() {
        let start = Instant::now();
        Server::of(step, options)?.connect()?;
        ns.push(start.elapsed().as_nanos() as u64);
    }
    Ok(json!({ "ns": ns }))
}

fn text<'a>(json: &'a Value, name: &str) -> io::Result<&'a str> {
    json[name].as_str().ok_or_else(|| io::Error::other(format!("the step has no {name}")))
}

fn not_connected() -> io::Error {
    io::Error::other("not connected")
}
