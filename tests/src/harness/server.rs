//! One `tdsec-testserver` process.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::control::Control;
use super::scenario::ServerSetup;

/// How long a server may take to get ready, and to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server.
pub(super) struct Server {
    process: Child,
    /// Its ready line.
    pub(super) ready: Value,
    /// Its control API.
    pub(super) control: Control,
    log: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts one and waits for its ready line.
    pub(super) async fn start(program: &Path, setup: &ServerSetup, token_codes: Option<&str>) -> Result<Self, String> {
        let mut command = Command::new(program);
        command.args(["--tls", setup.tls.as_deref().unwrap_or("auto")]).args(&setup.arguments);
        command.args(token_codes.into_iter().flat_map(|codes| ["--token-codes", codes]));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let log = Arc::new(Mutex::new(Vec::new()));
        let (Some(stdout), Some(stderr)) = (process.stdout.take(), process.stderr.take()) else {
            return Err("the server has no output".into());
        };
        let mut readers = vec![tokio::spawn(collect(stderr, log.clone()))];
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, stdout.read_line(&mut line)).await;
        if !matches!(read, Ok(Ok(1..))) {
            let _ = tokio::time::timeout(PATIENCE, process.wait()).await;
            let told = String::from_utf8_lossy(&log.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
            return Err(format!("the server did not get ready: {told}"));
        }
        let ready: Value = serde_json::from_str(&line).map_err(|error| format!("the ready line: {error}"))?;
        // What it prints after the ready line, which holds the token by contract, is searched for secrets.
        readers.push(tokio::spawn(collect(stdout, log.clone())));
        let control = Control::new(ready["control"].as_str().ok_or("the ready line names no control API")?);
        Ok(Server { process, ready, control, log, readers })
    }

    /// Ends it by SIGTERM; the answer is all it printed.
    pub(super) async fn stop(mut self) -> Result<String, String> {
        if let Some(pid) = self.process.id().and_then(|id| i32::try_from(id).ok()) {
            // SAFETY: a signal to a child that has not been waited for, so its id is still its own.
            unsafe { libc::kill(pid, libc::SIGTERM) };
        }
        match tokio::time::timeout(PATIENCE, self.process.wait()).await {
            Ok(Ok(status)) if status.success() => {}
            Ok(Ok(status)) => return Err(format!("the server ended with {status}: {}", self.told())),
            Ok(Err(error)) => return Err(format!("the server: {error}")),
            Err(_) => return Err("the server did not end after SIGTERM".into()),
        }
        for reader in std::mem::take(&mut self.readers) {
            let _ = reader.await;
        }
        Ok(self.told())
    }

    fn told(&self) -> String {
        String::from_utf8_lossy(&self.log.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

/// Appends everything that comes to `log`.
pub(super) async fn collect(mut from: impl AsyncRead + Unpin, log: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        log.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
    }
}
