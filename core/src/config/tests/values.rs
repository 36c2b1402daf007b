//! How values become numbers, durations, versions and pins.

use std::time::Duration;

use super::*;
use crate::config::TlsVersion;

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
fn a_ca_is_a_path_or_the_text_itself() {
    let path = ok("wss://h?tls_ca=/etc/my%20ca.pem");
    assert_eq!(path.tls().unwrap().ca_paths(), [std::path::Path::new("/etc/my ca.pem")]);
    assert!(!path.tls().unwrap().system_roots(), "a private CA replaces the system's roots");
    assert!(ok("wss://h?wsTlsCa=/ca.pem&tls_system_roots=true").tls().unwrap().system_roots());

    let pem = "-----BEGIN CERTIFICATE-----\nAA+/\n-----END CERTIFICATE-----\n";
    let inline = keywords(&[("url", "wss://h"), ("tlsCa", pem)]).unwrap();
    assert_eq!(inline.tls().unwrap().ca_inline(), [pem.as_bytes()]);
    assert!(inline.tls().unwrap().ca_paths().is_empty());
    let escaped = "-----BEGIN%20CERTIFICATE-----%0AAA+/%0A-----END%20CERTIFICATE-----%0A";
    assert_eq!(ok(&format!("wss://h?tls_ca={escaped}")), inline);

    let der = ConfigBuilder::default().address("wss://h").unwrap().tls_ca_der(vec![0x30, 0x82]).build().unwrap();
    assert_eq!(der.tls().unwrap().ca_inline(), [vec![0x30, 0x82]]);
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
