//! Lists that are read again, and stapled answers that are believed only where they may be (TLS-3).

use der::Encode;
use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SigningKey};
use sha1::Sha1;
use sha2::Digest;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::*;

fn list(authority: &Authority, revoked: &[u64]) -> String {
    list_until(authority, revoked, rcgen::date_time_ymd(2100, 1, 1))
}

fn list_until(authority: &Authority, revoked: &[u64], next_update: time::OffsetDateTime) -> String {
    let params = CertificateRevocationListParams {
        this_update: rcgen::date_time_ymd(2024, 1, 1),
        next_update,
        crl_number: 1.into(),
        issuing_distribution_point: None,
        revoked_certs: revoked
            .iter()
            .map(|serial| RevokedCertParams {
                serial_number: (*serial).into(),
                revocation_time: rcgen::date_time_ymd(2024, 1, 1),
                reason_code: None,
                invalidity_date: None,
            })
            .collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(authority).unwrap().pem().unwrap()
}

#[tokio::test]
async fn a_certificate_revoked_while_running_is_refused_at_the_next_connect() {
    let (folder, authority) = (Folder::new(), authority("ca"));
    let server = Server::new(&issue(&authority));
    let file = folder.replace("crl.pem", list(&authority, &[5]));
    let config = set_path(trusting(&authority), "tls_crl", &file).build().unwrap();
    server.connect(&config).await.unwrap();
    assert!(server.connect(&config).await.unwrap().resumed);
    folder.replace("crl.pem", list(&authority, &[5, 77]));
    let outcome = server.connect(&config).await;
    assert_eq!(code(&outcome), Some(ErrorCode::TlsRevoked), "a session of before is not resumed: {outcome:?}");
    folder.replace("crl.pem", "garbage");
    assert_eq!(code(&server.connect(&config).await), Some(ErrorCode::TlsRevoked), "the last good list stays");
}

#[tokio::test]
async fn hard_demands_a_current_list_and_soft_does_not() {
    let (trusted, other) = (authority("ca"), authority("other"));
    let server = Server::new(&issue(&trusted));
    let hard = |crl: Option<String>| {
        let builder = trusting(&trusted).set("tls_revocation", "hard").unwrap();
        match crl {
            Some(crl) => builder.set("tls_crl", &crl).unwrap(),
            None => builder,
        }
    };
    let unknown = Some(ErrorCode::TlsRevocationUnknown);
    let ended = list_until(&trusted, &[], rcgen::date_time_ymd(2025, 1, 1));
    for (what, config, wanted) in [
        ("a current list", hard(Some(list(&trusted, &[]))), None),
        ("no list", hard(None), unknown),
        ("another CA's list", hard(Some(list(&other, &[]))), unknown),
        ("an old list", hard(Some(ended.clone())), unknown),
        ("soft, an old list", trusting(&trusted).set("tls_crl", &ended).unwrap(), None),
        ("soft, another CA's", trusting(&trusted).set("tls_crl", &list(&other, &[77])).unwrap(), None),
    ] {
        let outcome = server.connect(&config.build().unwrap()).await;
        assert_eq!(code(&outcome), wanted, "{what}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_bad_list_is_named() {
    let folder = Folder::new();
    let authority = authority("ca");
    let pem = list(&authority, &[]);
    for (name, content) in
        [("empty.pem", ""), ("text.pem", "HUNTER2"), ("cut.pem", &pem[..90]), ("ca.pem", &authority.pem())]
    {
        let path = folder.replace(name, content);
        let config = set_path(trusting(&authority), "tls_crl", &path).build().unwrap();
        let error = client(&config, config.tls().unwrap(), &config.endpoints()[0]).unwrap_err();
        assert_eq!((error.code(), error.option()), (ErrorCode::CrlFileInvalid, Some("tls_crl")), "{error}");
        assert!(error.message().contains(name) && !error.message().contains("HUNTER2"), "{error}");
    }
}

/// `status`: the DER of a CertStatus; `days` from now until nextUpdate.
fn answer(authority: &Authority, signer: &KeyPair, leaf: &Pair, status: &[u8], days: i64) -> Vec<u8> {
    let issuer_der = authority.der().clone();
    let leaf_der = leaf.der();
    let (_, issuer) = X509Certificate::from_der(&issuer_der).unwrap();
    let (_, leaf) = X509Certificate::from_der(&leaf_der).unwrap();
    let time = |days: i64| {
        let at = time::OffsetDateTime::now_utc() + time::Duration::days(days);
        let text = format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        );
        value(0x18, text.as_bytes())
    };
    let sha1 = value(0x30, &[value(0x06, &[0x2b, 0x0e, 0x03, 0x02, 0x1a]), value(0x05, &[])].concat());
    let certificate_id = value(
        0x30,
        &[
            sha1,
            value(0x04, &Sha1::digest(issuer.subject().as_raw())),
            value(0x04, &Sha1::digest(&issuer.public_key().subject_public_key.data)),
            value(0x02, leaf.raw_serial()),
        ]
        .concat(),
    );
    let single = value(0x30, &[certificate_id, status.to_vec(), time(-10), value(0xa0, &time(days))].concat());
    let responder = value(0xa1, issuer.subject().as_raw());
    let data = value(0x30, &[responder, time(-10), value(0x30, &single)].concat());
    let signature = signer.sign(&data).unwrap();
    let ecdsa_with_sha256 = value(0x30, &value(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
    let basic = value(0x30, &[data, ecdsa_with_sha256, value(0x03, &[&[0], &signature[..]].concat())].concat());
    let kind = value(0x06, &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01]);
    let bytes = value(0x30, &[kind, value(0x04, &basic)].concat());
    value(0x30, &[value(0x0a, &[0]), value(0xa0, &bytes)].concat())
}

/// One DER value.
fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = der::Length::try_from(content.len()).unwrap().to_der().unwrap();
    [&[tag], &length[..], content].concat()
}

const GOOD: &[u8] = &[0x80, 0x00];
const UNKNOWN: &[u8] = &[0x82, 0x00];

fn revoked() -> Vec<u8> {
    value(0xa1, &value(0x18, b"20240101000000Z"))
}

#[tokio::test]
async fn a_stapled_answer_counts_only_if_the_issuer_signed_it_and_it_is_current() {
    let (ca, other) = (authority("ca"), authority("ca"));
    let pair = issue(&ca);
    let key = ca.key();
    let (soft, hard) = (None, Some("hard"));
    let unknown = Some(ErrorCode::TlsRevocationUnknown);
    let revoked_code = Some(ErrorCode::TlsRevoked);
    for (what, policy, staple, wanted) in [
        ("good", hard, answer(&ca, key, &pair, GOOD, 10), None),
        ("revoked", soft, answer(&ca, key, &pair, &revoked(), 10), revoked_code),
        ("revoked", hard, answer(&ca, key, &pair, &revoked(), 10), revoked_code),
        ("revoked, not asked", Some("off"), answer(&ca, key, &pair, &revoked(), 10), None),
        ("unknown", soft, answer(&ca, key, &pair, UNKNOWN, 10), None),
        ("unknown", hard, answer(&ca, key, &pair, UNKNOWN, 10), unknown),
        ("old", hard, answer(&ca, key, &pair, GOOD, -5), unknown),
        (
            "about another",
            hard,
            answer(&ca, key, &issue_with(&ca, |p| p.serial_number = Some(9.into())), GOOD, 10),
            unknown,
        ),
        ("signed by the server itself", hard, answer(&ca, &pair.key, &pair, GOOD, 10), unknown),
        ("signed by a namesake", hard, answer(&other, other.key(), &pair, GOOD, 10), unknown),
        ("garbage", hard, b"garbage".to_vec(), unknown),
        ("garbage", soft, b"garbage".to_vec(), None),
        ("nothing", hard, Vec::new(), unknown),
    ] {
        let builder = trusting(&ca);
        let config = match policy {
            Some(word) => builder.set("tls_revocation", word).unwrap(),
            None => builder,
        };
        // Each case on a server of its own, and a trust of its own: nothing is resumed.
        let server = Server::with(&pair, None, &staple);
        let config =
            config.set("tls_pin", &crate::tls::certificate::Certificate::from_der(&pair.der()).unwrap().pin).unwrap();
        let config = config.set("port", &fresh_port().to_string()).unwrap().build().unwrap();
        let outcome = server.connect(&config).await;
        assert_eq!(code(&outcome), wanted, "{what} {policy:?}: {outcome:?}");
    }
}

/// No two endpoints share sessions.
fn fresh_port() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(20_000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
