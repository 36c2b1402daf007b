//! Beginnings and ends (TLS-1).

use rcgen::date_time_ymd;

use super::Zoo;
use tdsec_tests::certificates::{ca_with, intermediate, leaf};

pub(super) fn add(zoo: &mut Zoo) {
    let now = time::OffsetDateTime::now_utc();
    let hour = time::Duration::hours(1);
    let expired = Some("TLS_EXPIRED");
    let early = Some("TLS_NOT_YET_VALID");
    for (name, from, to, expected) in [
        ("ends in an hour", date_time_ymd(2024, 1, 1), now + hour, None),
        ("ended an hour ago", date_time_ymd(2024, 1, 1), now - hour, expired),
        ("ended years ago", date_time_ymd(2000, 1, 1), date_time_ymd(2001, 1, 1), expired),
        ("ends in the year 9999", date_time_ymd(2024, 1, 1), date_time_ymd(9999, 12, 31), None),
        ("began an hour ago", now - hour, date_time_ymd(2100, 1, 1), None),
        ("begins in an hour", now + hour, date_time_ymd(2100, 1, 1), early),
        ("begins in decades", date_time_ymd(2090, 1, 1), date_time_ymd(2100, 1, 1), early),
    ] {
        let chain = leaf(&zoo.root, |params| (params.not_before, params.not_after) = (from, to));
        zoo.add(name, chain, expected);
    }
    let ended = intermediate("old", &zoo.root, |params| params.not_after = date_time_ymd(2025, 1, 1));
    zoo.add("the intermediate has ended", leaf(&ended, |_| {}).with(&[ended.pem()]), expired);
    let later = intermediate("new", &zoo.root, |params| params.not_before = date_time_ymd(2090, 1, 1));
    zoo.add("the intermediate begins in decades", leaf(&later, |_| {}).with(&[later.pem()]), early);
    // A root is trusted because somebody says so: its own end is not looked at (RFC 5280 §6.1).
    let root = ca_with("old root", rcgen::KeyPair::generate().expect("a key"), |params| {
        params.not_after = date_time_ymd(2025, 1, 1);
    });
    let case = zoo.case("the root has ended", leaf(&root, |_| {}), None).option("tls_ca", root.pem());
    zoo.push(case);
}
