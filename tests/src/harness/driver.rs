//! One driver process: a step in, an answer out.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::Surface;
use super::server::collect;
use super::surface::Command as Recipe;

/// A running driver.
pub struct Driver {
    process: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    stderr: Arc<Mutex<Vec<u8>>>,
    next_id: u64,
}

impl Driver {
    /// Starts the driver of a surface.
    pub(super) fn start(surface: Surface, root: &Path, programs: &Path) -> Result<Self, String> {
        Self::launch(surface.command(root, programs), root)
    }

    /// Starts a driver in the folder `root`.
    pub fn launch(recipe: Recipe, root: &Path) -> Result<Self, String> {
        if let Some(missing) = recipe.wanted.iter().find(|path| !path.exists()) {
            let missing = missing.strip_prefix(root).unwrap_or(missing);
            return Err(format!("the driver is not built: no {} ({} makes it)", missing.display(), recipe.made_by));
        }
        let mut command = Command::new(&recipe.program);
        command.args(&recipe.arguments).envs(recipe.environment).current_dir(root).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("{}: {error}", recipe.program.display()))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (process.stdin.take(), process.stdout.take(), process.stderr.take())
        else {
            return Err("the driver has no pipes".into());
        };
        let log = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(collect(stderr, log.clone()));
        Ok(Driver { process, stdin, stdout: BufReader::new(stdout), stderr: log, next_id: 1 })
    }

    /// One step. The answer is without its id, the text is the line it came in.
    ///
    /// An error means that the driver is of no more use.
    pub async fn ask(&mut self, step: &Value, limit: Duration) -> Result<(Value, String), String> {
        let id = self.next_id;
        self.next_id += 1;
        let mut request = step.clone();
        request["id"] = json!(id);
        let exchange = async {
            self.stdin.write_all(format!("{request}\n").as_bytes()).await?;
            self.stdin.flush().await?;
            let mut line = String::new();
            self.stdout.read_line(&mut line).await.map(|_| line)
        };
        let line = match tokio::time::timeout(limit, exchange).await {
            Err(_) => return Err(format!("no answer within {} s", limit.as_secs())),
            Ok(Err(error)) => return Err(format!("the driver's pipe: {error}; {}", self.last_words().await)),
            Ok(Ok(line)) if line.is_empty() => {
                return Err(format!("the driver died: {}", self.last_words().await));
            }
            Ok(Ok(line)) => line,
        };
        let mut answer: Value =
            serde_json::from_str(&line).map_err(|error| format!("the answer is no JSON ({error}): {line}"))?;
        match answer.as_object_mut().and_then(|answer| answer.remove("id")) {
            Some(echo) if echo == json!(id) => Ok((answer, line)),
            echo => Err(format!("the answer to step {id} has id {echo:?}")),
        }
    }

    /// Its process id; `None` once it has ended.
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// What it has printed on stderr since the last call.
    pub fn take_stderr(&self) -> String {
        let bytes = std::mem::take(&mut *self.stderr.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Its exit status and the end of its stderr.
    async fn last_words(&mut self) -> String {
        let status = match tokio::time::timeout(Duration::from_secs(2), self.process.wait()).await {
            Ok(Ok(status)) => status.to_string(),
            _ => "still running".into(),
        };
        let text = self.take_stderr();
        let from = text.char_indices().rev().nth(1500).map_or(0, |(at, _)| at);
        format!("{status}; {}", &text[from..])
    }

    /// Tells it to end, and whether it did so cleanly.
    pub async fn quit(mut self) -> Result<String, String> {
        let _ = self.stdin.write_all(b"{\"op\":\"quit\"}\n").await;
        let _ = self.stdin.flush().await;
        let status = match tokio::time::timeout(Duration::from_secs(10), self.process.wait()).await {
            Ok(Ok(status)) => status,
            Ok(Err(error)) => return Err(format!("the driver: {error}")),
            Err(_) => return Err("the driver did not end when told to quit".into()),
        };
        if !status.success() {
            return Err(format!("the driver ended with {status}: {}", self.last_words().await));
        }
        Ok(self.take_stderr())
    }
}
