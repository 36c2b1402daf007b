//! The rounds: every contender does every workload in turn, again and again, so that what disturbs hits all of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tdsec_tests::harness::Driver;

use crate::contender::{Contender, Role};
use crate::plan::{Plan, Workload};
use crate::process::Watched;
use crate::server::Server;

/// Longer than anything takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// What one contender did of one workload in one round.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Time of each repetition, in ns.
    pub ns: Vec<u64>,
    /// CPU time of all repetitions, in ns.
    pub cpu_ns: u64,
    /// Most resident memory meanwhile, in KiB.
    pub peak_kib: u64,
    /// Longest time the event loop was kept, in ms; Node only.
    pub lag_ms: Option<f64>,
}

/// All samples: by workload and contender, one for each round.
pub type Samples = BTreeMap<(Workload, &'static str), Vec<Sample>>;

/// A contender that is running and connected.
pub struct Runner<'a> {
    /// Who it is.
    pub contender: &'a Contender,
    driver: Driver,
    watched: Watched,
}

impl<'a> Runner<'a> {
    /// Starts the process and connects it.
    pub async fn start(contender: &'a Contender, root: &Path, server: &Server) -> Result<Runner<'a>, String> {
        let command = tdsec_tests::harness::Command {
            program: contender.command.program.clone(),
            arguments: contender.command.arguments.clone(),
            environment: contender.command.environment.clone(),
            wanted: contender.command.wanted.clone(),
            made_by: contender.command.made_by,
        };
        let driver = Driver::launch(command, root)?;
        let watched = Watched::new(driver.process_id().unwrap_or_default());
        let mut runner = Runner { contender, driver, watched };
        let mut options = server.options();
        if contender.role == Role::Limit {
            options["wire"] = json!(server.wire());
        }
        runner.ask(&json!({ "op": "connect", "conn": "bench", "address": server.url(), "options": options })).await?;
        Ok(runner)
    }

    /// One step; the content of `ok`.
    pub async fn ask(&mut self, step: &Value) -> Result<Value, String> {
        let who = self.contender.name;
        let (mut answer, text) = self.driver.ask(step, PATIENCE).await.map_err(|error| format!("{who}: {error}"))?;
        match answer.as_object_mut().and_then(|answer| answer.remove("ok")) {
            Some(ok) => Ok(ok),
            None => Err(format!("{who}, asked for {} {}: {text}", step["op"], step["workload"])),
        }
    }

    /// The process.
    pub fn watched(&self) -> Watched {
        self.watched
    }

    /// Ends the process.
    pub async fn quit(self) -> Result<(), String> {
        let who = self.contender.name;
        self.driver.quit().await.map(drop).map_err(|error| format!("{who}: {error}"))
    }

    /// The step of a workload with CPU time and memory taken round it; nothing if it has no such workload.
    async fn measure(&mut self, workload: Workload, step: &mut Value) -> Result<Option<(Sample, Value)>, String> {
        let Some(name) = self.contender.step(workload) else { return Ok(None) };
        step["op"] = json!("bench");
        step["conn"] = json!("bench");
        step["workload"] = json!(name);
        self.watched.forget_peak();
        let before = self.watched.cpu();
        let ok = self.ask(step).await?;
        let cpu_ns = u64::try_from(self.watched.cpu().saturating_sub(before).as_nanos()).unwrap_or(u64::MAX);
        let ns: Vec<u64> = ok["ns"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
        if ns.is_empty() {
            return Err(format!("{}: no times for {workload}", self.contender.name));
        }
        let sample = Sample { ns, cpu_ns, peak_kib: self.watched.peak_kib(), lag_ms: ok["lag_ms"].as_f64() };
        Ok(Some((sample, ok)))
    }
}

/// The first sum of all values, and whose it is; everybody else has to come to the same.
#[derive(Default)]
struct Agreement(Option<(String, &'static str)>);

impl Agreement {
    fn check(&mut self, who: &'static str, workload: Workload, sum: &str) -> Result<(), String> {
        match &self.0 {
            None => self.0 = Some((sum.to_owned(), who)),
            Some((agreed, _)) if agreed == sum => {}
            Some((agreed, first)) => {
                return Err(format!("{workload}: the values add up to {sum} for {who}, to {agreed} for {first}"));
            }
        }
        Ok(())
    }
}

/// Every contender reads the fetches' result once, without the clock counting, and adds up every value: all have to come
/// to the same sum. Warms everything up as well.
pub async fn prove(runners: &mut [Runner<'_>], plan: &Plan) -> Result<String, String> {
    let mut agreement = Agreement::default();
    for workload in Workload::ALL.into_iter().filter(|workload| workload.is_fetch()) {
        for runner in runners.iter_mut() {
            let mut step = json!({ "sql": Plan::sql(plan.proved), "times": 1, "check": true });
            let Some((_, ok)) = runner.measure(workload, &mut step).await? else { continue };
            if runner.contender.role == Role::Limit {
                continue;
            }
            let who = runner.contender.name;
            if ok["rows"] != json!(plan.proved) {
                return Err(format!("{who} read {} rows of {} for {workload}", ok["rows"], plan.proved));
            }
            agreement.check(who, workload, ok["checksum"].as_str().unwrap_or("nothing"))?;
        }
    }
    Ok(agreement.0.map_or_else(String::new, |(sum, _)| sum))
}

/// One round; adds to `samples`.
pub async fn round(
    runners: &mut [Runner<'_>],
    plan: &Plan,
    server: &mut Server,
    samples: &mut Samples,
) -> Result<(), String> {
    let mut agreement = Agreement::default();
    for workload in Workload::ALL {
        for runner in runners.iter_mut() {
            if runner.contender.step(workload).is_none() {
                continue;
            }
            let mut step = step_of(workload, plan, server, runner.contender)?;
            let before = server.handshakes();
            let Some((mut sample, ok)) = runner.measure(workload, &mut step).await? else { continue };
            if let (true, Some(sum)) = (workload.is_fetch(), ok["checksum"].as_str()) {
                agreement.check(runner.contender.name, workload, sum)?;
            }
            if workload == Workload::ConnectResumed {
                // The first one has made the session that the others resume.
                sample.ns.remove(0);
            }
            let workload = seen_as(workload, runner.contender, before, server.handshakes(), sample.ns.len() as u64)?;
            samples.entry((workload, runner.contender.name)).or_default().push(sample);
        }
    }
    Ok(())
}

fn step_of(workload: Workload, plan: &Plan, server: &mut Server, contender: &Contender) -> Result<Value, String> {
    let step = match workload {
        // Rows take long for some; a round of them is one fetch.
        Workload::FetchRows | Workload::FetchDataframe if contender.role != Role::Limit => {
            json!({ "sql": Plan::sql(plan.rows), "times": 1 })
        }
        Workload::FetchColumns | Workload::FetchRows | Workload::FetchDataframe => {
            json!({ "sql": Plan::sql(plan.rows), "times": plan.fetches })
        }
        Workload::Select1 => json!({ "sql": "select 1", "times": plan.selects }),
        Workload::ConnectFull => {
            let each: Result<Vec<_>, _> = (0..plan.connects).map(|_| server.fresh_options()).collect();
            let each = each.map_err(|error| format!("a CA file: {error}"))?;
            json!({ "address": server.url(), "each": each })
        }
        Workload::ConnectResumed => {
            json!({ "address": server.url(), "each": vec![server.options(); plan.connects as usize + 1] })
        }
    };
    Ok(step)
}

/// The workload that was really done. A full handshake that was none, or the other way round, would be a figure under the
/// wrong name: of a surface it is an error, of a peer it is how it connects.
fn seen_as(
    workload: Workload,
    contender: &Contender,
    before: (u64, u64),
    after: (u64, u64),
    counted: u64,
) -> Result<Workload, String> {
    let (full, resumed) = (after.0 - before.0, after.1 - before.1);
    let seen = match workload {
        Workload::ConnectFull if full >= counted => Workload::ConnectFull,
        Workload::ConnectFull | Workload::ConnectResumed if resumed >= counted => Workload::ConnectResumed,
        Workload::ConnectFull | Workload::ConnectResumed => {
            return Err(format!("{}: {full} full and {resumed} resumed handshakes in {workload}", contender.name));
        }
        other => other,
    };
    match contender.role {
        Role::Surface if seen != workload => {
            Err(format!("{}: {resumed} handshakes of {workload} were resumed", contender.name))
        }
        _ => Ok(seen),
    }
}
