//! `docs/coverage.md` says what proves each requirement: it has to be true.

use std::collections::{BTreeMap, BTreeSet};

use tdsec_tests::harness::{Scenario, load_all, scenarios_folder};

use crate::{files, root};

struct Row {
    id: String,
    proof: String,
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("docs/coverage.md")).unwrap();
    let cells =
        |line: &str| -> Vec<String> { line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    let lines = text.lines().filter(|line| line.starts_with('|')).skip(2);
    lines
        .map(|line| match cells(line).as_slice() {
            [id, proof] => Row { id: id.clone(), proof: proof.clone() },
            other => panic!("a row of docs/coverage.md has {} cells: {line}", other.len()),
        })
        .collect()
}

/// What stands in backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn is_id(word: &str) -> bool {
    let Some((letters, digits)) = word.split_once('-') else { return false };
    letters.chars().all(|c| c.is_ascii_uppercase())
        && letters.len() >= 2
        && !digits.is_empty()
        && digits.chars().all(|c| c.is_ascii_digit())
}

/// The IDs of the requirements, if their list lies beside the repository.
fn requirements() -> Option<BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("../shared/requirements.md")).ok()?;
    let ids = text.lines().filter_map(|line| line.strip_prefix("- ")?.split_whitespace().next());
    Some(ids.filter(|word| is_id(word)).map(str::to_owned).collect())
}

/// `begin-*` and `begin…` stand for every name that begins so.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once(['*', '…']) {
        None => pattern == name,
        Some((before, after)) => {
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        }
    }
}

/// Scenarios that a row names, one by one or by `begin-*`.
fn named_scenarios<'a>(proof: &str, scenarios: &'a [Scenario]) -> Vec<&'a Scenario> {
    scenarios.iter().filter(|scenario| quoted(proof).iter().any(|pattern| fits(pattern, &scenario.name))).collect()
}

/// Names of test functions and titles of the Node tests.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in files(&root(), &[".rs", ".py", ".mjs", ".c"]) {
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines().map(str::trim_start) {
            let line = line.strip_prefix("async ").unwrap_or(line);
            // Python's tests are named without their `test_`.
            if let Some(rest) = ["fn ", "def test_", "static void "].iter().find_map(|begin| line.strip_prefix(begin)) {
                names.insert(rest.split(['(', '<']).next().unwrap().to_owned());
            }
            if let Some(title) = line.strip_prefix("test(")
                && let Some(quote) = title.chars().next()
            {
                names.insert(title[1..].split(quote).next().unwrap().to_owned());
            }
        }
    }
    names
}

#[test]
#[expect(clippy::print_stdout, reason = "says why nothing is compared")]
fn every_requirement_has_exactly_one_row() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows() {
        assert!(is_id(&row.id), "`{}` is no ID", row.id);
        assert!(!row.proof.is_empty(), "{} has an empty row; \"open\" says that nothing proves it", row.id);
        *counts.entry(row.id).or_default() += 1;
    }
    let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "more than one row: {twice:?}");
    let Some(wanted) = requirements() else {
        println!("the list of requirements is not beside the repository: the rows are not compared with it");
        return;
    };
    let there: BTreeSet<String> = counts.into_keys().collect();
    assert_eq!(there.difference(&wanted).collect::<Vec<_>>(), Vec::<&String>::new(), "rows without a requirement");
    assert_eq!(wanted.difference(&there).collect::<Vec<_>>(), Vec::<&String>::new(), "requirements without a row");
}

/// A title made for several cases holds `${…}`: what stands before it counts.
fn is_test(name: &str, title: &str) -> bool {
    match title.split_once("${") {
        Some((before, _)) => !before.is_empty() && name.starts_with(before),
        None => fits(name, title),
    }
}

#[test]
fn every_test_scenario_and_file_that_a_row_names_exists() {
    let scenarios = load_all(&scenarios_folder()).unwrap();
    let tests = tests();
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let exists = |name: &str| match name.strip_prefix("make ") {
        Some(target) => makefile.lines().any(|line| line.starts_with(&format!("{target}:"))),
        None => {
            root().join(name).exists()
                || tests.iter().any(|title| is_test(name, title))
                || scenarios.iter().any(|scenario| fits(name, &scenario.name))
        }
    };
    let rows = rows();
    let all = rows.iter().flat_map(|row| quoted(&row.proof).into_iter().map(move |name| (&row.id, name)));
    let missing: Vec<String> =
        all.filter(|(_, name)| !exists(name)).map(|(id, name)| format!("{id} names `{name}`")).collect();
    assert!(missing.is_empty(), "no test, scenario, file or target of make:\n{}", missing.join("\n"));
}

#[test]
fn every_scenario_stands_in_the_rows_of_the_requirements_it_proves() {
    let scenarios = load_all(&scenarios_folder()).unwrap();
    let rows = rows();
    for scenario in &scenarios {
        for id in &scenario.requirements {
            let row = rows.iter().find(|row| row.id == *id);
            let row = row.unwrap_or_else(|| panic!("the scenario {} names {id}, which has no row", scenario.name));
            let named = named_scenarios(&row.proof, &scenarios);
            assert!(
                named.iter().any(|named| named.name == scenario.name),
                "the scenario {} proves {id}, but its row does not name it",
                scenario.name
            );
        }
    }
    for row in &rows {
        for scenario in named_scenarios(&row.proof, &scenarios) {
            assert!(
                scenario.requirements.contains(&row.id),
                "the row {} names the scenario {}, which does not say that it proves it",
                row.id,
                scenario.name
            );
        }
    }
}
