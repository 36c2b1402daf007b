//! Events and metrics.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tdsec::event::Field;
use tdsec::observe::{self, Filter, Record, Subscription};

/// How long the driver waits for the events of a step.
const PATIENCE: Duration = Duration::from_secs(10);

/// To what the step names; everything if it names nothing.
pub(crate) fn subscribe(step: &Value) -> tdsec::Result<Subscription> {
    let names = step["names"].as_array().into_iter().flatten().filter_map(Value::as_str);
    Filter::read(names, step["severity"].as_str(), None).map(observe::subscribe)
}

/// The events that have come, at least as many as the step counts if they come in time.
pub(crate) async fn events(subscription: &Subscription, step: &Value) -> tdsec::Result<Value> {
    let count = step["count"].as_u64().unwrap_or(0);
    let mut events = Vec::new();
    while (events.len() as u64) < count {
        match tokio::time::timeout(PATIENCE, subscription.next()).await {
            Ok(record) => events.push(shown(&record?)),
            Err(_) => break,
        }
    }
    while let Some(record) = subscription.try_next()? {
        events.push(shown(&record));
    }
    Ok(json!({ "events": events }))
}

fn shown(record: &Record) -> Value {
    let value = |field: &Field| match field {
        Field::Integer(number) => json!(number),
        Field::Real(number) => json!(number),
        Field::Bool(value) => json!(value),
        other => json!(other.to_string()),
    };
    let fields: Map<String, Value> =
        record.fields().iter().map(|(name, field)| ((*name).to_owned(), value(field))).collect();
    json!({ "name": record.name().name(), "severity": record.severity().name(), "fields": fields })
}

/// The value of every series that the step names; null for one that is not there.
pub(crate) fn metrics(step: &Value) -> Value {
    let text = observe::prometheus();
    let value = |series: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.and_then(|number| number.parse::<f64>().ok())
    };
    let series = step["series"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let values: Vec<Value> = series.map(|series| json!(value(series))).collect();
    match step["text"] == true {
        true => json!({ "values": values, "text": text }),
        false => json!({ "values": values }),
    }
}
