//! The table of scenario by surface, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::run::{Cell, State};
use super::{Scenario, Surface};

/// What came of a run of the suite.
#[derive(Clone, Debug)]
pub struct Report {
    pub(super) scenarios: Vec<Scenario>,
    pub(super) surfaces: Vec<Surface>,
    pub(super) cells: BTreeMap<(String, Surface), Cell>,
    /// Scenarios that were not run, each with what the server lacks for it.
    pub(super) skipped: Vec<(String, String)>,
    pub(super) endings: Vec<(Surface, String)>,
    pub(super) took: Duration,
}

impl Report {
    /// True if nothing failed.
    pub fn passed(&self) -> bool {
        self.count("failed") == 0 && self.endings.is_empty()
    }

    /// The table, what failed, what is unsupported, and the sum.
    pub fn table(&self, colour: bool) -> String {
        let width = self.scenarios.iter().map(|scenario| scenario.name.len()).max().unwrap_or(0);
        let mut text = format!("{:width$}", "");
        for surface in &self.surfaces {
            let _ = write!(text, "  {surface}");
        }
        text.push('\n');
        for scenario in &self.scenarios {
            let _ = write!(text, "{:width$}", scenario.name);
            for surface in &self.surfaces {
                let mark = self.cell(scenario, *surface).map_or(" ", |cell| mark(&cell.state, colour));
                let _ = write!(text, "  {mark}{:pad$}", "", pad = surface.name().len() - 1);
            }
            text.push('\n');
        }
        for (scenario, surface, cell) in self.rows() {
            match &cell.state {
                State::Failed(problem) => {
                    let mark = mark(&cell.state, colour);
                    let _ = writeln!(text, "\n{mark} {} on {surface}: {problem}", scenario.name);
                }
                State::Unsupported(reason) => {
                    let _ = writeln!(text, "\n– {} on {surface}: {reason}", scenario.name);
                }
                State::Passed => {}
            }
        }
        for (surface, problem) in &self.endings {
            let _ = writeln!(text, "\nthe end of {surface}: {problem}");
        }
        for line in self.left_out().into_iter().chain(self.not_run()) {
            let _ = writeln!(text, "\n{line}");
        }
        let _ = writeln!(
            text,
            "\n{} scenarios on {} surfaces: {} passed, {} failed, {} unsupported, in {:.1} s",
            self.scenarios.len(),
            self.surfaces.len(),
            self.count("passed"),
            self.count("failed"),
            self.count("unsupported"),
            self.took.as_secs_f64(),
        );
        text
    }

    /// The same as JSON.
    pub fn json(&self) -> Value {
        let scenarios: Vec<Value> = self
            .scenarios
            .iter()
            .map(|scenario| {
                let cells: serde_json::Map<String, Value> = self
                    .surfaces
                    .iter()
                    .filter_map(|surface| Some((surface.name().to_owned(), cell_json(self.cell(scenario, *surface)?))))
                    .collect();
                json!({
                    "name": scenario.name,
                    "about": scenario.about,
                    "requirements": scenario.requirements,
                    "needs": scenario.needs,
                    "surfaces": cells,
                })
            })
            .collect();
        let endings: Vec<Value> =
            self.endings.iter().map(|(surface, problem)| json!({ "surface": surface, "problem": problem })).collect();
        json!({
            "passed": self.count("passed"),
            "failed": self.count("failed"),
            "unsupported": self.count("unsupported"),
            "skipped": self.skipped.iter().map(|(name, need)| json!({ "name": name, "lacks": need })).collect::<Vec<_>>(),
            "seconds": self.took.as_secs_f64(),
            "scenarios": scenarios,
            "endings": endings,
        })
    }

    /// A line for each surface and reason: steps that were left out in scenarios that passed.
    fn left_out(&self) -> Vec<String> {
        let mut counts: BTreeMap<(Surface, &str), usize> = BTreeMap::new();
        for (_, surface, cell) in self.rows() {
            for reason in &cell.left_out {
                *counts.entry((surface, reason)).or_default() += 1;
            }
        }
        counts
            .iter()
            .map(|((surface, reason), count)| format!("– {count} steps left out on {surface}: {reason}"))
            .collect()
    }

    /// Scenarios that were not run, counted by what the server lacks.
    fn not_run(&self) -> Option<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, need) in &self.skipped {
            *counts.entry(need).or_default() += 1;
        }
        let list: Vec<String> = counts.iter().map(|(need, count)| format!("{count} × {need}")).collect();
        (!list.is_empty()).then(|| format!("{} scenarios not run; they need: {}", self.skipped.len(), list.join(", ")))
    }

    fn cell(&self, scenario: &Scenario, surface: Surface) -> Option<&Cell> {
        self.cells.get(&(scenario.name.clone(), surface))
    }

    fn rows(&self) -> impl Iterator<Item = (&Scenario, Surface, &Cell)> {
        self.scenarios.iter().flat_map(move |scenario| {
            self.surfaces.iter().filter_map(move |surface| Some((scenario, *surface, self.cell(scenario, *surface)?)))
        })
    }

    fn count(&self, name: &str) -> usize {
        self.cells.values().filter(|cell| word(&cell.state) == name).count()
    }
}

fn word(state: &State) -> &'static str {
    match state {
        State::Passed => "passed",
        State::Failed(_) => "failed",
        State::Unsupported(_) => "unsupported",
    }
}

fn mark(state: &State, colour: bool) -> &'static str {
    match (state, colour) {
        (State::Passed, false) => "✓",
        (State::Passed, true) => "\x1b[32m✓\x1b[0m",
        (State::Failed(_), false) => "✗",
        (State::Failed(_), true) => "\x1b[31m✗\x1b[0m",
        (State::Unsupported(_), _) => "–",
    }
}

fn cell_json(cell: &Cell) -> Value {
    let reason = match &cell.state {
        State::Passed => None,
        State::Failed(text) | State::Unsupported(text) => Some(text),
    };
    json!({ "state": word(&cell.state), "reason": reason, "ms": cell.took.as_millis() as u64 })
}
