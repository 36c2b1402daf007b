//! Bad input gets a code and the name of the option, before any socket, and never repeats a secret.

use super::*;
use ErrorCode::*;

#[test]
fn bad_addresses_have_codes() {
    for (address, wanted) in [
        ("", AddressEmpty),
        ("  \n", AddressEmpty),
        (" wss://h", AddressInvalid),
        ("wss://", AddressInvalid),
        ("wss:///db", AddressInvalid),
        ("wss://:6041/db", AddressInvalid),
        ("wss://h1,,h2", AddressInvalid),
        ("wss://h1,", AddressInvalid),
        ("h1:6041", AddressInvalid),
        ("localhost", AddressInvalid),
        ("wss:h1", AddressInvalid),
        ("wss:/h1", AddressInvalid),
        ("wss://h1/a/b", AddressInvalid),
        ("wss://h1:6041:7", AddressInvalid),
        ("wss://::1/db", AddressInvalid),
        ("wss://::1:6041/db", AddressInvalid),
        ("wss://[::1/db", AddressInvalid),
        ("wss://::1]:6041/db", AddressInvalid),
        ("wss://h]:6041/db", AddressInvalid),
        ("wss://[::1]6041/db", AddressInvalid),
        ("wss://[h1]:6041/db", AddressInvalid),
        ("wss://h 1/db", AddressInvalid),
        ("wss://h%0a1/db", AddressInvalid),
        ("wss(h1:6041/db", AddressInvalid),
        ("root:p@wss(h1:6041/db", AddressInvalid),
        ("root:p@wss(h1)db", AddressInvalid),
        ("(h1)/db", AddressInvalid),
        ("jdbc:TAOS-WS:h1", AddressInvalid),
        ("host=h1;password=\"open", AddressInvalid),
        ("host=;port=6041", AddressInvalid),
        ("port=6041;db=power", AddressInvalid),
        ("ftp://h1", SchemeUnknown),
        ("://h1", SchemeUnknown),
        ("wsss://h1", SchemeUnknown),
        ("taos://h1:6030", SchemeUnknown),
        ("root:p@tcp(h1:6030)/db", SchemeUnknown),
        ("root:p@quic(h1:6030)/db", SchemeUnknown),
        ("jdbc:TAOS://h1:6030/db", SchemeUnknown),
        ("jdbc:mysql://h1:3306/db", SchemeUnknown),
        ("protocol=Native;host=h1", SchemeUnknown),
        ("wss://h1:0", PortInvalid),
        ("wss://h1:70000", PortInvalid),
        ("wss://h1:", PortInvalid),
        ("wss://h1:+6041", PortInvalid),
        ("wss://h1:6041x", PortInvalid),
        ("wss://[::1]:0", PortInvalid),
        ("root:p@wss(h1:70000)/db", PortInvalid),
        ("host=h1;port=0", PortInvalid),
        ("wss://root:a%2@h1", PercentEncodingInvalid),
        ("wss://root:a%zz@h1", PercentEncodingInvalid),
        ("wss://root:a%ff@h1", PercentEncodingInvalid),
        ("wss://h1/db?bearerToken=%", PercentEncodingInvalid),
        ("wss://h1/%e9", PercentEncodingInvalid),
    ] {
        assert_eq!(code(address), wanted, "{address}");
    }
    assert_eq!(keywords(&[]).unwrap_err().code(), AddressEmpty);
    assert_eq!(keywords(&[("bearer_token", "t")]).unwrap_err().code(), AddressEmpty);
}

#[test]
fn bad_options_have_codes_and_are_named() {
    for (address, wanted, option) in [
        ("wss://h?bearerTokn=x", OptionUnknown, "bearerTokn"),
        ("wss://h?colour=blue", OptionUnknown, "colour"),
        ("wss://h?bearerToken=x&bearer_token=x", OptionDuplicate, "bearer_token"),
        ("wss://h?bearerToken=x&td.connect.token=x", OptionDuplicate, "bearer_token"),
        ("wss://h/db?database=db", OptionDuplicate, "database"),
        ("wss://root:p@h?user=root", OptionDuplicate, "user"),
        ("wss://h?host=h2", OptionDuplicate, "host"),
        ("wss://h:6041?port=6041", OptionDuplicate, "port"),
        ("host=h;ip=h", OptionDuplicate, "host"),
        ("wss://h?url=wss://h", OptionConflict, "address"),
        ("wss://h?bearerToken", OptionInvalid, "bearer_token"),
        ("wss://h?timezone=", OptionInvalid, "timezone"),
        ("wss://h?timezone=UTC;drop", OptionInvalid, "timezone"),
        ("wss://h?db=a.b", OptionInvalid, "database"),
        ("wss://h?compression=true", OptionInvalid, "compression"),
        ("wss://h?disableCompression=false", OptionInvalid, "compression"),
        ("wss://h?useSSL=maybe", OptionInvalid, "tls"),
        ("wss://h?conn_timeout=soon", OptionInvalid, "connect_timeout"),
        ("wss://h?conn_timeout=0", OptionInvalid, "connect_timeout"),
        ("wss://h?conn_timeout=-1", OptionInvalid, "connect_timeout"),
        ("wss://h?conn_timeout=8d", OptionInvalid, "connect_timeout"),
        ("wss://h?timeout=5000", OptionInvalid, "request_timeout"),
        ("wss://h?max_message_bytes=1", OptionInvalid, "max_message_bytes"),
        ("wss://h?max_message_bytes=4GiB", OptionInvalid, "max_message_bytes"),
        ("wss://h?user_ip=here", OptionInvalid, "user_ip"),
        ("wss://h?tls_mode=strict", OptionInvalid, "tls_mode"),
        ("wss://h?tls_pin=abc", OptionInvalid, "tls_pin"),
        ("wss://h?tls_ca=", OptionInvalid, "tls_ca"),
        ("wss://h?tls_ca=a%0Ab", OptionInvalid, "tls_ca"),
        ("wss://h?danger_tls_verification=off", OptionInvalid, "danger_tls_verification"),
        ("wss://h?tls_version=TLSv1.1", TlsVersionInvalid, "tls_version"),
        ("wss://h?tls_version=TLSv1.2,TLSv1.4", TlsVersionInvalid, "tls_version"),
        ("wss://h?tls_min_version=1.3&tls_max_version=1.2", TlsVersionInvalid, "tls_min_version"),
        ("wss://h?tls_version=1.3&tls_min_version=1.2", OptionConflict, "tls_version"),
        ("wss://h?tls_system_roots=false", OptionConflict, "tls_system_roots"),
        ("wss://u:p@h?totp_code=12345", OptionInvalid, "totp_code"),
        ("wss://h?asyncWrite=true", OptionInvalid, "async_write"),
        ("wss://h?slaveClusterHost=h2", OptionInvalid, "slave_cluster_host"),
        ("wss://h?token=x", TokenParameter, "token"),
    ] {
        let error = refused(address);
        assert_eq!(error.code(), wanted, "{address}: {error}");
        assert_eq!(error.option(), Some(option), "{address}: {error}");
    }
    let twice = ConfigBuilder::default().set("url", "wss://h").unwrap().set("dsn", "wss://h").unwrap_err();
    assert_eq!((twice.code(), twice.option()), (OptionDuplicate, Some("address")));
    let both = keywords(&[("url", "wss://h?bearerToken=x"), ("bearer_token", "x")]).unwrap_err();
    assert_eq!((both.code(), both.option()), (OptionDuplicate, Some("bearer_token")));
}

#[test]
fn a_slip_is_answered_by_what_was_meant() {
    assert!(refused("wss://h?bearerTokn=x").to_string().contains("did you mean bearer_token?"));
    assert!(refused("wss://h?token=x").to_string().contains("use bearerToken"));
    assert!(refused("wss://h?timeout=5").to_string().contains("unit"));
}

#[test]
fn bad_tokens_are_refused_before_anything_is_sent() {
    for token in ["", " ", "a b", "abc\n", "\tabc", "a\u{0}b", "a\u{7f}", "a\u{a0}b", "a\u{2028}b"] {
        let error = keywords(&[("url", "wss://h"), ("bearer_token", token)]).unwrap_err();
        assert_eq!((error.code(), error.option()), (TokenInvalid, Some("bearer_token")), "{token:?}");
    }
    assert_eq!(code("wss://h?bearerToken="), TokenInvalid);
    assert_eq!(code("wss://h?bearerToken=abc%0A"), TokenInvalid);
    assert_eq!(code("wss://h?bearerToken=abc\n"), TokenInvalid);
}

#[test]
fn a_name_behind_a_secret_is_not_repeated() {
    for address in [
        "wss://h/db?bearerToken=abc&HUNTERS=1",
        "jdbc:TAOS-WS://h/db?user=u&password=abc&HUNTERS",
        "wss://u:pa?HUNTERS=1@h/db",
        "host=h;password=abc;HUNTERS=1",
        "u:x@HUNTERS(y@h/db",
        "wss://u:HUNTERS:6041/db",
        "wss://u:123HUNTERS",
        "HUNTERS==",
        "HUNTERS",
        "wss://h?HUNTERS",
        "wss://h/password=a?HUNTERS=1",
    ] {
        let error = refused(address);
        assert!(!format!("{error} {error:?}").contains("HUNTERS"), "{address}: {error}");
    }
    assert!(refused("wss://h/db?colour=1").to_string().contains("colour"), "a plain mistake is named");
}
