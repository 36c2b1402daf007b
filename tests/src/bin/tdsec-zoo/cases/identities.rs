//! Client certificates (TLS-7, ID-1).

use rcgen::{ExtendedKeyUsagePurpose as Purpose, date_time_ymd};

use super::{Case, Zoo};
use tdsec_tests::certificates::{Ca, Chain, ca, leaf};

pub(super) fn add(zoo: &mut Zoo) {
    let clients = ca("clients");
    let demanded = zoo.workshop.write("clients.pem", clients.pem());
    let stranger = ca("stranger");
    let (good, other) = (client(&clients, |_| {}), client(&clients, |_| {}));
    let shown = |case: Case, chain: &Chain, key: &str| {
        case.option("tls_cert", chain.certificates.clone()).option("tls_key", key)
    };
    let required = Some("TLS_CLIENT_CERTIFICATE_REQUIRED");
    let refused = Some("TLS_CLIENT_CERTIFICATE_REFUSED");
    let ended = client(&clients, |params| params.not_after = date_time_ymd(2025, 1, 1));
    let for_servers = client(&clients, |params| params.extended_key_usages = vec![Purpose::ServerAuth]);
    let cases = [
        ("demanded, shown beside a token", Some((&good, &good.key)), None),
        ("demanded, not shown", None, required),
        ("demanded, of a stranger's CA", Some((&client(&stranger, |_| {}), &String::new())), refused),
        ("demanded, for servers only", Some((&for_servers, &for_servers.key)), refused),
        ("ended", Some((&ended, &ended.key)), Some("CLIENT_CERTIFICATE_EXPIRED")),
        ("the key of another", Some((&good, &other.key)), Some("CERTIFICATE_KEY_MISMATCH")),
    ];
    for (name, shows, expected) in cases {
        let case = zoo.case(name, zoo.good(), expected).demands(demanded.clone());
        let case = match shows {
            Some((chain, key)) => shown(case, chain, if key.is_empty() { &chain.key } else { key }),
            None => case,
        };
        zoo.push(case);
    }
    let case = zoo.case("not demanded, shown all the same", zoo.good(), None);
    zoo.push(shown(case, &good, &good.key));
    let case = zoo.case("beside a password", zoo.good(), Some("CREDENTIAL_CONFLICT")).demands(demanded);
    let mut case = shown(case, &good, &good.key).option("user", "root").option("password", "taosdata");
    case.token = false;
    zoo.push(case);
}

fn client(issuer: &Ca, change: impl FnOnce(&mut rcgen::CertificateParams)) -> Chain {
    leaf(issuer, |params| {
        params.subject_alt_names.clear();
        params.extended_key_usages = vec![Purpose::ClientAuth];
        change(params);
    })
}
