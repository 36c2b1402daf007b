//! What a handshake came to, in words.

use super::*;

#[tokio::test]
async fn the_summary_tells_version_suite_key_exchange_and_certificates() {
    let authority = authority("grid ca");
    let server = Server::new(&issue(&authority));
    let summary = server.connect(&trusting(&authority).build().unwrap()).await.unwrap();
    assert_eq!((summary.version, summary.resumed), ("TLSv1.3", false));
    assert!(summary.cipher_suite.starts_with("TLS_"), "{summary:?}");
    #[cfg(feature = "aws-lc-rs")]
    assert_eq!(summary.key_exchange, "X25519MLKEM768");
    let leaf = &summary.certificates[0];
    assert_eq!(leaf.names, ["db.example"]);
    assert_eq!((leaf.key.as_str(), leaf.version, leaf.is_ca), ("EC P-256", 3, false));
    assert_eq!(leaf.signature, "ecdsa-with-SHA256");
    assert!(leaf.issuer.contains("grid ca"), "{leaf:?}");
    assert!(leaf.days_left(std::time::SystemTime::now()) > 365, "{leaf:?}");
    assert!(summary.client_certificates.is_empty());
}

#[tokio::test]
async fn without_post_quantum_the_key_exchange_is_classical() {
    let authority = authority("ca");
    let config = trusting(&authority).set("tls_post_quantum", "false").unwrap().build().unwrap();
    let summary = Server::new(&issue(&authority)).connect(&config).await.unwrap();
    assert_eq!(summary.key_exchange, "X25519");
}

#[tokio::test]
async fn every_cause_has_its_code() {
    let trusted = authority("trusted");
    let config = trusting(&trusted).build().unwrap();
    for (wanted, change) in [
        (ErrorCode::TlsNameMismatch, (|params| params.subject_alt_names.clear()) as fn(&mut CertificateParams)),
        (ErrorCode::TlsExpired, |params| params.not_after = rcgen::date_time_ymd(2025, 1, 1)),
        (ErrorCode::TlsNotYetValid, |params| params.not_before = rcgen::date_time_ymd(2200, 1, 1)),
        (ErrorCode::TlsCaAsLeaf, |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
        (ErrorCode::TlsBadCertificate, |params| {
            params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        }),
    ] {
        let outcome = Server::new(&issue_with(&trusted, change)).connect(&config).await;
        assert_eq!(code(&outcome), Some(wanted), "{outcome:?}");
    }
    let stranger = Server::new(&issue(&authority("stranger"))).connect(&config).await;
    assert_eq!(code(&stranger), Some(ErrorCode::TlsUntrustedRoot), "{stranger:?}");
}

#[test]
fn a_clock_that_was_never_set_is_named_as_the_cause() {
    use crate::tls::diagnosis::{Leaf, certificate_error};
    use rustls::CertificateError;
    use rustls::pki_types::UnixTime;
    let pair = issue(&authority("ca"));
    let der = pair.der();
    let name = ServerName::try_from("db.example").unwrap();
    let error = rustls::Error::InvalidCertificate(CertificateError::NotValidYet);
    for (seconds, wanted) in [(86_400, ErrorCode::TlsClockWrong), (1_750_000_000, ErrorCode::TlsNotYetValid)] {
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        assert_eq!(certificate_error(&error, Leaf::read(&der).as_ref(), &name, now).code(), wanted);
    }
}

#[tokio::test]
async fn a_chain_is_judged_without_a_connection() {
    let authority = authority("ca");
    let config = trusting(&authority).build().unwrap();
    let good = issue(&authority).der().to_vec();
    crate::verify_chain(&config, &[good]).unwrap();
    let bad = issue_with(&authority, |params| params.subject_alt_names.clear()).der().to_vec();
    assert_eq!(crate::verify_chain(&config, &[bad]).unwrap_err().code(), ErrorCode::TlsNameMismatch);
    assert_eq!(crate::verify_chain(&config, &[]).unwrap_err().code(), ErrorCode::TlsBadCertificate);
}

#[tokio::test]
async fn a_refused_server_is_still_described() {
    let (trusted, stranger) = (authority("ca"), authority("stranger"));
    let server = Server::new(&issue(&stranger));
    let config = trusting(&trusted).build().unwrap();
    let (client, recording) = crate::tls::recording_client(&config, config.tls().unwrap()).unwrap();
    let (near, far) = tokio::io::duplex(64 << 10);
    let acceptor = TlsAcceptor::from(Arc::clone(&server.0));
    let serving = tokio::spawn(async move { acceptor.accept(far).await.is_ok() });
    let name = ServerName::try_from("db.example").unwrap();
    assert!(TlsConnector::from(client.rustls()).connect(name, near).await.is_err());
    assert!(!serving.await.unwrap());
    assert!(recording.certificates()[0].issuer.contains("stranger"));
    assert_eq!(recording.stapled(), None);
}
