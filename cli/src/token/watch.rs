//! A live rotation, as the events of a pool tell it.

use std::io::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use tdsec::event::Field;
use tdsec::observe::{Filter, Record, subscribe};
use tdsec::{Config, Error, Pool, blocking, source};

use crate::output::{Report, date};

/// Prints every event as it comes: a line for people, for programs a JSON object per line with the names of the languages' events.
pub(super) fn watch(config: &Config, source: &str, span: Option<Duration>, as_json: bool) -> Result<Report, Error> {
    let source = source::parse(source)?;
    blocking::wait(async {
        let events = subscribe(Filter::default());
        let pool = Pool::new(config, Some(source))?;
        let end = tokio::time::Instant::now() + span.unwrap_or(Duration::from_secs(u32::MAX.into()));
        let mut count = 0u64;
        while let Ok(Ok(record)) = tokio::time::timeout_at(end, events.next()).await {
            count += 1;
            let line = if as_json { format!("{}", facts(&record)) } else { told(&record) };
            if writeln!(std::io::stdout(), "{line}").is_err() {
                break;
            }
        }
        let status = pool.status();
        pool.close(Duration::from_secs(5)).await;
        let text = format!("generation {}, {count} events\n", status.generation);
        Ok(Report {
            text,
            json: json!({ "generation": status.generation, "events": count }),
            well: status.generation > 0,
        })
    })
}

fn told(record: &Record) -> String {
    let fields = record.fields().iter().filter(|(name, _)| *name != "pool");
    let fields: Vec<String> = fields.map(|(name, value)| format!("{name}={value}")).collect();
    let at = date(i64::try_from(record.since_epoch().as_secs()).unwrap_or(i64::MAX));
    format!("{at}  {:7}  {:22}  {}", record.severity().name(), record.name().name(), fields.join(" "))
}

fn facts(record: &Record) -> Value {
    let fields: serde_json::Map<String, Value> =
        record.fields().iter().map(|(name, value)| ((*name).to_owned(), typed(value))).collect();
    let at = record.since_epoch();
    let second = date(i64::try_from(at.as_secs()).unwrap_or(i64::MAX));
    json!({
        "name": record.name().name(),
        "severity": record.severity().name(),
        "time": format!("{}.{:03}Z", second.trim_end_matches('Z'), at.subsec_millis()),
        "fields": fields,
        "text": record.to_string(),
    })
}

/// As docs/events.md types it.
fn typed(value: &Field) -> Value {
    match value {
        Field::Integer(number) => (*number).into(),
        Field::Real(number) => (*number).into(),
        Field::Bool(flag) => (*flag).into(),
        text => text.to_string().into(),
    }
}
