//! Pins, alone and beside roots (TLS-2, TLS-11).

use super::Zoo;
use tdsec_tests::certificates::{ca, leaf};

pub(super) fn add(zoo: &mut Zoo) {
    let mismatch = Some("TLS_PIN_MISMATCH");
    let chain = zoo.good();
    let other = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff".to_owned();
    let backup = format!("{other},{}", chain.pin);
    let root = tdsec_tests::certificates::pin(zoo.root.key());
    let strangers = leaf(&ca("stranger"), |_| {});
    let cases = [
        ("alone, right", chain.clone(), chain.pin.clone(), false, None),
        ("alone, in capitals with colons", chain.clone(), colons(&chain.pin), false, None),
        ("alone, wrong", chain.clone(), other.clone(), false, mismatch),
        ("alone, the second of two", chain.clone(), backup, false, None),
        ("alone, of the CA", chain.clone(), root, false, mismatch),
        ("beside the CA, right", chain.clone(), chain.pin.clone(), true, None),
        ("beside the CA, wrong", chain, other, true, mismatch),
        (
            "right, beside a CA that did not issue it",
            strangers.clone(),
            strangers.pin.clone(),
            true,
            Some("TLS_UNTRUSTED_ROOT"),
        ),
        ("right, of a stranger's certificate", strangers.clone(), strangers.pin, false, None),
    ];
    for (name, chain, pin, with_ca, expected) in cases {
        let case = zoo.case(name, chain, expected).option("tls_pin", pin);
        zoo.push(if with_ca { case } else { case.without("tls_ca") });
    }
}

fn colons(pin: &str) -> String {
    let pairs: Vec<String> =
        pin.to_uppercase().as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into()).collect();
    pairs.join(":")
}
