#![allow(clippy::unwrap_used)]

use super::*;

fn with(rule: &str) -> Faults {
    let faults = Faults::default();
    faults.add(serde_json::from_str(rule).unwrap()).unwrap();
    faults
}

fn fires(faults: &Faults, action: &str, sql: Option<&str>) -> bool {
    faults.pick(&Subject { action, sql }).is_some()
}

#[test]
fn a_rule_fires_once_on_the_nth_match_of_its_group() {
    let faults = with(r#"{"when":{"action":"query","sql_contains":"INSERT","nth":2},"do":{"kind":"drop_after"}}"#);
    assert!(!fires(&faults, "conn", None));
    assert!(!fires(&faults, "query", Some("insert into t")));
    assert!(!fires(&faults, "binary_query", Some("select 1")));
    assert!(fires(&faults, "binary_query", Some("insert into t")));
    assert!(!fires(&faults, "binary_query", Some("insert into t")));
}

#[test]
fn any_means_requests_but_not_the_handshake() {
    let faults = with(r#"{"when":{"count":0},"do":{"kind":"no_answer"}}"#);
    assert!(!fires(&faults, "accept", None));
    assert!(fires(&faults, "version", None));
    assert!(fires(&faults, "fetch_raw_block", None));
    faults.clear();
    assert!(!fires(&faults, "version", None));
}

#[test]
fn the_rate_limit_refuses_what_is_beyond_it() {
    let faults = with(r#"{"when":{"action":"query"},"do":{"kind":"rate_limit","per_s":2}}"#);
    let refused = (0..5).filter(|_| fires(&faults, "query", None)).count();
    assert_eq!(refused, 3);
}

#[test]
fn probability_is_kept_and_repeats() {
    let rule = r#"{"when":{"count":0,"probability":0.25},"do":{"kind":"no_answer"}}"#;
    let run = || {
        let faults = with(rule);
        (0..1000).map(|_| fires(&faults, "query", None)).collect::<Vec<_>>()
    };
    let hits = run().iter().filter(|hit| **hit).count();
    assert!((200..300).contains(&hits), "{hits}");
    assert_eq!(run(), run());
}

#[test]
fn bad_rules_are_refused() {
    let refused = [
        r#"{"when":{"acton":"query"},"do":{"kind":"reset"}}"#,
        r#"{"when":{"action":"quer"},"do":{"kind":"reset"}}"#,
        r#"{"do":{"kind":"reset","ms":1}}"#,
        r#"{"do":{"kind":"delay"}}"#,
        r#"{"do":{"kind":"explode"}}"#,
        r#"{"when":{"nth":0},"do":{"kind":"reset"}}"#,
        r#"{"when":{"probability":2},"do":{"kind":"reset"}}"#,
        r#"{"do":{"kind":"slow_read","bytes_per_s":0}}"#,
        r#"{"do":{"kind":"replace"}}"#,
        r#"{"do":{"kind":"replace","hex":"0g"}}"#,
        r#"{"do":{"kind":"replace","hex":"00","req_id_at":0}}"#,
    ];
    for text in refused {
        let added = serde_json::from_str(text).map_err(|error| error.to_string());
        assert!(added.and_then(|rule| Faults::default().add(rule)).is_err(), "{text}");
    }
}
