//! A hundred thousand clients on the same machine: how the load of a push and of a common schedule is spread (ROT-10).
//!
//! `UPDATE_DOCS=1` writes the plot and the figures of `docs/rotation.md`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use super::*;
use crate::clock::Rng;

const CLIENTS: u64 = 100_000;
/// The schedule is counted by the minute: by the second it is a dozen, and chance would be all there is to see.
const OF_SCHEDULE: Duration = Duration::from_secs(60);

/// No random delay at all.
#[derive(Debug)]
struct NoChance;

impl Rng for NoChance {
    fn next(&mut self) -> u64 {
        0
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Reason {
    /// The source pushes a new token to everybody.
    Push,
    /// Everybody fetched a token of 24 hours at the same time, and nothing is pushed.
    Schedule,
}

/// Reads of the source and switches to the new token, counted in steps of time from the push, or from the first fetch.
#[derive(Default)]
struct Load {
    reads: Vec<u64>,
    switches: Vec<u64>,
}

impl Load {
    fn count(counts: &mut Vec<u64>, place: usize) {
        if counts.len() <= place {
            counts.resize(place + 1, 0);
        }
        counts[place] += 1;
    }

    fn of(reason: Reason, step: Duration, has_jitter: bool) -> Load {
        let mut load = Load::default();
        let start = Now { monotonic: Instant::now(), wall: BEGIN };
        let mut network = SeededRng::new(4);
        for client in 0..CLIENTS {
            let rng: Box<dyn Rng> = if has_jitter { Box::new(SeededRng::new(client)) } else { Box::new(NoChance) };
            let settings = if has_jitter { defaults() } else { Settings { push_jitter: Duration::ZERO, ..defaults() } };
            let mut client = Client { rotation: Rotation::new(settings, rng, start), now: start };
            client.answer("a", DAY);
            if reason == Reason::Push {
                client.rotation.handle_pushed(client.now);
            }
            client.wait_for_fetch();
            Load::count(&mut load.reads, place(client.now, start, step));
            client.now = client.now.after(Duration::from_millis(20 + network.next() % 180));
            client.answer("b", DAY);
            client.now = client.now.after(Duration::from_millis(10 + network.next() % 90));
            client.rotation.handle_canary(2, Ok(()), client.now);
            assert_eq!(client.rotation.in_use().map(|(generation, _)| generation), Some(2));
            Load::count(&mut load.switches, place(client.now, start, step));
        }
        load
    }
}

fn place(now: Now, start: Now, step: Duration) -> usize {
    ((now.monotonic - start.monotonic).as_millis() / step.as_millis()) as usize
}

struct Client {
    rotation: Rotation,
    now: Now,
}

impl Client {
    fn answer(&mut self, token: &str, ttl: Duration) {
        self.rotation.handle_fetched(Ok(Issued::new(token).ttl(ttl)), self.now);
        while self.rotation.poll_output().is_some() {}
    }

    /// Jumps over the looks at the clocks, which change nothing while these agree.
    fn wait_for_fetch(&mut self) {
        loop {
            while let Some(output) = self.rotation.poll_output() {
                if matches!(output, Output::Fetch) {
                    return;
                }
            }
            let at = self.rotation.next_work().unwrap();
            self.now = self.now.after(at.saturating_duration_since(self.now.monotonic));
            self.rotation.handle_deadline(self.now);
        }
    }
}

/// Peak and mean over a window of steps.
fn peak_and_mean(counts: &[u64], from: usize, steps: usize) -> (u64, f64) {
    (counts.iter().copied().max().unwrap_or(0), counts.iter().skip(from).take(steps).sum::<u64>() as f64 / steps as f64)
}

#[test]
fn a_fleet_of_a_hundred_thousand_neither_reads_nor_reconnects_in_the_same_second() {
    let push = Load::of(Reason::Push, SECOND, true);
    let schedule = Load::of(Reason::Schedule, OF_SCHEDULE, true);
    // 80 to 90 % of a day.
    let (from, steps) = (1152, 144);
    for (counts, from, steps) in [
        (&push.reads, 0, 10),
        (&push.switches, 0, 10),
        (&schedule.reads, from, steps),
        (&schedule.switches, from, steps),
    ] {
        let (peak, mean) = peak_and_mean(counts, from, steps);
        assert!(peak as f64 <= 1.5 * mean, "peak {peak}, mean {mean}");
        // Nobody is left out.
        assert_eq!(counts.iter().sum::<u64>(), CLIENTS);
    }
    let (push_at_once, schedule_at_once) =
        (Load::of(Reason::Push, SECOND, false), Load::of(Reason::Schedule, OF_SCHEDULE, false));
    assert_eq!(push_at_once.reads.iter().max(), Some(&CLIENTS), "without jitter all come at once");
    assert_eq!(schedule_at_once.reads.iter().max(), Some(&CLIENTS));

    let mut table = format!(
        "{CLIENTS} clients; a source answers in 20 to 200 ms, a canary takes 10 to 100 ms.\n\n\
         | | mean over the window | peak | peak ÷ mean | peak without jitter |\n|---|---|---|---|---|\n"
    );
    for (name, counts, at_once, from, steps, unit) in [
        ("push: reads of the source", &push.reads, &push_at_once.reads, 0, 10, "s"),
        ("push: clients that change to the new token", &push.switches, &push_at_once.switches, 0, 10, "s"),
        ("schedule of 24 h: reads of the source", &schedule.reads, &schedule_at_once.reads, from, steps, "min"),
        ("schedule of 24 h: clients that change", &schedule.switches, &schedule_at_once.switches, from, steps, "min"),
    ] {
        let (peak, mean) = peak_and_mean(counts, from, steps);
        let worst = at_once.iter().max().copied().unwrap_or(0);
        let ratio = peak as f64 / mean;
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| {name} | {mean:.0}/{unit} | {peak}/{unit} | {ratio:.2} | {worst}/{unit} |");
    }
    compare("docs/rotation-fleet.svg", |_| svg(&push, &schedule));
    compare("docs/rotation.md", |document| {
        let (begin, end) = ("<!-- fleet -->\n", "<!-- end of fleet -->\n");
        let (before, rest) = document.split_once(begin).expect("docs/rotation.md has a place for the figures");
        let (_, after) = rest.split_once(end).expect("docs/rotation.md has a place for the figures");
        format!("{before}{begin}{table}{end}{after}")
    });
}

/// The file has to be what it would be made to now.
fn compare(path: &str, make: impl Fn(&str) -> String) {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let before = fs::read_to_string(&full).unwrap_or_default();
    let after = make(&before);
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&full, after).unwrap();
    } else {
        assert!(before == after, "{path} is not up to date: UPDATE_DOCS=1 cargo test -p tdsec-core --lib fleet");
    }
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 260.0;
const FOOT: f64 = 216.0;
const TALL: f64 = 140.0;

/// Two panels: the push by the second, the schedule by the minute.
fn svg(push: &Load, schedule: &Load) -> String {
    let title = format!("{CLIENTS} clients get one push, or follow one schedule");
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\" \
         role=\"img\" aria-label=\"{title}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"14\" y=\"26\" font-size=\"15\" fill=\"#1b1f24\">{title}</text>\n\
         <rect x=\"560\" y=\"14\" width=\"12\" height=\"12\" fill=\"#1a7f64\"/><text x=\"577\" y=\"25\" fill=\"#57606a\">reads</text>\
         <rect x=\"630\" y=\"14\" width=\"12\" height=\"12\" fill=\"#0969da\"/><text x=\"647\" y=\"25\" fill=\"#57606a\">changes of token</text>\n"
    );
    panel(&mut svg, 60.0, "seconds after the push; a second", push, 0, 12, |step| step.to_string());
    panel(&mut svg, 440.0, "hours after the first fetch; a minute", schedule, 1140, 168, |step| {
        format!("{:.1}", (1140 + step) as f64 / 60.0)
    });
    svg.push_str("</svg>\n");
    svg
}

fn panel(
    svg: &mut String,
    left: f64,
    title: &str,
    load: &Load,
    from: usize,
    steps: usize,
    label: impl Fn(usize) -> String,
) {
    let wide = 290.0;
    let highest = load.reads.iter().chain(&load.switches).copied().max().unwrap_or(1) as f64;
    let step_wide = wide / steps as f64;
    let gap = if steps < 50 { 3.0 } else { 0.0 };
    let _ = writeln!(
        svg,
        "<text x=\"{left}\" y=\"48\" fill=\"#57606a\">{title}: at most {highest:.0}</text>\
         <text x=\"{left}\" y=\"64\" fill=\"#57606a\">without random delay all {CLIENTS} in one</text>\
         <line x1=\"{left}\" y1=\"{FOOT}\" x2=\"{:.0}\" y2=\"{FOOT}\" stroke=\"#8c959f\"/>",
        left + wide
    );
    for (counts, colour, shift) in [(&load.reads, "#1a7f64", 0.0), (&load.switches, "#0969da", 0.5)] {
        for step in 0..steps {
            let count = counts.get(from + step).copied().unwrap_or(0) as f64;
            let tall = TALL * count / highest;
            let x = left + step_wide * (step as f64 + shift);
            if count > 0.0 {
                let bar = (step_wide - gap) / 2.0;
                let _ = write!(
                    svg,
                    "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{bar:.1}\" height=\"{tall:.1}\" fill=\"{colour}\"/>",
                    FOOT - tall
                );
            }
        }
        svg.push('\n');
    }
    for step in (0..steps).step_by(steps / 6) {
        let x = left + step_wide * step as f64;
        let _ = write!(svg, "<text x=\"{x:.0}\" y=\"{}\" fill=\"#57606a\">{}</text>", FOOT + 18.0, label(step));
    }
    svg.push('\n');
}
