//! One scenario on one surface.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tdsec::clock::{Rng as _, SeededRng};

use super::driver::Driver;
use super::expect::{mismatch, shown};
use super::judge::{check_error, check_time, title, wanted};
use super::scenario::{Scenario, Step};
use super::server::Server;
use super::target::{self, Foreign};
use super::template::Variables;
use super::{Surface, compare, leak};

/// How long a driver may take for one step, unless the step says more.
const STEP_LIMIT: Duration = Duration::from_secs(30);
/// How long, and how often, a step is repeated that is to succeed eventually.
const EVENTUALLY_LIMIT: Duration = Duration::from_secs(10);
const EVENTUALLY_STEP: Duration = Duration::from_millis(10);

/// What came of one scenario on one surface.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The result.
    pub state: State,
    /// How long it took.
    pub took: Duration,
    /// The driver's answers, ready to be compared with those of other surfaces; null where it was not asked.
    pub(super) answers: Vec<Value>,
    /// Why steps were left out: what the language lacks.
    pub(super) left_out: Vec<String>,
}

/// The result of one scenario on one surface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Everything was as expected.
    Passed,
    /// What was not.
    Failed(String),
    /// The language cannot do it, and why.
    Unsupported(String),
}

/// Where things are.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) root: PathBuf,
    pub(super) programs: PathBuf,
    pub(super) token_codes: Vec<(&'static str, u16)>,
    pub(super) token_codes_argument: Option<String>,
    pub(super) foreign: Option<Foreign>,
}

/// Why a run stopped before its end.
pub(super) enum Stop {
    Failed(String),
    /// As `Failed`, and the driver is of no more use.
    Dead(String),
    Unsupported(String),
}

impl From<String> for Stop {
    fn from(text: String) -> Self {
        Stop::Failed(text)
    }
}

/// Runs it. The driver is started if there is none, and taken away if it broke.
pub(super) async fn run(scenario: &Scenario, surface: Surface, driver: &mut Option<Driver>, place: &Place) -> Cell {
    let begin = Instant::now();
    let mut run = Run {
        scenario,
        surface,
        variables: Variables::default(),
        secrets: scenario.secrets.clone(),
        answers: Vec::new(),
        left_out: Vec::new(),
    };
    let outcome = run.all(driver, place).await;
    let state = match outcome {
        Ok(()) => State::Passed,
        Err(Stop::Unsupported(reason)) => State::Unsupported(reason),
        Err(Stop::Failed(text)) => State::Failed(text),
        Err(Stop::Dead(text)) => {
            *driver = None;
            State::Failed(text)
        }
    };
    Cell { state, took: begin.elapsed(), answers: run.answers, left_out: run.left_out }
}

/// `${tmp}`: a folder for the files of one run.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        let name = format!("tdsec-scenario-{}-{:016x}", std::process::id(), SeededRng::from_entropy().next());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).map(|()| Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A scenario that is being run on a surface.
pub(super) struct Run<'a> {
    pub(super) scenario: &'a Scenario,
    surface: Surface,
    pub(super) variables: Variables,
    pub(super) secrets: Vec<String>,
    answers: Vec<Value>,
    left_out: Vec<String>,
}

impl Run<'_> {
    async fn all(&mut self, driver: &mut Option<Driver>, place: &Place) -> Result<(), Stop> {
        let driver = match driver {
            Some(driver) => driver,
            None => driver.insert(Driver::start(self.surface, &place.root, &place.programs)?),
        };
        let _ports = self.set_ports().await.map_err(|error| format!("ports: {error}"))?;
        target::set_names(&mut self.variables);
        let folder = Folder::new().map_err(|error| format!("a folder for files: {error}"))?;
        self.variables.set("tmp", folder.0.to_string_lossy());
        for (name, code) in &place.token_codes {
            self.variables.set(&format!("code_{name}"), *code);
        }
        let server = match (&place.foreign, self.scenario.needs.is_empty()) {
            (_, true) => None,
            (Some(foreign), _) => {
                self.secrets.extend(foreign.tell(&mut self.variables));
                None
            }
            (None, _) => Some(self.start_server(place).await?),
        };
        let prepared = self.prepare(server.as_ref()).await.map_err(|error| format!("the set-up: {error}").into());
        let ran = match prepared {
            Ok(()) => self.steps(driver, server.as_ref()).await,
            failed => failed,
        };
        let tidied = self.tidy(driver, server.as_ref(), ran.is_ok()).await;
        let cleaned = if place.foreign.is_some() { self.clean_up().await } else { Ok(()) };
        let log = match server {
            Some(server) => server.stop().await,
            None => Ok(String::new()),
        };
        if let Some(form) = leak::find(&self.secrets, &driver.take_stderr()) {
            return Err(Stop::Failed(format!("a secret stands in the driver's stderr, {form}")));
        }
        ran?;
        tidied?;
        cleaned?;
        match leak::find(&self.secrets, &log?) {
            Some(form) => Err(Stop::Failed(format!("a secret stands in the server's log, {form}"))),
            None => Ok(()),
        }
    }

    async fn steps(&mut self, driver: &mut Driver, server: Option<&Server>) -> Result<(), Stop> {
        for (index, step) in self.scenario.steps.iter().enumerate() {
            let outcome = match (&step.op, &step.control, &step.until, server) {
                (Some(op), ..) => self.drive(op, step, driver).await,
                _ if step.file.is_some() => self.write_file(step),
                (_, Some(request), _, Some(server)) => self.control(request, step, server).await,
                (_, _, Some(pattern), Some(server)) => {
                    let pattern = self.variables.fill(pattern)?;
                    self.until(server, &pattern).await.map_err(Stop::Failed)
                }
                _ => Err(Stop::Failed("there is no server".into())),
            };
            outcome.map_err(|stop| {
                let place = |text: String| format!("step {} ({}): {text}", index + 1, title(step));
                match stop {
                    Stop::Failed(text) => Stop::Failed(place(text)),
                    Stop::Dead(text) => Stop::Dead(place(text)),
                    other => other,
                }
            })?;
        }
        Ok(())
    }

    async fn drive(&mut self, op: &str, step: &Step, driver: &mut Driver) -> Result<(), Stop> {
        let mut request = Value::Object(step.rest.clone());
        request["op"] = op.into();
        let request = self.variables.fill(&request)?;
        let limit = step.within_ms.map_or(STEP_LIMIT, |ms| STEP_LIMIT.max(Duration::from_millis(ms)));
        let pattern = self.variables.fill(&wanted(step))?;
        let begin = Instant::now();
        let (mut answer, mut line) = driver.ask(&request, limit).await.map_err(Stop::Dead)?;
        while step.eventually && mismatch(&pattern, Some(&answer)).is_some() && begin.elapsed() < EVENTUALLY_LIMIT {
            tokio::time::sleep(EVENTUALLY_STEP).await;
            (answer, line) = driver.ask(&request, limit).await.map_err(Stop::Dead)?;
        }
        let took = begin.elapsed();
        if let Some(reason) = answer["unsupported"].as_str() {
            if self.surface.lacks_arrow() && step.mode().is_some_and(|mode| mode.ends_with("arrow")) {
                self.left_out.push(reason.to_owned());
                self.answers.push(Value::Null);
                return Ok(());
            }
            return Err(match self.scenario.unsupported.contains_key(self.surface.name()) {
                true => Stop::Unsupported(reason.to_owned()),
                false => Stop::Failed(format!("answered unsupported ({reason}), which the scenario does not allow")),
            });
        }
        if !step.reveals
            && let Some(form) = leak::find(&self.secrets, &line)
        {
            return Err(Stop::Failed(format!("a secret stands in the answer, {form}")));
        }
        check_error(&answer)?;
        if let Some(problem) = mismatch(&pattern, Some(&answer)) {
            return Err(Stop::Failed(format!("{problem} in {}", shown(Some(&answer)))));
        }
        check_time(step, took)?;
        self.save(step, &answer)?;
        self.answers.push(compare::comparable(op, step, &answer, &self.variables));
        Ok(())
    }

    fn write_file(&self, step: &Step) -> Result<(), Stop> {
        let text = |text: &Option<String>| -> Result<Option<String>, String> {
            let filled = text.as_ref().map(|text| self.variables.fill(&json!(text))).transpose()?;
            Ok(filled.and_then(|value| value.as_str().map(str::to_owned)))
        };
        let path = text(&step.file)?.unwrap_or_default();
        let content = match text(&step.content_of)? {
            Some(other) => Some(std::fs::read(&other).map_err(|error| format!("{other}: {error}"))?),
            None => text(&step.content)?.map(String::into_bytes),
        };
        let done = match content {
            None => std::fs::remove_file(&path),
            Some(content) => {
                let fresh = format!("{path}.fresh");
                std::fs::write(&fresh, content).and_then(|()| std::fs::rename(&fresh, &path))
            }
        };
        done.map_err(|error| Stop::Failed(format!("{path}: {error}")))
    }

    pub(super) fn save(&mut self, step: &Step, answer: &Value) -> Result<(), String> {
        for (name, pointer) in &step.save {
            let value = answer.pointer(pointer).ok_or_else(|| format!("no {pointer} in {}", shown(Some(answer))))?;
            if step.secret.contains(name) {
                self.secrets.push(value.as_str().unwrap_or_default().to_owned());
            }
            self.variables.set(name, value.clone());
        }
        Ok(())
    }

    /// Closes what the steps opened, and looks at what the server saw.
    async fn tidy(&self, driver: &mut Driver, server: Option<&Server>, complete: bool) -> Result<(), Stop> {
        for (op, kind, close) in
            [("connect", "conn", "close"), ("acquire", "conn", "close"), ("pool", "pool", "pool_close")]
        {
            let opened = self.scenario.steps.iter().filter(|step| step.op.as_deref() == Some(op));
            let mut names: Vec<&str> = opened.filter_map(|step| step.rest.get(kind)?.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let mut step = json!({ "op": close });
                step[kind] = name.into();
                // Those that never came to be are unknown to the driver, which is fine.
                driver.ask(&step, STEP_LIMIT).await.map_err(Stop::Dead)?;
            }
        }
        let Some(server) = server.filter(|_| complete) else { return Ok(()) };
        if !self.scenario.leaves_sockets {
            let closed = self.until(server, &json!({ "connections_open": 0 })).await;
            closed.map_err(|error| format!("after everything was closed: {error}"))?;
        }
        let stats = server.control.ask("GET", "/stats", None).await?;
        let alone = json!({ "$one_of": [{ "kind": "token", "sent_password": false, "sent_user": false },
            { "kind": { "$one_of": ["password", "totp"] } }] });
        if let Some(problem) = mismatch(&json!({ "logins": { "$each": alone } }), Some(&stats)) {
            return Err(Stop::Failed(format!("a token was not sent alone: {problem}")));
        }
        match leak::find(&self.secrets, &stats.to_string()) {
            Some(form) => Err(Stop::Failed(format!("a secret stands in a request line, {form}"))),
            None => Ok(()),
        }
    }
}
