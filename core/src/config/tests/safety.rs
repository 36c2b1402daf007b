//! Nothing a user forgets, or copies from another connector, lowers security (TLS-1, TLS-9, TLS-10, TOK-2).

use super::*;
use crate::config::{Credential, Verification};
use ErrorCode::*;

const PIN: &str = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";

#[test]
fn a_token_with_anything_of_a_password_login_is_refused_first() {
    for address in [
        "wss://root:p@h?bearerToken=t",
        "wss://root@h?bearerToken=t",
        "wss://h?bearerToken=t&user=root",
        "wss://h?bearerToken=t&password=p",
        "wss://h?bearerToken=t&totp_code=123456",
        "root:taosdata@wss(h)/db?bearerToken=t",
        "protocol=WebSocket;host=h;username=root;password=taosdata;bearerToken=t",
        // before anything else that is wrong with it
        "ws://root:p@h?bearerToken=a%20b&tls_mode=9&port=0",
    ] {
        assert_eq!(code(address), CredentialConflict, "{address}");
    }
    let error = keywords(&[("url", "wss://h?bearerToken=t"), ("username", "root")]).unwrap_err();
    assert_eq!((error.code(), error.option()), (CredentialConflict, Some("user")));
}

#[test]
fn half_a_password_login_is_refused() {
    for address in ["wss://root@h", "wss://root:@h", "wss://h?user=root", "wss://h?totp_code=123456"] {
        assert_eq!(code(address), CredentialMissing, "{address}");
    }
    assert_eq!(ok("wss://h?password=p"), ok("wss://root:p@h"));
}

#[test]
fn a_token_never_goes_over_plain_ws_to_another_machine() {
    for host in ["h", "10.0.0.1", "128.0.0.1", "localhost.example", "127.0.0.1.example", "[::2]", "localhost,h"] {
        assert_eq!(code(&format!("ws://{host}/db?bearerToken=t")), InsecureTransport, "{host}");
        assert!(ok(&format!("wss://{host}/db?bearerToken=t")).tls().is_some());
        let allowed = ok(&format!("ws://{host}/db?bearerToken=t&danger_token_over_plaintext=true"));
        assert!(allowed.token_over_plaintext() && !allowed.warnings().is_empty());
    }
    for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.9.8.7", "[::1]", "localhost,127.0.0.1:7000"] {
        let config = ok(&format!("ws://{host}/db?bearerToken=t"));
        assert!(config.tls().is_none() && config.warnings().is_empty(), "{host}");
    }
    assert_eq!(code("host=h;bearerToken=t"), InsecureTransport);
    assert_eq!(code("jdbc:TAOS-WS://h/db?bearerToken=t"), InsecureTransport);
}

#[test]
fn a_password_over_plain_ws_to_another_machine_warns() {
    assert_eq!(ok("ws://u:p@h").warnings()[0].option(), "tls");
    assert!(ok("ws://u:p@localhost").warnings().is_empty());
    assert!(ok("wss://u:p@h").warnings().is_empty());
}

#[test]
fn other_connectors_options_never_lower_verification() {
    for option in [
        "tls_mode=verify_identity",
        "tls_mode=3",
        "wsTlsMode=3",
        "disableSSLCertValidation=false",
        "tls_version=TLSv1.3",
    ] {
        let config = ok(&format!("wss://h?bearerToken=t&{option}"));
        assert_eq!(config.tls().unwrap().verification(), Verification::Full, "{option}");
        assert!(config.warnings().is_empty(), "{option}");
    }
    for option in ["tls_mode=verify_ca", "tls_mode=2", "ws_tls_mode=2"] {
        let config = ok(&format!("wss://h?bearerToken=t&{option}"));
        assert_eq!(config.tls().unwrap().verification(), Verification::Full, "{option}");
        assert_eq!(config.warnings()[0].option(), "tls_mode", "{option}");
    }
    for option in ["tls_mode=required", "tls_mode=1", "wsTlsMode=1", "disableSSLCertValidation=true", "skipVerify=true"]
    {
        for credential in ["bearerToken=t", "user=u&password=p"] {
            let error = refused(&format!("wss://h?{credential}&{option}"));
            assert_eq!(error.code(), DangerousOption, "{option}");
            assert!(error.to_string().contains("danger_tls_verification"), "{error}");
        }
    }
}

#[test]
fn lowering_verification_takes_its_own_name_and_another_one_for_a_token() {
    for (word, wanted) in [("chain_only", Verification::DangerChainOnly), ("none", Verification::DangerNone)] {
        let password = ok(&format!("wss://u:p@h?danger_tls_verification={word}"));
        assert_eq!(password.tls().unwrap().verification(), wanted);
        assert_eq!(password.warnings()[0].option(), "danger_tls_verification");
        let token = format!("wss://h?bearerToken=t&danger_tls_verification={word}");
        assert_eq!(code(&token), DangerousOption);
        let allowed = ok(&format!("{token}&danger_token_without_verification=true"));
        assert_eq!(allowed.tls().unwrap().verification(), wanted);
        assert!(!allowed.warnings().is_empty());
    }
    let spoken_twice = ok("wss://u:p@h?tls_mode=required&danger_tls_verification=none");
    assert_eq!(spoken_twice.tls().unwrap().verification(), Verification::DangerNone);
    assert_eq!(code(&format!("wss://u:p@h?danger_tls_verification=none&tls_pin={PIN}")), OptionConflict);
    assert_eq!(code("wss://u:p@h?danger_tls_verification=none&tls_ca=/ca.pem"), OptionConflict);
}

#[test]
fn options_that_contradict_the_scheme_are_refused() {
    let pin = format!("ws://localhost?tls_pin={PIN}");
    for address in [
        "wss://h?useSSL=false",
        "wss://h?tls_mode=disabled",
        "wss://h?wsTlsMode=0",
        "ws://h?useSSL=true&tls_mode=0",
        "ws://localhost?tls_ca=/ca.pem",
        "ws://localhost?tls_version=TLSv1.3",
        "ws://localhost?tls_mode=verify_identity",
        "ws://localhost?tls_mode=required",
        "ws://localhost?tls_system_roots=true",
        "ws://localhost?danger_tls_verification=none",
        "ws://localhost?disableSSLCertValidation=true",
        "host=localhost;useSSL=false;tls_ca=/ca.pem",
        "ws://localhost?protocol=wss",
        "wss://localhost?td.connect.websocket.scheme=ws",
        &pin,
    ] {
        assert_eq!(code(address), OptionConflict, "{address}");
    }
    let der =
        ConfigBuilder::default().address("ws://localhost").unwrap().set_bytes("tls_ca", [1, 2, 3]).unwrap().build();
    assert_eq!(der.unwrap_err().code(), OptionConflict);
    assert!(ok("ws://localhost?tls_mode=disabled").tls().is_none());
    assert!(ok("ws://h?useSSL=true&tls_ca=/ca.pem").tls().is_some());
    assert!(ok("host=h;tls_ca=/ca.pem").tls().is_some(), "a CA without any scheme asks for TLS");
}

#[test]
fn nothing_that_is_printed_shows_a_secret() {
    for address in [
        "wss://h/db?bearerToken=HUNTER2&tls_ca=/ca.pem&timezone=UTC",
        "wss://root:HUNTER2@h/db?totp_code=123456",
        "ws://root:HUNTER2@h/db",
    ] {
        let config = ok(address);
        let builder = ConfigBuilder::default().address(address).unwrap();
        let shown =
            format!("{config:?} {} {:?} {builder:?} {:?}", config.redacted(), config.credential(), config.warnings());
        assert!(!shown.contains("HUNTER2") && !shown.contains("123456"), "{shown}");
    }
    let config = ok("jdbc:TAOS-WS://[::1],h2:7000/power?bearerToken=HUNTER2&useSSL=true&app_name=a%20b");
    let Credential::Token(token) = config.credential() else { panic!("a token was given") };
    assert_eq!(
        config.redacted(),
        format!("wss://[::1]:6041,h2:7000/power?bearer_token=***{}&user_app=a%20b", token.fingerprint())
    );
}

#[test]
fn a_secret_without_a_value_is_no_login_with_the_default_password() {
    let builder = |name| ConfigBuilder::default().address("wss://h").unwrap().set_missing(name);
    for name in ["bearer_token", "bearerToken", "td.connect.token", "password", "tls_key"] {
        assert_eq!(builder(name).build().unwrap_err().code(), InvalidArgument, "{name}");
        assert!(builder(name).set("bearer_token", "t").unwrap().build().is_ok(), "{name} beside a token");
    }
    for name in ["token_source", "tokenSource"] {
        let error = builder(name).build().unwrap_err();
        assert_eq!((error.code(), error.option()), (InvalidArgument, Some(name)), "as the language spells it");
        assert!(builder(name).set("bearer_token", "t").unwrap().build().is_ok(), "{name} beside a token");
    }
    for name in ["timezone", "user", "no_such_option"] {
        assert!(builder(name).build().is_ok(), "{name}");
    }
}

#[test]
fn gateways_that_a_cluster_names_are_used_only_as_safely_as_the_address() {
    let named =
        ["h2:6042", "https://H3", "http://h4:1/", "127.0.0.1:7", "[::1]:8", "ftp://h5", "h6:0", "a b", "", "h7:1/x"];
    let named = named.map(str::to_owned);
    let used = |address: &str| {
        let endpoints = Config::parse(address).unwrap().endpoints_among(&named);
        endpoints.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(used("wss://h?bearerToken=t"), ["h2:6042", "h3:6041", "h4:1", "127.0.0.1:7", "[::1]:8"]);
    assert_eq!(used("ws://localhost?bearerToken=t"), ["127.0.0.1:7", "[::1]:8"]);
    let plain = "ws://h?bearerToken=t&danger_token_over_plaintext=true";
    assert_eq!(used(plain), ["h2:6042", "h4:1", "127.0.0.1:7", "[::1]:8"]);
}

#[test]
fn an_address_for_a_token_source_shows_no_default_user() {
    let of = |address: &str| ok(address).redacted_for_source();
    assert_eq!(of("wss://db.example/power"), "wss://db.example:6041/power");
    assert_eq!(of("wss://me:secret@db.example"), "wss://me:***@db.example:6041");
}
