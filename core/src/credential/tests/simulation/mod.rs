//! Thirty days of rotation with everything going wrong, for many seeds, on a clock that jumps from deadline to deadline.
//!
//! `TDSEC_SEEDS=100` runs fewer seeds; `TDSEC_SEED=17` runs one and prints what happens.
#![allow(clippy::print_stdout)]

mod judge;
mod world;

use std::collections::BinaryHeap;
use std::env;
use std::time::{Duration, Instant};

use super::{BEGIN, DAY, SECOND, defaults};
use crate::clock::{Now, Rng, SeededRng};
use crate::credential::{Output, Rotation};
use crate::error::{Error, ErrorCode};
use judge::{Counts, Judge};
use world::{Happening, Timed, World};

const SEEDS: u64 = 10_000;
const LENGTH: Duration = Duration::from_secs(30 * 24 * 3600);

#[test]
fn thirty_days_of_faults_break_no_promise() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(seed) = number("TDSEC_SEED") {
        let counts = Simulation::new(seed, true).run();
        println!("{counts:#?}");
        return;
    }
    let seeds = number("TDSEC_SEEDS").unwrap_or(SEEDS);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let counts = std::thread::scope(|scope| {
        let run = |first| (first..seeds).step_by(threads as usize).map(|seed| Simulation::new(seed, false).run());
        let parts: Vec<_> = (0..threads).map(|first| scope.spawn(move || run(first).sum::<Counts>())).collect();
        let joined = parts.into_iter().map(|part| part.join());
        joined.map(|part| part.unwrap_or_else(|why| std::panic::resume_unwind(why))).sum::<Counts>()
    });
    println!("{seeds} seeds: {counts:#?}");
    // Enough happened to say something.
    assert!(counts.promotions > 20 * seeds && counts.failed_canaries > 2 * seeds && counts.refusals > seeds);
    assert!(
        counts.fallbacks > seeds / 4
            && counts.revocations > seeds
            && counts.named > seeds / 2
            && counts.jumps > 2 * seeds
    );
    assert!(counts.scheduled > 3 * seeds / 2 && counts.followed_pushes > 10 * seeds && counts.healed > seeds);
}

/// One machine in one world.
struct Simulation {
    seed: u64,
    is_loud: bool,
    rotation: Rotation,
    world: World,
    judge: Judge,
    ahead: BinaryHeap<Timed>,
    /// Both clocks of the machine are made from the true time.
    start: Instant,
    time: Duration,
    slept: Duration,
    /// Seconds by which the wall clock is wrong.
    wrong: i64,
    /// The clocks have been moved, and the machine has not looked at them since.
    is_moved: bool,
}

impl Simulation {
    fn new(seed: u64, is_loud: bool) -> Self {
        let start = Instant::now();
        let mut world = World::new(seed);
        let mut ahead = BinaryHeap::new();
        let time = world.begin(&mut ahead);
        let settings = defaults();
        let now = Now { monotonic: start + time, wall: BEGIN + time };
        let rotation = Rotation::new(settings.clone(), Box::new(SeededRng::new(seed ^ 0x5EED)), now);
        Simulation {
            seed,
            is_loud,
            rotation,
            world,
            judge: Judge::new(settings),
            ahead,
            start,
            time,
            slept: Duration::ZERO,
            wrong: 0,
            is_moved: false,
        }
    }

    fn now(&self) -> Now {
        let wall = BEGIN + self.time;
        let wrong = Duration::from_secs(self.wrong.unsigned_abs());
        Now {
            monotonic: self.start + (self.time - self.slept),
            wall: if self.wrong < 0 { wall - wrong } else { wall + wrong },
        }
    }

    fn run(mut self) -> Counts {
        self.drain();
        let (mut stood_at, mut steps) = (self.time, 0);
        while self.time < LENGTH {
            steps = if self.time == stood_at { steps + 1 } else { 0 };
            stood_at = self.time;
            self.must(if steps < 1000 { Ok(()) } else { Err("the machine wants to be called for ever".to_owned()) });
            let deadline = if self.is_moved { self.rotation.next_deadline() } else { self.rotation.next_work() };
            let machine = deadline.map(|at| self.time + at.saturating_duration_since(self.now().monotonic));
            let next = self.ahead.peek().map(|timed| timed.at.max(self.time));
            match (machine, next) {
                (Some(machine), next) if next.is_none_or(|next| machine <= next) => {
                    self.advance(machine);
                    self.say("deadline");
                    self.is_moved = false;
                    let now = self.now();
                    self.rotation.handle_deadline(now);
                }
                (_, Some(next)) => {
                    self.advance(next);
                    if let Some(timed) = self.ahead.pop() {
                        self.happen(timed.what);
                    }
                }
                _ => panic!("seed {}: nothing would ever happen", self.seed),
            }
            self.drain();
        }
        self.judge.counts
    }

    fn advance(&mut self, to: Duration) {
        self.time = to;
        let verdict = self.judge.time_passed(&self.world, self.rotation.in_use().map(|held| held.0), self.now(), to);
        self.must(verdict);
    }

    fn happen(&mut self, what: Happening) {
        if self.is_loud {
            println!("{:>12.3} {what:?}", self.time.as_secs_f64());
        }
        let now = self.now();
        match what {
            Happening::Answer { read } => {
                self.is_moved = false;
                let outcome = self.world.answer(read);
                self.judge.answered(&self.world, &outcome, self.wrong, self.time);
                self.rotation.handle_fetched(outcome, now);
            }
            Happening::CanaryDone { generation, token } => {
                self.is_moved = false;
                let outcome = self.world.canary(token, self.time);
                self.judge.canary_done(generation, outcome.is_ok());
                self.rotation.handle_canary(generation, outcome, now);
            }
            Happening::Push { news } => {
                self.is_moved = false;
                self.judge.pushed(&self.world, news, self.time);
                self.rotation.handle_pushed(now);
            }
            Happening::Demand => {
                self.is_moved = false;
                self.judge.disturbed();
                self.rotation.handle_rotate(now);
            }
            Happening::Login { generation } => self.log_in(generation, now),
            Happening::Revoke => self.revoke(now),
            Happening::Leak => {
                self.world.leak(self.time, &mut self.ahead);
                self.judge.leaked();
                self.log_in_again();
            }
            Happening::Jump { by, .. } => {
                self.wrong += by;
                self.is_moved = true;
                self.judge.jumped();
            }
            Happening::Sleep { long } => {
                self.time += long;
                self.slept += long;
                self.is_moved = true;
                self.judge.slept();
            }
            Happening::Disable => {
                // Without telling anybody, and not before there was a first token.
                if let Some(token) = self.token_in_use() {
                    self.world.end(token, self.time, &mut self.ahead);
                    self.log_in_again();
                }
            }
            Happening::Publish | Happening::Revert { .. } | Happening::Outage | Happening::Back => {
                self.world.happen(&what, self.time, &mut self.ahead);
                self.judge.source_changed(&what, &self.world);
            }
        }
        self.world.again(&what, self.time, &mut self.ahead);
    }

    /// A new connection logs in with the token in use; a pool of connections is refused together.
    fn log_in(&mut self, generation: u64, now: Now) {
        let Some(token) = self.token_in_use() else { return };
        if self.rotation.in_use().map(|held| held.0) != Some(generation) {
            return;
        }
        if self.world.is_valid(token, self.time) {
            // The cluster knows it by now.
            return self.log_in_again();
        }
        self.is_moved = false;
        self.judge.refused(generation);
        for _ in 0..1 + self.world.chance(20) {
            let error = Error::new(ErrorCode::TokenExpired, "the token has expired");
            self.rotation.handle_refused(generation, error, now);
        }
        // One of a generation that nobody knows.
        self.rotation.handle_refused(0, ErrorCode::TokenExpired.into(), now);
    }

    fn revoke(&mut self, now: Now) {
        let token = self.token_in_use();
        self.is_moved = false;
        if let Some(token) = token {
            self.world.end(token, self.time, &mut self.ahead);
            self.world.revoked.push(token);
        }
        self.judge.revoked(token);
        self.rotation.handle_revoked(now);
    }

    fn token_in_use(&self) -> Option<usize> {
        self.rotation.in_use().map(|(_, token)| world::token_of(token.expose()))
    }

    /// New connections are opened all the time: the first after the token in use has ended is refused.
    fn log_in_again(&mut self) {
        let Some(token) = self.token_in_use() else { return };
        let Some((generation, _)) = self.rotation.in_use() else { return };
        let end = self.world.tokens[token].end.max(self.time);
        let begin = if self.world.is_valid(token, self.time) { end } else { self.time };
        let at = begin + Duration::from_millis(self.world.chance(60_000));
        self.ahead.push(Timed { at, what: Happening::Login { generation } });
    }

    fn drain(&mut self) {
        while let Some(output) = self.rotation.poll_output() {
            if self.is_loud {
                println!("{:>12.3}     -> {output:?}", self.time.as_secs_f64());
            }
            let verdict = self.judge.output(&output, &self.world, self.now(), self.time);
            self.must(verdict);
            match output {
                Output::Fetch => {
                    let (at, read) = self.world.asked(self.time);
                    self.ahead.push(Timed { at, what: Happening::Answer { read } });
                }
                Output::Canary { generation, token, .. } => {
                    let token = world::token_of(token.expose());
                    let at = self.time + self.world.canary_time();
                    self.ahead.push(Timed { at, what: Happening::CanaryDone { generation, token } });
                }
                Output::Use { .. } => self.log_in_again(),
                Output::DropCandidate { .. }
                | Output::Retire { .. }
                | Output::Revoke { .. }
                | Output::Suspend
                | Output::Fail(_)
                | Output::Tell(_) => {}
            }
        }
        let in_use = self.rotation.in_use().map(|(generation, token)| (generation, world::token_of(token.expose())));
        let verdict = self.judge.settled(in_use, &self.world, self.time);
        self.must(verdict);
    }

    fn say(&self, what: &str) {
        if self.is_loud {
            println!("{:>12.3} {what}", self.time.as_secs_f64());
        }
    }

    #[track_caller]
    fn must(&self, verdict: Result<(), String>) {
        if let Err(why) = verdict {
            panic!("TDSEC_SEED={}: after {:.3} days: {why}", self.seed, self.time.as_secs_f64() / DAY.as_secs_f64());
        }
    }
}
