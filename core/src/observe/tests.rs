#![allow(clippy::unwrap_used)]
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::hub::Hub;
use super::*;
use crate::error::ErrorCode;
use crate::event::{EventName, Field};

const PATIENCE: Duration = Duration::from_secs(10);

fn of_pool(name: EventName, pool: &str) -> Event {
    Event::new(name).with("pool", pool)
}

fn hub() -> Arc<Hub> {
    Arc::new(Hub::new(std::process::id()))
}

fn subscription(hub: &Arc<Hub>, filter: Filter) -> Subscription {
    Subscription::new(filter, Some(Arc::clone(hub)))
}

fn names(subscription: &Subscription) -> Vec<&'static str> {
    std::iter::from_fn(|| subscription.try_next().unwrap()).map(|record| record.name().name()).collect()
}

#[test]
fn a_subscriber_hears_what_is_told_after_it_came_and_when_it_happened() {
    tell(of_pool(EventName::RotationStarted, "hears"));
    let subscription = subscribe(Filter::new().pool("hears"));
    let before = SystemClock.now().wall;
    tell(of_pool(EventName::RotationPromoted, "hears").with("generation", 2_u64));
    let record = subscription.next_timeout(PATIENCE).unwrap().unwrap();
    assert_eq!(record.name(), EventName::RotationPromoted);
    assert_eq!(record.event().field("generation"), Some(&Field::Integer(2)));
    assert!(before <= record.since_epoch() && record.since_epoch() <= SystemClock.now().wall);
    assert!(subscription.try_next().unwrap().is_none());
}

#[test]
fn filters_by_name_group_severity_and_pool() {
    let hub = hub();
    let named = subscription(&hub, Filter::read(["rotation.*", "token.expired"], None, None).unwrap());
    let severe = subscription(&hub, Filter::read([], Some("error"), None).unwrap());
    let pool = subscription(&hub, Filter::read([], None, Some("b")).unwrap());
    for (name, of) in [
        (EventName::RotationPromoted, "a"),
        (EventName::TokenExpired, "b"),
        (EventName::TokenFetched, "a"),
        (EventName::RotationRolledBack, "b"),
    ] {
        hub.tell(&of_pool(name, of));
    }
    hub.tell(&Event::new(EventName::FileUnusable));
    assert_eq!(names(&named), ["rotation.promoted", "token.expired", "rotation.rolled_back"]);
    assert_eq!(names(&severe), ["token.expired", "rotation.rolled_back"]);
    assert_eq!(names(&pool), ["token.expired", "rotation.rolled_back"]);
}

#[test]
fn a_name_that_no_event_has_is_refused_with_the_nearest() {
    for wrong in ["rotation.promotd", "rotation", "*", "nothing.*", ""] {
        let error = Filter::read([wrong], None, None).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{wrong}");
    }
    let error = Filter::read(["rotation.promotd"], None, None).unwrap_err();
    assert!(error.message().contains("did you mean rotation.promoted?"), "{error}");
    assert_eq!(Filter::read([], Some("fatal"), None).unwrap_err().code(), ErrorCode::InvalidArgument);
}

#[test]
fn who_reads_too_slowly_loses_the_oldest_and_is_told_how_many() {
    let hub = hub();
    let slow = subscription(&hub, Filter::new().name(EventName::TokenFetched));
    for number in 0..QUEUE_LENGTH + 3 {
        hub.tell(&of_pool(EventName::TokenFetched, "p").with("generation", number));
    }
    let lost = slow.try_next().unwrap().unwrap();
    assert_eq!((lost.name(), lost.event().field("count")), (EventName::EventsLost, Some(&Field::Integer(3))));
    let first = slow.try_next().unwrap().unwrap();
    assert_eq!(first.event().field("generation"), Some(&Field::Integer(3)));
    assert_eq!(names(&slow).len(), QUEUE_LENGTH - 1);
    assert!(hub.prometheus().contains("tdsec_events_lost_total 3\n"));
}

#[test]
fn a_closed_subscription_gives_what_had_arrived_and_then_ends() {
    let hub = hub();
    let subscription = subscription(&hub, Filter::new());
    hub.tell(&of_pool(EventName::TokenFetched, "p"));
    subscription.close();
    hub.tell(&of_pool(EventName::TokenFetched, "p"));
    assert!(subscription.try_next().unwrap().is_some());
    assert_eq!(subscription.try_next().unwrap_err().code(), ErrorCode::Closed);
    assert_eq!(subscription.next_timeout(PATIENCE).unwrap_err().code(), ErrorCode::Closed);
}

#[test]
fn closing_ends_every_wait() {
    let hub = hub();
    let subscription = Arc::new(subscription(&hub, Filter::new()));
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let subscription = Arc::clone(&subscription);
            std::thread::spawn(move || subscription.next_timeout(PATIENCE * 6).unwrap_err().code())
        })
        .collect();
    subscription.close();
    for thread in waiting {
        assert_eq!(thread.join().unwrap(), ErrorCode::Closed);
    }
}

#[tokio::test]
async fn tasks_wait_for_events_and_a_dropped_wait_loses_none() {
    let hub = hub();
    let subscription = Arc::new(subscription(&hub, Filter::new()));
    let dropped = tokio::time::timeout(Duration::from_millis(1), subscription.next()).await;
    assert!(dropped.is_err());
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let subscription = Arc::clone(&subscription);
            tokio::spawn(async move { subscription.next().await.unwrap().name() })
        })
        .collect();
    tokio::task::yield_now().await;
    hub.tell(&of_pool(EventName::TokenFetched, "p"));
    hub.tell(&of_pool(EventName::TokenRetired, "p"));
    let mut heard = Vec::new();
    for task in tasks {
        heard.push(tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap().name());
    }
    heard.sort_unstable();
    assert_eq!(heard, ["token.fetched", "token.retired"]);
}

#[tokio::test]
async fn who_was_told_of_an_arrival_and_left_keeps_nobody_from_it() {
    let hub = hub();
    let subscription = Arc::new(subscription(&hub, Filter::new()));
    hub.tell(&of_pool(EventName::TokenFetched, "p"));
    subscription.arrived().await.unwrap();
    let next = tokio::time::timeout(PATIENCE, subscription.next()).await.unwrap().unwrap();
    assert_eq!(next.name(), EventName::TokenFetched);
    let waiting = Arc::clone(&subscription);
    let waiting = tokio::spawn(async move { waiting.arrived().await.unwrap_err().code() });
    tokio::task::yield_now().await;
    subscription.close();
    assert_eq!(tokio::time::timeout(PATIENCE, waiting).await.unwrap().unwrap(), ErrorCode::Closed);
}

#[test]
fn the_bell_rings_when_the_first_event_comes_into_an_empty_queue() {
    let hub = hub();
    let subscription = subscription(&hub, Filter::new());
    let (rings, heard) = mpsc::channel();
    hub.tell(&of_pool(EventName::TokenFetched, "p"));
    subscription.on_arrival(move || {
        let _ = rings.send(());
    });
    assert_eq!(heard.try_iter().count(), 1, "one was there already");
    hub.tell(&of_pool(EventName::TokenFetched, "p"));
    assert_eq!(heard.try_iter().count(), 0);
    assert_eq!(names(&subscription).len(), 2);
    hub.tell(&of_pool(EventName::TokenFetched, "p"));
    assert_eq!(heard.try_iter().count(), 1);
}

#[test]
fn a_listener_may_tell_subscribe_and_be_dropped_inside_of_its_call() {
    let kept: Arc<std::sync::Mutex<Option<Listener>>> = Arc::default();
    let (calls, heard) = mpsc::channel();
    let own = Arc::clone(&kept);
    let listener = listen(Filter::new().pool("inside"), move |record| {
        tell(of_pool(EventName::TokenRetired, "elsewhere"));
        drop(subscribe(Filter::new()));
        own.lock().unwrap().take();
        calls.send(record.name()).unwrap();
    });
    *kept.lock().unwrap() = Some(listener.unwrap());
    tell(of_pool(EventName::TokenFetched, "inside"));
    tell(of_pool(EventName::TokenFetched, "inside"));
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(EventName::TokenFetched));
    assert!(heard.recv_timeout(PATIENCE).is_err(), "the function is gone after the call that dropped it");
}

#[test]
fn a_dropped_listener_has_heard_everything_and_hears_no_more() {
    let (calls, heard) = mpsc::channel();
    let listener = listen(Filter::new().pool("dropped"), move |record| {
        calls.send(record.name()).unwrap();
        assert_ne!(record.name(), EventName::TokenExpired, "a panic ends nothing");
    })
    .unwrap();
    let told = [EventName::TokenFetched, EventName::TokenExpired, EventName::TokenRetired];
    told.into_iter().for_each(|name| tell(of_pool(name, "dropped")));
    drop(listener);
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), told);
    tell(of_pool(EventName::TokenFetched, "dropped"));
    assert_eq!(heard.try_iter().count(), 0);
}

#[test]
fn telling_never_waits_for_a_listener() {
    let (go, wait) = mpsc::channel::<()>();
    let listener = listen(Filter::new().pool("slow"), move |_| {
        let _ = wait.recv();
    })
    .unwrap();
    let began = Instant::now();
    for _ in 0..5 * QUEUE_LENGTH {
        tell(of_pool(EventName::TokenFetched, "slow"));
    }
    assert!(began.elapsed() < PATIENCE);
    drop(go);
    drop(listener);
}

#[test]
fn counters_follow_from_the_events() {
    let hub = hub();
    let opened = || of_pool(EventName::ConnectionOpened, "p").with("endpoint", "db:6041");
    hub.tell(&opened().with("reconnect", false));
    hub.tell(&opened().with("reconnect", true));
    hub.tell(&Event::new(EventName::ConnectionFailed).with("endpoint", "db:6041").with("code", "TLS_EXPIRED"));
    hub.tell(&of_pool(EventName::RotationPromoted, "p"));
    hub.tell(&of_pool(EventName::RotationRolledBack, "p"));
    hub.tell(&of_pool(EventName::SourceFailed, "p").with("source", "nacos"));
    hub.metrics.count_handshake(Handshake::Resumed);
    let text = hub.prometheus();
    for line in [
        r#"tdsec_connections_opened_total{pool="p",endpoint="db:6041"} 2"#,
        r#"tdsec_reconnects_total{pool="p",endpoint="db:6041"} 1"#,
        r#"tdsec_connection_failures_total{pool="",endpoint="db:6041",code="TLS_EXPIRED"} 1"#,
        r#"tdsec_rotations_total{pool="p",outcome="promoted"} 1"#,
        r#"tdsec_rotations_total{pool="p",outcome="rolled_back"} 1"#,
        r#"tdsec_source_failures_total{pool="p",source="nacos"} 1"#,
        r#"tdsec_tls_handshakes_total{kind="resumed"} 1"#,
        r#"tdsec_tls_handshakes_total{kind="full"} 0"#,
        r#"tdsec_events_total{name="connection.opened"} 2"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}

#[test]
fn a_program_with_a_pool_for_every_customer_does_not_fill_the_collector() {
    let hub = hub();
    for customer in 0..2000 {
        hub.tell(&of_pool(EventName::TokenFetched, &format!("customer {customer}")).with("source", "file"));
    }
    let text = hub.prometheus();
    let series = text.lines().filter(|line| line.starts_with("tdsec_tokens_fetched_total{")).count();
    assert_eq!(series, 1001);
    assert!(text.contains(r#"tdsec_tokens_fetched_total{pool="other",source="other"} 1000"#));
}

struct Fixed(PoolGauges);

impl Gauges for Fixed {
    fn read(&self) -> Option<PoolGauges> {
        // Whoever is asked may use the hub.
        register(Weak::<Fixed>::new());
        Some(self.0.clone())
    }
}

fn gauges(pool: &str) -> Arc<Fixed> {
    let endpoints = vec![EndpointGauges { endpoint: "db:6041".into(), up: true, connections: 3 }];
    Arc::new(Fixed(PoolGauges {
        pool: pool.into(),
        idle: 1,
        in_use: 2,
        opening: 0,
        waiting: 4,
        max_size: 10,
        generation: Some(7),
        token_seconds_left: Some(90.5),
        endpoints,
    }))
}

#[test]
fn pools_are_measured_while_they_live_and_those_of_one_name_together() {
    let hub = hub();
    let (first, second) = (gauges("p"), gauges("p"));
    for pool in [&first, &second] {
        hub.register(Arc::downgrade(pool) as Weak<dyn Gauges>);
    }
    let text = hub.prometheus();
    for line in [
        r#"tdsec_pool_connections{pool="p",state="idle"} 2.0"#,
        r#"tdsec_pool_waiting{pool="p"} 8.0"#,
        r#"tdsec_pool_max{pool="p"} 20.0"#,
        r#"tdsec_token_seconds_left{pool="p"} 90.5"#,
        r#"tdsec_endpoint_up{pool="p",endpoint="db:6041"} 1.0"#,
    ] {
        assert_eq!(text.lines().filter(|found| *found == line).count(), 1, "{line} is not in\n{text}");
    }
    drop((first, second));
    assert!(!hub.prometheus().contains("tdsec_pool_waiting"));
}

#[test]
fn days_left_are_of_the_certificates_seen_last() {
    let hub = hub();
    let now = i64::try_from(SystemClock.now().wall.as_secs()).unwrap();
    let expiry = |name: &str, days: i64| Expiry { fingerprint: name.into(), not_after: now + days * 86_400 + 3600 };
    hub.saw_certificates("db:6041", "server", vec![expiry("old", 3), expiry("ca", 400)]);
    hub.saw_certificates("db:6041", "server", vec![expiry("new", 90), expiry("ca", 400)]);
    let text = hub.prometheus();
    let days = |fingerprint: &str| -> Option<f64> {
        let label = format!("fingerprint=\"{fingerprint}\"}} ");
        text.lines().find_map(|line| line.split_once(&label)).map(|(_, value)| value.parse().unwrap())
    };
    assert_eq!(days("old"), None);
    assert_eq!((days("new").map(f64::floor), days("ca").map(f64::floor)), (Some(90.0), Some(400.0)));
}

#[test]
fn labels_are_escaped_and_stay_on_their_line() {
    let hub = hub();
    hub.tell(&of_pool(EventName::TokenFetched, "a\"b\\c\nd"));
    let text = hub.prometheus();
    assert!(text.contains(r#"tdsec_tokens_fetched_total{pool="a\"b\\c d",source=""} 1"#), "{text}");
}

/// One of everything.
fn sample() -> String {
    let hub = hub();
    for name in EventName::ALL {
        hub.tell(&Event::new(*name).with_some("reconnect", name.fields().contains(&"reconnect").then_some(true)));
    }
    hub.metrics.count_acquire("p", Duration::from_millis(3));
    let pool = gauges("p");
    hub.register(Arc::downgrade(&pool) as Weak<dyn Gauges>);
    hub.saw_certificates("db:6041", "server", vec![Expiry { fingerprint: "f".into(), not_after: 0 }]);
    hub.prometheus()
}

/// Name, type, help and labels of every metric.
fn described() -> BTreeMap<String, (String, String, Vec<String>)> {
    let text = sample();
    let mut metrics = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# HELP ")) {
        let (name, help) = line.split_once(' ').unwrap();
        let kind = text.lines().find_map(|line| line.strip_prefix(&format!("# TYPE {name} "))).unwrap();
        let is_sample =
            |line: &&str| line.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()));
        let first = text.lines().find(is_sample).unwrap_or_else(|| panic!("{name} has no sample in\n{text}"));
        let labels = first.split_once('{').map(|(_, rest)| rest.split_once('}').unwrap().0).unwrap_or_default();
        let labels = labels.split(',').filter_map(|label| label.split_once('=')).map(|(label, _)| label.to_owned());
        let labels = labels.filter(|label| label != "le").collect();
        assert!(metrics.insert(name.to_owned(), (kind.to_owned(), help.to_owned(), labels)).is_none(), "{name} twice");
    }
    metrics
}

#[test]
fn metrics_are_named_as_prometheus_asks() {
    for (name, (kind, help, labels)) in described() {
        assert!(name.starts_with("tdsec_"), "{name}");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
        assert!(help.ends_with('.') && !help.ends_with(".."), "{name}: {help}");
        for label in labels {
            assert!(label.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}: {label}");
        }
    }
}

const HEAD: &str = "\
# Metrics

<!-- Generated from core/src/observe: UPDATE_DOCS=1 cargo test -p tdsec-core -->

What a Prometheus reads: `tdsec::observe::prometheus()`, `tdsec_metrics`, `tdsec.metrics()`, `metrics()` give the text (format
0.0.4, may be appended to the program's own), `serve`, `tdsec_metrics_serve`, `tdsec.serve_metrics()`, `serveMetrics()` serve it
at `/metrics`, on loopback unless asked otherwise. One set for the process; a forked child begins with nothing counted.

Most counters follow from the [events](events.md). The label `pool` is empty for connections of no pool. A metric has at most 1000
series, further ones are counted together as `other`. No label holds a token: fingerprints are of certificates.

What is worth an alert of a pool with a token source: `absent(tdsec_token_seconds_left{pool=\"…\"})`, because no token is in use then, and a rise of `tdsec_events` with
the names `token.refused`, `token.expired` and `rotation.rolled_back`. What those mean: [rotation.md](rotation.md).

| Metric | Type | What it says | Labels |
|---|---|---|---|
";

#[test]
fn docs_metrics_md_is_up_to_date() {
    let mut wanted = String::from(HEAD);
    for (name, (kind, help, labels)) in described() {
        let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        writeln!(wanted, "| `{name}` | {kind} | {} | {} |", help.trim_end_matches('.'), labels.join(" ")).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == wanted, "docs/metrics.md differs: run UPDATE_DOCS=1 cargo test -p tdsec-core");
}

async fn ask(server: &Server, head: &str) -> String {
    let mut tcp = TcpStream::connect(server.address()).await.unwrap();
    tcp.write_all(format!("{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, tcp.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

#[tokio::test]
async fn serves_metrics_and_nothing_else() {
    let server = serve("localhost:0", Exposure::Loopback).await.unwrap();
    let answer = ask(&server, "GET /metrics HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("content-type: text/plain; version=0.0.4"), "{answer}");
    assert!(answer.contains("# TYPE tdsec_tls_handshakes_total counter\n"), "{answer}");
    assert!(ask(&server, "GET / HTTP/1.1").await.starts_with("HTTP/1.1 404 "));
    assert!(ask(&server, "POST /metrics HTTP/1.1").await.starts_with("HTTP/1.1 405 "));
    assert!(
        ask(&server, &format!("GET /metrics HTTP/1.1\r\nX: {}", "x".repeat(64 << 10))).await.starts_with("HTTP/1.1 4")
    );
}

#[tokio::test]
async fn a_dropped_server_gives_its_port_back() {
    let server = serve("127.0.0.1:0", Exposure::Loopback).await.unwrap();
    let address = server.address();
    let taken = serve(&address.to_string(), Exposure::Loopback).await.unwrap_err();
    assert_eq!(taken.code(), ErrorCode::ListenFailed);
    let mut idle = TcpStream::connect(address).await.unwrap();
    drop(server);
    // The open connection ends too.
    assert!(matches!(tokio::time::timeout(PATIENCE, idle.read(&mut [0; 1])).await.unwrap(), Ok(0) | Err(_)));
    serve(&address.to_string(), Exposure::Loopback).await.unwrap();
}

#[tokio::test]
async fn what_others_can_reach_is_served_only_if_asked_for() {
    for address in ["0.0.0.0:0", "[::]:0", "9464", "db.example:9464"] {
        assert_eq!(
            serve(address, Exposure::Loopback).await.unwrap_err().code(),
            ErrorCode::InvalidArgument,
            "{address}"
        );
    }
    assert!(serve("0.0.0.0:0", Exposure::DangerAnyAddress).await.is_ok());
}
