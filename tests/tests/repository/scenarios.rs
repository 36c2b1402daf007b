//! The scenario files are good ones, and the two sets of token codes have nothing in common.

use std::collections::BTreeSet;

use tdsec_tests::harness::{load_all, scenarios_folder};

#[test]
fn every_scenario_file_can_be_read_and_says_something_of_its_own() {
    let scenarios = load_all(&scenarios_folder()).unwrap();
    assert!(scenarios.len() >= 50, "there are {}", scenarios.len());
    let sentences: BTreeSet<&str> = scenarios.iter().map(|scenario| scenario.about.as_str()).collect();
    assert_eq!(sentences.len(), scenarios.len(), "two scenarios are about the same");
    for scenario in &scenarios {
        let checks = scenario.steps.iter().filter(|step| step.expect.is_some() || step.until.is_some()).count();
        assert!(checks > 0, "{} expects nothing", scenario.name);
    }
}
