//! The five programs: what starts them, what they printed, where they differ.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;

use crate::server::Access;

/// One language surface and the command that runs its demo program.
pub(crate) struct Surface {
    pub(crate) name: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
}

/// `{dir}` is where the built programs are.
pub(crate) const ALL: [Surface; 5] = [
    Surface { name: "rust", program: "{dir}/demo-rust", arguments: &[] },
    Surface { name: "c", program: "{dir}/demo-c", arguments: &[] },
    Surface { name: "python", program: "python3", arguments: &["examples/python/demo.py"] },
    Surface { name: "python-asyncio", program: "python3", arguments: &["examples/python/demo_async.py"] },
    Surface { name: "node", program: "node", arguments: &["examples/node/demo.mjs"] },
];

const PATIENCE: Duration = Duration::from_secs(120);

/// How one program ended.
pub(crate) enum Outcome {
    /// The lines it printed.
    Table(Vec<String>),
    /// It was refused with this error code.
    Refused(String),
    /// Anything else, in its own words.
    Broken(String),
}

/// One program's run.
pub(crate) struct Run {
    pub(crate) name: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) seconds: f64,
}

/// Runs the five programs one after another.
pub(crate) async fn run_all(dir: &Path, access: &Access, queries: &[&str]) -> Vec<Run> {
    let mut runs = Vec::new();
    for surface in &ALL {
        let started = Instant::now();
        let outcome = run(surface, dir, access, queries).await;
        runs.push(Run { name: surface.name, outcome, seconds: started.elapsed().as_secs_f64() });
    }
    runs
}

async fn run(surface: &Surface, dir: &Path, access: &Access, queries: &[&str]) -> Outcome {
    let program = surface.program.replace("{dir}", &dir.display().to_string());
    let child = Command::new(&program)
        .args(surface.arguments)
        .args(queries)
        .env("TDSEC_URL", &access.url)
        .env("TDSEC_TOKEN", &access.token)
        .env("TDSEC_TLS_CA", &access.ca)
        .env("PYTHONPATH", "bindings-python/python")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = match tokio::time::timeout(PATIENCE, child).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Outcome::Broken(format!("cannot start {program}: {error}")),
        Err(_) => return Outcome::Broken(format!("no end after {} s", PATIENCE.as_secs())),
    };
    let words = String::from_utf8_lossy(&output.stderr);
    let refused = words.lines().find_map(|line| line.strip_prefix("error: ")).and_then(|line| line.split(':').next());
    match (output.status.success(), refused) {
        (true, _) => Outcome::Table(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()),
        (false, Some(code)) => Outcome::Refused(code.to_owned()),
        (false, None) => Outcome::Broken(format!("{}: {}", output.status, words.trim())),
    }
}

/// Lines that are not the same as the first program's, and a wrong number of rows.
pub(crate) fn compare(runs: &[Run], rows: u64) -> usize {
    let tables: Vec<&Vec<String>> = runs
        .iter()
        .filter_map(|run| match &run.outcome {
            Outcome::Table(lines) => Some(lines),
            Outcome::Refused(_) | Outcome::Broken(_) => None,
        })
        .collect();
    let Some(first) = tables.first() else { return runs.len() };
    let counted = first.get(1).and_then(|line| line.split(" | ").next()).and_then(|count| count.parse::<u64>().ok());
    let wrong_count = usize::from(counted != Some(rows));
    let lines = |table: &Vec<String>| {
        let longest = table.len().max(first.len());
        (0..longest).filter(|index| table.get(*index) != first.get(*index)).count()
    };
    wrong_count + tables.iter().map(|table| lines(table)).sum::<usize>()
}

/// Prints the table once and a line for each program.
pub(crate) fn show(runs: &[Run]) {
    if let Some(Outcome::Table(lines)) = runs.first().map(|run| &run.outcome) {
        println!();
        for line in lines {
            println!("    {line}");
        }
        println!();
    }
    for run in runs {
        let told = match &run.outcome {
            Outcome::Table(lines) => format!("{} lines", lines.len()),
            Outcome::Refused(code) => format!("refused: {code}"),
            Outcome::Broken(words) => format!("FAILED: {words}"),
        };
        println!("{:<15} {:>5.2} s   {told}", run.name, run.seconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &'static str, lines: &[&str]) -> Run {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        Run { name, outcome: Outcome::Table(lines), seconds: 0.0 }
    }

    #[test]
    fn every_different_or_missing_line_counts() {
        let same = ["count(*)", "7 | x", "a"];
        assert_eq!(compare(&[run("a", &same), run("b", &same)], 7), 0);
        assert_eq!(compare(&[run("a", &same), run("b", &["count(*)", "7 | y"])], 7), 2);
        assert_eq!(compare(&[run("a", &same)], 8), 1);
    }
}
