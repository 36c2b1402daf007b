//! Lists and stapled answers (TLS-3).

use super::Zoo;
use tdsec_tests::certificates::{ca, intermediate, leaf, list};

pub(super) fn add(zoo: &mut Zoo) {
    let (revoked, unknown) = (Some("TLS_REVOKED"), Some("TLS_REVOCATION_UNKNOWN"));
    let between = intermediate("between", &zoo.root, |params| params.serial_number = Some(5.into()));
    let below = leaf(&between, |_| {}).with(&[between.pem()]);
    let root_list = |serials: &[u64]| list(&zoo.root, serials, 2100);
    let both = root_list(&[]) + &list(&between, &[], 2100);
    let cases = [
        ("list: the leaf", zoo.good(), root_list(&[77]), "soft", revoked),
        ("list: another number", zoo.good(), root_list(&[78]), "soft", None),
        ("list: the intermediate", below.clone(), root_list(&[5]), "soft", revoked),
        ("list: the leaf, of its own issuer", below.clone(), list(&between, &[77], 2100), "soft", revoked),
        ("list: of a stranger", zoo.good(), list(&ca("stranger"), &[77], 2100), "soft", None),
        ("list: of a namesake", zoo.good(), list(&ca("zoo root"), &[77], 2100), "soft", Some("CRL_FILE_INVALID")),
        ("list: ended, the leaf", zoo.good(), list(&zoo.root, &[77], 2025), "soft", revoked),
        ("list: ended", zoo.good(), list(&zoo.root, &[], 2025), "soft", None),
        ("hard: a list", zoo.good(), root_list(&[]), "hard", None),
        ("hard: lists of the whole chain", below.clone(), both, "hard", None),
        ("hard: a list is missing", below, root_list(&[]), "hard", unknown),
        ("hard: the leaf", zoo.good(), root_list(&[77]), "hard", revoked),
        ("hard: ended", zoo.good(), list(&zoo.root, &[], 2025), "hard", unknown),
        ("hard: of a stranger", zoo.good(), list(&ca("stranger"), &[], 2100), "hard", unknown),
    ];
    let mut made = Vec::new();
    for (name, chain, lists, policy, expected) in cases {
        let case = zoo.case(name, chain, expected).option("tls_revocation", policy).option("tls_crl", lists);
        made.push(case);
    }
    made.into_iter().for_each(|case| zoo.push(case));
    let case = zoo.case("hard: nothing is known", zoo.good(), unknown).option("tls_revocation", "hard");
    zoo.push(case);
    stapled(zoo);
}

fn stapled(zoo: &mut Zoo) {
    let (revoked, unknown) = (Some("TLS_REVOKED"), Some("TLS_REVOCATION_UNKNOWN"));
    let other = ca("zoo root");
    for (at, (name, policy, bad, expected)) in [
        ("stapled: good", "hard", false, None),
        ("stapled: revoked", "soft", true, revoked),
        ("stapled: revoked, hard", "hard", true, revoked),
        ("stapled: revoked, not asked", "off", true, None),
    ]
    .into_iter()
    .enumerate()
    {
        let chain = zoo.good();
        let answer = zoo.workshop.stapled(&format!("answer{at}.der"), &zoo.root, &chain, bad);
        let case = zoo.case(name, chain, expected).option("tls_revocation", policy).staples(answer);
        zoo.push(case);
    }
    for (name, policy, expected) in
        [("stapled: by a namesake", "hard", unknown), ("stapled: revoked, by a namesake", "soft", None)]
    {
        let chain = zoo.good();
        let answer = zoo.workshop.stapled(&format!("namesake-{policy}.der"), &other, &chain, policy == "soft");
        let case = zoo.case(name, chain, expected).option("tls_revocation", policy).staples(answer);
        zoo.push(case);
    }
    let garbage = zoo.workshop.write("garbage.der", "garbage");
    let case = zoo.case("stapled: garbage", zoo.good(), unknown).option("tls_revocation", "hard").staples(garbage);
    zoo.push(case);
}
