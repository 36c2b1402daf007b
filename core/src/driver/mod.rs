//! Runs the session machine of one connection: feeds it messages, time and the users' requests, performs its outputs.
//!
//! One task owns the socket; everybody else talks to it by channel. Reading goes on while a write waits, so a server
//! that stops reading until it is read from cannot block both sides.
//!
//! ```text
//! Connection, ResultHandle --Command--> Driver --Answer, Block--> the waiting callers
//!                                       |    ^
//!                                 Output|    |handle_…
//!                                       v    |
//!                                      Session
//! ```

mod handle;
mod veiled;

use std::collections::{HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{Sink, Stream as _};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Sleep;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::clock::Clock;
use crate::column::Block;
use crate::error::{Error, ErrorCode, Result};
use crate::session::{Output, Reply, RequestId, ResultId, Session};
use crate::transport::{Transport, stream_error};
use crate::wire::Frame;
use veiled::Veiled;

use handle::End;
pub(crate) use handle::{Answer, Command, Link, ResultHandle};

/// How long a close may take to be written and answered.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

/// What becomes of a connection.
pub(crate) enum Life<'a> {
    /// It logged in; the server's version.
    LoggedIn(&'a str),
    /// It ended after it had logged in.
    Ended(&'a Error),
}

/// Told what becomes of a connection, first of its login.
pub(crate) type OnLife = Box<dyn FnMut(Life<'_>) + Send>;

/// The task of one connection.
pub(crate) struct Driver {
    session: Session,
    transport: Transport,
    clock: Arc<dyn Clock>,
    commands: mpsc::UnboundedReceiver<Command>,
    link: mpsc::WeakUnboundedSender<Command>,
    waiting: HashMap<RequestId, (oneshot::Sender<Result<Answer>>, Option<Duration>)>,
    readers: HashMap<ResultId, mpsc::UnboundedSender<Result<Option<Block>>>>,
    unsent: VecDeque<(Frame, Option<RequestId>)>,
    dirty: bool,
    veiled: Veiled,
    heard: u64,
    timer: Pin<Box<Sleep>>,
    end: Arc<End>,
    on_closed: Vec<oneshot::Sender<()>>,
    on_life: OnLife,
    logged_in: bool,
}

/// Why the loop stopped.
enum Stop {
    /// Say goodbye and wait for the peer to do so.
    Goodbye,
    /// The socket is of no more use.
    Gone,
}

impl Driver {
    /// Starts the task. The login's answer comes through the returned channel.
    pub(crate) fn spawn(
        session: Session,
        transport: Transport,
        clock: Arc<dyn Clock>,
        on_life: OnLife,
    ) -> (Link, oneshot::Receiver<Result<Answer>>) {
        let (sender, commands) = mpsc::unbounded_channel();
        let (login, logged_in) = oneshot::channel();
        let end = Arc::<End>::default();
        let driver = Driver {
            waiting: HashMap::from([(session.login_request(), (login, None))]),
            session,
            transport,
            clock,
            commands,
            link: sender.downgrade(),
            readers: HashMap::new(),
            unsent: VecDeque::new(),
            dirty: false,
            veiled: Veiled::default(),
            heard: 0,
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
            end: Arc::clone(&end),
            on_closed: Vec::new(),
            on_life,
            logged_in: false,
        };
        tokio::spawn(driver.run());
        (Link::new(sender, end), logged_in)
    }

    async fn run(mut self) {
        let stop = poll_fn(|cx| self.poll(cx)).await;
        // Whoever asks from now on is told why; whoever asked in the last moment too.
        let reason = self.session.closed().cloned().unwrap_or_else(|| ErrorCode::Closed.into());
        self.end.set(reason.clone());
        if self.logged_in {
            (self.on_life)(Life::Ended(&reason));
        }
        self.commands.close();
        while let Ok(command) = self.commands.try_recv() {
            command.refuse(&reason, &mut self.on_closed);
        }
        if matches!(stop, Stop::Goodbye) {
            let _ = tokio::time::timeout(CLOSE_PATIENCE, self.say_goodbye()).await;
        }
        for done in self.on_closed.drain(..) {
            let _ = done.send(());
        }
    }

    /// One turn: outputs, then writing, reading, commands and time until nothing moves.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Stop> {
        loop {
            if let Some(stop) = self.perform_outputs() {
                return Poll::Ready(stop);
            }
            if let Poll::Ready(Err(error)) = self.poll_write(cx) {
                self.session.handle_closed(error);
                self.perform_outputs();
                return Poll::Ready(Stop::Gone);
            }
            // While a veiled frame is being written the WebSocket must not write a pong in the middle of it.
            if (self.veiled.is_done() && self.poll_read(cx).is_ready())
                || self.poll_commands(cx).is_ready()
                || self.poll_timer(cx).is_ready()
            {
                continue;
            }
            return Poll::Pending;
        }
    }

    /// Does what the session says. Answers to callers who went away are dropped, which frees what they hold.
    fn perform_outputs(&mut self) -> Option<Stop> {
        // Before anybody is answered: who has got an error must find the connection closed.
        if let Some(reason) = self.session.closed() {
            self.end.set(reason.clone());
        }
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Send { frame, request } => self.unsent.push_back((frame, request)),
                Output::Reply { request, reply } => self.answer(request, reply),
                Output::Block { result, block } => {
                    let ends = !matches!(block, Ok(Some(_)));
                    if let Some(reader) = self.readers.get(&result) {
                        let _ = reader.send(block);
                    }
                    if ends {
                        self.readers.remove(&result);
                    }
                }
                Output::Close => return Some(Stop::Goodbye),
            }
        }
        self.session.closed().map(|_| Stop::Goodbye)
    }

    fn answer(&mut self, request: RequestId, reply: Result<Reply>) {
        if let Ok(Reply::LoggedIn { version, .. }) = &reply {
            self.logged_in = true;
            (self.on_life)(Life::LoggedIn(version));
        }
        let waiting = self.waiting.remove(&request);
        let timeout = waiting.as_ref().and_then(|(_, timeout)| *timeout);
        let answer = reply.map(|reply| match reply {
            Reply::LoggedIn { version, instances } => Answer::LoggedIn { version, instances },
            Reply::Update { affected_rows } => Answer::Update { affected_rows },
            Reply::Database(name) => Answer::Database(name),
            Reply::Status { status, details } => Answer::Status { status, details },
            Reply::Rows { result, fields, precision } => {
                let (sender, blocks) = mpsc::unbounded_channel();
                self.readers.insert(result, sender);
                Answer::Rows(ResultHandle::new(result, fields, precision, timeout, blocks, self.link.clone()))
            }
        });
        if let Some((caller, _)) = waiting {
            let _ = caller.send(answer);
        }
    }

    /// Hands frames to the socket and flushes it.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let lost = |error| stream_error(error, "while writing");
        loop {
            ready!(self.veiled.poll_write(self.transport.socket.get_mut(), cx)).map_err(|error| lost(error.into()))?;
            let mut socket = Pin::new(&mut self.transport.socket);
            while !matches!(self.unsent.front(), None | Some((Frame::Login(_), _))) {
                ready!(socket.as_mut().poll_ready(cx)).map_err(lost)?;
                let Some((frame, request)) = self.unsent.pop_front() else { break };
                if let Some(request) = request {
                    self.session.handle_written(request);
                }
                let Some(message) = message(frame) else { continue };
                socket.as_mut().start_send(message).map_err(lost)?;
                self.dirty = true;
            }
            if self.dirty {
                ready!(socket.as_mut().poll_flush(cx)).map_err(lost)?;
                self.dirty = false;
            }
            match self.unsent.pop_front() {
                Some((Frame::Login(text), request)) => {
                    if let Some(request) = request {
                        self.session.handle_written(request);
                    }
                    self.veiled = Veiled::text(&text);
                }
                _ => return Poll::Ready(Ok(())),
            }
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let message = ready!(Pin::new(&mut self.transport.socket).poll_next(cx));
        let now = self.clock.now();
        match message {
            Some(Ok(Message::Text(text))) => self.session.handle_text(text.as_str().to_owned(), now),
            Some(Ok(Message::Binary(bytes))) => self.session.handle_binary(bytes, now),
            Some(Ok(Message::Close(_))) => {
                let text = "the server closed the connection";
                self.session.handle_closed(Error::new(ErrorCode::ServerClosed, text));
            }
            // Pings are answered by the WebSocket itself; it needs a flush to get the pong out.
            Some(Ok(Message::Ping(_))) => {
                self.dirty = true;
                self.session.handle_heard(now);
            }
            Some(Ok(Message::Pong(_) | Message::Frame(_))) => self.session.handle_heard(now),
            Some(Err(error)) => self.session.handle_closed(stream_error(error, "while reading")),
            None => {
                let text = "the server closed the connection";
                self.session.handle_closed(Error::new(ErrorCode::ConnectionLost, text));
            }
        }
        Poll::Ready(())
    }

    fn poll_commands(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let command = ready!(self.commands.poll_recv(cx));
        let now = self.clock.now();
        match command {
            Some(Command::Ask { request, timeout, req_id, caller }) => {
                match self.session.handle_request(request, timeout, req_id, now) {
                    Ok(id) => {
                        self.waiting.insert(id, (caller, timeout));
                    }
                    Err(error) => {
                        let _ = caller.send(Err(error));
                    }
                }
            }
            Some(Command::Wanted { result, timeout }) => self.session.handle_wanted(result, timeout, now),
            Some(Command::Dropped(result)) => {
                self.readers.remove(&result);
                self.session.handle_dropped(result);
            }
            Some(Command::Close(done)) => {
                self.on_closed.push(done);
                self.session.handle_closed(Error::new(ErrorCode::Closed, "the connection was closed by its user"));
            }
            Some(Command::Cut(reason)) => self.session.handle_closed(reason),
            // Every handle is gone.
            None => self.session.handle_closed(Error::new(ErrorCode::Closed, "the connection was dropped by its user")),
        }
        Poll::Ready(())
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.session.next_deadline() else { return Poll::Pending };
        let deadline = tokio::time::Instant::from_std(deadline);
        // A deadline that moved back is noticed when the old one passes: no timer work for every message.
        if deadline < self.timer.deadline() || self.timer.is_elapsed() {
            self.timer.as_mut().reset(deadline);
        }
        ready!(self.timer.as_mut().poll(cx));
        let now = self.clock.now();
        let heard = self.transport.heard.bytes();
        if heard != self.heard {
            self.heard = heard;
            self.session.handle_heard(now);
        }
        self.session.handle_deadline(now);
        Poll::Ready(())
    }

    /// A Close frame, then whatever still comes, until the peer closes too.
    async fn say_goodbye(&mut self) {
        self.unsent.clear();
        let socket = &mut self.transport.socket;
        let closing = poll_fn(|cx| Pin::new(&mut *socket).poll_close(cx)).await;
        if closing.is_err() {
            return;
        }
        while let Some(Ok(_)) = poll_fn(|cx| Pin::new(&mut self.transport.socket).poll_next(cx)).await {}
    }
}

/// The frame as the WebSocket takes it; nothing for the one it must not see.
fn message(frame: Frame) -> Option<Message> {
    match frame {
        Frame::Login(_) => None,
        Frame::Text(text) => Some(Message::Text(text.into())),
        Frame::Binary(bytes) => Some(Message::Binary(bytes)),
        Frame::Ping => Some(Message::Ping(Bytes::new())),
    }
}
