//! Statements on a pool while its token rotates: the workload `rotation-load`, the table of `docs/rotation.md`.
//!
//! Eight workers of one surface run small statements on one pool. Windows in which the token rotates every 200 ms alternate
//! with calm ones, so that what disturbs the machine disturbs both. One token in five is bad, and one time in ten the
//! source has nothing.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tdsec_tests::harness::{Driver, Surface};
use tdsec_testserver::accounts::NewToken;

use crate::contender::{self, Contender, Place, Role};
use crate::plan::Windows;
use crate::results::{Entry, median};
use crate::server::Server;

const WORKERS: u64 = 8;
const EVERY: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(60);
/// A token is dropped on the server so many rotations after it was published.
const DROPPED_AFTER: u64 = 20;

/// 99th percentile while the token rotates, calm = 1: the number to reach.
pub const SLOWER_AT_MOST: f64 = 1.2;

/// Name of the table's section.
pub const SECTION: &str = "rotation-load";

/// What one surface came to.
#[derive(Debug, Default)]
pub struct Measured {
    /// Name of the surface.
    pub surface: &'static str,
    /// Statements of both kinds of windows.
    pub statements: u64,
    /// Statements that failed, in windows with rotations.
    pub failed: u64,
    /// What the first of them failed with.
    pub error: Option<String>,
    /// Tokens that were tried, good and bad.
    pub tried: u64,
    /// Changes of what the source serves: good tokens, bad ones, none.
    pub published: u64,
    /// Median over the windows of the 99th percentile, in µs: calm, and while the token rotates.
    pub calm_p99: f64,
    /// As `calm_p99`.
    pub rotating_p99: f64,
}

impl Measured {
    /// 99th percentile while the token rotates, calm = 1.
    pub fn ratio(&self) -> f64 {
        self.rotating_p99 / self.calm_p99.max(1.0)
    }

    /// Whether the token changed, no statement failed, and the slowest were hardly slower.
    pub fn is_good(&self) -> bool {
        self.failed == 0 && self.tried > 0 && self.ratio() <= SLOWER_AT_MOST
    }
}

/// Measures every surface that takes part.
///
/// # Errors
/// A driver or the server broke; failed statements are no error but a result.
pub async fn measure(
    place: &Place,
    contenders: &[Contender],
    windows: Windows,
    progress: impl Fn(&str),
) -> Result<Vec<Measured>, String> {
    let work = Work(folder(place));
    let server = Server::start(&work.0).map_err(|error| format!("the server: {error}"))?;
    let taking_part = |surface: &Surface| {
        contenders.iter().any(|contender| contender.role == Role::Surface && contender.name == surface.name())
    };
    let mut measured = Vec::new();
    for surface in Surface::ALL.into_iter().filter(taking_part) {
        let one = measure_one(place, surface, &server, &work.0, windows).await?;
        progress(&format!(
            "{}: {} statements, {} failed, {} tokens tried in {} changes, p99 {:.2} of calm",
            one.surface,
            one.statements,
            one.failed,
            one.tried,
            one.published,
            one.ratio()
        ));
        measured.push(one);
    }
    Ok(measured)
}

/// In memory, where the system has such a place, as a mounted Secret is: what a disk needs for a replaced file would be measured too.
fn folder(place: &Place) -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        memory.join(format!("tdsec-bench-{}", std::process::id()))
    } else {
        place.root.join("target/bench-work/rotation")
    }
}

/// A folder that goes with its value.
struct Work(PathBuf);

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn measure_one(
    place: &Place,
    surface: Surface,
    server: &Server,
    work: &Path,
    windows: Windows,
) -> Result<Measured, String> {
    let mut tokens = Tokens { server, path: work.join(format!("{}.token", surface.name())), published: 0, issued: 0 };
    tokens.publish_good()?;
    let mut command = surface.command(&place.root, &place.programs);
    contender::bind(&mut command, place.cpu);
    let mut driver = Driver::launch(command, &place.root)?;
    let step = json!({
        "op": "pool", "pool": "p", "address": server.url(), "source": { "kind": "file", "path": tokens.path },
        "options": { "tls_ca": server.ca(), "max_size": WORKERS.to_string(), "token_jitter": "10ms", "token_retry": "5s" },
    });
    ask(&mut driver, &step).await?;
    // Once without counting: connections open, code gets warm.
    load(&mut driver, windows.each / 2).await?;
    let mut measured = Measured { surface: surface.name(), ..Measured::default() };
    let (mut calm, mut rotating) = (Vec::new(), Vec::new());
    let before = generation(&mut driver).await?;
    for _ in 0..windows.count.max(1) {
        let window = load(&mut driver, windows.each).await?;
        calm.push(window.p99);
        measured.statements += window.statements;
        let window = tokio::select! {
            window = load(&mut driver, windows.each) => window?,
            error = tokens.rotate() => return Err(error),
        };
        rotating.push(window.p99);
        measured.statements += window.statements;
        measured.failed += window.failed;
        measured.error = measured.error.or(window.error);
    }
    measured.tried = generation(&mut driver).await? - before;
    measured.published = tokens.published;
    (measured.calm_p99, measured.rotating_p99) = (median(calm), median(rotating));
    ask(&mut driver, &json!({ "op": "pool_close", "pool": "p" })).await?;
    driver.quit().await?;
    Ok(measured)
}

/// What is published where the source looks.
struct Tokens<'a> {
    server: &'a Server,
    path: PathBuf,
    published: u64,
    /// Good ones.
    issued: u64,
}

impl Tokens<'_> {
    /// Until it is dropped; ends with what went wrong.
    async fn rotate(&mut self) -> String {
        loop {
            tokio::time::sleep(EVERY).await;
            let done = match self.published % 10 {
                2 | 7 => self.publish(&format!("bad{:060}", self.published)),
                4 => fs::remove_file(&self.path).map_err(|error| error.to_string()),
                _ => self.publish_good(),
            };
            self.published += 1;
            if let Err(error) = done {
                return error;
            }
        }
    }

    fn publish_good(&mut self) -> Result<(), String> {
        let name = |count: u64| format!("{}_{count}", self.path.file_stem().unwrap_or_default().to_string_lossy());
        let accounts = self.server.test.accounts();
        let token = NewToken { name: name(self.issued), user: "root".into(), ..NewToken::default() };
        let secret = accounts.issue_token(token, None).map_err(|error| error.to_string())?;
        if let Some(old) = self.issued.checked_sub(DROPPED_AFTER) {
            accounts.remove_token(&name(old)).map_err(|error| error.to_string())?;
        }
        self.issued += 1;
        self.publish(&secret)
    }

    fn publish(&self, token: &str) -> Result<(), String> {
        let fresh = self.path.with_extension("fresh");
        let written = fs::write(&fresh, token).and_then(|()| fs::rename(&fresh, &self.path));
        written.map_err(|error| format!("{}: {error}", self.path.display()))
    }
}

struct Window {
    statements: u64,
    failed: u64,
    error: Option<String>,
    p99: f64,
}

async fn load(driver: &mut Driver, span: Duration) -> Result<Window, String> {
    let ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let step = json!({
        "op": "bench", "workload": "rotation-load", "pool": "p", "workers": WORKERS, "ms": ms, "sql": "select 1",
    });
    let answer = ask(driver, &step).await?;
    let number = |name: &str| answer[name].as_u64().ok_or_else(|| format!("no {name} in {answer}"));
    Ok(Window {
        statements: number("statements")?,
        failed: number("failed")?,
        error: answer["errors"][0].as_str().map(str::to_owned),
        p99: answer["p99_us"].as_f64().ok_or("no p99_us")?,
    })
}

async fn generation(driver: &mut Driver) -> Result<u64, String> {
    let info = ask(driver, &json!({ "op": "pool_info", "pool": "p" })).await?;
    info["generation"].as_u64().ok_or_else(|| format!("no generation in {info}"))
}

async fn ask(driver: &mut Driver, step: &Value) -> Result<Value, String> {
    let (mut answer, text) = driver.ask(step, PATIENCE).await?;
    match answer.as_object_mut().and_then(|answer| answer.remove("ok")) {
        Some(ok) => Ok(ok),
        None => Err(format!("asked for {}: {text}", step["op"])),
    }
}

/// The lines of `latest.json`.
pub fn entries(measured: &[Measured]) -> Vec<Entry> {
    let of = |one: &Measured| {
        [
            ("p99_rotating_to_calm", one.ratio(), "of calm"),
            ("failed", one.failed as f64, "statements"),
            ("statements", one.statements as f64, "statements"),
            ("tokens_tried", one.tried as f64, "tokens"),
        ]
        .map(|(metric, value, unit)| Entry::plain("rotation-load", one.surface, metric, value, unit))
    };
    measured.iter().flat_map(of).collect()
}

/// The Markdown table.
pub fn table(measured: &[Measured], machine: &str, windows: Windows) -> String {
    let mut text = format!(
        "{machine}; {WORKERS} workers, {} s of rotation every {} ms per surface, alternating with as much calm in windows of {} s; one \
         token in five bad, the source empty one time in ten.\n\n\
         | Surface | statements | failed | changes of the source | tokens tried | p99, calm | p99, rotating | calm = 1 |\n\
         |---|---|---|---|---|---|---|---|\n",
        (windows.each * windows.count).as_secs(),
        EVERY.as_millis(),
        windows.each.as_secs(),
    );
    for one in measured {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.0} µs | {:.0} µs | {:.2} |",
            one.surface,
            one.statements,
            one.failed,
            one.published,
            one.tried,
            one.calm_p99,
            one.rotating_p99,
            one.ratio()
        );
    }
    text
}
