//! Every connector's spelling gives one and the same configuration (TOK-3).

use super::*;
use crate::config::{Credential, TlsVersion, options};

#[test]
fn every_connectors_spelling_of_a_token_over_tls_is_one_configuration() {
    let wanted = ok("wss://h1:6041/power?bearer_token=TOKEN");
    assert_eq!(wanted.endpoints()[0].to_string(), "h1:6041");
    assert_eq!(wanted.database(), Some("power"));
    assert!(wanted.tls().is_some());
    assert!(matches!(wanted.credential(), Credential::Token(token) if token.expose() == "TOKEN"));

    for address in [
        "wss://h1/power?bearerToken=TOKEN",
        "WSS://H1:6041/power/?BEARER-TOKEN=TOKEN",
        "https://h1:6041/power?bearer_token=TOKEN",
        "taos+wss://h1:6041/power?bearer_token=TOKEN",
        "taosws+wss://h1:6041/power?bearer_token=TOKEN",
        "taos+https://h1:6041/power?bearer_token=TOKEN",
        "tmq+wss://h1:6041/power?td.connect.token=TOKEN",
        "ws://h1:6041/power?bearerToken=TOKEN&useSSL=true",
        "wss://h1/?db=power&bearerToken=TOKEN",
        "wss://@h1/power?bearerToken=TOKEN",
        "wss://h1/%70ower?bearerToken=%54OKEN",
        "wss://h1/power?bearerToken=TOKEN&tls_mode=verify_identity",
        "wss://h1/power?bearerToken=TOKEN&wsTlsMode=3&compression=false",
        "@wss(h1:6041)/power?bearerToken=TOKEN",
        "@wss(h1)/power?bearerToken=TOKEN",
        "wss(h1:6041)/power?bearerToken=TOKEN",
        ":@wss(h1:6041)/power?bearerToken=TOKEN",
        "@https(h1)/power?bearerToken=TOKEN",
        "jdbc:TAOS-WS://h1:6041/power?bearerToken=TOKEN&useSSL=true",
        "JDBC:taos-ws://h1/power?useSSL=true&bearerToken=TOKEN",
        "jdbc:TAOS-WS://h1:6041/?dbname=power&bearerToken=TOKEN&useSSL=true",
        "protocol=WebSocket;host=h1;port=6041;db=power;useSSL=true;bearerToken=TOKEN",
        "Protocol=WebSocket; Host=h1; DB=power; UseSSL=True; bearerToken='TOKEN';",
    ] {
        assert_eq!(ok(address), wanted, "{address}");
    }
    for pairs in [
        &[("url", "wss://h1:6041/power"), ("bearer_token", "TOKEN")][..],
        &[("dsn", "wss://h1:6041"), ("bearerToken", "TOKEN"), ("database", "power")],
        &[("host", "h1"), ("port", "6041"), ("db", "power"), ("tls", "true"), ("bearer_token", "TOKEN")],
        &[("host", "h1"), ("database", "power"), ("protocol", "wss"), ("bearer_token", "TOKEN")],
        &[
            ("bootstrap.servers", "h1:6041"),
            ("td.connect.type", "ws"),
            ("useSSL", "true"),
            ("td.connect.token", "TOKEN"),
            ("td.connect.db", "power"),
        ],
        &[
            ("td.connect.ip", "h1"),
            ("td.connect.port", "6041"),
            ("td.connect.websocket.scheme", "wss"),
            ("td.connect.bearer_token", "TOKEN"),
            ("td.connect.db", "power"),
        ],
        &[("ws.url", "wss://h1:6041/rest/tmq"), ("td.connect.token", "TOKEN"), ("td.connect.db", "power")],
    ] {
        assert_eq!(keywords(pairs).unwrap(), wanted, "{pairs:?}");
    }
}

#[test]
fn every_connectors_spelling_of_a_password_login_is_one_configuration() {
    let wanted = ok("ws://u:p%40s%2Fs@localhost:6041/power?timezone=Asia/Shanghai&read_timeout=60&conn_mode=1");
    for address in [
        "http://u:p%40s%2Fs@localhost/power?timezone=Asia%2FShanghai&readTimeout=60s&bi_mode=true",
        "taosws://u:p@s%2Fs@localhost:6041/power?tz=Asia/Shanghai&readTimeout=1m&conmode=1",
        "u:p@s%2Fs@ws(localhost:6041)/power?timezone=Asia%2FShanghai&readTimeout=1m&bi_mode=1",
        "u:p@s/s@http(localhost:6041)/power?timezone=Asia%2FShanghai&readTimeout=1m&bi_mode=1",
        "jdbc:TAOS-RS://localhost:6041/power?user=u&password=p@s/s&timezone=Asia/Shanghai&messageWaitTimeout=60000&conmode=1",
        "jdbc:TAOS-WS://localhost/power?user=u&password=p%40s/s&useSSL=false&timezone=Asia/Shanghai&messageWaitTimeout=60000&conmode=1",
        "host=localhost;username=u;password=\"p@s/s\";db=power;timezone=Asia/Shanghai;readTimeout=00:01:00;conn_mode=1",
    ] {
        assert_eq!(ok(address), wanted, "{address}");
    }
    let from_setters = keywords(&[
        ("url", "ws://localhost:6041"),
        ("user", "u"),
        ("pwd", "p@s/s"),
        ("db", "power"),
        ("timezone", "Asia/Shanghai"),
        ("setTimeOut", "60000"),
        ("bi_mode", "true"),
    ]);
    assert_eq!(from_setters.unwrap(), wanted);
}

#[test]
fn the_security_guides_examples_work_as_written() {
    let wanted = ok("wss://td1.internal.taosdata.com:6041/mydb?bearer_token=your_token_here");
    // Python
    let python = [("url", "wss://td1.internal.taosdata.com:6041/mydb"), ("bearer_token", "your_token_here")];
    assert_eq!(keywords(&python).unwrap(), wanted);
    assert!(ok("wss://td1.internal.taosdata.com:6041/mydb").tls().is_some());
    // Go
    assert_eq!(ok("wss://td1.internal.taosdata.com:6041/mydb?bearerToken=your_token_here"), wanted);
    assert_eq!(
        ok("root:taosdata@wss(td1.internal.taosdata.com:6041)/mydb"),
        ok("wss://td1.internal.taosdata.com:6041/mydb"),
    );
    // Node
    let node = [("url", "wss://localhost:6041"), ("user", "root"), ("password", "taosdata"), ("db", "test")];
    assert_eq!(keywords(&node).unwrap(), ok("wss://root:taosdata@localhost/test"));
    assert!(matches!(ok("wss://localhost:6041/test?bearerToken=your_token_here").credential(), Credential::Token(_)));
    // C#, as it comes out of the concatenation
    assert_eq!(
        ok("protocol=WebSocket;host=localhost;port=6041;useSSL=true;username=root;password=taosdata"),
        ok("wss://localhost"),
    );
    assert_eq!(
        ok("protocol=WebSocket;host=localhost;port=6041;useSSL=true;bearerToken=your_token_here"),
        ok("wss://localhost?bearerToken=your_token_here"),
    );
    // JDBC with a token, and its consumer
    assert_eq!(code("jdbc:TAOS-WS://host:6041/db?token=xxx"), ErrorCode::TokenParameter);
    assert_eq!(code("jdbc:TAOS-WS://host:6041/db?bearerToken=xxx"), ErrorCode::InsecureTransport);
    assert!(ok("jdbc:TAOS-WS://host:6041/db?bearerToken=xxx&useSSL=true").tls().is_some());
}

#[test]
fn several_hosts_keep_their_order_and_ports() {
    let hosts = |address: &str| ok(address).endpoints().iter().map(ToString::to_string).collect::<Vec<_>>();
    let wanted = ["h1:6041", "h2:7000", "[::1]:6041", "[fe80::1]:7001"];
    assert_eq!(hosts("wss://h1,h2:7000,[::1],[FE80:0::1]:7001/db"), wanted);
    assert_eq!(hosts("root:p@wss(h1,h2:7000,[::1],[fe80::1]:7001)/db"), wanted);
    assert_eq!(hosts("jdbc:TAOS-WS:///db?endpoints=h1,h2:7000,[::1],[fe80::1]:7001"), wanted);
    assert_eq!(hosts("wss://h1,h2?port=7000"), ["h1:7000", "h2:7000"]);
    assert_eq!(ok("wss://[::1]").endpoints()[0].host(), "::1");
}

#[test]
fn defaults_are_those_of_every_connector() {
    let config = ok("ws://localhost");
    assert_eq!(config, ok("ws://root:taosdata@localhost:6041/"));
    assert_eq!(config.connect_timeout().as_secs(), 10);
    assert_eq!(config.request_timeout().as_secs(), 300);
    assert_eq!(config.keepalive().as_secs(), 30);
    assert_eq!(config.max_message_bytes(), 128 << 20);
    assert!(config.tls().is_none() && config.database().is_none() && config.timezone().is_none());
    let tls = ok("wss://localhost").tls().unwrap().clone();
    assert!(tls.system_roots() && tls.pins().is_empty() && tls.ca().is_none());
    assert_eq!((tls.min_version(), tls.max_version()), (TlsVersion::V1_2, TlsVersion::V1_3));
}

#[test]
fn every_spelling_in_the_registry_is_understood_in_any_case() {
    for option in options() {
        let names = option.aliases.iter().map(|alias| alias.name).chain([option.name]);
        for name in names {
            for variant in [name.to_owned(), name.to_uppercase(), name.replace('_', "-"), name.replace('_', "")] {
                let found = crate::config::find_option(&variant).unwrap_or_else(|| panic!("{variant} is not found"));
                assert_eq!(found.name, option.name, "{variant}");
            }
        }
    }
}
