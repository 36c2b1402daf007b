//! Kinds and sizes of keys, signature algorithms (TLS-8).

use rcgen::{KeyPair, RsaKeySize};
use tdsec_testserver::tls::TlsVersion;

use super::Zoo;
use tdsec_tests::certificates::{Chain, ca_with, leaf, leaf_with, rsa};

type MakeKey = fn() -> KeyPair;

pub(super) fn add(zoo: &mut Zoo) {
    let keys: [(&str, MakeKey); 6] = [
        ("RSA 2048", || rsa(RsaKeySize::_2048)),
        ("RSA 3072", || rsa(RsaKeySize::_3072)),
        ("RSA 4096", || rsa(RsaKeySize::_4096)),
        ("ECDSA P-256", || key(&rcgen::PKCS_ECDSA_P256_SHA256)),
        ("ECDSA P-384", || key(&rcgen::PKCS_ECDSA_P384_SHA384)),
        ("Ed25519", || key(&rcgen::PKCS_ED25519)),
    ];
    for (name, key) in keys {
        let chain = leaf_with(&zoo.root, key(), |_| {});
        zoo.add(&format!("leaf {name}, TLS 1.3"), chain.clone(), None);
        let older = zoo.case(&format!("leaf {name}, TLS 1.2"), chain, None);
        zoo.push(older.versions(TlsVersion::V1_2, TlsVersion::V1_2));
        let root = ca_with("another root", key(), |_| {});
        let case = zoo.case(&format!("signed by {name}"), leaf(&root, |_| {}), None);
        zoo.push(case.option("tls_ca", root.pem()));
    }
    for hash in ["sha384", "sha512"] {
        let (chain, root) = by_openssl(zoo, 2048, hash);
        let case = zoo.case(&format!("signed with RSA and {hash}"), chain, None);
        zoo.push(case.option("tls_ca", root));
    }
    let (chain, root) = by_openssl(zoo, 2048, "sha1");
    let case = zoo.case("signed with RSA and SHA-1", chain, Some("TLS_WEAK_SIGNATURE"));
    zoo.push(case.option("tls_ca", root));
    let (chain, root) = by_openssl(zoo, 1024, "sha256");
    let case = zoo.case("signed by RSA 1024", chain, Some("TLS_BAD_SIGNATURE"));
    zoo.push(case.option("tls_ca", root));
}

fn key(algorithm: &'static rcgen::SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm).expect("a key")
}

/// A P-256 leaf of a root with an RSA key of so many bits, signed with `hash`; and the root.
fn by_openssl(zoo: &Zoo, bits: u32, hash: &str) -> (Chain, String) {
    let shop = &zoo.workshop;
    shop.write("leaf.ext", "subjectAltName=DNS:db.example\nextendedKeyUsage=serverAuth\n");
    shop.openssl(&format!(
        "req -x509 -newkey rsa:{bits} -nodes -keyout weak-ca.key -out weak-ca.pem -days 3650 -subj /CN=weak -sha256"
    ));
    shop.openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout weak.key -out weak.csr -subj /CN=server",
    );
    shop.openssl(&format!(
        "x509 -req -in weak.csr -CA weak-ca.pem -CAkey weak-ca.key -CAcreateserial -days 365 -{hash} -extfile leaf.ext -out weak.pem"
    ));
    let chain = Chain { certificates: shop.read("weak.pem"), key: shop.read("weak.key"), pin: String::new() };
    (chain, shop.read("weak-ca.pem"))
}
