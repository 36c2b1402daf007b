//! `docs/events.md`, written from the table of events (OPS-1).

use std::fmt::Write as _;

use super::{EventName, FIELDS};

const HEAD: &str = "\
# Events

<!-- Generated from core/src/event/names.rs: UPDATE_DOCS=1 cargo test -p tdsec-core -->

What the library tells its operator. Names and fields are the same in every language; a name is never changed. No event carries
a token, a password or a key: fingerprints stand for them.

| Language | Subscribe | Log |
|---|---|---|
| Rust | `tdsec::observe::subscribe`, `listen` | `tracing`, target `tdsec` |
| C | `tdsec_events_new`, `tdsec_events_next` | `tdsec_log_set_callback` |
| Python | `tdsec.subscribe()`, `tdsec.aio.subscribe()` | `logging`, logger `tdsec` |
| Node | `subscribe()` | `setLogger(console)` |

A subscription holds 1024 events; whoever reads slower gets `events.lost` with the number of those thrown away, whatever it
subscribed to. Nothing in the library ever waits for a listener. What is counted of them: [metrics.md](metrics.md). What a pool
does when its token changes: [rotation.md](rotation.md).

| Event | Severity | What it says | Fields |
|---|---|---|---|
";

/// The text of `docs/events.md`.
pub fn events_markdown() -> String {
    let mut text = String::from(HEAD);
    // Writing to a String cannot fail.
    for event in EventName::ALL {
        let fields: Vec<String> = event.fields().iter().map(|field| format!("`{field}`")).collect();
        let (name, severity, sentence) = (event.name(), event.severity().name(), event.sentence());
        let _ = writeln!(text, "| `{name}` | {severity} | {sentence} | {} |", fields.join(" "));
    }
    text.push_str("\n## Fields\n\n| Field | Type | Meaning |\n|---|---|---|\n");
    for (name, kind, meaning) in FIELDS {
        let _ = writeln!(text, "| `{name}` | {kind} | {meaning} |");
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    #[test]
    fn docs_events_md_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/events.md");
        let wanted = events_markdown();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == wanted, "docs/events.md differs: run UPDATE_DOCS=1 cargo test -p tdsec-core");
    }
}
