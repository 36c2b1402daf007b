//! Files that cannot be what an option names them for (OPS-3, CRT-3): refused by a code that says so, with the name of the file and
//! never its content. What changes while it is being read is a test of `tests/tests/tls`: it takes time.

use std::path::PathBuf;

use super::Zoo;
use crate::serve::TOKEN;
use tdsec_tests::certificates::{ca, leaf, list};

const UNREADABLE: &str = "FILE_UNREADABLE";

/// An option that names a file, the code of one that holds something else, and that of a folder.
const OPTIONS: [(&str, &str, &str); 4] = [
    ("tls_ca", "CERTIFICATE_FILE_INVALID", "CERTIFICATE_FILE_INVALID"),
    ("tls_crl", "CRL_FILE_INVALID", "CRL_FILE_INVALID"),
    ("tls_cert", "CERTIFICATE_FILE_INVALID", UNREADABLE),
    ("tls_key", "KEY_FILE_INVALID", UNREADABLE),
];

pub(super) fn add(zoo: &mut Zoo) {
    let client = leaf(&ca("clients"), |params| params.subject_alt_names.clear());
    let other = leaf(&ca("clients"), |_| {});
    let cert = zoo.workshop.write("good-cert.pem", &client.certificates);
    let key = zoo.workshop.write("good-key.pem", &client.key);
    let revoked = list(&zoo.root, &[], 2100);
    let folder = zoo.workshop.path("folder.pem");
    std::fs::create_dir_all(&folder).expect("a folder");
    let around = zoo.workshop.path("around.pem");
    std::os::unix::fs::symlink("around.pem", &around).expect("a link");
    let garbage: Vec<u8> = TOKEN.bytes().cycle().take(10 << 20).collect();
    for (option, invalid, of_folder) in OPTIONS {
        let whole = match option {
            "tls_ca" => zoo.root.pem(),
            "tls_crl" => revoked.clone(),
            "tls_cert" => client.certificates.clone(),
            _ => client.key.clone(),
        };
        // What another option would take: a key for a certificate, a certificate for everything else.
        let foreign = if option == "tls_cert" { &client.key } else { &client.certificates };
        let foreign_name = if option == "tls_cert" { "a key alone" } else { "a certificate" };
        let file = |what: &str, content: &[u8]| zoo.workshop.write(&format!("{option}-{what}.pem"), content);
        let mut cases: Vec<(&str, PathBuf, &'static str)> = vec![
            ("missing", zoo.workshop.path("nowhere.pem"), UNREADABLE),
            ("below a file", cert.join("inside.pem"), UNREADABLE),
            ("a link to itself", around.clone(), UNREADABLE),
            ("a folder", folder.clone(), of_folder),
            ("a device", "/dev/zero".into(), UNREADABLE),
            ("empty", file("empty", b""), invalid),
            ("a text", file("text", TOKEN.as_bytes()), invalid),
            ("bytes that begin like DER", file("der", &[b"\x30\x82\x01\x00", TOKEN.as_bytes()].concat()), invalid),
            ("PEM that is cut off", file("cut", &whole.as_bytes()[..whole.len() / 2]), invalid),
            ("10 MiB of garbage", file("garbage", &garbage), invalid),
        ];
        // A CA file may hold any certificate.
        if option != "tls_ca" {
            cases.push((foreign_name, file("foreign", foreign.as_bytes()), invalid));
        }
        for (name, path, code) in cases {
            let shown = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let mut case = zoo.case(&format!("{option}: {name}"), zoo.good(), Some(code));
            if option == "tls_cert" || option == "tls_key" {
                case = case.option("tls_cert", cert.display().to_string()).option("tls_key", key.display().to_string());
            }
            case = case.option(option, path.display().to_string());
            case.names = shown;
            zoo.push(case);
        }
    }
    let another = zoo.workshop.write("another-key.pem", &other.key);
    let case = zoo.case("tls_key: of another certificate", zoo.good(), Some("CERTIFICATE_KEY_MISMATCH"));
    zoo.push(case.option("tls_cert", cert.display().to_string()).option("tls_key", another.display().to_string()));
    let case = zoo.case("tls_key: none beside a certificate", zoo.good(), Some("KEY_FILE_INVALID"));
    zoo.push(case.option("tls_cert", cert.display().to_string()));
}
