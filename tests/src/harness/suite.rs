//! All scenarios on all surfaces.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::driver::Driver;
use super::report::Report;
use super::run::{Cell, Place, State, run};
use super::scenario::Scenario;
use super::stage::folders;
use super::{Foreign, Surface, compare};

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Surfaces, in the order of the table.
    pub surfaces: Vec<Surface>,
    /// Scenarios that run at the same time.
    pub jobs: usize,
    /// The second set of token codes instead of the server's own.
    pub second_token_codes: bool,
    /// A server that is there already instead of one for each run.
    pub foreign: Option<Foreign>,
}

/// Codes that the server gives to token failures by default, and others: clients must know failures by their texts.
const TOKEN_CODES: [(&str, u16, u16); 4] = [
    ("not_exist", 0x0F01, 0x0A91),
    ("disabled", 0x0F02, 0x03A2),
    ("expired", 0x0F03, 0x4B03),
    ("totp", 0x0F04, 0x0C44),
];

/// Runs all scenarios on all surfaces; one driver process per surface, one server per run.
///
/// # Errors
/// If the place of the programs cannot be told. What fails in a run is in the report.
pub async fn run_suite(scenarios: Vec<Scenario>, options: &Options) -> Result<Report, String> {
    let begin = Instant::now();
    let place = Arc::new(place(options)?);
    let (scenarios, skipped) = fitting(scenarios, options.foreign.as_ref());
    let scenarios: Arc<[Scenario]> = scenarios.into();
    let permits = Arc::new(Semaphore::new(options.jobs.max(1)));
    let columns: Vec<_> = options
        .surfaces
        .iter()
        .map(|surface| tokio::spawn(column(*surface, scenarios.clone(), place.clone(), permits.clone())))
        .collect();
    let mut cells = BTreeMap::new();
    let mut endings = Vec::new();
    for (surface, column) in options.surfaces.iter().zip(columns) {
        let (column, ending) = column.await.map_err(|error| format!("{surface}: {error}"))?;
        endings.extend(ending.map(|problem| (*surface, problem)));
        for (scenario, cell) in scenarios.iter().zip(column) {
            cells.insert((scenario.name.clone(), *surface), cell);
        }
    }
    compare_surfaces(&scenarios, &options.surfaces, &mut cells);
    Ok(Report {
        scenarios: scenarios.to_vec(),
        surfaces: options.surfaces.clone(),
        cells,
        skipped,
        endings,
        took: begin.elapsed(),
    })
}

/// Those the server is good enough for, and the needs of the others.
fn fitting(scenarios: Vec<Scenario>, foreign: Option<&Foreign>) -> (Vec<Scenario>, Vec<(String, String)>) {
    let Some(foreign) = foreign else { return (scenarios, Vec::new()) };
    let (mut fitting, mut skipped) = (Vec::new(), Vec::new());
    for scenario in scenarios {
        match foreign.lacks(&scenario).map(str::to_owned) {
            None => fitting.push(scenario),
            Some(need) => skipped.push((scenario.name, need)),
        }
    }
    (fitting, skipped)
}

fn place(options: &Options) -> Result<Place, String> {
    let (root, programs) = folders()?;
    let second = options.second_token_codes;
    let token_codes: Vec<_> =
        TOKEN_CODES.iter().map(|(name, own, other)| (*name, if second { *other } else { *own })).collect();
    let argument = || token_codes.iter().map(|(name, code)| format!("{name}={code}")).collect::<Vec<_>>().join(",");
    Ok(Place {
        root,
        programs,
        token_codes_argument: second.then(argument),
        token_codes,
        foreign: options.foreign.clone(),
    })
}

/// One surface: its driver goes from scenario to scenario. The second part is what was wrong with its end.
async fn column(
    surface: Surface,
    scenarios: Arc<[Scenario]>,
    place: Arc<Place>,
    permits: Arc<Semaphore>,
) -> (Vec<Cell>, Option<String>) {
    let mut driver: Option<Driver> = None;
    let mut cells = Vec::new();
    for scenario in scenarios.iter() {
        let permit = permits.acquire().await;
        cells.push(match permit {
            Ok(_permit) => run(scenario, surface, &mut driver, &place).await,
            Err(error) => Cell {
                state: State::Failed(error.to_string()),
                took: Duration::ZERO,
                answers: vec![],
                left_out: vec![],
            },
        });
    }
    let ending = match driver {
        Some(driver) => driver.quit().await.err(),
        None => None,
    };
    (cells, ending)
}

/// Passed runs whose answers are not those of the reference have failed.
fn compare_surfaces(scenarios: &[Scenario], surfaces: &[Surface], cells: &mut BTreeMap<(String, Surface), Cell>) {
    for scenario in scenarios {
        let passed = |surface: &Surface| {
            let cell = cells.get(&(scenario.name.clone(), *surface))?;
            (cell.state == State::Passed).then(|| (*surface, cell.answers.clone()))
        };
        let Some((reference, wanted)) = surfaces.iter().find_map(passed) else { continue };
        for surface in surfaces {
            let Some(cell) = cells.get_mut(&(scenario.name.clone(), *surface)) else { continue };
            if cell.state != State::Passed {
                continue;
            }
            if let Some(problem) = compare::difference(&wanted, &cell.answers) {
                cell.state = State::Failed(format!("differs from {reference}: {problem}"));
            }
        }
    }
}
