//! Tokens that change while the pool works.

use super::*;

#[tokio::test]
async fn a_source_beside_a_token_is_refused() {
    let server = plain_server();
    let config = config(&[&server], &[("bearer_token", TOKEN)]);
    let error = Pool::new(&config, Some(Hand::holding(TOKEN))).unwrap_err();
    assert_eq!(error.code(), ErrorCode::CredentialConflict);
}

#[tokio::test]
async fn a_source_for_a_server_without_tls_elsewhere_is_refused_before_it_is_asked() {
    let config = Config::parse("ws://db.example").unwrap();
    let hand = Hand::holding(TOKEN);
    let error = Pool::new(&config, Some(hand.clone())).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InsecureTransport);
    assert_eq!(hand.fetches.load(std::sync::atomic::Ordering::Relaxed), 0);
}
