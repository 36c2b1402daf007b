//! Handshakes: good ones, resumed ones, and the zoo.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::common::{Client, client_config, config_builder};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tdsec_testserver::tls::{Authority, TlsMode, TlsOptions, TlsVersion, ZooKind};
use tdsec_testserver::{TestServer, TestServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

fn server(tls: TlsOptions) -> TestServer {
    TestServer::start(TestServerConfig { tls, ..Default::default() }).unwrap()
}

/// Shakes hands with `localhost` and waits for the answer to a ping, so that session tickets have arrived.
async fn shake(server: &TestServer, config: Arc<ClientConfig>) -> std::io::Result<TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(server.address()).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let mut tls = TlsConnector::from(config).connect(name, tcp).await?;
    tls.write_all(b"GET /-/ping HTTP/1.0\r\n\r\n").await?;
    let mut answer = Vec::new();
    tls.read_to_end(&mut answer).await?;
    assert!(answer.starts_with(b"HTTP/1.0 200"), "{}", String::from_utf8_lossy(&answer));
    Ok(tls)
}

#[tokio::test]
async fn the_throw_away_ca_is_written_and_removed() {
    let server = server(TlsOptions::default());
    let path: PathBuf = server.ca_path().unwrap().into();
    let mut client = Client::logged_in(&server).await;
    assert_eq!(client.ask("get_server_info", json!({ "req_id": 2 })).await["code"], 0);
    drop(server);
    assert!(!path.exists());
}

#[tokio::test]
async fn full_resumed_and_failed_handshakes_are_counted() {
    let server = server(TlsOptions::default());
    let config = client_config(server.ca_path().unwrap());
    for _ in 0..3 {
        shake(&server, config.clone()).await.unwrap();
    }
    let stranger = Authority::new("stranger").unwrap();
    let file = write("stranger.pem", &stranger.pem());
    assert!(shake(&server, client_config(&file)).await.is_err());
    while server.stats()["tls"] != json!({ "full": 1, "resumed": 2, "failed": 1 }) {
        assert!(server.stats()["connections_total"].as_u64() <= Some(4), "{}", server.stats());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn versions_outside_the_range_are_refused() {
    let only = |version| TlsOptions { min: version, max: version, ..Default::default() };
    for (version, expected) in
        [(TlsVersion::V1_2, rustls::ProtocolVersion::TLSv1_2), (TlsVersion::V1_3, rustls::ProtocolVersion::TLSv1_3)]
    {
        let server = server(only(version));
        let tls = shake(&server, client_config(server.ca_path().unwrap())).await.unwrap();
        assert_eq!(tls.get_ref().1.protocol_version(), Some(expected));
    }
    let reversed = TlsOptions { min: TlsVersion::V1_3, max: TlsVersion::V1_2, ..Default::default() };
    assert!(TestServer::start(TestServerConfig { tls: reversed, ..Default::default() }).is_err());
}

#[tokio::test]
async fn a_client_certificate_can_be_asked_for() {
    let authority = Authority::new("devices").unwrap();
    let server = server(TlsOptions { client_ca: Some(write("devices.pem", &authority.pem())), ..Default::default() });
    assert!(shake(&server, client_config(server.ca_path().unwrap())).await.is_err());
    let device = authority.client("device-1").unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(server.ca_path().unwrap()).unwrap()).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(device.cert_pem.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(device.key_pem.as_bytes()).unwrap();
    let config = config_builder().with_root_certificates(roots).with_client_auth_cert(chain, key).unwrap();
    assert!(shake(&server, Arc::new(config)).await.is_ok());
}

#[tokio::test]
async fn each_bad_certificate_is_refused_for_its_own_reason_and_still_served() {
    for kind in ZooKind::ALL {
        let server = server(TlsOptions { mode: TlsMode::Zoo(kind), ..Default::default() });
        let shaken = shake(&server, client_config_or_none(&server)).await;
        let reason = match kind {
            // Not bad yet.
            ZooKind::Expiring => {
                shaken.unwrap();
                continue;
            }
            ZooKind::WrongHost => "not valid for name",
            ZooKind::SelfSigned => "UnknownIssuer",
            ZooKind::Expired => "expired",
            ZooKind::NotYetValid => "not valid yet",
            ZooKind::WrongCa => "BadSignature",
            ZooKind::CaLeaf => "CaUsedAsEndEntity",
            ZooKind::CnOnlyV1 => "UnsupportedCertVersion",
        };
        let refused = shaken.unwrap_err().to_string();
        assert!(refused.contains(reason), "{kind:?}: {refused}");
        assert_eq!(server.stats()["bytes_received"], 0, "nothing after the handshake");

        let seen = Arc::new(Pinned::default());
        let config = config_builder().dangerous().with_custom_certificate_verifier(seen.clone()).with_no_client_auth();
        shake(&server, Arc::new(config)).await.unwrap();
        assert_eq!(seen.0.lock().unwrap().as_deref(), server.pin(), "{kind:?}");
    }
}

/// Trust as the server's ready line says; a file that is no usable root leaves nothing to trust.
fn client_config_or_none(server: &TestServer) -> Arc<ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::from_pem_file(server.ca_path().unwrap()));
    Arc::new(config_builder().with_root_certificates(roots).with_no_client_auth())
}

/// Takes any certificate and keeps the SHA-256 of its public key.
#[derive(Debug, Default)]
struct Pinned(Mutex<Option<String>>);

/// How the SubjectPublicKeyInfo of a P-256 key begins; it is 91 bytes long.
const P256_SPKI: &[u8] = &[0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        cert: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let at = cert.windows(P256_SPKI.len()).position(|bytes| bytes == P256_SPKI).unwrap();
        let digest = Sha256::digest(&cert[at..at + 91]);
        *self.0.lock().unwrap() = Some(digest.iter().map(|byte| format!("{byte:02x}")).collect());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

fn write(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}
