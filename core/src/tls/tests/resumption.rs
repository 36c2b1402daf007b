//! Sessions are shared, used once, and never cross a change of trust or identity (TLS-6, HOST-5).

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_connections_at_once_make_one_full_handshake() {
    let authority = authority("ca");
    let server = Arc::new(Server::new(&issue(&authority)));
    let config = trusting(&authority).build().unwrap();
    let connections = (0..50).map(|_| {
        let (server, config) = (Arc::clone(&server), config.clone());
        tokio::spawn(async move { server.connect(&config).await.unwrap().resumed })
    });
    let mut full = 0;
    for connection in connections.collect::<Vec<_>>() {
        full += usize::from(!connection.await.unwrap());
    }
    assert_eq!(full, 1);
}

#[tokio::test]
async fn tls_1_2_resumes_too() {
    let authority = authority("ca");
    let server = Server::new(&issue(&authority));
    let config = trusting(&authority).set("tls_version", "TLSv1.2").unwrap().build().unwrap();
    let first = server.connect(&config).await.unwrap();
    let second = server.connect(&config).await.unwrap();
    assert_eq!((first.version, first.resumed, second.resumed), ("TLSv1.2", false, true));
    assert_eq!(first.certificates, second.certificates, "a resumed session still tells whose it is");
}

#[tokio::test]
async fn other_trust_or_another_endpoint_resumes_nothing() {
    let authority = authority("ca");
    let server = Server::new(&issue(&authority));
    let pin = server.connect(&trusting(&authority).build().unwrap()).await.unwrap().certificates[0].pin.clone();
    let pinned = trusting(&authority).set("tls_pin", &pin).unwrap().build().unwrap();
    assert!(!server.connect(&pinned).await.unwrap().resumed);
    assert!(server.connect(&pinned).await.unwrap().resumed);
    let elsewhere = ConfigBuilder::default().address("wss://db.example:7000").unwrap();
    let elsewhere = elsewhere.set("tls_ca", &authority.pem()).unwrap().build().unwrap();
    assert!(!server.connect(&elsewhere).await.unwrap().resumed);
}

#[tokio::test]
async fn a_session_ends_with_the_certificate_that_was_verified() {
    let sessions = crate::tls::sessions::Sessions::default();
    let sessions = Arc::new(sessions);
    sessions.limit(1);
    // Nothing to resume and nobody under way: the turn comes at once.
    drop(sessions.turn().await);
    let name = ServerName::try_from("db.example").unwrap();
    use rustls::client::ClientSessionStore;
    assert!(sessions.take_tls13_ticket(&name).is_none() && sessions.tls12_session(&name).is_none());
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_ticket_that_does_not_come() {
    let sessions = Arc::new(crate::tls::sessions::Sessions::default());
    let stuck = sessions.turn().await;
    let before = tokio::time::Instant::now();
    drop(sessions.turn().await);
    assert!(before.elapsed() < std::time::Duration::from_secs(1));
    drop(stuck);
}
