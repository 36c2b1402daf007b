//! From a file to a scenario.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::Scenario;

/// The folder of the scenario files.
pub fn scenarios_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// All scenarios of a folder, by name.
///
/// # Errors
/// The first file that cannot be read or is no good scenario, with what is wrong.
pub fn load_all(folder: &Path) -> Result<Vec<Scenario>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths.iter().map(|path| load(path)).collect()
}

fn load(path: &Path) -> Result<Scenario, String> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    read(name, &text).map_err(|(name, problem)| format!("{name}: {problem}"))
}

fn read(name: String, text: &str) -> Result<Scenario, (String, String)> {
    let parsed = || -> Result<Scenario, String> {
        let mut file: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if let Some(Value::Array(steps)) = file.get_mut("steps") {
            *steps = steps.iter().map(variants).collect::<Result<Vec<_>, _>>()?.concat();
        }
        serde_json::from_value(file).map_err(|error| error.to_string())
    };
    let mut scenario = match parsed() {
        Ok(scenario) => scenario,
        Err(problem) => return Err((name, problem)),
    };
    scenario.name = name;
    match scenario.problem().or_else(|| scenario.missing_need(text)) {
        Some(problem) => Err((scenario.name, problem)),
        None => Ok(scenario),
    }
}

/// The steps a step of the file stands for: one for each of its `cases`, and of those one for each of its `modes`.
fn variants(step: &Value) -> Result<Vec<Value>, String> {
    let cases = one_for_each(step, "cases", |case| case.as_object().cloned())?;
    let mode = |mode: &Value| Some(Map::from_iter([("mode".to_owned(), mode.as_str()?.into())]));
    Ok(cases.iter().map(|step| one_for_each(step, "modes", mode)).collect::<Result<Vec<_>, _>>()?.concat())
}

/// The step without `list`, once for each of the list's items with the fields the item stands for.
fn one_for_each(
    step: &Value,
    list: &str,
    fields: impl Fn(&Value) -> Option<Map<String, Value>>,
) -> Result<Vec<Value>, String> {
    let Some(items) = step.get(list) else { return Ok(vec![step.clone()]) };
    let wrong = || format!("`{list}` is not a list of the right things");
    let items = items.as_array().filter(|items| !items.is_empty()).ok_or_else(wrong)?;
    let mut plain = step.as_object().ok_or_else(wrong)?.clone();
    plain.remove(list);
    let one = |item: &Value| {
        let mut step = plain.clone();
        step.extend(fields(item)?);
        Some(Value::from(step))
    };
    items.iter().map(one).collect::<Option<_>>().ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn steps(step: Value) -> Result<Vec<Value>, String> {
        variants(&step)
    }

    #[test]
    fn a_step_with_cases_and_modes_stands_for_all_combinations() {
        let step =
            json!({ "op": "query", "cases": [{ "sql": "a" }, { "sql": "b", "expect": 1 }], "modes": ["x", "y"] });
        let wanted = [
            json!({ "op": "query", "sql": "a", "mode": "x" }),
            json!({ "op": "query", "sql": "a", "mode": "y" }),
            json!({ "op": "query", "sql": "b", "expect": 1, "mode": "x" }),
            json!({ "op": "query", "sql": "b", "expect": 1, "mode": "y" }),
        ];
        assert_eq!(steps(step).unwrap(), wanted);
        assert_eq!(steps(json!({ "op": "rss" })).unwrap(), [json!({ "op": "rss" })]);
        for wrong in [json!({ "cases": [] }), json!({ "modes": "rows" }), json!({ "cases": [1] })] {
            assert!(steps(wrong).is_err());
        }
    }

    #[test]
    fn a_scenario_that_asks_for_what_it_does_not_need_is_refused() {
        let problem = |file: Value| read("name".into(), &file.to_string()).unwrap_err().1;
        let steps = json!([{ "op": "connect", "conn": "c", "options": { "bearer_token": "${token}" } }]);
        assert!(problem(json!({ "about": "x", "needs": ["sql"], "steps": steps })).contains("${token}"));
        assert!(problem(json!({ "about": "x", "needs": ["magic"], "steps": steps })).contains("magic"));
        assert!(problem(json!({ "about": "x", "steps": [{ "op": "sing" }] })).contains("sing"));
        assert!(problem(json!({ "about": "x", "steps": [{ "op": "rss", "expect": "NO_SUCH" }] })).contains("NO_SUCH"));
        assert!(problem(json!({ "about": "x", "step": [] })).contains("step"));
    }
}
