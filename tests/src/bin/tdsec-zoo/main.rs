//! The certificate zoo: every way a server's certificate, chain, revocation, pin, version or port can be right or wrong, on
//! every language surface, with the same code in every cell. A server that is refused must not have seen the token.

mod cases;
mod serve;
mod table;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tdsec_tests::certificates::Workshop;
use tdsec_tests::harness::{Driver, Surface};

use cases::Case;
use serve::{Running, TOKEN};
use table::{Row, Table};

/// Certificates, chains, lists, pins, versions and ports, right and wrong, on every language surface.
#[derive(Parser)]
struct Arguments {
    /// Only cases whose group and name contain one of these texts
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Surfaces: rust, c, python, python-asyncio, node. All if not given
    #[arg(long, value_delimiter = ',')]
    surface: Vec<Surface>,
    /// JSON instead of the table
    #[arg(long)]
    json: bool,
}

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match visit(&arguments).await {
        Ok(table) => {
            match arguments.json {
                true => println!("{:#}", table.json()),
                false => print!("{}", table.text(std::io::stdout().is_terminal())),
            }
            if table.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(problem) => {
            eprintln!("tdsec-zoo: {problem}");
            ExitCode::from(2)
        }
    }
}

async fn visit(arguments: &Arguments) -> Result<Table, String> {
    let surfaces = if arguments.surface.is_empty() { Surface::ALL.to_vec() } else { arguments.surface.clone() };
    let root =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().map_err(|error| error.to_string())?;
    let programs = std::env::current_exe().map_err(|error| error.to_string())?;
    let programs = programs.parent().unwrap_or(Path::new(".")).to_owned();
    let mut drivers = Vec::new();
    for surface in &surfaces {
        drivers.push(Driver::launch(surface.command(&root, &programs), &root)?);
    }
    let (cases, workshop) = cases::all();
    let mut table = Table::new(&surfaces);
    for case in cases {
        let title = format!("{} {}", case.group, case.name);
        if arguments.only.is_empty() || arguments.only.iter().any(|text| title.contains(text.as_str())) {
            table.push(run(&case, &mut drivers, &workshop).await?);
        }
    }
    for driver in drivers {
        let told = driver.quit().await?;
        if told.contains(TOKEN) {
            return Err("a driver printed the token".into());
        }
    }
    Ok(table)
}

/// One case on every surface at the same time.
async fn run(case: &Case, drivers: &mut [Driver], workshop: &Workshop) -> Result<Row, String> {
    let running = Running::start(&case.served, workshop.folder()).await?;
    let mut options: serde_json::Map<String, Value> =
        case.options.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    if case.token {
        options.insert("bearer_token".into(), json!(TOKEN));
    }
    let connect = json!({
        "op": "connect",
        "conn": "zoo",
        "address": format!("{}://localhost:{}", case.scheme, running.port()),
        "options": options,
    });
    let cells = join_all(drivers.iter_mut().map(|driver| cell(driver, &connect, case.names.as_deref()))).await;
    let cells = cells.into_iter().collect::<Result<Vec<_>, _>>()?;
    let leaked = case.expected.is_some() && running.has_seen_a_credential();
    running.stop().await;
    Ok(Row { group: case.group, name: case.name.clone(), expected: case.expected, cells, leaked })
}

/// The code of the error, or `None` if it connected, could ask something and closed.
async fn cell(driver: &mut Driver, connect: &Value, names: Option<&str>) -> Result<Option<String>, String> {
    for step in [
        connect.clone(),
        json!({ "op": "query", "conn": "zoo", "sql": "select 1" }),
        json!({ "op": "close", "conn": "zoo" }),
    ] {
        let (answer, line) = driver.ask(&step, PATIENCE).await?;
        if line.contains(TOKEN) {
            return Err(format!("the token stands in an answer: {line}"));
        }
        if let Some(code) = answer.pointer("/error/code") {
            let code = code.as_str().unwrap_or_default();
            return Ok(Some(match names.filter(|name| !line.contains(name)) {
                Some(name) => format!("{code} without {name}"),
                None => code.to_owned(),
            }));
        }
    }
    Ok(None)
}
