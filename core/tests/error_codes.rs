//! `tests/vectors/error_codes.json` is the table of error codes; every language compares what it shows with that file.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use serde::Serialize;
use tdsec::ErrorCode;

#[derive(Serialize)]
struct Row {
    number: u32,
    name: &'static str,
    kind: &'static str,
    retry: &'static str,
    cause: &'static str,
    remedy: &'static str,
}

#[test]
fn the_data_file_of_error_codes_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/error_codes.json");
    let wanted = table();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == wanted, "differs: run UPDATE=1 cargo test -p tdsec-core --test error_codes");
}

/// One code a line, so that a change of one is a change of one line.
fn table() -> String {
    let row = |code: &ErrorCode| {
        let row = Row {
            number: code.number(),
            name: code.name(),
            kind: code.kind().name(),
            retry: code.retry().name(),
            cause: code.cause(),
            remedy: code.remedy(),
        };
        serde_json::to_string(&row).unwrap()
    };
    let rows: Vec<String> = ErrorCode::ALL.iter().map(row).collect();
    format!("[\n{}\n]\n", rows.join(",\n"))
}
