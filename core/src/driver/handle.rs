//! What the users hold: a link to the driver's task, and the reading end of a result.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::column::{Block, Field, Precision};
use crate::error::{Error, ErrorCode, Result};
use crate::session::{Request, RequestId, ResultId};
use crate::sync::{Notify, OnceLock, until};

/// What the driver is asked to do.
pub(crate) enum Command {
    Ask {
        request: Request,
        timeout: Option<Duration>,
        req_id: Option<RequestId>,
        caller: oneshot::Sender<Result<Answer>>,
    },
    Wanted {
        result: ResultId,
        timeout: Option<Duration>,
    },
    Dropped(ResultId),
    Close(oneshot::Sender<()>),
    /// Close with this reason for whoever waits.
    Cut(Error),
}

impl Command {
    /// Answers a command that came too late.
    pub(super) fn refuse(self, reason: &Error, on_closed: &mut Vec<oneshot::Sender<()>>) {
        match self {
            Command::Ask { caller, .. } => {
                let _ = caller.send(Err(reason.clone()));
            }
            Command::Close(done) => on_closed.push(done),
            Command::Wanted { .. } | Command::Dropped(_) | Command::Cut(_) => {}
        }
    }
}

/// The answer to a request, with the reading end of a result inside.
#[derive(Debug)]
pub(crate) enum Answer {
    LoggedIn { version: String, instances: Vec<String> },
    Update { affected_rows: u64 },
    Rows(ResultHandle),
    Database(Option<String>),
    Status { status: i32, details: String },
}

/// Why a connection ended, once it has.
#[derive(Debug, Default)]
pub(super) struct End {
    reason: OnceLock<Error>,
    told: Notify,
}

impl End {
    /// The first reason counts.
    pub(super) fn set(&self, reason: Error) {
        if self.reason.set(reason).is_ok() {
            self.told.notify_waiters();
        }
    }

    async fn wait(&self) -> Error {
        until(&self.told, || self.reason.get().cloned()).await
    }
}

/// Sends commands to the driver, in the process that opened the connection (HOST-3).
#[derive(Debug, Clone)]
struct Commands {
    sender: Option<mpsc::UnboundedSender<Command>>,
    process: u32,
}

impl Commands {
    fn new(sender: mpsc::UnboundedSender<Command>) -> Self {
        Commands { sender: Some(sender), process: std::process::id() }
    }

    fn check_process(&self) -> Result<()> {
        if std::process::id() == self.process {
            return Ok(());
        }
        let text = "this connection was opened before a fork; it belongs to the parent process";
        Err(Error::new(ErrorCode::Forked, text))
    }

    /// False if nobody takes commands any more.
    fn send(&self, command: Command) -> bool {
        self.sender.as_ref().is_some_and(|sender| sender.send(command).is_ok())
    }
}

impl Drop for Commands {
    fn drop(&mut self) {
        // In a forked child the task is gone, and a lock its wake-up needs may have been held at the fork.
        if self.check_process().is_err() {
            std::mem::forget(self.sender.take());
        }
    }
}

/// A link to the task of a connection. The task ends when the last link and the last result are gone.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    commands: Commands,
    end: Arc<End>,
}

impl Link {
    pub(super) fn new(commands: mpsc::UnboundedSender<Command>, end: Arc<End>) -> Self {
        Link { commands: Commands::new(commands), end }
    }

    pub(crate) async fn ask(&self, request: Request, timeout: Option<Duration>, req_id: Option<u64>) -> Result<Answer> {
        self.commands.check_process()?;
        let (caller, answer) = oneshot::channel();
        self.commands.send(Command::Ask { request, timeout, req_id, caller });
        answer.await.unwrap_or_else(|_| Err(self.reason()))
    }

    pub(crate) async fn close(&self) {
        if self.commands.check_process().is_err() {
            return;
        }
        let (done, closed) = oneshot::channel();
        if self.commands.send(Command::Close(done)) {
            let _ = closed.await;
        }
    }

    /// Closes the socket; who waits on it gets `reason`. Does not wait.
    pub(crate) fn cut(&self, reason: Error) {
        if self.commands.check_process().is_ok() {
            self.commands.send(Command::Cut(reason));
        }
    }

    /// Ends when the connection has; does not keep it open.
    pub(crate) fn when_ended(&self) -> impl Future<Output = Error> + Send + 'static {
        let end = Arc::clone(&self.end);
        async move { end.wait().await }
    }

    /// Why the connection ended, if it did.
    pub(crate) fn ended(&self) -> Option<&Error> {
        self.end.reason.get()
    }

    fn reason(&self) -> Error {
        self.end.reason.get().cloned().unwrap_or_else(|| ErrorCode::Closed.into())
    }
}

/// The reading end of a result. Dropping it tells the server to free what was not read.
#[derive(Debug)]
pub(crate) struct ResultHandle {
    result: ResultId,
    fields: Arc<[Field]>,
    precision: Precision,
    timeout: Option<Duration>,
    blocks: mpsc::UnboundedReceiver<Result<Option<Block>>>,
    /// `None` once the end has been seen.
    commands: Option<Commands>,
    /// Asked for a block that has not been taken: a cancelled wait must not ask twice.
    asked: bool,
    failed: Option<Error>,
}

impl ResultHandle {
    pub(super) fn new(
        result: ResultId,
        fields: Arc<[Field]>,
        precision: Precision,
        timeout: Option<Duration>,
        blocks: mpsc::UnboundedReceiver<Result<Option<Block>>>,
        link: mpsc::WeakUnboundedSender<Command>,
    ) -> Self {
        let (commands, failed) = match link.upgrade() {
            Some(sender) => (Some(Commands::new(sender)), None),
            None => (None, Some(ErrorCode::Closed.into())),
        };
        ResultHandle { result, fields, precision, timeout, blocks, commands, asked: false, failed }
    }

    pub(crate) fn fields(&self) -> &Arc<[Field]> {
        &self.fields
    }

    pub(crate) fn precision(&self) -> Precision {
        self.precision
    }

    /// The next block with rows, `None` at the end. Cancel-safe: a dropped wait loses no block.
    pub(crate) async fn next(&mut self) -> Result<Option<Block>> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        loop {
            let Some(commands) = &self.commands else { return Ok(None) };
            commands.check_process()?;
            if !self.asked {
                self.asked = true;
                commands.send(Command::Wanted { result: self.result, timeout: self.timeout });
            }
            let block = match self.blocks.recv().await {
                Some(block) => block,
                None => Err(ErrorCode::Closed.into()),
            };
            self.asked = false;
            match block {
                Ok(Some(block)) if block.rows() == 0 => {}
                Ok(Some(block)) => return Ok(Some(block)),
                Ok(None) => {
                    self.commands = None;
                    return Ok(None);
                }
                Err(error) => {
                    self.release();
                    self.failed = Some(error.clone());
                    return Err(error);
                }
            }
        }
    }

    /// Tells the server that the rest is not wanted. Reading on gives `CLOSED`.
    pub(crate) fn release(&mut self) {
        if let Some(commands) = self.commands.take() {
            if commands.check_process().is_ok() {
                commands.send(Command::Dropped(self.result));
            }
            self.failed = Some(Error::new(ErrorCode::Closed, "the result was closed by its user"));
        }
    }
}

impl Drop for ResultHandle {
    fn drop(&mut self) {
        self.release();
    }
}
