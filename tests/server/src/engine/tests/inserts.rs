//! INSERT: forms, values, checks.

use super::{NOW_MS, fixture, meters};

#[test]
fn rows_go_into_several_tables_at_once() {
    let mut f = meters();
    let n = f.update("INSERT INTO d1 VALUES (1700000003000, 1, 2, 3), (1700000004000, 1, 2, 3) power.d2 (ts, voltage) VALUES (1700000003000, 7);");
    assert_eq!(n, 3);
    assert_eq!(f.rows("SELECT count(*) FROM meters"), ["6"]);
}

#[test]
fn the_same_timestamp_overwrites() {
    let mut f = meters();
    f.update("INSERT INTO d1 VALUES (1700000000000, 99.5, 1, NULL)");
    assert_eq!(f.rows("SELECT * FROM d1 WHERE ts = 1700000000000"), ["1700000000000|99.5|1|NULL"]);
    f.update("INSERT INTO d1 (ts, phase) VALUES (1700000000000, 0.75)");
    assert_eq!(f.rows("SELECT * FROM d1 LIMIT 1"), ["1700000000000|99.5|1|0.75"], "columns not named stay");
    f.update("INSERT INTO d1 (ts, current) VALUES (1700000000000, NULL)");
    assert_eq!(f.rows("SELECT * FROM d1 LIMIT 1"), ["1700000000000|NULL|1|0.75"]);
    assert_eq!(f.rows("SELECT count(*) FROM d1"), ["2"]);
}

#[test]
fn rows_for_a_super_table_name_their_children() {
    let mut f = meters();
    let n = f.update("INSERT INTO meters (tbname, ts, voltage, groupid) VALUES ('d1', 1700000005000, 1, 2) ('d9', 1700000005000, 2, 9)");
    assert_eq!(n, 2);
    assert_eq!(
        f.rows("SELECT tbname, voltage, groupid FROM meters WHERE ts = 1700000005000 ORDER BY 1"),
        ["d1|1|2", "d9|2|9"]
    );
}

#[test]
fn times_are_numbers_texts_and_expressions() {
    let mut f = fixture();
    f.session.timezone = chrono_tz::Europe::Berlin;
    f.update("CREATE TABLE t (ts TIMESTAMP, v INT)");
    f.update(
        "INSERT INTO t VALUES (1500000000000, 1) ('2023-07-01 00:00:00.5', 2) ('2023-01-01', 3) \
         ('2023-11-14T22:13:20.123Z', 4) ('2023-11-14T22:13:20+08:00', 5) (NOW + 1h, 6) (now() - 1d, 7) (TODAY(), 8) \
         (-1, 9) ('1500000000001', 10)",
    );
    let of =
        |f: &mut super::Fixture, v: i64| f.rows(&format!("SELECT ts FROM t WHERE v = {v}"))[0].parse::<i64>().unwrap();
    assert_eq!(of(&mut f, 1), 1_500_000_000_000);
    assert_eq!(of(&mut f, 2), 1_688_162_400_500, "summer time");
    assert_eq!(of(&mut f, 3), 1_672_527_600_000, "winter time");
    assert_eq!(of(&mut f, 4), 1_700_000_000_123);
    assert_eq!(of(&mut f, 5), 1_699_971_200_000);
    assert!((of(&mut f, 6) - NOW_MS - 3_600_000).abs() < 60_000);
    assert!((of(&mut f, 7) - NOW_MS + 86_400_000).abs() < 60_000);
    assert_eq!(of(&mut f, 8), 1_699_916_400_000, "midnight in Berlin");
    assert_eq!(of(&mut f, 9), -1);
    assert_eq!(of(&mut f, 10), 1_500_000_000_001);
}

#[test]
fn precision_is_the_databases() {
    let mut f = fixture();
    f.update("CREATE DATABASE fine PRECISION 'ns'");
    f.update("CREATE TABLE fine.t (ts TIMESTAMP, v INT)");
    f.update("INSERT INTO fine.t VALUES ('2023-11-14 22:13:20.123456789', 1)");
    assert_eq!(f.rows("SELECT ts FROM fine.t WHERE ts >= '2023-11-14 22:13:20.123456789'"), ["1700000000123456789"]);
    match f.run("SELECT ts FROM fine.t") {
        Ok(crate::engine::Outcome::Rows(rows)) => assert_eq!(rows.precision, 2),
        _ => panic!("no rows"),
    }
}

#[test]
fn values_of_every_type_come_back() {
    let mut f = fixture();
    f.update(
        "CREATE TABLE t (ts TIMESTAMP, b BOOL, u8 BIGINT UNSIGNED, f FLOAT, d DOUBLE, v VARCHAR(20), n NCHAR(4), \
         vb VARBINARY(8), g GEOMETRY(100), de DECIMAL(10,4), dx DECIMAL(38,10), bl BLOB, t2 TIMESTAMP)",
    );
    f.update(
        r#"INSERT INTO t VALUES
        (1, true, 18446744073709551615, 0.1, 12.5e-1, 'it''s "é" \'q\' \\', "日本𝄞!", '\x00ff', 'POINT(100 100)', 1234.56785, '-1000000000000000000000000000', 'blob', '2023-11-14 22:13:20'),
        (2, 0, 0, -3, -0.5, '', '', '', NULL, -0.0001, 0.00000000005, '\xDEADBEEF', NULL)"#,
    );
    assert_eq!(
        f.rows("SELECT * FROM t"),
        [
            "1|true|18446744073709551615|0.1|1.25|it's \"é\" 'q' \\|日本𝄞!|00ff|010100000000000000000059400000000000005940|1234.5679|-1000000000000000000000000000.0000000000|626c6f62|1700000000000",
            "2|false|0|-3|-0.5||||NULL|-0.0001|0.0000000001|deadbeef|NULL",
        ]
    );
    assert_eq!(
        f.rows("SELECT max(u8), min(u8), sum(u8), max(de), sum(de), min(dx) FROM t"),
        ["18446744073709551615|0|18446744073709551615|1234.5679|1234.5678|-1000000000000000000000000000.0000000000"]
    );
    for (condition, ts) in [
        ("u8 = 18446744073709551615", "1"),
        ("u8 > 9223372036854775807", "1"),
        ("u8 <= 5", "2"),
        ("de = 1234.5679", "1"),
        ("de < 0.1", "2"),
        ("dx < 0", "1"),
        ("vb = '\\x00ff'", "1"),
        ("n like '日%'", "1"),
        ("b", "1"),
        ("f < 0", "2"),
    ] {
        assert_eq!(f.rows(&format!("SELECT ts FROM t WHERE {condition}")), [ts], "{condition}");
    }
}

#[test]
fn json_tags_keep_their_objects() {
    let mut f = fixture();
    f.update("CREATE STABLE s (ts TIMESTAMP, v INT) TAGS (j JSON)");
    f.update(r#"INSERT INTO a USING s TAGS ('{"k":"v","n":1.5}') VALUES (1, 1) b USING s TAGS (NULL) VALUES (1, 2)"#);
    assert_eq!(f.rows("SELECT v, j FROM s ORDER BY v"), [r#"1|{"k":"v","n":1.5}"#, "2|NULL"]);
    assert_eq!(f.rows("SELECT v FROM s WHERE j->'k' = 'v' AND j->'n' > 1"), ["1"]);
    assert_eq!(f.code("INSERT INTO c USING s TAGS ('[1]') VALUES (1, 1)"), 0x0216);
}

#[test]
fn wrong_values_are_refused_and_nothing_stays() {
    let mut f = meters();
    f.update("CREATE TABLE t (ts TIMESTAMP, i TINYINT, u INT UNSIGNED, v VARCHAR(3), n NCHAR(2), f FLOAT, d DECIMAL(4,2), b BOOL)");
    for (values, code) in [
        ("(1, 128, 0, '', '', 0, 0, 0)", 0x0224),
        ("(1, -129, 0, '', '', 0, 0, 0)", 0x0224),
        ("(1, 0, -1, '', '', 0, 0, 0)", 0x0224),
        ("(1, 0, 4294967296, '', '', 0, 0, 0)", 0x0224),
        ("(1, 99999999999999999999999999, 0, '', '', 0, 0, 0)", 0x0224),
        ("(1, 'x', 0, '', '', 0, 0, 0)", 0x0216),
        ("(1, 1.5, 0, '', '', 0, 0, 0)", 0x0216),
        ("(1, 0, 0, 'four', '', 0, 0, 0)", 0x2653),
        ("(1, 0, 0, 'é+', '+++', 0, 0, 0)", 0x2653),
        ("(1, 0, 0, '', '', 1e39, 0, 0)", 0x0224),
        ("(1, 0, 0, '', '', 0, 100, 0)", 0x0224),
        ("(1, 0, 0, '', '', 0, 'x', 0)", 0x0216),
        ("(1, 0, 0, '', '', 0, 0, 'maybe')", 0x0216),
        ("(NULL, 0, 0, '', '', 0, 0, 0)", 0x0216),
        ("('yesterday', 0, 0, '', '', 0, 0, 0)", 0x0216),
        ("(1, 0, 0, '', '', 0, 0)", 0x2600),
        ("(1, 0, 0, '', '', 0, 0, 0, 0)", 0x2600),
        ("", 0x2601),
    ] {
        assert_eq!(
            f.code(&format!("INSERT INTO t VALUES (5, 1, 1, 'ok', 'ok', 1, 1, 1) t VALUES {values}")),
            code,
            "{values}"
        );
    }
    assert_eq!(f.rows("SELECT count(*) FROM t"), ["0"]);
    assert_eq!(f.code("INSERT INTO new USING meters TAGS (1, 'x') VALUES (1, 2, 3, 4) (2, 'x', 3, 4)"), 0x0216);
    assert!(!f.rows("SHOW TABLES").contains(&"new".to_owned()), "a child made by a failed statement is gone");
    f.update("INSERT INTO new USING meters TAGS (1, 'x') VALUES (1, 2, 3, 4)");
}

#[test]
fn targets_that_do_not_exist_are_named_as_such() {
    let mut f = meters();
    assert_eq!(f.code("INSERT INTO nowhere VALUES (1, 2)"), 0x2603);
    assert_eq!(f.code("INSERT INTO x USING nowhere TAGS (1) VALUES (1, 2)"), 0x2603);
    assert_eq!(f.code("INSERT INTO other.d1 VALUES (1, 2, 3, 4)"), 0x0388);
    assert_eq!(f.code("INSERT INTO d1 (ts, nothing) VALUES (1, 2)"), 0x2602);
    assert_eq!(f.code("INSERT INTO d1 (voltage) VALUES (1)"), 0x0216);
    assert_eq!(f.code("INSERT INTO x USING meters TAGS (1) VALUES (1, 2, 3, 4)"), 0x260D);
    f.session.database = None;
    assert_eq!(f.code("INSERT INTO d1 VALUES (1, 2, 3, 4)"), 0x2616);
}
