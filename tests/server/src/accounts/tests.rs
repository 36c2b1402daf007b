#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use super::*;

const AS_ROOT: Caller<'static> = Caller { user: "root", token: None };
const AS_U1: Caller<'static> = Caller { user: "u1", token: None };

fn book() -> Book {
    Book::new(Clock::new(), BookOptions::default())
}

fn with_user() -> Book {
    let book = book();
    let user = NewUser { name: "u1".into(), password: "Secret#1".into(), ..Default::default() };
    book.create_user(AS_ROOT, user).unwrap();
    book
}

fn token(name: &str, user: &str) -> NewToken {
    NewToken { name: name.into(), user: user.into(), ..Default::default() }
}

fn password<'a>(user: &'a str, password: &'a str, totp: Option<&'a str>) -> PasswordLogin<'a> {
    PasswordLogin { user, password, totp }
}

#[test]
fn a_token_is_63_characters_of_the_alphabet_and_logs_its_owner_in() {
    let book = with_user();
    let secret = book.create_token(AS_ROOT, token("t", "u1")).unwrap().unwrap();
    assert_eq!(secret.len(), 63);
    assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let login = book.login_with_token(&secret).unwrap();
    assert_eq!(login, Login { user: "u1".into(), token: Some("t".into()) });
}

#[test]
fn a_disabled_and_expired_token_is_called_disabled_first() {
    let book = with_user();
    let secret = book.create_token(AS_ROOT, NewToken { ttl_s: Some(60), ..token("t", "u1") }).unwrap().unwrap();
    book.clock().advance(60.0);
    assert_eq!(book.login_with_token(&secret).unwrap_err().code, 0x0F03);
    book.alter_token(AS_ROOT, "t", TokenChange { enable: Some(false), ..Default::default() }).unwrap();
    assert_eq!(book.login_with_token(&secret).unwrap_err().code, 0x0F02);
    book.drop_token(AS_ROOT, "t", false).unwrap();
    assert_eq!(book.login_with_token(&secret).unwrap_err().message, "Invalid token");
}

#[test]
fn a_new_ttl_counts_from_the_change() {
    let book = with_user();
    let secret = book.create_token(AS_ROOT, NewToken { ttl_s: Some(60), ..token("t", "u1") }).unwrap().unwrap();
    book.clock().advance(50.0);
    book.alter_token(AS_ROOT, "t", TokenChange { ttl_s: Some(60), ..Default::default() }).unwrap();
    book.clock().advance(50.0);
    assert!(book.login_with_token(&secret).is_ok());
    book.clock().advance(11.0);
    assert!(book.login_with_token(&secret).is_err());
}

#[test]
fn a_session_may_not_prolong_its_own_token_but_may_another() {
    let book = with_user();
    book.create_token(AS_U1, token("a", "u1")).unwrap();
    book.create_token(AS_U1, token("b", "u1")).unwrap();
    let by_a = Caller { user: "u1", token: Some("a") };
    let longer = || TokenChange { ttl_s: Some(0), ..Default::default() };
    assert_eq!(book.alter_token(by_a, "a", longer()).unwrap_err().code, 0x0303);
    assert!(book.alter_token(by_a, "b", longer()).is_ok());
    assert_eq!(book.create_token(AS_U1, token("c", "root")).unwrap_err().code, 0x0303);
}

#[test]
fn the_token_limit_holds_for_sql_only() {
    let book = with_user();
    for name in ["a", "b", "c"] {
        book.create_token(AS_ROOT, token(name, "u1")).unwrap();
    }
    assert_eq!(book.create_token(AS_ROOT, token("d", "u1")).unwrap_err().code, 0x0F07);
    assert!(book.issue_token(token("d", "u1"), None).is_ok());
    book.alter_user(AS_ROOT, "u1", UserChange { allow_token_num: Some(-1), ..Default::default() }).unwrap();
    assert!(book.create_token(AS_ROOT, token("e", "u1")).is_ok());
}

#[test]
fn if_not_exists_reveals_no_secret() {
    let book = with_user();
    book.create_token(AS_ROOT, token("a", "u1")).unwrap();
    assert_eq!(book.create_token(AS_ROOT, token("a", "u1")).unwrap_err().code, 0x0F05);
    let again = NewToken { if_not_exists: true, ..token("a", "u1") };
    assert_eq!(book.create_token(AS_ROOT, again).unwrap(), None);
}

#[test]
fn dropping_a_user_drops_its_tokens_and_tells_the_listener() {
    let book = with_user();
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = told.clone();
    book.set_listener(move |event| sink.lock().unwrap().push(event.clone()));
    let secret = book.create_token(AS_ROOT, token("a", "u1")).unwrap().unwrap();
    book.drop_user(AS_ROOT, "u1", false).unwrap();
    assert_eq!(book.login_with_token(&secret).unwrap_err().code, 0x0F01);
    assert_eq!(*told.lock().unwrap(), [AccountEvent::UserDropped("u1".into())]);
    assert_eq!(book.drop_user(AS_ROOT, "u1", false).unwrap_err().code, 0x0351);
    assert!(book.drop_user(AS_ROOT, "u1", true).is_ok());
}

#[test]
fn passwords_and_disabled_users_are_told_apart() {
    let book = with_user();
    assert_eq!(book.login_with_password(password("u1", "no", None)).unwrap_err().code, 0x0357);
    assert_eq!(book.login_with_password(password("u2", "no", None)).unwrap_err().code, 0x0351);
    assert_eq!(book.login_with_password(password("", "", None)).unwrap_err().code, 0x0357);
    assert!(book.login_with_password(password("u1", "Secret#1", None)).is_ok());
    book.alter_user(AS_ROOT, "u1", UserChange { enable: Some(false), ..Default::default() }).unwrap();
    assert_eq!(book.login_with_password(password("u1", "Secret#1", None)).unwrap_err().code, 0x0315);
}

#[test]
fn totp_matches_the_rfc_and_base32_round_trips() {
    let secret = b"12345678901234567890";
    assert_eq!(totp_code_at(secret, 59), "287082");
    assert_eq!(base32_encode(secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_eq!(base32_decode("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap(), secret);
    assert_eq!(base32_decode("1"), None);
}

#[test]
fn a_one_time_code_opens_once_and_tokens_bypass_it() {
    let book = Book::new(Clock::starting_at(59_000_000_000), BookOptions::default());
    book.set_totp_secret("root", Some(b"12345678901234567890".to_vec())).unwrap();
    let codes = TokenCodes::default();
    assert_eq!(book.login_with_password(password("root", "taosdata", None)).unwrap_err().code, u32::from(codes.totp));
    assert_eq!(book.login_with_password(password("root", "bad", Some("287082"))).unwrap_err().code, 0x0357);
    assert!(book.login_with_password(password("root", "taosdata", Some("287082"))).is_ok());
    let again = book.login_with_password(password("root", "taosdata", Some("287082"))).unwrap_err();
    assert_eq!((again.code, again.message.as_str()), (0x0F04, "Invalid TOTP code"));
    let secret = book.issue_token(token("t", "root"), None).unwrap();
    assert!(book.login_with_token(&secret).is_ok());
}

#[test]
fn a_new_token_is_unknown_until_the_cluster_has_it() {
    let book = Book::new(Clock::new(), BookOptions { token_lag_ms: 2000, ..Default::default() });
    let secret = book.create_token(AS_ROOT, token("t", "root")).unwrap().unwrap();
    assert_eq!(book.login_with_token(&secret).unwrap_err().code, 0x0F01);
    assert!(book.show_tokens(AS_ROOT).is_empty());
    book.clock().advance(2.5);
    assert!(book.login_with_token(&secret).is_ok());
    assert_eq!(book.show_tokens(AS_ROOT).len(), 1);
}

#[test]
fn token_codes_are_read_in_both_number_forms() {
    let codes: TokenCodes = "not_exist=0x80000ABC, expired=77".parse().unwrap();
    assert_eq!((codes.not_exist, codes.disabled, codes.expired), (0x0ABC, 0x0F02, 77));
    assert!("nope=1".parse::<TokenCodes>().is_err());
    assert!("totp".parse::<TokenCodes>().is_err());
    assert!("totp=70000".parse::<TokenCodes>().is_err());
}
