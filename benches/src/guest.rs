//! What a library does to the process it is a guest in: other threads, memory.

use std::path::Path;

use serde_json::{Value, json};

use crate::contender::{Contender, Role};
use crate::measure::Runner;
use crate::plan::Plan;
use crate::results::Entry;
use crate::server::Server;

/// How long the server keeps the query waiting.
const WAIT_MS: u64 = 1000;

/// What else the machine does takes ticks away, never adds some: the best of so many is nearest to the truth.
const TRIES: usize = 3;

/// Ticks of another Python thread while a query waits, as part of what it gets while the first thread sleeps.
pub async fn ticks(runner: &mut Runner<'_>, server: &Server) -> Result<Entry, String> {
    let rule = json!({ "when": { "action": "query", "sql_contains": "tdsec_gen(1," }, "do": { "kind": "delay", "ms": WAIT_MS } });
    server.test.add_fault_json(&rule).map_err(|error| error.to_string())?;
    let step = json!({ "op": "bench", "conn": "bench", "workload": "ticks", "sql": Plan::sql(1) });
    let (mut ticks, mut ideal) = (0.0_f64, 1.0_f64);
    for _ in 0..TRIES {
        let answer = runner.ask(&step).await?;
        let count = |name: &str| answer[name].as_f64().unwrap_or(0.0);
        (ticks, ideal) = (ticks.max(count("ticks")), ideal.max(count("ideal")));
    }
    server.test.clear_faults();
    Ok(Entry::plain("select-1", runner.contender.name, "other_thread_ticks", ticks / ideal, "of ideal"))
}

/// Connections that are idle while memory is looked at, and such as were opened before, so that nothing is counted that is there once.
const IDLE: u64 = 200;
const WARM: u64 = 20;

/// What an idle connection keeps in memory.
pub async fn idle(contender: &Contender, root: &Path, server: &Server) -> Result<Entry, String> {
    let mut runner = Runner::start(contender, root, server).await?;
    let mut before = 0;
    for count in 0..WARM + IDLE {
        if count == WARM {
            before = runner.watched().resident_kib();
        }
        let step = json!({ "op": "connect", "conn": format!("idle-{count}"), "address": server.url(), "options": server.options() });
        runner.ask(&step).await?;
    }
    let growth = runner.watched().resident_kib().saturating_sub(before) as f64;
    runner.quit().await?;
    Ok(Entry::plain("idle-memory", contender.name, "rss_per_connection", growth / IDLE as f64, "KiB"))
}

/// The most memory that streaming takes beyond what a fresh process has once it is connected.
pub async fn streaming(contender: &Contender, root: &Path, server: &Server, plan: &Plan) -> Result<Vec<Entry>, String> {
    let name = contender.name;
    debug_assert_eq!(contender.role, Role::Surface);
    let mut runner = Runner::start(contender, root, server).await?;
    let step =
        |rows| json!({ "op": "bench", "conn": "bench", "workload": "stream", "sql": Plan::sql(rows), "times": 1 });
    let before = runner.watched().resident_kib();
    let answer = runner.ask(&step(plan.streamed)).await?;
    let peak = runner.watched().peak_kib();
    runner.quit().await?;
    if answer["rows"] != json!(plan.streamed) {
        return Err(format!("{name} streamed {} rows of {}", answer["rows"], plan.streamed));
    }
    let ns: f64 = answer["ns"].as_array().into_iter().flatten().filter_map(Value::as_f64).sum();
    let growth = peak.saturating_sub(before) as f64 / 1024.0;
    Ok(vec![
        Entry::plain("fetch-columns", name, "rss_growth_streaming", growth, "MiB"),
        Entry::plain("fetch-columns", name, "rows_streamed", plan.streamed as f64, "rows"),
        Entry::plain("fetch-columns", name, "rows_per_s_streaming", plan.streamed as f64 * 1e9 / ns.max(1.0), "rows/s"),
    ])
}
