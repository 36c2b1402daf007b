//! How values become numbers, durations, versions and pins.

use std::time::Duration;

use super::*;
use crate::config::{Material, Revocation, TlsVersion};

#[test]
fn timeouts_have_the_unit_of_their_connector() {
    for (option, millis) in [
        ("conn_timeout=5", 5_000),
        ("conn_timeout=0.25", 250),
        ("connTimeout=00:00:05", 5_000),
        ("connTimeout=01:00:00.5", 3_600_500),
        ("httpConnectTimeout=1500", 1_500),
        ("connect_timeout=1m30s", 90_000),
        ("connect_timeout=250ms", 250),
        ("connect_timeout_ms=70", 70),
    ] {
        assert_eq!(ok(&format!("wss://h?{option}")).connect_timeout(), Duration::from_millis(millis), "{option}");
    }
    for (option, millis) in [
        ("read_timeout=300", 300_000),
        ("readTimeout=5m", 300_000),
        ("readTimeout=00:05:00", 300_000),
        ("messageWaitTimeout=60000", 60_000),
        ("timeout=5s", 5_000),
        ("timeout=5000ms", 5_000),
    ] {
        assert_eq!(ok(&format!("wss://h?{option}")).request_timeout(), Duration::from_millis(millis), "{option}");
    }
    assert_eq!(ok("wss://h?wsKeepAlive=60").keepalive(), Duration::from_secs(60));
}

#[test]
fn sizes_take_binary_units() {
    for (text, bytes) in [("65536", 1 << 16), ("64KiB", 1 << 16), ("2m", 2 << 20), ("1GB", 1 << 30)] {
        assert_eq!(ok(&format!("wss://h?max_message_bytes={text}")).max_message_bytes(), bytes, "{text}");
    }
}

#[test]
fn versions_are_a_list_or_a_range() {
    use TlsVersion::{V1_2, V1_3};
    for (option, range) in [
        ("tls_version=TLSv1.2,TLSv1.3", (V1_2, V1_3)),
        ("tls_version=TLSv1.3,TLSv1.2", (V1_2, V1_3)),
        ("wsTlsVersion=TLSv1.3", (V1_3, V1_3)),
        ("tlsVersion=tls1.2", (V1_2, V1_2)),
        ("tls_min_version=1.3", (V1_3, V1_3)),
        ("tls_max_version=TLSv1_2", (V1_2, V1_2)),
    ] {
        let config = ok(&format!("wss://h?{option}"));
        let tls = config.tls().unwrap();
        assert_eq!((tls.min_version(), tls.max_version()), range, "{option}");
    }
}

#[test]
fn pins_are_hex_or_base64_and_stand_for_the_roots() {
    let digest: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap() * 7);
    let hex: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    let colons = digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":");
    let base64 = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(digest)
    };
    for pin in [hex.clone(), colons, format!("sha256//{base64}")] {
        let config = ok(&format!("wss://h?tls_pin={pin}"));
        let tls = config.tls().unwrap();
        assert_eq!(tls.pins(), [digest], "{pin}");
        assert!(!tls.system_roots(), "a pin alone stands instead of the roots");
    }
    let both = ok(&format!("wss://h?tls_pin={hex},sha256//{base64}&tls_system_roots=true"));
    assert_eq!(both.tls().unwrap().pins().len(), 2);
    assert!(both.tls().unwrap().system_roots());
}

#[test]
fn a_ca_is_a_path_the_text_itself_or_bytes() {
    let path = ok("wss://h?tls_ca=/etc/my%20ca.pem");
    assert_eq!(path.tls().unwrap().ca().unwrap().path(), Some(std::path::Path::new("/etc/my ca.pem")));
    assert!(!path.tls().unwrap().system_roots(), "a private CA replaces the system's roots");
    assert!(ok("wss://h?wsTlsCa=/ca.pem&tls_system_roots=true").tls().unwrap().system_roots());

    let pem = "-----BEGIN CERTIFICATE-----\nAA+/\n-----END CERTIFICATE-----\n";
    let inline = keywords(&[("url", "wss://h"), ("tlsCa", pem)]).unwrap();
    let value = |bytes: &[u8]| Material::Value(bytes.to_vec().into());
    assert_eq!(inline.tls().unwrap().ca(), Some(&value(pem.as_bytes())));
    let escaped = "-----BEGIN%20CERTIFICATE-----%0AAA+/%0A-----END%20CERTIFICATE-----%0A";
    assert_eq!(ok(&format!("wss://h?tls_ca={escaped}")), inline);

    let builder = || ConfigBuilder::default().address("wss://h").unwrap();
    let der = builder().set_bytes("tlsCa", vec![0x30, 0x82]).unwrap().build().unwrap();
    assert_eq!(der.tls().unwrap().ca(), Some(&value(&[0x30, 0x82])));
    let twice = builder().set("tls_ca", "/ca.pem").unwrap().set_bytes("wsTlsCa", vec![0x30]);
    assert_eq!(twice.unwrap_err().code(), ErrorCode::OptionDuplicate);
    assert_eq!(builder().set_bytes("timezone", b"UTC".to_vec()).unwrap_err().code(), ErrorCode::OptionInvalid);
    assert_eq!(builder().set_bytes("tls_caa", vec![0]).unwrap_err().code(), ErrorCode::OptionUnknown);
    assert_eq!(builder().set_bytes("tls_ca", vec![]).unwrap().build().unwrap_err().code(), ErrorCode::OptionInvalid);
}

#[test]
fn revocation_is_soft_unless_said_otherwise_and_never_idle() {
    let of = |address: &str| ok(address).tls().unwrap().revocation();
    assert_eq!(of("wss://h"), Revocation::Soft);
    assert_eq!(of("wss://h?tls_revocation=HARD"), Revocation::Hard);
    assert_eq!(of("wss://h?tls_revocation=off"), Revocation::Off);
    assert_eq!(
        ok("wss://h?tls_crl=/etc/crl.pem").tls().unwrap().crl().unwrap().path().unwrap().to_str(),
        Some("/etc/crl.pem")
    );
    let pin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for address in [
        "wss://h?tls_crl=/c&tls_revocation=off",
        &format!("wss://h?tls_crl=/c&tls_pin={pin}"),
        &format!("wss://h?tls_revocation=hard&tls_pin={pin}"),
        "wss://u:p@h?tls_crl=/c&danger_tls_verification=none",
        "ws://localhost?tls_crl=/c",
    ] {
        assert_eq!(code(address), ErrorCode::OptionConflict, "{address}");
    }
    assert_eq!(code("wss://h?tls_revocation=maybe"), ErrorCode::OptionInvalid);
}

#[test]
fn a_client_certificate_is_a_credential_of_its_own_kind() {
    use crate::config::{Credential, KeyPermissions, Passphrase};
    let alone = ok("wss://h?tls_cert=/c.pem&tls_key=/k.pem&tls_key_passphrase=HUNTER2&tls_key_permissions=refuse");
    let Credential::Certificate(identity) = alone.credential() else { panic!("{:?}", alone.credential()) };
    assert_eq!(identity.key().unwrap().path().unwrap().to_str(), Some("/k.pem"));
    assert_eq!(identity.permissions(), KeyPermissions::Refuse);
    assert!(!format!("{alone:?}{:?}", alone.credential()).contains("HUNTER2"));
    assert_eq!(alone.credential().kind(), "certificate");

    let with_token = ok("wss://h?tls_cert=/c.p12&tls_key_passphrase_source=env:KEY_WORD&bearerToken=t");
    assert_eq!(with_token.credential().kind(), "certificate_and_token");
    assert_eq!(with_token.credential().token().unwrap().expose(), "t");
    let word = with_token.credential().identity().unwrap().passphrase().cloned();
    assert_eq!(word, Some(Passphrase::Environment("KEY_WORD".into())));

    for address in
        ["wss://root:p@h?tls_cert=/c", "wss://h?tls_cert=/c&user=root", "wss://h?tls_cert=/c&totp_code=123456"]
    {
        assert_eq!(code(address), ErrorCode::CredentialConflict, "{address}");
    }
    for option in ["tls_key=/k", "tls_key_passphrase=w", "tls_key_passphrase_source=env:W", "tls_key_permissions=warn"]
    {
        assert_eq!(code(&format!("wss://h?bearerToken=t&{option}")), ErrorCode::OptionConflict, "{option}");
    }
    assert_eq!(
        code("wss://h?tls_cert=/c&tls_key_passphrase=a&tls_key_passphrase_source=env:W"),
        ErrorCode::OptionConflict
    );
    for source in ["W", "env:", "file:", "exec:rm"] {
        assert_eq!(code(&format!("wss://h?tls_cert=/c&tls_key_passphrase_source={source}")), ErrorCode::OptionInvalid);
    }
    assert_eq!(code("ws://localhost?tls_cert=/c"), ErrorCode::OptionConflict);
    assert!(ok("host=h;tls_cert=/c").tls().is_some(), "a certificate without any scheme asks for TLS");
}

#[test]
fn options_without_effect_are_accepted_and_reported() {
    let config = ok("wss://h?conn_retries=3&retry_backoff_ms=200&enableAutoReconnect=true&tcp_nodelay=true");
    let options: Vec<_> = config.warnings().iter().map(|warning| warning.option()).collect();
    assert_eq!(options, ["conn_retries", "enable_auto_reconnect", "retry_backoff_ms", "tcp_nodelay"]);
    assert_eq!(config, ok("wss://h"), "they change nothing");
    let of_one_group =
        ok("wss://h?healthCheckInitInterval=10&healthCheckMaxInterval=300&reconnectRetryCount=3&retryTimes=3");
    assert_eq!(of_one_group.warnings().len(), 4);
    assert_eq!(code("wss://h?conn_retries=3&connRetries=3"), ErrorCode::OptionDuplicate);
}

#[test]
fn session_options_arrive_under_every_name() {
    let config = ok("wss://h?user_app=billing&user_ip=10.1.2.3&timezone=Etc/GMT+8&conn_mode=1");
    assert_eq!(config, ok("wss://h?app_name=billing&app_ip=10.1.2.3&tz=Etc%2FGMT%2B8&bi_mode=yes"));
    assert_eq!(config.app(), Some("billing"));
    assert_eq!(config.client_ip(), Some("10.1.2.3"));
    assert_eq!(config.timezone(), Some("Etc/GMT+8"));
    assert!(config.bi_mode());
    assert!(!ok("wss://h?conn_mode=0").bi_mode());
}

#[test]
fn quoted_values_of_connection_strings_keep_semicolons() {
    use crate::config::Credential;
    for text in ["host=h;username=u;password=\"a;b\"\"c\"", "host=h;username=u;password='a;b\"c' ;"] {
        let config = ok(text);
        assert!(matches!(config.credential(), Credential::Password { password, .. } if password.expose() == "a;b\"c"));
    }
}

#[test]
fn international_host_names_become_what_name_servers_know() {
    for (given, wanted) in [
        ("b\u{fc}cher.example", "xn--bcher-kva.example"),
        ("B\u{dc}CHER.example", "xn--bcher-kva.example"),
        ("\u{6d4b}\u{8bd5}.example", "xn--0zwm56d.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ] {
        assert_eq!(ok(&format!("wss://{given}:6042/db")).endpoints()[0].host(), wanted, "{given}");
        assert_eq!(
            ok(&format!("wss://h?tls_server_name={given}")).tls().unwrap().server_name(),
            Some(wanted),
            "{given}"
        );
    }
    for bad in ["\u{fc}\u{20ac}_\u{202e}.example", "\u{fc}%20.example", "a\u{0}\u{fc}"] {
        assert_eq!(code(&format!("wss://{bad}/db")), ErrorCode::AddressInvalid, "{bad:?}");
    }
}

#[test]
fn the_name_to_verify_may_be_another_than_the_host() {
    assert_eq!(ok("wss://127.0.0.1?tls_server_name=DB.example").tls().unwrap().server_name(), Some("db.example"));
    assert_eq!(ok("wss://h?tlsServerName=::1").tls().unwrap().server_name(), Some("::1"));
    for bad in ["a%20b", "a/b", "[::1]"] {
        assert_eq!(code(&format!("wss://h?tls_server_name={bad}")), ErrorCode::OptionInvalid, "{bad}");
    }
    assert_eq!(code("ws://localhost?tls_server_name=h"), ErrorCode::OptionConflict);
}

#[test]
fn canary_connections_are_a_number_or_a_part_of_the_pool_rounded_up() {
    let of = |text: &str| {
        let pool = [("url", "ws://localhost"), ("max_size", "10"), ("min_idle", "0"), ("canary_connections", text)];
        keywords(&pool).map(|config| config.pool().canary_connections)
    };
    for (text, expected) in [("1", 1), ("10", 10), ("1%", 1), ("25%", 3), (" 50 % ", 5), ("100%", 10)] {
        assert_eq!(of(text).unwrap(), expected, "{text}");
    }
    for text in ["0", "11", "0%", "101%", "-5%", "%", "a%", "2.5", "18446744073709551615%"] {
        assert_eq!(of(text).unwrap_err().code(), ErrorCode::OptionInvalid, "{text}");
    }
}
