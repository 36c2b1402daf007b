//! One WebSocket: reads frames, runs each request in a task of its own, keeps the connection alive, ends it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, MissedTickBehavior};

use super::answer::{Envelope, Failure};
use super::call::{Call, ConnArgs};
use super::frame::{FrameReader, FrameWriter, Incoming, Outgoing};
use super::request::Request;
use super::results::Results;
use crate::engine::SqlSession;
use crate::net::{Connection, End, Line};
use crate::shared::Shared;

/// A message that cannot be written for so long ends the connection.
pub(super) const WRITE_DEADLINE: Duration = Duration::from_secs(60);

/// The engine's code for a session that an administrator has ended.
const KILLED: u32 = 0x0215;

/// How long a closing side waits for the other's Close.
const CLOSE_WAIT: Duration = Duration::from_secs(1);

/// The state of one WebSocket.
pub(crate) struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) connection: Arc<Connection>,
    pub(super) line: Line,
    pub(super) writer: tokio::sync::Mutex<FrameWriter>,
    /// The URL had a parameter `token`: bearer tokens are ignored.
    pub(super) token_in_url: bool,
    /// The path was `/rest/ws`.
    pub(super) legacy: bool,
    pub(super) results: Results,
    pub(super) is_logged_in: AtomicBool,
    /// Answers that fault `reorder` holds back.
    pub(super) held: Mutex<Vec<Outgoing>>,
    login: Mutex<Option<LoggedIn>>,
}

/// What a login has left behind.
pub(super) struct LoggedIn {
    pub(super) sql: SqlSession,
    pub(super) app: String,
    pub(super) ip: String,
    pub(super) connector: String,
}

impl LoggedIn {
    pub(super) fn new(sql: SqlSession, args: &ConnArgs) -> Self {
        LoggedIn { sql, app: args.app.clone(), ip: args.ip.clone(), connector: args.connector.clone() }
    }
}

/// Why the read loop ended.
enum Stop {
    /// The peer is gone or broke the protocol.
    Gone,
    /// The peer said goodbye.
    Closed(Bytes),
    /// Somebody here wants it closed.
    Asked(End),
}

impl Session {
    /// A session on an upgraded line.
    pub(crate) fn new(
        shared: Arc<Shared>,
        connection: Arc<Connection>,
        line: Line,
        token_in_url: bool,
        legacy: bool,
    ) -> Arc<Self> {
        Arc::new(Session {
            shared,
            connection,
            writer: tokio::sync::Mutex::new(FrameWriter::new(line.clone())),
            line,
            token_in_url,
            legacy,
            results: Results::default(),
            is_logged_in: AtomicBool::new(false),
            held: Mutex::default(),
            login: Mutex::default(),
        })
    }

    /// Serves the connection to its end. `already_read` came behind the upgrade request.
    pub(crate) async fn run(self: Arc<Self>, already_read: Bytes) {
        let mut reader = FrameReader::new(self.line.clone(), self.connection.clone(), already_read);
        match self.read(&mut reader).await {
            Stop::Gone | Stop::Asked(End::Cut) => {}
            Stop::Closed(payload) => {
                self.send(&Outgoing::close_reply(&payload)).await;
                self.writer.lock().await.shut_down().await;
            }
            Stop::Asked(End::EmptyClose) => self.close(None, "", Some(&mut reader)).await,
        }
        // Requests still running find the line dead; their results die with the session.
        self.line.cut();
    }

    async fn read(self: &Arc<Self>, reader: &mut FrameReader) -> Stop {
        let config = &self.shared.config;
        let mut ping = tokio::time::interval_at(Instant::now() + config.ping_interval, config.ping_interval);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut deadline = Instant::now() + config.read_deadline;
        let mut ended = std::pin::pin!(self.connection.ended());
        loop {
            tokio::select! {
                incoming = reader.next() => match incoming {
                    Ok(Some(Incoming::Text(frame))) => self.start(Request::text(&frame, self.legacy)),
                    Ok(Some(Incoming::Binary(frame))) => self.start(Request::binary(&frame)),
                    // A client's ping is answered but does not count as life.
                    Ok(Some(Incoming::Ping(payload))) => {
                        self.shared.stats.request("ws_ping", None);
                        self.send_apart(Outgoing::pong(payload));
                        continue;
                    }
                    Ok(Some(Incoming::Pong)) => {}
                    Ok(Some(Incoming::Close(payload))) => return Stop::Closed(payload),
                    Ok(None) | Err(_) => return Stop::Gone,
                },
                _ = ping.tick() => {
                    self.send_apart(Outgoing::ping());
                    continue;
                }
                _ = tokio::time::sleep_until(deadline) => return Stop::Gone,
                end = &mut ended => return Stop::Asked(end),
            }
            deadline = Instant::now() + config.read_deadline;
        }
    }

    fn start(self: &Arc<Self>, request: Request) {
        let session = self.clone();
        tokio::spawn(async move { session.handle(request).await });
    }

    /// Runs a request; `None` if it has no answer.
    pub(super) fn run_call(&self, envelope: &Envelope, call: &Call) -> Option<Outgoing> {
        if !call.is_open_to_all() && !self.is_logged_in.load(Ordering::Acquire) && !is_envelope_error(envelope, call) {
            return Some(envelope.failure(&Failure::gateway("server not connected")));
        }
        if !call.is_open_to_all() && self.connection.is_killed() {
            return self.refusal(envelope, call, &Failure::new(KILLED, "Connection killed"));
        }
        let outcome = match call {
            Call::FreeResult { id } => {
                self.results.free(*id);
                return None;
            }
            Call::FetchRawBlock { id } => {
                let next = self.results.next(*id);
                return Some(envelope.raw_block(*id, next.as_ref().map(Clone::clone)));
            }
            Call::BadFetch { id, message } => {
                return Some(envelope.raw_block(*id, Err(&Failure::gateway(*message))));
            }
            Call::Version => Ok(envelope.reply().field("version", &self.shared.config.server_version).finish()),
            Call::Conn(args) => self.conn(envelope, args),
            Call::Query { sql } => self.query(envelope, sql),
            Call::ValidateSql { sql } => self.validate_sql(envelope, sql),
            Call::Fetch { id } => self.fetch(envelope, *id),
            Call::FetchBlock { id } => self.fetch_block(envelope, *id),
            Call::NumFields { id } => {
                self.results.get(*id).map(|open| envelope.reply().field("num_fields", &open.lengths.len()).finish())
            }
            Call::CurrentDb => {
                let database = self.logged_in().as_ref().and_then(|login| login.sql.database.clone());
                Ok(envelope.reply().field("db", &database.unwrap_or_default()).finish())
            }
            Call::ServerInfo => {
                let info = format!("ver:{}", self.shared.config.server_version);
                Ok(envelope.reply().field("info", &info).finish())
            }
            Call::ServerStatus => Ok(envelope.reply().field("status", &2).field("details", "").finish()),
            Call::ConnectionInfo { info: 0 } => {
                let user = self.logged_in().as_ref().map(|login| login.sql.user.clone());
                Ok(envelope.reply().field("info", &user.unwrap_or_default()).finish())
            }
            Call::ConnectionInfo { .. } => Err(Failure::new(0x0118, "Invalid parameters")),
            Call::Options(options) => self
                .logged_in()
                .as_mut()
                .map_or(Ok(()), |login| login.set_options(options))
                .map(|()| envelope.reply().finish()),
            Call::NotSupported => Err(Failure::gateway("not supported by the test server")),
            Call::Bad(message) => Err(Failure::gateway(message.clone())),
        };
        Some(outcome.unwrap_or_else(|failure| envelope.failure(&failure)))
    }

    pub(super) fn logged_in(&self) -> MutexGuard<'_, Option<LoggedIn>> {
        self.login.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a frame; a line that does not take it in time is cut.
    pub(super) async fn send(&self, frame: &Outgoing) {
        self.send_together(&[frame]).await;
    }

    /// Sends frames with none of another request between them.
    pub(super) async fn send_together(&self, frames: &[&Outgoing]) {
        let write = async {
            let mut writer = self.writer.lock().await;
            for frame in frames {
                writer.send(frame).await?;
            }
            std::io::Result::Ok(())
        };
        match tokio::time::timeout(WRITE_DEADLINE, write).await {
            Ok(Ok(())) => {
                let bytes: usize = frames.iter().map(|frame| frame.len()).sum();
                self.shared.stats.bytes_sent.fetch_add(bytes as u64, Ordering::Relaxed);
            }
            Ok(Err(_)) | Err(_) => self.line.cut(),
        }
    }

    /// Sends a control frame without keeping the read loop waiting.
    fn send_apart(self: &Arc<Self>, frame: Outgoing) {
        let session = self.clone();
        tokio::spawn(async move { session.send(&frame).await });
    }

    /// Says goodbye, waits a moment for the answer, ends the line.
    pub(super) async fn close(&self, code: Option<u16>, reason: &str, reader: Option<&mut FrameReader>) {
        self.send(&Outgoing::close(code, reason)).await;
        if let Some(reader) = reader {
            let answered =
                async { while !matches!(reader.next().await, Ok(Some(Incoming::Close(_)) | None) | Err(_)) {} };
            // A peer that does not answer has had its chance.
            let _ = tokio::time::timeout(CLOSE_WAIT, answered).await;
        }
        self.writer.lock().await.shut_down().await;
    }
}

/// Frames that are no requests get their own error, logged in or not.
fn is_envelope_error(envelope: &Envelope, call: &Call) -> bool {
    matches!(call, Call::Bad(_))
        && (envelope.action.is_empty()
            || matches!(envelope.action.as_str(), "version" | "conn" | "check_server_status"))
}
