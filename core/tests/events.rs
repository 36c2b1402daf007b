//! `tests/vectors/events.json` is the table of events; every language compares what it shows with that file.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use serde::Serialize;
use tdsec::EventName;

#[derive(Serialize)]
struct Row {
    name: &'static str,
    severity: &'static str,
    sentence: &'static str,
    fields: &'static [&'static str],
}

#[test]
fn the_data_file_of_events_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/events.json");
    let row = |event: &EventName| {
        let (name, severity) = (event.name(), event.severity().name());
        serde_json::to_string(&Row { name, severity, sentence: event.sentence(), fields: event.fields() }).unwrap()
    };
    // One event a line, so that a change of one is a change of one line.
    let rows: Vec<String> = EventName::ALL.iter().map(row).collect();
    let wanted = format!("[\n{}\n]\n", rows.join(",\n"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == wanted, "differs: run UPDATE=1 cargo test -p tdsec-core --test events");
}
