//! Everything the library and its dependencies log, at the finest level, on stderr: the leak test reads it.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::Write as _;
use std::sync::OnceLock;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Turns it on for this process.
pub(crate) fn to_stderr() {
    let _ = OUTPUT.set(File::options().append(true).open("/dev/stderr").ok());
    // Setting fails only if it was set before, and this is the first line of `main`.
    let _ = tracing::subscriber::set_global_default(Stderr);
    if log::set_logger(&Stderr).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
}

struct Stderr;

/// Not `std::io::stderr`: its lock may be held by another thread at the moment of a fork, and the child would wait for ever.
static OUTPUT: OnceLock<Option<File>> = OnceLock::new();

fn print(line: &str) {
    if let Some(Some(mut file)) = OUTPUT.get().map(Option::as_ref) {
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}

impl Subscriber for Stderr {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line(format!("span {}", span.metadata().name()));
        span.record(&mut line);
        print(&line.0);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line("record".to_owned());
        values.record(&mut line);
        print(&line.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut line);
        print(&line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

/// At `trace` the WebSocket library logs every frame it sees. Statements and rows are the user's own, and `CREATE TOKEN`
/// is answered by a row that holds a token, so these are left out; what tdsec sends as text is not.
fn is_data(record: &log::Record<'_>) -> bool {
    let line = record.args().to_string();
    record.target().starts_with("tungstenite")
        && (line.starts_with("received frame") || line.starts_with("Received message") || is_binary(&line))
}

fn is_binary(line: &str) -> bool {
    line.contains("opcode: Data(Binary)") || line.contains("opcode: BINARY")
}

impl log::Log for Stderr {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if is_data(record) {
            return;
        }
        print(&format!("{} {} {}", record.level(), record.target(), record.args()));
    }

    fn flush(&self) {}
}
