//! `tdsec-bench`: measures everything in one run and writes `benches/results/latest.{json,md}` and a plot for each workload.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use clap::{Parser, Subcommand};
use tdsec_benches::contender::{self, Field, Place, Role};
use tdsec_benches::measure::{self, Runner, Samples};
use tdsec_benches::plan::{Plan, Windows, Workload};
use tdsec_benches::report::{check, markdown, plot, readme, section};
use tdsec_benches::results::{self, Entry};
use tdsec_benches::server::Server;
use tdsec_benches::{first_row, guest, handshakes, limit, process, rotation};

/// The benchmark of tdsec.
#[derive(Parser)]
#[command(name = "tdsec-bench")]
struct Flags {
    /// Fewer rows and rounds: less than a minute
    #[arg(long)]
    quick: bool,
    /// Fail if a number to reach is missed
    #[arg(long)]
    check: bool,
    /// Only this surface or peer (may be repeated)
    #[arg(long)]
    only: Vec<String>,
    /// Rounds instead of those of the plan
    #[arg(long)]
    rounds: Option<usize>,
    /// Leave the memory of streaming out
    #[arg(long)]
    no_streaming: bool,
    /// Where the results go
    #[arg(long, default_value = "benches/results")]
    out: PathBuf,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Subcommand)]
enum Part {
    /// The driver of `limit` and `wire`: what the benchmark itself starts
    #[command(hide = true)]
    Limit,
    /// What a connection costs with each kind of key: a table of docs/tls.md
    Handshakes,
    /// How many round trips there are from connect to the first row: a table of docs/tls.md
    FirstRow,
    /// Statements on a pool while its token rotates: the table of docs/rotation.md
    Rotation {
        /// Seconds of rotation for each surface
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    let outcome = match flags.part {
        Some(Part::Limit) => limit::driver::run().map(|()| true).map_err(|error| error.to_string()),
        Some(Part::Handshakes) => run_handshakes(&flags),
        Some(Part::FirstRow) => run_first_row(&flags),
        Some(Part::Rotation { seconds }) => run_rotation(&flags, seconds),
        None => run(&flags),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// False if `--check` finds a number missed.
fn run(flags: &Flags) -> Result<bool, String> {
    let mut plan = if flags.quick { Plan::QUICK } else { Plan::FULL };
    plan.rounds = flags.rounds.unwrap_or(plan.rounds).max(1);
    let (place, machine, pinning, runtime) = prepare()?;
    runtime.block_on(measure_all(flags, &plan, &place, machine, pinning))
}

/// False if a resumed connection costs more than half of a full one with RSA 4096.
fn run_handshakes(flags: &Flags) -> Result<bool, String> {
    let (place, machine, _, runtime) = prepare()?;
    let measured = runtime.block_on(handshakes::measure(&place, say))?;
    let table = handshakes::table(&measured, &machine);
    publish(flags, &place.root, handshakes::SECTION, &table, "handshakes.svg", &handshakes::svg(&measured))?;
    let large = measured.iter().find(|row| row.key == "RSA 4096");
    let reached = large.is_some_and(|row| row.resumed.cpu() <= 0.5 * row.full.cpu());
    Ok(!flags.check || reached)
}

/// False if a surface takes more round trips than its steps, or as many as taosws.
fn run_first_row(flags: &Flags) -> Result<bool, String> {
    let (place, machine, _, runtime) = prepare()?;
    let measured = runtime.block_on(async {
        let folder = place.root.join("target/bench-work/first-row");
        let mut server = Server::start(&folder).map_err(|error| format!("the server: {error}"))?;
        let Field { contenders, .. } = contender::gather(&place, &server, &flags.only)?;
        let mut runners = Vec::new();
        for contender in contenders.iter().filter(|who| first_row::connects(who)) {
            runners.push(Runner::start(contender, &place.root, &server).await?);
        }
        let measured = first_row::measure(&mut runners, &mut server, say).await?;
        for runner in runners {
            runner.quit().await?;
        }
        Ok::<_, String>(measured)
    })?;
    let table = first_row::table(&measured, &machine);
    publish(flags, &place.root, first_row::SECTION, &table, "first-row.svg", &first_row::svg(&measured))?;
    let goals = first_row::goals(&measured);
    for goal in goals.iter().filter(|goal| !goal.reached) {
        say(&format!("missed: {}: {:?}", goal.text, goal.seen));
    }
    Ok(!flags.check || goals.iter().all(|goal| goal.reached))
}

/// Writes a table of `docs/tls.md` and its chart.
fn publish(flags: &Flags, root: &Path, name: &str, table: &str, chart: &str, svg: &str) -> Result<(), String> {
    say(table);
    let document = root.join("docs/tls.md");
    let write = || -> io::Result<()> {
        fs::create_dir_all(&flags.out)?;
        fs::write(flags.out.join(chart), svg)?;
        match section::replaced(&fs::read_to_string(&document)?, name, table) {
            Some(text) => fs::write(&document, text),
            None => Ok(()),
        }
    };
    write().map_err(|error| format!("{}: {error}", document.display()))
}

/// False if a statement failed, or rotations make the slowest in a hundred more than a fifth slower.
fn run_rotation(flags: &Flags, seconds: u64) -> Result<bool, String> {
    let (place, machine, _, runtime) = prepare()?;
    let each = Plan::FULL.rotation.each;
    let windows = Windows { count: u32::try_from(seconds.div_ceil(each.as_secs())).unwrap_or(u32::MAX), each };
    let surfaces = contender::surfaces(&place, &flags.only);
    let measured = runtime.block_on(rotation::measure(&place, &surfaces, windows, say))?;
    write_rotation(&place, &measured, &machine, windows)?;
    Ok(!flags.check || measured.iter().all(rotation::Measured::is_good))
}

/// The table of `docs/rotation.md`.
fn write_rotation(
    place: &Place,
    measured: &[rotation::Measured],
    machine: &str,
    windows: Windows,
) -> Result<(), String> {
    let table = rotation::table(measured, machine, windows);
    say(&table);
    let document = place.root.join("docs/rotation.md");
    let write = || match section::replaced(&fs::read_to_string(&document)?, rotation::SECTION, &table) {
        Some(text) => fs::write(&document, text),
        None => Ok(()),
    };
    write().map_err(|error| format!("{}: {error}", document.display()))
}

type Prepared = (Place, String, String, tokio::runtime::Runtime);

fn prepare() -> Result<Prepared, String> {
    let root = std::env::current_dir().map_err(|error| error.to_string())?;
    let programs = std::env::current_exe().ok().and_then(|program| program.parent().map(Path::to_owned));
    let mut place = Place { programs: programs.unwrap_or_else(|| root.join("target/release")), root, cpu: None };
    let machine = machine();
    // Before there is a second thread: threads inherit the CPU.
    let pinning = match process::allowed_cpus().as_slice() {
        [first, second, ..] if process::bind_to(*first) => {
            place.cpu = Some(*second);
            format!("server on CPU {first}, one client at a time on CPU {second}")
        }
        _ => "nothing bound to a CPU".to_owned(),
    };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    Ok((place, machine, pinning, runtime))
}

async fn measure_all(
    flags: &Flags,
    plan: &Plan,
    place: &Place,
    machine: String,
    pinning: String,
) -> Result<bool, String> {
    let start = Instant::now();
    let work = place.root.join("target/bench-work");
    let mut server = Server::start(&work).map_err(|error| format!("the server: {error}"))?;
    let Field { contenders, missing } = contender::gather(place, &server, &flags.only)?;
    let mut entries: Vec<Entry> = missing.iter().map(|(name, reason)| Entry::missing(name, reason)).collect();
    for entry in &entries {
        say(&format!("{} takes no part: {}", entry.surface, entry.note.as_deref().unwrap_or_default()));
    }
    let mut runners = Vec::new();
    for contender in &contenders {
        runners.push(Runner::start(contender, &place.root, &server).await?);
    }
    let checksum = measure::prove(&mut runners, plan).await?;
    say(&format!("{} contenders agree on the sum of all values, {checksum}", runners.len()));
    let mut samples = Samples::new();
    for round in 1..=plan.rounds {
        measure::round(&mut runners, plan, &mut server, &mut samples).await?;
        say(&format!("round {round} of {}, {} s", plan.rounds, start.elapsed().as_secs()));
    }
    let mut measured = results::entries(&samples, &contenders, plan);
    for runner in runners.iter_mut().filter(|runner| runner.contender.name == "python") {
        measured.push(guest::ticks(runner, &server).await?);
    }
    for runner in runners {
        runner.quit().await?;
    }
    for surface in contenders.iter().filter(|who| who.role == Role::Surface && !flags.no_streaming) {
        measured.extend(guest::streaming(surface, &place.root, &server, plan).await?);
        say(&format!("{} streamed {} rows, {} s", surface.name, plan.streamed, start.elapsed().as_secs()));
    }
    for contender in contenders.iter().filter(|who| who.role != Role::Limit && who.name != "peer-taosws-fetchall") {
        measured.push(guest::idle(contender, &place.root, &server).await?);
    }
    let rotating = rotation::measure(place, &contenders, plan.rotation, say).await?;
    measured.extend(rotation::entries(&rotating));
    measured.append(&mut entries);
    let goals = check::goals(&measured);
    let setting = markdown::Setting {
        machine,
        commit: commit(&place.root),
        pinning,
        checksum,
        seconds: start.elapsed().as_secs(),
    };
    let report = markdown::report(&measured, &contenders, &goals, plan, &setting);
    write(&flags.out, &measured, &report).map_err(|error| format!("{}: {error}", flags.out.display()))?;
    if !flags.quick && flags.only.is_empty() {
        write_readme(&place.root.join("README.md"), &measured).map_err(|error| format!("README.md: {error}"))?;
    }
    say(&report);
    let missed = goals.iter().filter(|goal| !goal.reached).count();
    Ok(!flags.check || missed == 0)
}

fn write(folder: &Path, entries: &[Entry], report: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut json = serde_json::to_string_pretty(entries)?;
    json.push('\n');
    fs::write(folder.join("latest.json"), json)?;
    fs::write(folder.join("latest.md"), report)?;
    for workload in Workload::ALL {
        if let Some(svg) = plot::svg(entries, workload) {
            fs::write(folder.join(format!("{workload}.svg")), svg)?;
        }
    }
    Ok(())
}

/// A full run of everybody is what the README tells.
fn write_readme(path: &Path, entries: &[Entry]) -> io::Result<()> {
    match readme::updated(&fs::read_to_string(path)?, entries) {
        Some(text) => fs::write(path, text),
        None => Ok(()),
    }
}

fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    format!("{model}, {} CPUs", process::allowed_cpus().len())
}

fn commit(root: &Path) -> String {
    let said = Command::new("git").args(["describe", "--always", "--dirty", "--exclude=*"]).current_dir(root).output();
    said.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned()).unwrap_or_default()
}

fn say(line: &str) {
    // If nobody listens, the files are still written.
    let _ = writeln!(io::stdout(), "{line}");
}
