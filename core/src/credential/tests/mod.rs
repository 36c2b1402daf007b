//! Stories of the rotation machine, told by hand with a made-up clock.
#![allow(clippy::unwrap_used)]

mod clocks;
mod fleet;
mod leaked;
mod rows;
mod schedule;
mod simulation;
mod trouble;

use std::time::{Duration, Instant};

use super::{Issued, Output, Rotation, Settings};
use crate::clock::{Now, SeededRng};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Event, EventName};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Wall time at which stories begin.
const BEGIN: Duration = Duration::from_secs(1_800_000_000);

fn defaults() -> Settings {
    Settings {
        default_ttl: DAY,
        push_jitter: 10 * SECOND,
        canary_connections: 2,
        grace: 5 * MINUTE,
        retry_after_failure: HOUR,
        wait_for_new: MINUTE,
    }
}

fn expired() -> Error {
    Error::new(ErrorCode::TokenExpired, "the token has expired")
}

fn unreachable() -> Error {
    Error::new(ErrorCode::ConnectRefused, "nobody listens")
}

fn gone() -> Error {
    Error::new(ErrorCode::SourceUnavailable, "the source is gone")
}

/// A machine, its clock, and all it has told.
struct Story {
    rotation: Rotation,
    now: Now,
    events: Vec<Event>,
    /// Times that the machine said that nothing may log in.
    suspensions: usize,
}

impl Story {
    /// Begins with the first question open.
    fn begin() -> Self {
        Story::with(defaults(), 1)
    }

    fn with(settings: Settings, seed: u64) -> Self {
        let now = Now { monotonic: Instant::now(), wall: BEGIN };
        let rotation = Rotation::new(settings, Box::new(SeededRng::new(seed)), now);
        let mut story = Story { rotation, now, events: Vec::new(), suspensions: 0 };
        assert_eq!(story.done(), ["fetch"]);
        story
    }

    /// Uses `a`, of which the source says nothing more.
    fn using_a() -> Self {
        let mut story = Story::begin();
        assert_eq!(story.fetched("a"), ["use 1 a"]);
        story
    }

    /// Uses `b`, with `a` as the fallback.
    fn watching_b() -> Self {
        let mut story = Story::using_a();
        story.demand();
        assert_eq!(story.fetched("b"), ["canary 2 b"]);
        assert_eq!(story.passed(2), ["use 2 b"]);
        story
    }

    /// `a` was refused and nothing else is known; the source is being asked.
    fn without_any() -> Self {
        let mut story = Story::using_a();
        assert_eq!(story.refused(1), ["fetch"]);
        story
    }

    fn demand(&mut self) {
        assert_eq!(self.rotate(), ["fetch"]);
    }

    /// What is to be done, in short; events are kept apart.
    fn done(&mut self) -> Vec<String> {
        let mut steps = Vec::new();
        while let Some(output) = self.rotation.poll_output() {
            steps.push(match output {
                Output::Fetch => "fetch".to_owned(),
                Output::Canary { generation, token, connections } => {
                    assert_eq!(connections, 2);
                    format!("canary {generation} {}", token.expose())
                }
                Output::DropCandidate { generation } => format!("drop {generation}"),
                Output::Use { generation, token } => format!("use {generation} {}", token.expose()),
                Output::Retire { generation, token } => format!("retire {generation} {}", token.expose()),
                Output::Revoke { generation } => format!("revoke {generation}"),
                Output::Suspend => {
                    self.suspensions += 1;
                    continue;
                }
                Output::Fail(error) => format!("fail {}", error.code().name()),
                Output::Tell(event) => {
                    self.events.push(event);
                    continue;
                }
            });
        }
        steps
    }

    fn answered(&mut self, outcome: Result<Issued>) -> Vec<String> {
        self.rotation.handle_fetched(outcome, self.now);
        self.done()
    }

    fn fetched(&mut self, token: &str) -> Vec<String> {
        self.answered(Ok(Issued::new(token)))
    }

    fn passed(&mut self, generation: u64) -> Vec<String> {
        self.rotation.handle_canary(generation, Ok(()), self.now);
        self.done()
    }

    fn failed(&mut self, generation: u64, error: Error) -> Vec<String> {
        self.rotation.handle_canary(generation, Err(error), self.now);
        self.done()
    }

    fn refused(&mut self, generation: u64) -> Vec<String> {
        self.rotation.handle_refused(generation, expired(), self.now);
        self.done()
    }

    fn pushed(&mut self) -> Vec<String> {
        self.rotation.handle_pushed(self.now);
        self.done()
    }

    fn rotate(&mut self) -> Vec<String> {
        self.rotation.handle_rotate(self.now);
        self.done()
    }

    fn revoked(&mut self) -> Vec<String> {
        self.rotation.handle_revoked(self.now);
        self.done()
    }

    /// Time goes by; the machine is called whenever it wants to be.
    fn pass(&mut self, time: Duration) -> Vec<String> {
        let end = self.now.after(time);
        let mut steps = Vec::new();
        while let Some(at) = self.rotation.next_deadline().filter(|at| *at <= end.monotonic) {
            self.now = self.now.after(at.saturating_duration_since(self.now.monotonic));
            self.rotation.handle_deadline(self.now);
            steps.extend(self.done());
        }
        self.now = self.now.after(end.monotonic - self.now.monotonic);
        steps
    }

    /// Time goes by until something is to be done: what, and how long it took.
    fn next(&mut self) -> (Vec<String>, Duration) {
        let begin = self.now.monotonic;
        loop {
            let at = self.rotation.next_deadline().expect("nothing would ever happen");
            self.now = self.now.after(at.saturating_duration_since(self.now.monotonic));
            self.rotation.handle_deadline(self.now);
            let steps = self.done();
            if !steps.is_empty() {
                return (steps, self.now.monotonic - begin);
            }
        }
    }

    /// The source is asked next, after this time.
    fn next_fetch(&mut self) -> Duration {
        let (steps, time) = self.next();
        assert_eq!(steps, ["fetch"]);
        time
    }

    fn in_use(&self) -> Option<(u64, &str)> {
        self.rotation.in_use().map(|(generation, token)| (generation, token.expose()))
    }

    /// Names of the events since the last look.
    fn told(&mut self) -> Vec<&'static str> {
        std::mem::take(&mut self.events).iter().map(|event| event.name().name()).collect()
    }

    fn event(&self, name: EventName) -> &Event {
        self.events.iter().rev().find(|event| event.name() == name).expect("this was not told")
    }
}
