//! SELECT: names, types and values.

use super::{NOW_MS, fixture, meters};

/// Asserts name and type of the columns and the rows of a query.
#[track_caller]
fn check(f: &mut super::Fixture, sql: &str, columns: &[(&str, u8)], rows: &[&str]) {
    let (names, values) = f.table(sql);
    let names: Vec<(&str, u8)> = names.iter().map(|(n, t)| (n.as_str(), *t)).collect();
    assert_eq!(names, columns, "{sql}");
    let values: Vec<String> = values.into_iter().map(|r| r.join("|")).collect();
    assert_eq!(values, rows, "{sql}");
}

#[test]
fn literals_have_tdengines_types_and_names() {
    let mut f = fixture();
    check(&mut f, "SELECT 1", &[("1", 5)], &["1"]);
    check(
        &mut f,
        "select -7, 'a', 1.5, true, 1+1",
        &[("-7", 5), ("'a'", 8), ("1.5", 7), ("true", 1), ("1+1", 7)],
        &["-7|a|1.5|true|2"],
    );
    check(
        &mut f,
        "SELECT 18446744073709551615 AS big, NULL AS nothing",
        &[("big", 14), ("nothing", 8)],
        &["18446744073709551615|NULL"],
    );
    check(&mut f, "SELECT 7 / 2 x, 1 / 0 AS `None`, 7 % 4", &[("x", 7), ("None", 7), ("7 % 4", 7)], &["3.5|NULL|3"]);
}

#[test]
fn the_session_can_be_asked() {
    let mut f = fixture();
    check(&mut f, "SELECT SERVER_VERSION()", &[("server_version()", 8)], &["3.4.1.13"]);
    check(&mut f, "select client_version()", &[("client_version()", 8)], &["3.4.1.13"]);
    check(&mut f, "select server_status()", &[("server_status()", 4)], &["1"]);
    check(&mut f, "select database()", &[("database()", 8)], &["power"]);
    assert!(f.rows("select current_user()")[0].starts_with("root@"));
    f.session.timezone = chrono_tz::Asia::Shanghai;
    check(&mut f, "select timezone()", &[("timezone()", 8)], &["Asia/Shanghai (UTC, +0800)"]);
    let (columns, rows) = f.table("select now, now(), now + 1h, today()");
    assert_eq!(columns.iter().map(|c| c.1).collect::<Vec<_>>(), [9, 9, 9, 9]);
    assert_eq!(columns[2].0, "now + 1h");
    assert_eq!(rows[0][0], rows[0][1]);
    let at = |i: usize| rows[0][i].parse::<i64>().unwrap();
    assert!(at(0) >= NOW_MS && at(2) == at(0) + 3_600_000);
    assert_eq!(at(3), 1_699_977_600_000, "midnight in Shanghai");
}

#[test]
fn a_star_shows_tags_of_super_tables_only() {
    let mut f = meters();
    check(
        &mut f,
        "SELECT * FROM meters",
        &[("ts", 9), ("current", 6), ("voltage", 4), ("phase", 6), ("groupid", 4), ("location", 8)],
        &[
            "1700000000000|10.25|219|0.5|2|California.SanFrancisco",
            "1700000001000|12.5|218|NULL|2|California.SanFrancisco",
            "1700000000500|11.75|221|0.25|3|München",
        ],
    );
    check(
        &mut f,
        "SELECT * FROM power.d2",
        &[("ts", 9), ("current", 6), ("voltage", 4), ("phase", 6)],
        &["1700000000500|11.75|221|0.25"],
    );
    check(&mut f, "SELECT tbname, groupid FROM d2", &[("tbname", 8), ("groupid", 4)], &["d2|3"]);
    check(
        &mut f,
        "SELECT m.ts, m.voltage v FROM power.meters m WHERE m.groupid = 3",
        &[("ts", 9), ("v", 4)],
        &["1700000000500|221"],
    );
}

#[test]
fn conditions_filter() {
    let mut f = meters();
    for (condition, expected) in [
        ("voltage > 218 AND voltage <= 219", "219"),
        ("voltage BETWEEN 220 AND 230", "221"),
        ("voltage NOT BETWEEN 219 AND 230", "218"),
        ("voltage IN (1, 221)", "221"),
        ("NOT (voltage IN (219, 221))", "218"),
        ("location LIKE 'M_nch%'", "221"),
        ("phase IS NULL", "218"),
        ("phase IS NOT NULL AND tbname = 'd1'", "219"),
        ("ts > '2023-11-14 22:13:20.500'", "218"),
        ("ts = 1700000000500", "221"),
        ("ts > '2023-11-14T22:13:20.5Z' OR voltage = 221 AND 1 = 0", "218"),
        ("ts < now - 1d OR current = 12.5", "218"),
        ("voltage = '221'", "221"),
        ("voltage != 219 AND groupid <> 3", "218"),
        ("_c0 < 1700000000100", "219"),
        ("ts >= timestamp '2023-11-14 22:13:21'", "218"),
        ("location = 'München' -- a comment", "221"),
    ] {
        assert_eq!(f.rows(&format!("SELECT voltage FROM meters WHERE {condition}")), [expected], "{condition}");
    }
}

#[test]
fn order_limit_and_offset_cut_the_result() {
    let mut f = meters();
    assert_eq!(f.rows("SELECT voltage FROM meters ORDER BY ts"), ["219", "221", "218"]);
    assert_eq!(f.rows("SELECT voltage FROM meters ORDER BY ts DESC LIMIT 2"), ["218", "221"]);
    assert_eq!(f.rows("SELECT voltage FROM meters ORDER BY location, 1 LIMIT 1 OFFSET 1"), ["219"]);
    assert_eq!(f.rows("SELECT voltage FROM meters LIMIT 1, 5"), ["218", "221"]);
    assert_eq!(f.rows("SELECT voltage v FROM d1 ORDER BY ts LIMIT 1 OFFSET 1"), ["218"]);
    assert_eq!(
        f.rows("SELECT voltage AS v, phase FROM meters ORDER BY phase DESC, v"),
        ["219|0.5", "221|0.25", "218|NULL"]
    );
    assert!(f.rows("SELECT * FROM meters LIMIT 0").is_empty());
    assert_eq!(
        f.rows("SELECT DISTINCT tbname, location FROM meters ORDER BY tbname DESC"),
        ["d2|München", "d1|California.SanFrancisco"]
    );
}

#[test]
fn aggregates_have_tdengines_types() {
    let mut f = meters();
    check(
        &mut f,
        "SELECT COUNT(*), count(phase), SUM(voltage), sum(current), AVG(voltage), MIN(voltage), max(current), SPREAD(voltage) FROM meters",
        &[
            ("count(*)", 5),
            ("count(phase)", 5),
            ("sum(voltage)", 5),
            ("sum(current)", 7),
            ("avg(voltage)", 7),
            ("min(voltage)", 4),
            ("max(current)", 6),
            ("spread(voltage)", 7),
        ],
        &["3|2|658|34.5|219.33333333333334|218|12.5|3"],
    );
    check(
        &mut f,
        "SELECT first(ts), last(voltage), last(phase), last_row(phase), count(distinct groupid) FROM meters",
        &[
            ("first(ts)", 9),
            ("last(voltage)", 4),
            ("last(phase)", 6),
            ("last_row(phase)", 6),
            ("count(distinct groupid)", 5),
        ],
        &["1700000000000|218|0.25|NULL|2"],
    );
    check(
        &mut f,
        "SELECT last_row(*) FROM d1",
        &[("last_row(ts)", 9), ("last_row(current)", 6), ("last_row(voltage)", 4), ("last_row(phase)", 6)],
        &["1700000001000|12.5|218|NULL"],
    );
    assert_eq!(f.rows("SELECT stddev(voltage), percentile(voltage, 50) FROM d1"), ["0.5|218.5"]);
    assert_eq!(f.rows("SELECT max(voltage), ts, tbname FROM meters"), ["221|1700000000500|d2"]);
    assert_eq!(f.rows("SELECT last(ts), voltage FROM meters"), ["1700000001000|218"]);
}

#[test]
fn nothing_counted_is_zero_and_nothing_summed_is_no_row() {
    let mut f = meters();
    assert_eq!(f.rows("SELECT count(*) FROM meters WHERE voltage > 1000"), ["0"]);
    assert_eq!(f.rows("SELECT count(*), sum(voltage) FROM meters WHERE voltage > 1000"), ["0|NULL"]);
    assert!(f.rows("SELECT sum(voltage), last(ts) FROM meters WHERE voltage > 1000").is_empty());
    assert!(f.rows("SELECT count(*) FROM meters WHERE voltage > 1000 GROUP BY tbname").is_empty());
}

#[test]
fn groups_and_partitions() {
    let mut f = meters();
    check(
        &mut f,
        "SELECT tbname, location, count(*), avg(voltage) FROM meters PARTITION BY tbname ORDER BY tbname",
        &[("tbname", 8), ("location", 8), ("count(*)", 5), ("avg(voltage)", 7)],
        &["d1|California.SanFrancisco|2|218.5", "d2|München|1|221"],
    );
    assert_eq!(
        f.rows("SELECT groupid, max(voltage) m FROM meters GROUP BY groupid HAVING max(voltage) > 220"),
        ["3|221"]
    );
    assert_eq!(
        f.rows("SELECT groupid g, sum(voltage) FROM meters GROUP BY g ORDER BY sum(voltage) DESC"),
        ["2|437", "3|221"]
    );
    assert_eq!(f.rows("SELECT voltage % 2, count(*) FROM meters GROUP BY voltage % 2"), ["0|1", "1|2"]);
}

#[test]
fn windows_follow_the_clock_and_the_calendar() {
    let mut f = meters();
    check(
        &mut f,
        "SELECT _wstart, _wend, count(*) FROM meters INTERVAL(1s)",
        &[("_wstart", 9), ("_wend", 9), ("count(*)", 5)],
        &["1700000000000|1700000001000|2", "1700000001000|1700000002000|1"],
    );
    assert_eq!(
        f.rows("SELECT tbname, _wstart, max(voltage) FROM meters PARTITION BY tbname INTERVAL(1d) ORDER BY 1"),
        ["d1|1699920000000|219", "d2|1699920000000|221"]
    );
    f.session.timezone = chrono_tz::Asia::Shanghai;
    assert_eq!(f.rows("SELECT _wstart, _wduration, count(*) FROM meters INTERVAL(1d)"), ["1699977600000|86400000|3"]);
    assert_eq!(f.rows("SELECT _wstart, _wend, count(*) FROM d2 INTERVAL(1n)"), ["1698768000000|1701360000000|1"]);
    assert_eq!(
        f.rows("SELECT _wstart FROM (SELECT _wstart, count(*) c FROM meters INTERVAL(10a)) WHERE c > 0 LIMIT 1"),
        ["1700000000000"]
    );
}

#[test]
fn functions_and_casts() {
    let mut f = meters();
    check(
        &mut f,
        "SELECT CAST(voltage AS DOUBLE), cast(current as int), cast(voltage as varchar(2)), cast('12' as bigint), cast(ts as bigint) FROM d2",
        &[
            ("cast(voltage as double)", 7),
            ("cast(current as int)", 4),
            ("cast(voltage as varchar(2))", 8),
            ("cast('12' as bigint)", 5),
            ("cast(ts as bigint)", 5),
        ],
        &["221|11|22|12|1700000000500"],
    );
    check(
        &mut f,
        "SELECT abs(-voltage), ceil(current), sqrt(voltage + 4), upper(location), length(location), char_length(location), concat('a', location) FROM d2",
        &[
            ("abs(-voltage)", 7),
            ("ceil(current)", 6),
            ("sqrt(voltage + 4)", 7),
            ("upper(location)", 8),
            ("length(location)", 5),
            ("char_length(location)", 5),
            ("concat('a', location)", 8),
        ],
        &["221|12|15|MüNCHEN|8|7|aMünchen"],
    );
    assert_eq!(
        f.rows(
            "SELECT to_iso8601(ts), timetruncate(ts, 1h), timediff(ts, 1700000000000), substr(location, 1, 3) FROM d2"
        ),
        ["2023-11-14T22:13:20.500Z|1699999200000|500|Mün"]
    );
    assert_eq!(
        f.rows(
            "SELECT CASE WHEN voltage > 220 THEN 'high' ELSE 'low' END, ifnull(phase, 9.5) FROM d1 ORDER BY ts DESC"
        ),
        ["low|9.5", "low|0.5"]
    );
    assert_eq!(
        f.rows("SELECT cast(1.2345 as decimal(10,2)), cast('2023-11-14 22:13:20' as timestamp)"),
        ["1.23|1700000000000"]
    );
    assert_eq!(
        f.rows("SELECT cast(300 as tinyint), cast(-1 as bigint unsigned), cast(1e10 as float)"),
        ["44|18446744073709551615|10000000000"]
    );
}

#[test]
fn queries_nest_join_and_unite() {
    let mut f = meters();
    check(
        &mut f,
        "SELECT avg(v) FROM (SELECT max(voltage) AS v FROM meters PARTITION BY tbname)",
        &[("avg(v)", 7)],
        &["220"],
    );
    assert_eq!(f.rows("SELECT `count(*)` FROM (SELECT count(*) FROM meters)"), ["3"]);
    assert_eq!(f.rows("SELECT * FROM (SELECT ts, voltage FROM meters ORDER BY ts) LIMIT 1"), ["1700000000000|219"]);
    f.update("INSERT INTO d2 VALUES (1700000001000, 1, 2, 3)");
    assert_eq!(f.rows("SELECT a.ts, a.voltage, b.voltage FROM d1 a JOIN d2 b ON a.ts = b.ts"), ["1700000001000|218|2"]);
    assert_eq!(
        f.rows("SELECT voltage FROM d1 UNION ALL SELECT voltage FROM d2 ORDER BY voltage DESC LIMIT 2"),
        ["221", "219"]
    );
    assert_eq!(f.code("SELECT ts, voltage FROM d1 UNION ALL SELECT voltage FROM d2"), 0x2634);
}

#[test]
fn long_results_come_in_blocks_of_4096_rows() {
    let mut f = fixture();
    f.update("CREATE TABLE t (ts TIMESTAMP, v INT)");
    let values: String = (0..10_000).map(|i| format!("({i},{})", i % 7)).collect();
    assert_eq!(f.update(&format!("INSERT INTO t VALUES {values}")), 10_000);
    for sql in ["SELECT ts FROM t", "SELECT ts FROM t ORDER BY v, ts"] {
        let Ok(crate::engine::Outcome::Rows(rows)) = f.run(sql) else { panic!("no rows") };
        let counts: Vec<usize> = rows.blocks.map(|b| super::decode(&b.unwrap()).len()).collect();
        assert_eq!(counts, [4096, 4096, 1808], "{sql}");
    }
    let some = f.rows("SELECT ts FROM t LIMIT 5000 OFFSET 4000");
    assert_eq!((some.len(), some[0].as_str(), some[4999].as_str()), (5000, "4000", "8999"));
    assert_eq!(f.rows("SELECT ts FROM t WHERE v = 6").len(), 1428);
}

#[test]
fn a_result_being_read_does_not_hold_up_others() {
    let mut f = fixture();
    f.update("CREATE TABLE t (ts TIMESTAMP, v INT)");
    let values: String = (0..9_000).map(|i| format!("({i},1)")).collect();
    f.update(&format!("INSERT INTO t VALUES {values}"));
    let Ok(crate::engine::Outcome::Rows(mut rows)) = f.run("SELECT * FROM t") else { panic!("no rows") };
    assert_eq!(super::decode(&rows.blocks.next().unwrap().unwrap()).len(), 4096);
    f.update("INSERT INTO t VALUES (100000, 2)");
    f.update("DROP TABLE t");
    assert!(rows.blocks.next().unwrap().is_err(), "the table is gone");
    assert!(rows.blocks.next().is_none());
}
