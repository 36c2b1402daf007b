#![allow(clippy::unwrap_used)]
use std::time::Duration;

use super::*;
use proptest::prelude::*;

#[test]
fn a_leaked_token_is_named_by_its_fingerprint_and_nothing_else() {
    let read = parse(b"token=new\nrevoked=0123456789AB, ba9876543210", PLACE).unwrap();
    assert_eq!(read.revoked, ["0123456789ab", "ba9876543210"]);
    assert!(parse(b"token=new\nrevoked=the-token-itself", PLACE).is_err());
}

const PLACE: &str = "the entry x";

fn token(content: &str) -> String {
    parse(content.as_bytes(), PLACE).unwrap_or_else(|error| panic!("{content:?}: {error}")).token.expose().to_owned()
}

#[test]
fn a_program_may_spell_as_its_language_does_but_not_miss_the_name_of_a_time() {
    for (token, end, ttl, issue) in
        [("token", "expires_at", "ttl", "issued_at"), ("bearerToken", "expiresAt", "TTL", "issuedAt")]
    {
        let given = [(token, "abc"), (end, "1800000000500.25"), (ttl, "60"), (issue, "1700000000")];
        let given = issued(given).unwrap();
        assert_eq!(given.expires_at.map(|end| end.as_millis()), Some(1_800_000_000_500));
        assert_eq!(
            (given.ttl, given.issued_at),
            (Some(Duration::from_secs(60)), Some(Duration::from_secs(1_700_000_000)))
        );
    }
    for name in ["expires_in", "expiry", "tokenExpiration", "ttl_ms", "tokenTTL", "time-ttl", "issued"] {
        let error = issued([("token", "abc"), (name, "Hunter2")]).unwrap_err();
        assert!(error.code() == ErrorCode::SourceInvalid && error.message().contains(name), "{error}");
        assert!(!error.to_string().contains("Hunter2"), "{error}");
        assert_eq!(token_key(name).unwrap_err().message(), error.message());
    }
    for name in ["throttle", "issuer", "user", "other"] {
        assert_eq!(token_key(name).unwrap(), None, "{name}");
    }
    assert_eq!(token_key("EXPIRES-AT").unwrap(), Some("expires_at"));
    let error = issued([("token", "abc"), ("ttl", "1"), ("TTL", "2")]).unwrap_err();
    assert!(error.message().contains("twice"), "{error}");
}

#[test]
fn a_program_gives_names_and_texts() {
    let given =
        issued([("token", " abc "), ("ttl", "3600.5"), ("expires_at", "1800000000.25"), ("other", "x")]).unwrap();
    assert_eq!(given.token.expose(), "abc");
    assert_eq!(given.ttl, Some(Duration::from_millis(3_600_500)));
    assert_eq!(given.expires_at, Some(Duration::from_millis(1_800_000_000_250)));
    let secret = "Hunter2 Hunter2";
    for fields in [&[("ttl", "1h")][..], &[("token", secret)], &[("token", "a"), ("ttl", secret)]] {
        let error = issued(fields.iter().copied()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::SourceInvalid);
        assert!(!format!("{error:?}").contains(secret), "{error}");
    }
}

#[test]
fn a_token_is_found_in_every_form() {
    for content in [
        "abcDEF123",
        "abcDEF123\n",
        "\u{feff}abcDEF123\r\n",
        "token=abcDEF123",
        "# made by us\r\n! and more\r\nuser = root\r\n token = abcDEF123 \r\nother=1\r\n",
        "bearerToken=abcDEF123",
        r#"{"token":"abcDEF123","other":[1,{"token":"no"}]}"#,
        r#"{"bearer_token":"abcDEF123","expires_at":null}"#,
        "token: abcDEF123\nother:\n  token: no\n  list: [1, 2]\n",
        "---\n# a comment\nother: &a {x: 1}\nmore: *a\n\"token\": 'abcDEF123'\n...\n",
        "ttl: 24h\nbearerToken: >-\n  abcDEF123\n",
    ] {
        assert_eq!(token(content), "abcDEF123");
    }
    // What other issuers make: base64, JWT.
    for alone in ["YWJjZGVmZw==", "eyJh.eyJi.c-_i"] {
        assert_eq!(token(alone), alone);
    }
}

#[test]
fn times_are_read_in_every_spelling() {
    let second = Duration::from_secs;
    for (content, expires_at) in [
        ("token=abc\nexpires_at=1800000000", second(1_800_000_000)),
        ("token=abc\nexpiresAt=1800000000123", Duration::from_millis(1_800_000_000_123)),
        ("{\"token\":\"abc\",\"expires_at\":1800000000}", second(1_800_000_000)),
        ("token: abc\nexpires_at: 2027-01-15T08:00:00Z", second(1_800_000_000)),
        ("token: abc\nexpires_at: '2027-01-15T09:00:00+01:00'", second(1_800_000_000)),
    ] {
        assert_eq!(parse(content.as_bytes(), PLACE).unwrap().expires_at, Some(expires_at), "{content}");
    }
    let issued = parse(b"token=abc\nttl=24h\nissued_at=1970-01-01T00:01:00Z\nexpires_at=", PLACE).unwrap();
    assert_eq!(issued, Issued::new("abc").ttl(second(86_400)).issued_at(second(60)));
    assert_eq!(parse(b"token=abc\nttl=0", PLACE).unwrap().ttl, None);
    let beside = parse_beside(b"abc", [("ttl", "90"), ("token", "other"), ("note", "x")], PLACE).unwrap();
    assert_eq!(beside, Issued::new("abc").ttl(second(90)));
    let own = parse_beside(b"token=abc\nttl=60", [("ttl", "90")], PLACE).unwrap();
    assert_eq!(own.ttl, Some(second(60)));
}

#[test]
fn what_holds_no_token_is_refused_by_name_of_its_place_and_never_shown() {
    let secret = "S3cretS3cret";
    for (content, says) in [
        (String::new(), "empty"),
        (" \r\n\t ".into(), "empty"),
        ("token=".into(), "the token is empty"),
        (format!("tokn={secret}"), "no key token"),
        (format!("user=root\npassword={secret}"), "no key token"),
        (format!("token={secret} {secret}"), "blanks"),
        (format!("token={secret}\ntoken={secret}2"), "twice"),
        (format!("{{\"token\":\"{secret}\",\"token\":\"{secret}2\"}}"), "twice"),
        (format!("{{\"token\":\"{secret}"), "not JSON (line 1, column 22)"),
        (format!("[\"{secret}\"]"), "no object"),
        (format!("{{\"token\":[\"{secret}\"]}}"), "neither text nor number"),
        ("{\"token\":12345}".into(), "neither text nor number"),
        (format!("token: [{secret}]"), "neither text nor number"),
        (format!("x: &a {secret}\ntoken: *a"), "alias"),
        (format!("token: \"{secret}"), "line 1"),
        (format!("- token: {secret}"), "list"),
        (format!("token={secret}\nexpires_at=soon"), "expires_at is neither"),
        (format!("token={secret}\nissued_at=-5"), "issued_at is neither"),
        (format!("token={secret}\nttl=long"), "ttl is not"),
        (format!("token={secret}\nttl=99999999999999"), "ttl is not"),
        (format!("two words {secret}"), "no key token"),
        ("x".repeat(MAX_BYTES + 1), "longer than 64 KiB"),
    ] {
        let error = parse(content.as_bytes(), PLACE).expect_err(&content);
        assert_eq!(error.code(), ErrorCode::SourceInvalid);
        let text = format!("{error} {error:?}");
        assert!(text.contains(PLACE) && text.contains(says), "{content:?}: {text}");
        assert!(!text.contains(secret), "{text}");
    }
    assert!(parse(b"token=\xff\xfe", PLACE).unwrap_err().to_string().contains("UTF-8"));
}

proptest! {
    /// Whatever comes: no panic, and no error that repeats a part of it.
    #[test]
    fn no_content_panics_or_shows_up_in_an_error(
        head in prop_oneof!["token[=:] ?", "\\{\"token\":\"", "[ -~\n]{0,12}", "\\PC{0,8}"],
        tail in prop_oneof!["\\PC{0,40}", "[\\x00-\\x7f]{0,60}", "[]\\[{}:,&*!|>'\"%@`# \n-]{0,40}"],
    ) {
        let secret = "QqZz7731QqZz7731";
        for content in [format!("{head}{secret}{tail}"), format!("{head}{tail}\n{secret}: {secret}"), format!("{tail}{head}")] {
            if let Err(error) = parse(content.as_bytes(), PLACE) {
                let text = format!("{error} {error:?}");
                prop_assert!(!text.contains("QqZz7731"), "{}", text);
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes, PLACE);
    }
}
