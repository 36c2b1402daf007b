//! Chains, purposes, CA flags, version 1 (TLS-1, TLS-11).

use rcgen::{BasicConstraints, CertifiedIssuer, ExtendedKeyUsagePurpose as Purpose, IsCa, KeyPair};

use super::Zoo;
use tdsec_tests::certificates::{Chain, ca, intermediate, leaf, self_signed};

pub(super) fn add(zoo: &mut Zoo) {
    let untrusted = Some("TLS_UNTRUSTED_ROOT");
    let one = intermediate("first", &zoo.root, |_| {});
    let two = intermediate("second", &one, |_| {});
    let below = leaf(&two, |_| {});
    let stranger = ca("stranger");
    zoo.add("directly below the root", zoo.good(), None);
    zoo.add("one intermediate", leaf(&one, |_| {}).with(&[one.pem()]), None);
    zoo.add("two intermediates", below.clone().with(&[two.pem(), one.pem()]), None);
    zoo.add("two intermediates, out of order", below.clone().with(&[one.pem(), two.pem()]), None);
    zoo.add("the root is sent too", zoo.good().with(&[zoo.root.pem()]), None);
    zoo.add("a stranger is sent too", zoo.good().with(&[stranger.pem()]), None);
    zoo.add("an intermediate is missing", below.with(&[one.pem()]), untrusted);
    zoo.add("every intermediate is missing", leaf(&one, |_| {}), untrusted);
    zoo.add("below a stranger", leaf(&stranger, |_| {}), untrusted);
    zoo.add("below a stranger who is sent", leaf(&stranger, |_| {}).with(&[stranger.pem()]), untrusted);
    zoo.add("below a namesake of the root", leaf(&ca("zoo root"), |_| {}), Some("TLS_BAD_SIGNATURE"));
    cross_signed(zoo);
    let short = intermediate("short", &zoo.root, |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let too_deep = intermediate("too deep", &short, |_| {});
    let chain = leaf(&too_deep, |_| {}).with(&[too_deep.pem(), short.pem()]);
    zoo.add("longer than the path may be", chain, Some("TLS_BAD_CERTIFICATE"));
    let no_ca = intermediate("no CA", &zoo.root, |params| params.is_ca = IsCa::ExplicitNoCa);
    zoo.add("issued by what is no CA", leaf(&no_ca, |_| {}).with(&[no_ca.pem()]), Some("TLS_BAD_CERTIFICATE"));
    let clients = intermediate("clients", &zoo.root, |params| params.extended_key_usages = vec![Purpose::ClientAuth]);
    zoo.add("issued by a CA for clients", leaf(&clients, |_| {}).with(&[clients.pem()]), Some("TLS_BAD_CERTIFICATE"));
    for (name, purposes, expected) in [
        ("for servers and clients", vec![Purpose::ServerAuth, Purpose::ClientAuth], None),
        ("for no purpose in particular", vec![], None),
        ("for clients only", vec![Purpose::ClientAuth], Some("TLS_BAD_CERTIFICATE")),
        ("for signing code", vec![Purpose::CodeSigning], Some("TLS_BAD_CERTIFICATE")),
        ("for OCSP", vec![Purpose::OcspSigning], Some("TLS_BAD_CERTIFICATE")),
    ] {
        zoo.add(name, leaf(&zoo.root, |params| params.extended_key_usages = purposes), expected);
    }
    leaves_of_their_own(zoo);
}

/// One key, certified by two roots: whoever trusts either connects.
fn cross_signed(zoo: &mut Zoo) {
    let other = ca("other root");
    let key = || KeyPair::generate().expect("a key");
    let shared = key();
    let pem = shared.serialize_pem();
    let again = || KeyPair::from_pem(&pem).expect("a key");
    let params = || {
        let mut params = tdsec_tests::certificates::leaf_params();
        params.distinguished_name.push(rcgen::DnType::CommonName, "shared");
        params.subject_alt_names.clear();
        params.extended_key_usages.clear();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
        params
    };
    let by_root = CertifiedIssuer::signed_by(params(), again(), &zoo.root).expect("a CA");
    let by_other = CertifiedIssuer::signed_by(params(), again(), &other).expect("a CA");
    let chain = leaf(&by_root, |_| {}).with(&[by_other.pem(), by_root.pem()]);
    zoo.add("cross-signed, the second way is trusted", chain.clone(), None);
    let case = zoo.case("cross-signed, the first way is trusted", chain.clone(), None);
    zoo.push(case.option("tls_ca", other.pem()));
    let case = zoo.case("cross-signed, no way is trusted", chain, Some("TLS_UNTRUSTED_ROOT"));
    zoo.push(case.option("tls_ca", ca("third root").pem()));
}

fn leaves_of_their_own(zoo: &mut Zoo) {
    let ca_leaf = self_signed(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    zoo.add("a CA as the server's own, unknown", ca_leaf.clone(), Some("TLS_CA_AS_LEAF"));
    let case = zoo.case("a CA as the server's own, trusted", ca_leaf.clone(), Some("TLS_CA_AS_LEAF"));
    zoo.push(case.option("tls_ca", ca_leaf.certificates.clone()));
    let case = zoo.case("a CA as the server's own, pinned", ca_leaf.clone(), None);
    zoo.push(case.without("tls_ca").option("tls_pin", ca_leaf.pin));
    let own = self_signed(|_| {});
    zoo.add("self-signed, unknown", own.clone(), Some("TLS_SELF_SIGNED"));
    let case = zoo.case("self-signed, trusted", own.clone(), None);
    zoo.push(case.option("tls_ca", own.certificates.clone()));
    let case = zoo.case("self-signed, pinned", own.clone(), None);
    zoo.push(case.without("tls_ca").option("tls_pin", own.pin));
    of_the_guide(zoo);
}

/// The commands of TDengine's own SSL guide: a request without extensions, signed by its own key.
fn of_the_guide(zoo: &mut Zoo) {
    let shop = &zoo.workshop;
    shop.openssl("genrsa -out guide.key 2048");
    shop.openssl("req -new -key guide.key -out guide.csr -subj /CN=db.example");
    shop.openssl("x509 -req -days 365 -in guide.csr -signkey guide.key -out guide.crt");
    let key = KeyPair::from_pem(&shop.read("guide.key")).expect("a key of openssl");
    let chain = Chain {
        certificates: shop.read("guide.crt"),
        key: key.serialize_pem(),
        pin: tdsec_tests::certificates::pin(&key),
    };
    let v1 = Some("TLS_CERTIFICATE_VERSION");
    zoo.add("the guide's certificate", chain.clone(), v1);
    let case = zoo.case("the guide's certificate, system roots", chain.clone(), v1).without("tls_ca");
    zoo.push(case);
    let case = zoo.case("the guide's certificate, pinned", chain.clone(), None);
    zoo.push(case.without("tls_ca").option("tls_pin", chain.pin.clone()));
    let case = zoo.case("the guide's certificate, given as CA", chain.clone(), v1);
    zoo.push(case.option("tls_ca", chain.certificates));
}
