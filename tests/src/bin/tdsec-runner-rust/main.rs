//! The reference driver of the conformance suite: steps as JSON lines in, answers as JSON lines out, through the
//! asynchronous API of the crate. Adds no behaviour of its own.

mod answer;
mod arrow;
mod bench;
mod columns;
mod fork;
mod logs;
mod observe;
mod ops;
mod pools;
mod tokens;

use std::io::{BufRead as _, Write as _, stdin, stdout};

use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    logs::to_stderr();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut runner = ops::Runner::default();
    for line in stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let (id, outcome) = match serde_json::from_str::<Value>(&line) {
            Ok(step) if step["op"] == "quit" => break,
            Ok(step) => {
                // Forking happens outside of the runtime: the child starts one of its own.
                let outcome = match step["op"].as_str() {
                    Some("fork") => fork::run(&runner, &step),
                    _ => runtime.block_on(runner.run(&step)),
                };
                (step["id"].clone(), outcome)
            }
            Err(error) => (Value::Null, Err(answer::runner_error(format!("the step is no JSON: {error}")))),
        };
        let answer = match outcome {
            Ok(ok) => json!({ "id": id, "ok": ok }),
            Err(error) => json!({ "id": id, "error": error }),
        };
        let mut out = stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
