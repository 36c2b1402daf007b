//! `make demo`: load meter readings, let a program of each surface print the same table, let an impostor get nothing.
//!
//! With `TDSEC_URL` (and `TDSEC_TOKEN`, `TDSEC_TLS_CA`) set it runs against that server instead of the embedded one.
//! `CSV=path` loads the user's own file. `--dir` is where the built libraries and programs are.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod impostor;
mod load;
mod meters;
mod progress;
mod server;
mod surfaces;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use tdsec::{Config, Connection};

use meters::Readings;
use server::{Access, Server};
use surfaces::Outcome;

/// What a failing step says.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The three queries of every program.
const QUERIES: [&str; 3] = [
    "SELECT COUNT(*), MIN(voltage), MAX(voltage), AVG(current) FROM tdsec_demo.meters",
    "SELECT location, COUNT(*), AVG(voltage), MAX(current) FROM tdsec_demo.meters GROUP BY location ORDER BY location",
    "SELECT ts, current, voltage, phase, location, groupid FROM tdsec_demo.meters ORDER BY ts, location, groupid, current LIMIT 5",
];

#[derive(Parser)]
#[command(about = "Five surfaces, one table, and an impostor that gets nothing")]
struct Arguments {
    /// Where the built test server and programs are.
    #[arg(long, default_value = "target/debug")]
    dir: PathBuf,
    /// Rows to generate when no CSV file is given.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("demo: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<bool, Failure> {
    let started = Instant::now();
    let (access, _server) = match Access::from_environment() {
        Some(access) => (access, None),
        None => {
            let server = Server::start(&arguments.dir, &[])?;
            println!("server     {} (embedded, TLS, bearer token)", server.access().url);
            (server.access().clone(), Some(server))
        }
    };
    let readings = match std::env::var("CSV") {
        Ok(path) if !path.is_empty() => Readings::from_csv(path.as_ref())?,
        _ => Readings::generated(arguments.rows),
    };
    let connection = Connection::connect(&config(&access)?).await?;
    let rows = load::load(&connection, &readings).await?;
    connection.close().await;

    let outcomes = surfaces::run_all(&arguments.dir, &access, &QUERIES).await;
    let differences = surfaces::compare(&outcomes, rows);
    surfaces::show(&outcomes);

    let seen = impostor::challenge(&arguments.dir).await?;
    println!("time       {:.1} s", started.elapsed().as_secs_f64());
    let surfaces = outcomes.iter().filter(|outcome| matches!(outcome.outcome, Outcome::Table(_))).count();
    println!("demo: {surfaces} surfaces, {rows} rows, {differences} differences, impostor saw {seen} tokens");
    Ok(surfaces == surfaces::ALL.len() && differences == 0 && seen == 0)
}

fn config(access: &Access) -> Result<Config, tdsec::Error> {
    let mut builder = Config::builder().address(&access.url)?;
    if !access.token.is_empty() {
        builder = builder.set("bearerToken", &access.token)?;
    }
    if !access.ca.is_empty() {
        builder = builder.set("tls_ca", &access.ca)?;
    }
    builder.build()
}
