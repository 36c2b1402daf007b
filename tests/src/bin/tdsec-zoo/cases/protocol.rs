//! Versions, suites, ports (TLS-4, TLS-5).

use tdsec_testserver::tls::TlsVersion::{V1_2, V1_3};

use super::{Served, Zoo};

pub(super) fn add(zoo: &mut Zoo) {
    let no_version = Some("TLS_NO_COMMON_VERSION");
    for (name, served, asked, expected) in [
        ("server 1.2, client 1.2 and 1.3", (V1_2, V1_2), "TLSv1.2,TLSv1.3", None),
        ("server 1.3, client 1.2 and 1.3", (V1_3, V1_3), "TLSv1.2,TLSv1.3", None),
        ("server 1.2 and 1.3, client 1.2", (V1_2, V1_3), "TLSv1.2", None),
        ("server 1.2 and 1.3, client 1.3", (V1_2, V1_3), "TLSv1.3", None),
        ("server 1.2, client 1.3", (V1_2, V1_2), "TLSv1.3", no_version),
        ("server 1.3, client 1.2", (V1_3, V1_3), "TLSv1.2", no_version),
    ] {
        let case = zoo.case(name, zoo.good(), expected).versions(served.0, served.1).option("tls_version", asked);
        zoo.push(case);
    }
    let case = zoo.case("without post-quantum key exchange", zoo.good(), None).option("tls_post_quantum", "false");
    zoo.push(case);
    let chain = zoo.good();
    let files = |zoo: &Zoo| {
        let certificate = zoo.workshop.write("s_server.pem", &chain.certificates);
        let key = zoo.workshop.write("s_server.key", &chain.key);
        format!("-cert {} -key {}", certificate.display(), key.display())
    };
    let no_suite = Some("TLS_NO_COMMON_SUITE");
    for (name, arguments, expected) in [
        ("openssl: TLS 1.1 only", "-tls1_1 -cipher DEFAULT@SECLEVEL=0", no_version),
        ("openssl: CBC only", "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA", no_suite),
        ("openssl: a curve of its own", "-tls1_3 -groups brainpoolP256r1:secp521r1", no_suite),
        (
            "openssl: AES-256 only, then no WebSocket",
            "-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384 -www",
            Some("UPGRADE_REFUSED"),
        ),
    ] {
        let case = zoo.served(name, Served::OpenSsl(format!("{} {arguments}", files(zoo))), expected);
        zoo.push(case);
    }
    let case = zoo.served("TLS to a plain port", Served::Plain, Some("TLS_NOT_TLS"));
    zoo.push(case);
    let mut case = zoo.case("plain to a TLS port", zoo.good(), Some("TLS_EXPECTED")).without("tls_ca");
    case = case.without("tls_server_name");
    case.scheme = "ws";
    zoo.push(case);
    let case = zoo.served("closed during the handshake", Served::Closing, Some("TLS_HANDSHAKE_FAILED"));
    zoo.push(case);
}
