//! Every row of the table in `mod.rs`, driven by hand with a made-up clock.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::column::DataType;
use crate::secret::Secret;

const SECOND: Duration = Duration::from_secs(1);

struct World {
    session: Session,
    now: Now,
}

fn start(credential: &LoginCredential<'_>) -> World {
    let now = Now { monotonic: Instant::now(), wall: Duration::ZERO };
    let timing =
        Timing { request_timeout: 10 * SECOND, keepalive: 30 * SECOND, login_deadline: now.monotonic + 5 * SECOND };
    World { session: Session::new(credential, &LoginOptions::default(), timing, 100, now), now }
}

fn with_token() -> World {
    start(&LoginCredential::Token(&Secret::new("tok")))
}

/// Version is request 100, conn is request 101; requests of the user start at 102.
fn ready() -> World {
    let mut world = with_token();
    world.text(r#"{"code":0,"action":"conn","req_id":101,"version":"3.4.1.13"}"#);
    world.outputs();
    world
}

impl World {
    fn text(&mut self, text: &str) {
        self.session.handle_text(text.to_owned(), self.now);
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.session.poll_output()).collect()
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.after(time);
        self.session.handle_deadline(self.now);
    }

    fn query(&mut self, sql: &str) -> RequestId {
        let id = self.session.handle_request(Request::Query(sql.into()), None, None, self.now).unwrap();
        self.session.handle_written(id);
        assert!(matches!(self.outputs()[..], [Output::Send { request: Some(sent), .. }] if sent == id));
        id
    }

    /// Answers `query` with result 1 of one INT column; returns the name of the fetch that follows at once.
    fn rows(&mut self, query: RequestId) -> RequestId {
        self.text(&format!(
            r#"{{"code":0,"action":"binary_query","req_id":{query},"id":1,"is_update":false,"fields_count":1,"fields_names":["v"],"fields_types":[4],"fields_lengths":[4],"precision":0}}"#
        ));
        match &self.outputs()[..] {
            [
                Output::Reply { reply: Ok(Reply::Rows { result: 1, .. }), .. },
                Output::Send { request: Some(fetch), .. },
            ] => *fetch,
            other => panic!("{other:?}"),
        }
    }

    fn binary(&mut self, fetch: RequestId, tail: &[u8]) {
        let mut bytes = u64::MAX.to_le_bytes().to_vec();
        bytes.extend(7u64.to_le_bytes());
        bytes.extend(1u16.to_le_bytes());
        bytes.extend(0u64.to_le_bytes());
        bytes.extend(fetch.to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend(1u64.to_le_bytes());
        bytes.extend(tail);
        self.session.handle_binary(bytes.into(), self.now);
    }

    fn block(&mut self, fetch: RequestId) {
        let block = int_block(&[1, 2, 3]);
        let mut tail = vec![0];
        tail.extend((block.len() as u32).to_le_bytes());
        tail.extend(block);
        self.binary(fetch, &tail);
    }

    fn end(&mut self, fetch: RequestId) {
        self.binary(fetch, &[1]);
    }

    fn want(&mut self) {
        self.session.handle_wanted(1, None, self.now);
    }
}

fn int_block(values: &[i32]) -> Vec<u8> {
    let bitmap = values.len().div_ceil(8);
    let length = 28 + 5 + 4 + bitmap + 4 * values.len();
    let mut block = 1i32.to_le_bytes().to_vec();
    block.extend((length as i32).to_le_bytes());
    block.extend((values.len() as i32).to_le_bytes());
    block.extend(1i32.to_le_bytes());
    block.extend(0x8000_0000u32.to_le_bytes());
    block.extend(0u64.to_le_bytes());
    block.push(DataType::Int.number());
    block.extend(4i32.to_le_bytes());
    block.extend((4 * values.len() as i32).to_le_bytes());
    block.extend(vec![0; bitmap]);
    values.iter().for_each(|value| block.extend(value.to_le_bytes()));
    block
}

/// Names of the frames to send: the action of a text, `query`, `fetch` or `ping`.
fn sent(outputs: &[Output]) -> Vec<String> {
    let name = |output: &Output| match output {
        Output::Send { frame: Frame::Login(_), .. } => Some("conn".into()),
        Output::Send { frame: Frame::Text(text), .. } => {
            let json: serde_json::Value = serde_json::from_str(text).unwrap();
            Some(json["action"].as_str().unwrap().to_owned())
        }
        Output::Send { frame: Frame::Binary(bytes), .. } => Some(if bytes[16] == 6 { "query" } else { "fetch" }.into()),
        Output::Send { frame: Frame::Ping, .. } => Some("ping".into()),
        _ => None,
    };
    outputs.iter().filter_map(name).collect()
}

fn reply_codes(outputs: &[Output]) -> Vec<ErrorCode> {
    let code = |output: &Output| match output {
        Output::Reply { reply: Err(error), .. } | Output::Block { block: Err(error), .. } => Some(error.code()),
        _ => None,
    };
    outputs.iter().filter_map(code).collect()
}

fn closes(outputs: &[Output]) -> bool {
    matches!(outputs.last(), Some(Output::Close))
}

#[test]
fn version_and_login_leave_together() {
    let mut world = with_token();
    assert_eq!(sent(&world.outputs()), ["version", "conn"]);
    assert_eq!(world.session.login_request(), 101);
}

#[test]
fn logs_in_without_waiting_for_the_version() {
    let mut world = with_token();
    world.outputs();
    world.text(r#"{"code":0,"action":"conn","req_id":101,"version":"3.4.1.13","list_instances":["b:6041"]}"#);
    let outputs = world.outputs();
    let [Output::Reply { request: 101, reply: Ok(Reply::LoggedIn { version, instances }) }] = &outputs[..] else {
        panic!("{outputs:?}");
    };
    assert_eq!((version.as_str(), &instances[..]), ("3.4.1.13", &["b:6041".to_owned()][..]));
    world.text(r#"{"code":0,"action":"version","req_id":100,"version":"3.4.1.13"}"#);
    assert!(world.outputs().is_empty() && world.session.closed().is_none());
}

#[test]
fn a_refused_token_closes_with_the_servers_words() {
    let mut world = with_token();
    world.outputs();
    world.text(r#"{"code":0,"action":"version","req_id":100,"version":"3.4.1.13"}"#);
    world.text(r#"{"code":3843,"message":"Token is expired","action":"conn","req_id":101}"#);
    let outputs = world.outputs();
    assert_eq!(reply_codes(&outputs), [ErrorCode::TokenExpired]);
    assert!(closes(&outputs));
}

#[test]
fn a_server_too_old_for_tokens_is_named_as_such() {
    let mut world = with_token();
    world.outputs();
    world.text(r#"{"code":855,"message":"Authentication failure","action":"conn","req_id":101}"#);
    assert!(world.outputs().is_empty(), "waits for the version");
    world.text(r#"{"code":0,"action":"version","req_id":0,"version":"3.3.6.0"}"#);
    assert_eq!(reply_codes(&world.outputs()), [ErrorCode::ServerTooOld]);
}

#[test]
fn a_refused_token_is_reported_even_if_the_version_never_comes() {
    let mut world = with_token();
    world.outputs();
    world.text(r#"{"code":855,"message":"Authentication failure","action":"conn","req_id":101}"#);
    world.pass(6 * SECOND);
    assert_eq!(reply_codes(&world.outputs()), [ErrorCode::AuthenticationFailed]);
}

#[test]
fn a_password_login_does_not_wait_for_the_version() {
    let secret = Secret::new("p");
    let mut world = start(&LoginCredential::Password { user: "u", password: &secret, totp: None });
    world.outputs();
    world.text(r#"{"code":855,"message":"Authentication failure","action":"conn","req_id":101}"#);
    assert_eq!(reply_codes(&world.outputs()), [ErrorCode::AuthenticationFailed]);
}

#[test]
fn an_unanswered_login_times_out_and_closes() {
    let mut world = with_token();
    world.outputs();
    world.pass(6 * SECOND);
    let outputs = world.outputs();
    assert_eq!(reply_codes(&outputs), [ErrorCode::ConnectTimeout]);
    assert!(closes(&outputs));
}

#[test]
fn replies_are_matched_whatever_their_order() {
    let mut world = ready();
    let (first, second) = (world.query("insert 1"), world.query("insert 2"));
    for (id, rows) in [(second, 2), (first, 1)] {
        world.text(&format!(
            r#"{{"code":0,"action":"binary_query","req_id":{id},"is_update":true,"affected_rows":{rows}}}"#
        ));
        let outputs = world.outputs();
        assert!(
            matches!(outputs[..], [Output::Reply { request, reply: Ok(Reply::Update { affected_rows }) }] if request == id && affected_rows == rows),
            "{outputs:?}"
        );
    }
}

#[test]
fn reads_exactly_one_block_ahead_and_never_two_at_once() {
    let mut world = ready();
    let query = world.query("select");
    let mut fetch = world.rows(query);
    world.want();
    assert!(world.outputs().is_empty(), "one fetch in flight is enough");
    for _ in 0..3 {
        world.block(fetch);
        let outputs = world.outputs();
        let [Output::Send { request: Some(next), .. }, Output::Block { block: Ok(Some(_)), .. }] = &outputs[..] else {
            panic!("{outputs:?}")
        };
        fetch = *next;
        world.block(fetch);
        let outputs = world.outputs();
        assert!(
            matches!(&outputs[..], [Output::Block { block: Ok(Some(_)), .. }]),
            "no fetch before the reader asks: {outputs:?}"
        );
        world.want();
        let outputs = world.outputs();
        let [Output::Send { request: Some(next), .. }] = &outputs[..] else { panic!("{outputs:?}") };
        fetch = *next;
        world.want();
        assert!(world.outputs().is_empty());
    }
    world.end(fetch);
    assert!(matches!(&world.outputs()[..], [Output::Block { block: Ok(None), .. }]));
    world.session.handle_dropped(1);
    assert!(world.outputs().is_empty(), "the server freed it at its end");
}

#[test]
fn an_unread_result_is_freed_once_its_fetch_is_answered() {
    let mut world = ready();
    let query = world.query("select");
    let fetch = world.rows(query);
    world.session.handle_dropped(1);
    assert!(world.outputs().is_empty());
    world.block(fetch);
    assert_eq!(sent(&world.outputs()), ["free_result"]);
}

#[test]
fn a_result_without_a_fetch_in_flight_is_freed_at_once() {
    let mut world = ready();
    let query = world.query("select");
    let fetch = world.rows(query);
    world.block(fetch);
    world.outputs();
    world.session.handle_dropped(1);
    assert_eq!(sent(&world.outputs()), ["free_result"]);
}

#[test]
fn a_late_answer_is_thrown_away_and_its_result_freed() {
    let mut world = ready();
    let query = world.query("select sleep");
    world.pass(11 * SECOND);
    let outputs = world.outputs();
    let [Output::Reply { reply: Err(error), .. }] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!(error.code(), ErrorCode::RequestTimeout);
    assert!(error.may_have_run());
    world.text(&format!(
        r#"{{"code":0,"action":"binary_query","req_id":{query},"id":1,"is_update":false,"fields_count":1,"fields_names":["v"],"fields_types":[4],"precision":0}}"#
    ));
    assert_eq!(sent(&world.outputs()), ["free_result"]);
    assert!(world.session.closed().is_none());
}

#[test]
fn a_request_that_never_reached_the_socket_cannot_have_run() {
    let mut world = ready();
    let id = world.session.handle_request(Request::Query("insert".into()), None, None, world.now).unwrap();
    world.session.handle_closed(Error::new(ErrorCode::ConnectionLost, "gone"));
    let outputs = world.outputs();
    assert!(
        matches!(&outputs[..], [Output::Send { .. }, Output::Reply { request, reply: Err(error) }] if *request == id && !error.may_have_run())
    );
}

#[test]
fn a_lost_connection_answers_every_waiter_once() {
    let mut world = ready();
    let query = world.query("select");
    world.rows(query);
    world.query("insert");
    world.session.handle_closed(Error::new(ErrorCode::ConnectionLost, "gone"));
    let outputs = world.outputs();
    assert!(matches!(&outputs[0], Output::Reply { reply: Err(error), .. } if error.may_have_run()));
    assert!(matches!(&outputs[1], Output::Block { result: 1, block: Err(_) }));
    assert_eq!(outputs.len(), 2);
    world.session.handle_closed(Error::new(ErrorCode::ConnectionLost, "again"));
    assert!(world.outputs().is_empty());
    let late = world.session.handle_request(Request::Query("x".into()), None, None, world.now);
    assert_eq!(late.unwrap_err().code(), ErrorCode::ConnectionLost);
}

#[test]
fn a_failed_fetch_ends_its_result_and_nothing_else() {
    let mut world = ready();
    let query = world.query("select");
    let fetch = world.rows(query);
    world.text(&format!(r#"{{"code":65535,"message":"result is nil","action":"fetch_raw_block","req_id":{fetch}}}"#));
    assert_eq!(reply_codes(&world.outputs()), [ErrorCode::ServerError]);
    assert!(world.session.closed().is_none());
}

#[test]
fn a_slow_fetch_times_out_and_its_late_block_frees_the_result() {
    let mut world = ready();
    let query = world.query("select");
    let fetch = world.rows(query);
    world.pass(11 * SECOND);
    assert_eq!(reply_codes(&world.outputs()), [ErrorCode::RequestTimeout]);
    world.block(fetch);
    assert_eq!(sent(&world.outputs()), ["free_result"]);
}

#[test]
fn answers_nobody_asked_for_close_the_connection() {
    let unasked = |answer: &dyn Fn(&mut World, RequestId)| {
        let mut world = ready();
        let query = world.query("select");
        let fetch = world.rows(query);
        world.query("insert");
        answer(&mut world, fetch);
        let outputs = world.outputs();
        assert!(closes(&outputs), "{outputs:?}");
        outputs.iter().filter(|output| matches!(output, Output::Reply { reply: Err(_), .. })).count()
    };
    let never_made = |world: &mut World, _| world.text(r#"{"code":0,"action":"query","req_id":999}"#);
    let twice = |world: &mut World, fetch| {
        world.block(fetch);
        world.block(fetch);
    };
    let wrong_kind =
        |world: &mut World, fetch| world.text(&format!(r#"{{"code":0,"action":"query","req_id":{fetch}}}"#));
    let not_json = |world: &mut World, _| world.text("hello");
    let cut_binary = |world: &mut World, _| world.session.handle_binary(Bytes::from_static(&[1, 2, 3]), world.now);
    let bad_block = |world: &mut World, fetch| world.binary(fetch, &[0, 4, 0, 0, 0, 9, 9, 9, 9]);
    assert_eq!(unasked(&never_made), 1);
    assert_eq!(unasked(&twice), 1);
    assert_eq!(unasked(&wrong_kind), 1);
    assert_eq!(unasked(&not_json), 1);
    assert_eq!(unasked(&cut_binary), 1);
    assert_eq!(unasked(&bad_block), 1);
}

#[test]
fn silence_is_pinged_and_then_given_up() {
    let mut world = ready();
    assert_eq!(world.session.next_deadline(), Some(world.now.monotonic + 30 * SECOND));
    world.pass(30 * SECOND);
    assert_eq!(sent(&world.outputs()), ["ping"]);
    world.session.handle_heard(world.now);
    world.pass(30 * SECOND);
    assert_eq!(sent(&world.outputs()), ["ping"]);
    world.pass(30 * SECOND);
    assert!(closes(&world.outputs()));
    assert_eq!(world.session.closed().unwrap().code(), ErrorCode::ConnectionLost);
}

#[test]
fn a_request_id_in_use_or_zero_is_refused_before_sending() {
    let mut world = ready();
    let request = || Request::Query("x".into());
    world.session.handle_request(request(), None, Some(7), world.now).unwrap();
    for id in [0, 7] {
        let error = world.session.handle_request(request(), None, Some(id), world.now).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }
    assert_eq!(sent(&world.outputs()), ["query"]);
}

#[test]
fn versions_are_compared_by_number() {
    assert!(older("3.3.6.13", FIRST_WITH_TOKENS));
    assert!(older("3.4", [3, 4, 0, 1]));
    assert!(!older("3.10.0.0", FIRST_WITH_TOKENS));
    assert!(!older("3.4.0.0.alpha", FIRST_WITH_TOKENS));
    assert!(!older("unknown", FIRST_WITH_TOKENS));
}

proptest::proptest! {
    /// Whatever arrives in whatever order: no panic, no request answered twice, at most one fetch of a result in flight.
    #[test]
    fn survives_any_sequence_of_events(events in proptest::collection::vec((0u8..10, 95u64..130), 0..60)) {
        let mut world = ready();
        let mut answered = std::collections::HashSet::new();
        let mut fetches = std::collections::HashSet::new();
        for (kind, id) in events {
            match kind {
                0 => { let _ = world.session.handle_request(Request::Query("q".into()), None, None, world.now); }
                1 => world.text(&format!(r#"{{"code":0,"action":"binary_query","req_id":{id},"id":1,"fields_count":1,"fields_names":["v"],"fields_types":[4],"precision":0}}"#)),
                2 => world.block(id),
                3 => world.end(id),
                4 => world.want(),
                5 => world.session.handle_dropped(1),
                6 => world.pass(SECOND),
                7 => world.text(&format!(r#"{{"code":9,"message":"m","req_id":{id}}}"#)),
                8 => world.session.handle_written(id),
                _ => world.session.handle_heard(world.now),
            }
            if matches!(kind, 2 | 3 | 7) {
                fetches.remove(&id);
            }
            for output in world.outputs() {
                match output {
                    Output::Reply { request, .. } => assert!(answered.insert(request), "{request} answered twice"),
                    Output::Send { frame: Frame::Binary(bytes), request: Some(request) } if bytes[16] == 7 => {
                        fetches.insert(request);
                        assert_eq!(fetches.len(), 1, "two fetches of one result in flight");
                    }
                    _ => {}
                }
            }
        }
    }
}
