//! Databases and tables: made, shown, changed, dropped.

use super::{NOW_MS, fixture, meters};

#[test]
fn databases_are_made_used_and_dropped() {
    let mut f = fixture();
    f.update("CREATE DATABASE IF NOT EXISTS power");
    f.update("create database fine PRECISION 'us' KEEP 365d,365d,365d BUFFER 16 vgroups 4 WAL_LEVEL 1");
    assert_eq!(f.rows("SHOW DATABASES"), ["information_schema", "performance_schema", "fine", "power"]);
    assert_eq!(f.rows("SELECT DATABASE()"), ["power"]);
    assert_eq!(
        f.rows("select name, precision, vgroups from information_schema.ins_databases where name = 'fine'"),
        ["fine|us|4"]
    );
    f.update("DROP DATABASE power");
    assert_eq!(f.rows("SELECT DATABASE()"), ["NULL"]);
    f.update("DROP DATABASE IF EXISTS power");
    assert!(!f.engine.database_exists("power"));
    assert!(f.engine.database_exists("fine") && f.engine.database_exists("information_schema"));
}

#[test]
fn every_column_type_can_be_declared_and_is_described() {
    let mut f = fixture();
    f.update(
        "CREATE TABLE t (ts TIMESTAMP, b BOOL, i1 TINYINT, i2 SMALLINT, i4 INT, i8 BIGINT, u1 TINYINT UNSIGNED, \
         u2 SMALLINT UNSIGNED, u4 INT UNSIGNED, u8 BIGINT UNSIGNED, f FLOAT, d DOUBLE, v VARCHAR(20), bi BINARY(10), \
         n NCHAR(10), vb VARBINARY(30), g GEOMETRY(100), de DECIMAL(10,4), dx DECIMAL(38,10), bl BLOB)",
    );
    let shown = f.rows("DESCRIBE t");
    assert_eq!(shown[0], "ts|TIMESTAMP|8|");
    assert_eq!(shown[9], "u8|BIGINT UNSIGNED|8|");
    assert_eq!(shown[13], "bi|VARCHAR|10|");
    assert_eq!(shown[17], "de|DECIMAL(10, 4)|8|");
    assert_eq!(shown.len(), 20);
    let (columns, _) = f.table("SELECT * FROM t");
    let types: Vec<u8> = columns.into_iter().map(|c| c.1).collect();
    assert_eq!(types, [9, 1, 2, 3, 4, 5, 11, 12, 13, 14, 6, 7, 8, 8, 10, 16, 20, 21, 17, 18]);
}

#[test]
fn tables_are_listed_by_kind() {
    let mut f = meters();
    f.update("CREATE TABLE plain (ts TIMESTAMP, v INT)");
    assert_eq!(f.rows("SHOW TABLES"), ["d1", "d2", "plain"]);
    assert_eq!(f.rows("SHOW power.TABLES LIKE 'd%'"), ["d1", "d2"]);
    assert_eq!(f.rows("SHOW NORMAL TABLES"), ["plain"]);
    assert_eq!(f.rows("SHOW STABLES"), ["meters"]);
    assert_eq!(
        f.rows(
            "SELECT table_name, stable_name, type FROM information_schema.ins_tables WHERE db_name='power' ORDER BY 1"
        ),
        ["d1|meters|CHILD_TABLE", "d2|meters|CHILD_TABLE", "plain|NULL|NORMAL_TABLE"]
    );
    assert_eq!(f.rows("SELECT stable_name, `columns`, `tags` FROM information_schema.ins_stables"), ["meters|4|2"]);
    let created = f.rows("SELECT create_time FROM information_schema.ins_tables LIMIT 1");
    assert!(created[0].parse::<i64>().unwrap() >= NOW_MS);
}

#[test]
fn create_statements_can_be_read_back() {
    let mut f = meters();
    let stable = f.rows("SHOW CREATE TABLE meters");
    assert_eq!(
        stable[0],
        "meters|CREATE STABLE `meters` (`ts` TIMESTAMP, `current` FLOAT, `voltage` INT, `phase` FLOAT) \
         TAGS (`groupid` INT, `location` VARCHAR(24))"
    );
    let child = f.rows("SHOW CREATE TABLE d2");
    assert_eq!(child[0], "d2|CREATE TABLE `d2` USING `meters` (`groupid`, `location`) TAGS (3, \"München\")");
    f.update("CREATE DATABASE copy");
    f.update("USE copy");
    f.update(stable[0].split_once('|').unwrap().1);
    f.update(child[0].split_once('|').unwrap().1);
    assert_eq!(f.rows("SELECT TAGS tbname, groupid, location FROM meters"), ["d2|3|München"]);
    assert_eq!(
        f.rows("SHOW TAGS FROM d2"),
        ["d2|copy|meters|groupid|INT|3", "d2|copy|meters|location|VARCHAR(24)|München"]
    );
}

#[test]
fn several_children_are_made_by_one_statement() {
    let mut f = meters();
    f.update(
        "CREATE TABLE IF NOT EXISTS d1 USING meters TAGS (9, 'x') d3 USING meters (location) TAGS ('only') \
         `D-4` USING power.meters TAGS (4, NULL)",
    );
    assert_eq!(f.rows("SHOW TABLES"), ["D-4", "d1", "d2", "d3"]);
    assert_eq!(
        f.rows("SELECT TAGS tbname, groupid, location FROM meters ORDER BY tbname"),
        ["D-4|4|NULL", "d1|2|California.SanFrancisco", "d2|3|München", "d3|NULL|only"]
    );
}

#[test]
fn columns_and_tags_are_added_dropped_renamed_and_set() {
    let mut f = meters();
    f.update("ALTER TABLE meters ADD COLUMN note NCHAR(8)");
    f.update("INSERT INTO d1 (ts, note) VALUES (1700000002000, 'größer')");
    f.update("ALTER STABLE meters DROP COLUMN phase");
    f.update("ALTER STABLE meters MODIFY COLUMN note NCHAR(16)");
    f.update("ALTER STABLE meters RENAME TAG location place");
    f.update("ALTER STABLE meters ADD TAG owner VARCHAR(8)");
    f.update("ALTER TABLE d1 SET TAG groupid = 7, owner = 'me'");
    let (columns, rows) = f.table("SELECT * FROM meters WHERE note IS NOT NULL");
    let names: Vec<&str> = columns.iter().map(|c| c.0.as_str()).collect();
    assert_eq!(names, ["ts", "current", "voltage", "note", "groupid", "place", "owner"]);
    assert_eq!(rows[0].join("|"), "1700000002000|NULL|NULL|größer|7|California.SanFrancisco|me");
    f.update("ALTER STABLE meters ADD COLUMN phase INT");
    assert_eq!(f.rows("SELECT count(phase) FROM meters"), ["0"], "a new column of an old name is empty");
}

#[test]
fn dropping_a_super_table_drops_its_children() {
    let mut f = meters();
    f.update("DROP TABLE d1");
    assert_eq!(f.rows("SELECT count(*) FROM meters"), ["1"]);
    f.update("DROP TABLE IF EXISTS d1, IF EXISTS d9");
    f.update("DROP STABLE meters");
    assert!(f.rows("SHOW TABLES").is_empty());
    assert_eq!(f.code("SELECT * FROM d2"), 0x2662);
}

#[test]
fn deleting_takes_times_and_tags() {
    let mut f = meters();
    assert_eq!(f.update("DELETE FROM d1 WHERE ts >= '2023-11-14 22:13:21'"), 1);
    assert_eq!(f.update("DELETE FROM meters WHERE groupid = 3 AND ts > 0"), 1);
    assert_eq!(f.rows("SELECT ts FROM meters"), ["1700000000000"]);
    assert_eq!(f.code("DELETE FROM d1 WHERE voltage > 0"), 0x2655);
    assert_eq!(f.update("DELETE FROM meters"), 1);
}
