//! Runs the scenarios of `tests/scenarios` on the language surfaces and prints the table.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use tdsec_tests::harness::{Foreign, Options, Scenario, Surface, load_all, run_suite, scenarios_folder};

/// The conformance suite: every scenario on every surface, with identical answers.
#[derive(Parser)]
struct Arguments {
    /// Only scenarios whose name contains one of these texts.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Surfaces: rust, c, python, python-asyncio, node. All if not given.
    #[arg(long, value_delimiter = ',')]
    surface: Vec<Surface>,
    /// JSON instead of the table.
    #[arg(long)]
    json: bool,
    /// How many scenarios run at the same time.
    #[arg(long)]
    jobs: Option<usize>,
    /// Which numbers the server gives to token failures.
    #[arg(long, value_enum, default_value_t = TokenCodes::Set1)]
    token_codes: TokenCodes,
    /// Against the server of TDSEC_URL (TDSEC_TOKEN, TDSEC_TLS_CA, TDSEC_USER, TDSEC_PASS) instead of test servers:
    /// the scenarios whose needs it meets.
    #[arg(long)]
    live: bool,
    /// Names and sentences of the scenarios, without running them.
    #[arg(long)]
    list: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TokenCodes {
    /// The server's own.
    Set1,
    /// Others: a client has to pass with any.
    Set2,
}

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]
async fn main() -> ExitCode {
    match conform(&Arguments::parse()).await {
        Ok((text, passed)) => {
            print!("{text}");
            if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(problem) => {
            eprintln!("tdsec-conformance: {problem}");
            ExitCode::from(2)
        }
    }
}

async fn conform(arguments: &Arguments) -> Result<(String, bool), String> {
    let scenarios = chosen(arguments)?;
    if arguments.list {
        let lines = scenarios.iter().map(|scenario| format!("{}: {}\n", scenario.name, scenario.about));
        return Ok((lines.collect(), true));
    }
    let options = Options {
        surfaces: if arguments.surface.is_empty() { Surface::ALL.to_vec() } else { arguments.surface.clone() },
        jobs: arguments.jobs.unwrap_or_else(default_jobs),
        second_token_codes: arguments.token_codes == TokenCodes::Set2,
        foreign: arguments.live.then(Foreign::from_environment).transpose()?,
    };
    let report = run_suite(scenarios, &options).await?;
    let json = serde_json::to_string_pretty(&report.json()).map_err(|error| error.to_string())?;
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/conformance.json");
    std::fs::write(&path, &json).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = if arguments.json { json + "\n" } else { report.table(std::io::stdout().is_terminal()) };
    Ok((text, report.passed()))
}

fn chosen(arguments: &Arguments) -> Result<Vec<Scenario>, String> {
    let mut scenarios = load_all(&scenarios_folder())?;
    if !arguments.only.is_empty() {
        scenarios.retain(|scenario| arguments.only.iter().any(|text| scenario.name.contains(text.as_str())));
    }
    if scenarios.is_empty() { Err("no scenario has such a name".into()) } else { Ok(scenarios) }
}

/// Waiting is most of a scenario: a few more than there are processors.
fn default_jobs() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from) + 2
}
