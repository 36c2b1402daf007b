//! Names and addresses, wildcards, international names, name constraints (TLS-1, TLS-8).

use rcgen::{GeneralSubtree, NameConstraints, SanType};

use super::Zoo;
use tdsec_tests::certificates::{dns, intermediate, ip, leaf};

pub(super) fn add(zoo: &mut Zoo) {
    let mismatch = Some("TLS_NAME_MISMATCH");
    let cases: [(&str, Vec<SanType>, &str, Option<&'static str>); 22] = [
        ("the name", vec![dns("db.example")], "db.example", None),
        ("one of several", vec![dns("a.example"), dns("db.example"), ip("10.0.0.1")], "db.example", None),
        ("asked for in capitals", vec![dns("db.example")], "DB.Example", None),
        ("written in capitals", vec![dns("DB.EXAMPLE")], "db.example", None),
        ("another name", vec![dns("other.example")], "db.example", mismatch),
        ("a part of the name", vec![dns("db.example")], "b.example", mismatch),
        ("longer than the name", vec![dns("db.example.org")], "db.example", mismatch),
        ("no names: the common name does not count", vec![], "db.example", mismatch),
        ("wildcard, one label", vec![dns("*.example.org")], "db.example.org", None),
        ("wildcard, two labels", vec![dns("*.example.org")], "a.db.example.org", mismatch),
        ("wildcard, no label", vec![dns("*.example.org")], "example.org", mismatch),
        ("wildcard in the middle", vec![dns("a.*.example.org")], "a.db.example.org", mismatch),
        ("wildcard for a part of a label", vec![dns("d*.example.org")], "db.example.org", mismatch),
        ("wildcard does not match an address", vec![dns("*.0.0.1")], "10.0.0.1", mismatch),
        ("international", vec![dns("xn--bcher-kva.example")], "b\u{fc}cher.example", None),
        ("international, under a wildcard", vec![dns("*.xn--bcher-kva.example")], "db.b\u{fc}cher.example", None),
        ("another international name", vec![dns("xn--bcher-kva.example")], "bucher.example", mismatch),
        ("IPv4", vec![ip("10.0.0.1")], "10.0.0.1", None),
        ("another IPv4", vec![ip("10.0.0.2")], "10.0.0.1", mismatch),
        ("IPv4 written as a DNS name", vec![dns("10.0.0.1")], "10.0.0.1", mismatch),
        ("IPv6", vec![ip("2001:db8::1")], "2001:db8:0::1", None),
        ("another IPv6", vec![ip("2001:db8::2")], "2001:db8::1", mismatch),
    ];
    for (name, names, asked, expected) in cases {
        let chain = leaf(&zoo.root, |params| params.subject_alt_names = names);
        let case = zoo.case(name, chain, expected).option("tls_server_name", asked);
        zoo.push(case);
    }
    let many = leaf(&zoo.root, |params| {
        params.subject_alt_names =
            (0..500).map(|at| dns(&format!("h{at}.example"))).chain([dns("db.example")]).collect();
    });
    zoo.add("the last of 501 names", many, None);
    for (name, permitted, excluded, expected) in [
        ("constraint: inside what is permitted", vec!["example"], vec![], None),
        ("constraint: outside what is permitted", vec!["other"], vec![], Some("TLS_BAD_CERTIFICATE")),
        ("constraint: inside what is excluded", vec![], vec!["db.example"], Some("TLS_BAD_CERTIFICATE")),
        ("constraint: outside what is excluded", vec![], vec!["other"], None),
    ] {
        let trees = |names: Vec<&str>| names.into_iter().map(|name| GeneralSubtree::DnsName(name.into())).collect();
        let constrained = intermediate("constrained", &zoo.root, |params| {
            let (permitted_subtrees, excluded_subtrees) = (trees(permitted), trees(excluded));
            params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees });
        });
        zoo.add(name, leaf(&constrained, |_| {}).with(&[constrained.pem()]), expected);
    }
}
