//! Users and tokens through SQL.

use super::fixture;

#[test]
fn tokens_are_made_shown_changed_and_dropped() {
    let mut f = fixture();
    let (columns, rows) = f.table("CREATE TOKEN t1 FROM USER root TTL 2 PROVIDER 'Vault' EXTRA_INFO 'night job'");
    assert_eq!(columns, [("token".to_owned(), 8)]);
    assert_eq!(rows[0][0].len(), 63);
    assert!(f.rows("CREATE TOKEN IF NOT EXISTS t1 FROM USER root").is_empty(), "the secret is shown once");
    let shown = f.rows("SHOW TOKENS");
    assert!(shown[0].starts_with("t1|root|Vault|1|"), "{shown:?}");
    assert!(!shown[0].contains(&rows[0][0]));
    let times = f.rows("SELECT create_time, expire_time FROM information_schema.ins_tokens WHERE name = 't1'");
    let (created, expires) = times[0].split_once('|').unwrap();
    assert_eq!(expires.parse::<i64>().unwrap() - created.parse::<i64>().unwrap(), 2 * 86_400_000);
    f.update("ALTER TOKEN t1 ENABLE 0");
    assert_eq!(f.rows("SELECT enable FROM information_schema.ins_tokens"), ["0"]);
    f.update("DROP TOKEN t1");
    f.update("DROP TOKEN IF EXISTS t1");
    assert!(f.rows("SHOW TOKENS").is_empty());
    assert_eq!(f.code("CREATE TOKEN t1 FROM USER nobody"), 0x0351);
    assert_eq!(f.code("CREATE TOKEN t1 FROM USER root COLOUR 1"), 0x2600);
}

#[test]
fn users_are_made_changed_and_dropped() {
    let mut f = fixture();
    f.update("CREATE USER reader PASS 'Secret-123' SYSINFO 0 ENABLE 1");
    assert_eq!(
        f.rows("SELECT name, super, sysinfo FROM information_schema.ins_users ORDER BY name"),
        ["reader|0|0", "root|1|1"]
    );
    f.update("ALTER USER reader ENABLE 0");
    assert_eq!(f.rows("SELECT enable FROM information_schema.ins_users WHERE name = 'reader'"), ["0"]);
    f.update("GRANT READ, WRITE ON power.* TO reader");
    f.update("REVOKE ALL ON power FROM reader");
    assert_eq!(f.rows("CREATE TOTP_SECRET FOR USER reader").len(), 1);
    assert_eq!(f.rows("SELECT totp FROM information_schema.ins_users WHERE name = 'reader'"), ["1"]);
    f.update("DROP TOTP_SECRET FROM USER reader");
    f.update("DROP USER reader");
    assert_eq!(f.code("GRANT READ ON power TO reader"), 0x0351);
    assert_eq!(f.code("DROP USER reader"), 0x0351);
    assert_eq!(f.code("CREATE USER x"), 0x2601);
}
