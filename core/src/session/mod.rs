//! The machine of one connection: log in, match replies to requests, read results ahead, notice a dead peer, close.
//!
//! Pure: it is told what happened (`handle_…`) and says what to do ([`Session::poll_output`]) and when to be called
//! again ([`Session::next_deadline`]). After each `handle_…`, drain the outputs before the next.
//!
//! | State | Input | Next state | Output |
//! |---|---|---|---|
//! | `AwaitingLogin` | `conn` answered 0 | `Ready` | `Reply(LoggedIn)` |
//! | `AwaitingLogin` | `conn` refused, version known | `Closed` | `Reply(error)`, `Close` |
//! | `AwaitingLogin` | `conn` refused, version unknown | `AwaitingVersion` | – |
//! | `AwaitingVersion` | version, or its deadline | `Closed` | `Reply(error)`, `Close` |
//! | `AwaitingLogin` | deadline | `Closed` | `Reply(CONNECT_TIMEOUT)`, `Close` |
//! | `Ready` | request | `Ready` | `Send` |
//! | `Ready` | answer to a request in flight | `Ready` | `Reply` or `Block`, the next `Send` of a result |
//! | `Ready` | answer to an abandoned request | `Ready` | `Send(free_result)` if it brought a result |
//! | `Ready` | answer nobody asked for, unreadable frame, malformed block | `Closed` | every waiter an error, `Close` |
//! | `Ready` | deadline of a request | `Ready` | `Reply(REQUEST_TIMEOUT)`; the request is abandoned |
//! | `Ready` | silence | `Ready` | `Send(Ping)`; after as long again `Closed` |
//! | any | socket closed | `Closed` | every waiter an error |
//! | `Closed` | request | `Closed` | `Reply(error)` |
//! | `Closed` | anything else | `Closed` | – |

mod flight;
mod result;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::clock::Now;
use crate::column::{Block, Field, Precision};
use crate::error::{Error, ErrorCode, Result};
use crate::wire::{self, Answer, Frame, LoginCredential, LoginOptions, QueryReply, Stage};
use flight::{Flight, InFlight, Kind};
use result::Reading;

/// Name of a request on this connection: its `req_id` on the wire.
pub(crate) type RequestId = u64;
/// The server's id of a result, unique on its connection.
pub(crate) type ResultId = u64;

/// What can be asked of a connection.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    /// Run one SQL statement.
    Query(String),
    /// The session's database.
    CurrentDatabase,
    /// Whether the service answers.
    ServerStatus,
}

/// The answer to a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// The session is open; the server's version, and the gateways it named if it was asked.
    LoggedIn { version: String, instances: Vec<String> },
    /// A statement without rows.
    Update { affected_rows: u64 },
    /// A statement with rows; its first block is already being fetched.
    Rows { result: ResultId, fields: Arc<[Field]>, precision: Precision },
    /// The session's database.
    Database(Option<String>),
    /// Number and text of the service's state.
    Status { status: i32, details: String },
}

/// What the driver has to do.
#[derive(Debug)]
pub(crate) enum Output {
    /// Write this frame; tell [`Session::handle_written`] when it belongs to a request.
    Send { frame: Frame, request: Option<RequestId> },
    /// Answer the caller of this request.
    Reply { request: RequestId, reply: Result<Reply> },
    /// Hand the next block of a result (`None`: its end) to its reader.
    Block { result: ResultId, block: Result<Option<Block>> },
    /// Close the socket. All waiters have been answered.
    Close,
}

/// Times of a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// For each request that names no other.
    pub(crate) request_timeout: Duration,
    /// Silence before a ping, and again before giving up.
    pub(crate) keepalive: Duration,
    /// When the login must have been answered.
    pub(crate) login_deadline: Instant,
}

#[derive(Debug)]
enum State {
    AwaitingLogin { version: Option<String> },
    AwaitingVersion { refused: Error },
    Ready,
    Closed { reason: Error },
}

/// The machine of one connection; see the table above.
#[derive(Debug)]
pub(crate) struct Session {
    state: State,
    timing: Timing,
    flight: Flight,
    results: HashMap<ResultId, Reading>,
    outputs: VecDeque<Output>,
    login: RequestId,
    version: RequestId,
    token_login: bool,
    heard: Instant,
    pinged: Option<Instant>,
}

/// The first server that knows bearer tokens.
const FIRST_WITH_TOKENS: [u64; 4] = [3, 4, 0, 0];
/// The first server with the binary query and `fetch_raw_block`.
const FIRST_WITH_RAW_BLOCKS: [u64; 4] = [3, 3, 2, 0];
/// Answers still expected for requests nobody waits for; beyond this the peer is not answering any more.
const MAX_ABANDONED: usize = 1024;

impl Session {
    /// Starts with `version` and `conn` on their way: neither depends on the other, so they share a round trip.
    pub(crate) fn new(
        credential: &LoginCredential<'_>,
        options: &LoginOptions,
        timing: Timing,
        first_request: RequestId,
        now: Now,
    ) -> Self {
        let mut flight = Flight::starting_at(first_request);
        let version = flight.add(Kind::Version, timing.login_deadline);
        let login = flight.add(Kind::Login, timing.login_deadline);
        let mut session = Session {
            state: State::AwaitingLogin { version: None },
            timing,
            flight,
            results: HashMap::new(),
            outputs: VecDeque::new(),
            login,
            version,
            token_login: matches!(credential, LoginCredential::Token(_)),
            heard: now.monotonic,
            pinged: None,
        };
        session.send(wire::version(version), Some(version));
        session.send(wire::login(login, credential, options), Some(login));
        session
    }

    /// The request whose reply says that the session is open.
    pub(crate) fn login_request(&self) -> RequestId {
        self.login
    }

    /// A request of the user. `timeout` replaces the session's; `req_id` is one of the caller's own.
    /// The answer comes as [`Output::Reply`] under the returned name.
    pub(crate) fn handle_request(
        &mut self,
        request: Request,
        timeout: Option<Duration>,
        req_id: Option<RequestId>,
        now: Now,
    ) -> Result<RequestId> {
        match &self.state {
            State::Ready => {}
            State::Closed { reason } => return Err(reason.clone()),
            State::AwaitingLogin { .. } | State::AwaitingVersion { .. } => {
                return Err(Error::new(ErrorCode::Closed, "the connection has not logged in yet"));
            }
        }
        let deadline = deadline_after(now.monotonic, timeout.unwrap_or(self.timing.request_timeout));
        let kind = match request {
            Request::Query(_) => Kind::Query,
            Request::CurrentDatabase => Kind::CurrentDatabase,
            Request::ServerStatus => Kind::ServerStatus,
        };
        let id = match req_id {
            Some(id) => self.flight.add_as(id, kind, deadline)?,
            None => self.flight.add(kind, deadline),
        };
        let frame = match request {
            Request::Query(sql) => match wire::query(id, &sql) {
                Ok(frame) => frame,
                Err(error) => {
                    self.flight.take(id);
                    return Err(error);
                }
            },
            Request::CurrentDatabase => wire::current_database(id),
            Request::ServerStatus => wire::check_server_status(id),
        };
        self.send(frame, Some(id));
        Ok(id)
    }

    /// The reader of `result` asked for one more block.
    pub(crate) fn handle_wanted(&mut self, result: ResultId, timeout: Option<Duration>, now: Now) {
        if let Some(reading) = self.results.get_mut(&result) {
            reading.want(timeout);
            self.fetch_if_due(result, now);
        }
    }

    /// Nobody reads this result any more.
    pub(crate) fn handle_dropped(&mut self, result: ResultId) {
        let Some(reading) = self.results.get_mut(&result) else { return };
        match reading.fetching() {
            // The server may be writing into the result: free it when that fetch is answered.
            Some(request) => {
                reading.drop_reader();
                self.flight.abandon(request);
            }
            None => {
                self.results.remove(&result);
                self.free(result);
            }
        }
    }

    /// The first byte of this request may have reached the socket: from now on it may have run.
    pub(crate) fn handle_written(&mut self, request: RequestId) {
        self.flight.written(request);
    }

    /// Bytes or a pong arrived: the peer lives.
    pub(crate) fn handle_heard(&mut self, now: Now) {
        self.heard = now.monotonic;
        self.pinged = None;
    }

    /// A text message arrived.
    pub(crate) fn handle_text(&mut self, text: String, now: Now) {
        self.handle_heard(now);
        if matches!(self.state, State::Closed { .. }) {
            return;
        }
        let reply = match wire::parse_text(text) {
            Ok(reply) => reply,
            Err(error) => return self.fail(error),
        };
        // Servers before 3.3.6.12 answer `version` with req_id 0.
        let id = if reply.req_id == 0 && reply.action == "version" { self.version } else { reply.req_id };
        let Some(request) = self.flight.take(id) else {
            return self.fail(unasked(id, &reply.action));
        };
        match request.kind {
            Kind::Version => self.version_answered(reply.answer),
            Kind::Login => self.login_answered(reply.answer, now),
            Kind::Query => self.query_answered(id, &request, reply.answer, now),
            Kind::Fetch(result) => match reply.answer {
                Answer::Failure { code, message } => self.fetch_refused(result, &request, code, &message),
                Answer::Success(_) => self.fail(Error::new(
                    ErrorCode::ProtocolReply,
                    format!("fetch {id} of result {result} was answered by a text"),
                )),
            },
            Kind::CurrentDatabase => self.small_answered(id, &request, reply.answer, "the current database", database),
            Kind::ServerStatus => self.small_answered(id, &request, reply.answer, "the server's status", status),
        }
    }

    /// A binary message arrived.
    pub(crate) fn handle_binary(&mut self, message: Bytes, now: Now) {
        self.handle_heard(now);
        if matches!(self.state, State::Closed { .. }) {
            return;
        }
        let reply = match wire::parse_binary(message) {
            Ok(reply) => reply,
            Err(error) => return self.fail(error),
        };
        let Some(request) = self.flight.take(reply.req_id) else {
            return self.fail(unasked(reply.req_id, "fetch_raw_block"));
        };
        match request.kind {
            Kind::Fetch(result) if result == reply.result => match reply.answer {
                Answer::Success(Some(bytes)) => self.block_arrived(result, bytes, now),
                Answer::Success(None) => self.result_ended(result),
                Answer::Failure { code, message } => self.fetch_refused(result, &request, code, &message),
            },
            kind => self.fail(Error::new(
                ErrorCode::ProtocolReply,
                format!("a block of result {} answers request {}, which is {kind:?}", reply.result, reply.req_id),
            )),
        }
    }

    /// The socket is gone, or the user closes: every waiter gets `reason`.
    pub(crate) fn handle_closed(&mut self, reason: Error) {
        if matches!(self.state, State::Closed { .. }) {
            return;
        }
        for (id, request) in self.flight.drain() {
            if request.abandoned {
                continue;
            }
            match request.kind {
                // Its result's reader is told below.
                Kind::Fetch(_) | Kind::Version => {}
                kind => {
                    let error = reason.clone().with_may_have_run(kind == Kind::Query && request.written);
                    self.outputs.push_back(Output::Reply { request: id, reply: Err(error) });
                }
            }
        }
        if let State::AwaitingVersion { refused } = &self.state {
            let reply = Err(refused.clone());
            self.outputs.push_back(Output::Reply { request: self.login, reply });
        }
        for (result, reading) in self.results.drain() {
            if reading.has_reader() {
                self.outputs.push_back(Output::Block { result, block: Err(reason.clone()) });
            }
        }
        self.state = State::Closed { reason };
    }

    /// Time passed.
    pub(crate) fn handle_deadline(&mut self, now: Now) {
        while let Some(id) = self.flight.expired(now.monotonic) {
            self.timed_out(id);
        }
        if matches!(self.state, State::Ready) {
            self.keep_alive(now.monotonic);
        }
    }

    /// The next thing to do, until there is nothing left.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Session::handle_deadline`] if nothing happens before.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let alive = match self.state {
            State::Ready => Some(self.pinged.unwrap_or(self.heard) + self.timing.keepalive),
            _ => None,
        };
        [self.flight.next_deadline(), alive].into_iter().flatten().min()
    }

    /// Why the connection is closed, if it is.
    pub(crate) fn closed(&self) -> Option<&Error> {
        match &self.state {
            State::Closed { reason } => Some(reason),
            _ => None,
        }
    }

    fn send(&mut self, frame: Frame, request: Option<RequestId>) {
        self.outputs.push_back(Output::Send { frame, request });
    }

    /// Closes because the peer's state is unknown or it is gone.
    fn fail(&mut self, reason: Error) {
        self.handle_closed(reason);
        self.outputs.push_back(Output::Close);
    }

    fn free(&mut self, result: ResultId) {
        let id = self.flight.unanswered_id();
        self.send(wire::free_result(id, result), None);
    }

    fn version_answered(&mut self, answer: Answer<String>) {
        let told = match answer {
            Answer::Success(text) => text_field(&text, "version"),
            Answer::Failure { .. } => None,
        };
        match &mut self.state {
            State::AwaitingLogin { version } => *version = Some(told.unwrap_or_default()),
            State::AwaitingVersion { refused } => {
                let refused = refused.clone();
                self.login_failed(refused, told.as_deref());
            }
            State::Ready | State::Closed { .. } => {}
        }
    }

    fn login_answered(&mut self, answer: Answer<String>, now: Now) {
        let known = match &mut self.state {
            State::AwaitingLogin { version } => version.take(),
            _ => None,
        };
        match answer {
            Answer::Success(text) => {
                let version = text_field(&text, "version").or(known).unwrap_or_default();
                if older(&version, FIRST_WITH_RAW_BLOCKS) {
                    return self.login_failed(too_old(&version, "binary queries", FIRST_WITH_RAW_BLOCKS), None);
                }
                self.flight.abandon(self.version);
                self.state = State::Ready;
                self.heard = now.monotonic;
                let reply = Ok(Reply::LoggedIn { version, instances: wire::instances(&text) });
                self.outputs.push_back(Output::Reply { request: self.login, reply });
            }
            Answer::Failure { code, message } => {
                let refused = wire::from_server(Stage::Login, code, &message, "the login");
                match known {
                    None if self.token_login => self.state = State::AwaitingVersion { refused },
                    version => self.login_failed(refused, version.as_deref()),
                }
            }
        }
    }

    /// A server that does not know tokens ignores them and speaks of a wrong password: say what it is.
    fn login_failed(&mut self, refused: Error, version: Option<&str>) {
        let reason = match version {
            Some(version) if self.token_login && older(version, FIRST_WITH_TOKENS) => {
                too_old(version, "bearer tokens", FIRST_WITH_TOKENS)
            }
            _ => refused,
        };
        self.state = State::AwaitingLogin { version: None };
        self.outputs.push_back(Output::Reply { request: self.login, reply: Err(reason.clone()) });
        self.fail(reason);
    }

    fn query_answered(&mut self, id: RequestId, request: &InFlight, answer: Answer<String>, now: Now) {
        let reply = match answer {
            Answer::Failure { code, message } => {
                let error = wire::from_server(Stage::Request, code, &message, "the statement");
                // A session may be ended in the middle of its statement.
                let ended = error.code() == ErrorCode::SessionEnded;
                Err(error.with_may_have_run(ended))
            }
            Answer::Success(text) => match QueryReply::parse(&text) {
                Err(error) => {
                    if !request.abandoned {
                        // It ran: the server said so. Only its answer is unusable.
                        let reply = Err(error.clone().with_may_have_run(true));
                        self.outputs.push_back(Output::Reply { request: id, reply });
                    }
                    return self.fail(error);
                }
                Ok(QueryReply::Update { affected_rows }) => Ok(Reply::Update { affected_rows }),
                Ok(QueryReply::Rows { result, .. }) if request.abandoned => return self.free(result),
                Ok(QueryReply::Rows { result, fields, precision }) => {
                    let reading = Reading::new(fields.clone(), precision);
                    if self.results.insert(result, reading).is_some() {
                        return self.fail(Error::new(
                            ErrorCode::ProtocolReply,
                            format!("the server gave the id {result} to two results"),
                        ));
                    }
                    Ok(Reply::Rows { result, fields, precision })
                }
            },
        };
        if request.abandoned {
            return;
        }
        let rows = match &reply {
            Ok(Reply::Rows { result, .. }) => Some(*result),
            _ => None,
        };
        self.outputs.push_back(Output::Reply { request: id, reply });
        if let Some(result) = rows {
            self.fetch_if_due(result, now);
        }
    }

    /// Sends the next fetch when none is in flight and the reader is less than one block behind.
    fn fetch_if_due(&mut self, result: ResultId, now: Now) {
        let Some(reading) = self.results.get_mut(&result) else { return };
        if !reading.is_due() {
            return;
        }
        let deadline = deadline_after(now.monotonic, reading.timeout().unwrap_or(self.timing.request_timeout));
        let id = self.flight.add(Kind::Fetch(result), deadline);
        reading.fetch_sent(id);
        self.send(wire::fetch(id, result), Some(id));
    }

    fn block_arrived(&mut self, result: ResultId, bytes: Bytes, now: Now) {
        let Some(reading) = self.results.get_mut(&result) else { return };
        reading.fetch_answered();
        if !reading.has_reader() {
            self.results.remove(&result);
            return self.free(result);
        }
        let (fields, precision) = reading.shape();
        // The next fetch leaves before this block is looked at: the server works while we check.
        self.fetch_if_due(result, now);
        match Block::parse(bytes, fields, precision) {
            Ok(block) => self.outputs.push_back(Output::Block { result, block: Ok(Some(block)) }),
            Err(error) => self.fail(error),
        }
    }

    fn result_ended(&mut self, result: ResultId) {
        if self.results.remove(&result).is_some_and(|reading| reading.has_reader()) {
            self.outputs.push_back(Output::Block { result, block: Ok(None) });
        }
    }

    fn fetch_refused(&mut self, result: ResultId, request: &InFlight, code: u32, message: &str) {
        let reading = self.results.remove(&result);
        if !request.abandoned && reading.is_some_and(|reading| reading.has_reader()) {
            let error = wire::from_server(Stage::Request, code, message, "the next rows");
            self.outputs.push_back(Output::Block { result, block: Err(error) });
        }
    }

    fn small_answered(
        &mut self,
        id: RequestId,
        request: &InFlight,
        answer: Answer<String>,
        what: &str,
        read: impl FnOnce(&str) -> Result<Reply>,
    ) {
        let reply = match answer {
            Answer::Success(text) => read(&text),
            Answer::Failure { code, message } => Err(wire::from_server(Stage::Request, code, &message, what)),
        };
        if !request.abandoned {
            self.outputs.push_back(Output::Reply { request: id, reply });
        }
    }

    fn timed_out(&mut self, id: RequestId) {
        let Some(request) = self.flight.abandon(id) else { return };
        if self.flight.abandoned() > MAX_ABANDONED {
            let text = format!("{MAX_ABANDONED} requests are without an answer after their deadlines");
            return self.fail(Error::new(ErrorCode::ConnectionLost, text));
        }
        match request.kind {
            Kind::Version => match &self.state {
                State::AwaitingVersion { refused } => {
                    let refused = refused.clone();
                    self.login_failed(refused, None);
                }
                State::AwaitingLogin { .. } | State::Ready | State::Closed { .. } => {}
            },
            Kind::Login => {
                let reason = Error::new(ErrorCode::ConnectTimeout, "the server did not answer the login in time");
                self.login_failed(reason, None);
            }
            Kind::Fetch(result) => {
                let Some(reading) = self.results.get_mut(&result) else { return };
                let had_reader = reading.has_reader();
                reading.drop_reader();
                if had_reader {
                    let error = Error::new(ErrorCode::RequestTimeout, "the server did not send the next rows in time");
                    self.outputs.push_back(Output::Block { result, block: Err(error) });
                }
            }
            Kind::Query | Kind::CurrentDatabase | Kind::ServerStatus => {
                let error = Error::new(ErrorCode::RequestTimeout, "the server did not answer in time")
                    .with_may_have_run(request.kind == Kind::Query && request.written);
                self.outputs.push_back(Output::Reply { request: id, reply: Err(error) });
            }
        }
    }

    fn keep_alive(&mut self, now: Instant) {
        match self.pinged {
            Some(pinged) if now >= pinged + self.timing.keepalive => {
                let silence = now.duration_since(self.heard).as_secs();
                let text = format!("the server has been silent for {silence} s and did not answer a ping");
                self.fail(Error::new(ErrorCode::ConnectionLost, text));
            }
            None if now >= self.heard + self.timing.keepalive => {
                self.pinged = Some(now);
                self.send(Frame::Ping, None);
            }
            Some(_) | None => {}
        }
    }
}

/// A timeout too long for the clock means none: a year is as good.
fn deadline_after(now: Instant, timeout: Duration) -> Instant {
    now + timeout.min(Duration::from_secs(365 * 24 * 3600))
}

fn unasked(id: RequestId, action: &str) -> Error {
    let action: String = action.chars().take(40).collect();
    Error::new(
        ErrorCode::ProtocolReply,
        format!("the server answered request {id} ({action:?}), which is not in flight"),
    )
}

fn too_old(version: &str, feature: &str, first: [u64; 4]) -> Error {
    let version: String = version.chars().take(40).collect();
    let [a, b, c, d] = first;
    Error::new(
        ErrorCode::ServerTooOld,
        format!("the server is version {version}; {feature} need {a}.{b}.{c}.{d} or later"),
    )
}

/// Compares the first four numbers; what cannot be read counts as new, so that an odd text never locks anybody out.
fn older(version: &str, first: [u64; 4]) -> bool {
    let mut numbers = version.split(['.', '-']).map_while(|part| part.parse::<u64>().ok());
    let Some(major) = numbers.next() else { return false };
    let mut told = [major, 0, 0, 0];
    for (slot, number) in told[1..].iter_mut().zip(numbers) {
        *slot = number;
    }
    told < first
}

fn text_field(json: &str, name: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    value.get(name)?.as_str().map(str::to_owned)
}

fn database(json: &str) -> Result<Reply> {
    Ok(Reply::Database(text_field(json, "db").filter(|name| !name.is_empty())))
}

fn status(json: &str) -> Result<Reply> {
    let value: serde_json::Value = serde_json::from_str(json)
        .map_err(|error| Error::new(ErrorCode::ProtocolMessage, "the status cannot be read").with_source(error))?;
    let status = value.get("status").and_then(serde_json::Value::as_i64).unwrap_or(0);
    let details = value.get("details").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    Ok(Reply::Status { status: i32::try_from(status).unwrap_or(0), details })
}
