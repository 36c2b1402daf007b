//! What is not understood gets TDengine's code.

use super::{fixture, meters};

#[test]
fn statements_outside_the_subset_are_syntax_errors() {
    let mut f = meters();
    for sql in [
        "selec 1",
        "CREATE TOPIC t AS SELECT * FROM meters",
        "EXPLAIN SELECT 1",
        "SELECT * FROM meters SESSION(ts, 10s)",
        "SELECT count(*) FROM meters INTERVAL(1m) SLIDING(30s)",
        "SELECT count(*) FROM meters INTERVAL(1m) FILL(PREV)",
        "SELECT 'open",
        "SELECT 1 +* 2",
        "SELECT * FROM meters WHERE voltage ~ 1",
        "CREATE DATABASE x NONSENSE 1",
        "SELECT 1; SELECT 2",
        "SELECT 12abc",
        "SHOW NONSENSE",
        "INSERT INTO d1 SELECT * FROM d2",
        "CREATE TABLE t (ts TIMESTAMP, v STRING)",
    ] {
        assert_eq!(f.code(sql), 0x2600, "{sql}");
    }
    assert_eq!(f.code(""), 0x2601);
    assert_eq!(f.code("SELECT"), 0x2601);
    let error = f.run("SELEC 1").err().unwrap();
    assert_eq!(error.message, "syntax error near \"selec 1\"");
}

#[test]
fn names_that_do_not_exist_have_their_own_codes() {
    let mut f = meters();
    assert_eq!(f.code("USE nowhere"), 0x0388);
    assert_eq!(f.code("DROP DATABASE nowhere"), 0x0388);
    assert_eq!(f.code("SELECT * FROM nowhere.t"), 0x0388);
    assert_eq!(f.code("SELECT * FROM nowhere"), 0x2662);
    assert_eq!(f.code("SELECT * FROM information_schema.nowhere"), 0x2662);
    assert_eq!(f.code("DESCRIBE nowhere"), 0x2603);
    assert_eq!(f.code("DROP TABLE nowhere"), 0x2603);
    assert_eq!(f.code("DROP STABLE nowhere"), 0x0362);
    assert_eq!(f.code("ALTER TABLE nowhere ADD COLUMN x INT"), 0x2603);
    assert_eq!(f.code("SELECT nothing FROM meters"), 0x2602);
    assert_eq!(f.code("SELECT x.ts FROM meters"), 0x2603);
    assert_eq!(f.code("SELECT nonsense(1)"), 0x2803);
    f.session.database = None;
    assert_eq!(f.code("SELECT * FROM meters"), 0x2616);
    assert_eq!(f.code("SHOW TABLES"), 0x2616);
    assert_eq!(f.code("CREATE TABLE t (ts TIMESTAMP, v INT)"), 0x2616);
}

#[test]
fn names_that_exist_already_are_refused() {
    let mut f = meters();
    assert_eq!(f.code("CREATE DATABASE power"), 0x0381);
    assert_eq!(f.code("CREATE STABLE meters (ts TIMESTAMP, v INT) TAGS (t INT)"), 0x0360);
    assert_eq!(f.code("CREATE TABLE d1 USING meters TAGS (1, 'x')"), 0x0603);
    assert_eq!(f.code("ALTER TABLE meters ADD COLUMN voltage INT"), 0x036B);
    assert_eq!(f.code("ALTER TABLE meters ADD TAG groupid INT"), 0x0369);
    assert_eq!(f.code("ALTER TABLE meters DROP COLUMN nothing"), 0x036C);
    assert_eq!(f.code("ALTER TABLE meters DROP TAG nothing"), 0x036A);
    f.update("CREATE STABLE IF NOT EXISTS meters (ts TIMESTAMP, v INT) TAGS (t INT)");
}

#[test]
fn definitions_are_checked() {
    let mut f = fixture();
    assert_eq!(f.code("CREATE TABLE t (v INT, ts TIMESTAMP)"), 0x2641);
    assert_eq!(f.code("CREATE TABLE t (ts TIMESTAMP, v INT, v INT)"), 0x263C);
    assert_eq!(f.code("CREATE TABLE t (ts TIMESTAMP, v VARCHAR(0))"), 0x2642);
    assert_eq!(f.code("CREATE TABLE t (ts TIMESTAMP, v JSON)"), 0x2652);
    assert_eq!(f.code("CREATE STABLE t (ts TIMESTAMP, v INT) TAGS (a JSON, b INT)"), 0x2633);
    assert_eq!(f.code("CREATE DATABASE x PRECISION 'ks'"), 0x2619);
    assert_eq!(f.code("CREATE TABLE t (ts TIMESTAMP, v DECIMAL(39, 1))"), 0x2600);
    f.update("CREATE TABLE t (ts TIMESTAMP, v VARCHAR(8))");
    assert_eq!(f.code("ALTER TABLE t DROP COLUMN ts"), 0x264A);
    assert_eq!(f.code("ALTER TABLE t MODIFY COLUMN v VARCHAR(4)"), 0x264B);
}

#[test]
fn aggregates_in_wrong_places_are_refused() {
    let mut f = meters();
    assert_eq!(f.code("SELECT ts, count(*) FROM meters"), 0x260C);
    assert_eq!(f.code("SELECT ts, count(*) FROM meters GROUP BY tbname"), 0x260A);
    assert_eq!(f.code("SELECT ts FROM meters INTERVAL(1s)"), 0x260C);
    assert_eq!(f.code("SELECT ts FROM meters WHERE count(*) > 1"), 0x2608);
    assert_eq!(f.code("SELECT sum(max(voltage)) FROM meters"), 0x2627);
    assert_eq!(f.code("SELECT sum(location) FROM meters"), 0x2802);
    assert_eq!(f.code("SELECT sum(voltage, 1) FROM meters"), 0x2801);
    assert_eq!(f.code("SELECT ts FROM meters ORDER BY 2"), 0x2609);
    assert_eq!(f.code("SELECT ts FROM meters WHERE ts > 'soon'"), 0x2635);
    assert_eq!(f.code("SELECT ts FROM d1 a, d2 b WHERE a.ts = b.ts"), 0x2604);
}

#[test]
fn long_and_deep_expressions_neither_crash_nor_fail_for_their_length() {
    let mut f = meters();
    let list: Vec<String> = (0..3000).map(|i| i.to_string()).collect();
    assert_eq!(f.rows(&format!("SELECT count(*) FROM meters WHERE voltage IN ({})", list.join(","))), ["3"]);
    assert_eq!(f.rows(&format!("SELECT {}1{}", "(".repeat(90), ")".repeat(90))), ["1"]);
    for deep in ["(", "NOT ", "- ", "+ ", "abs(", "(SELECT * FROM "] {
        assert_eq!(f.code(&format!("SELECT {}", deep.repeat(100_000))), 0x2600, "{deep}");
    }
    assert_eq!(f.code(&format!("SELECT {}1", "1 + ".repeat(100_000))), 0x2600);
    let chain = "voltage = 1 OR ".repeat(5_000);
    assert_eq!(f.rows(&format!("SELECT count(*) FROM meters WHERE {chain} voltage = 219")), ["1"]);
}
