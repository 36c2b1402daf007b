//! `tdsec_gen` and `tdsec_types`.

use super::fixture;
use crate::engine::Outcome;

#[test]
fn generated_rows_follow_the_documented_formula() {
    let mut f = fixture();
    let (columns, rows) = f.table("SELECT * FROM tdsec_gen(5000, 7)");
    let names: Vec<(&str, u8)> = columns.iter().map(|(n, t)| (n.as_str(), *t)).collect();
    assert_eq!(names, [("ts", 9), ("current", 6), ("voltage", 4), ("phase", 6), ("id", 5), ("name", 8), ("c6", 6)]);
    assert_eq!(rows.len(), 5000);
    for row in [0usize, 1, 63, 64, 4095, 4096, 4999] {
        let r = row % 4096;
        let current = 10.0 + (r % 64) as f32 / 8.0;
        let expected = [
            (1_700_000_000_000 + row as i64).to_string(),
            current.to_string(),
            (200 + r % 41).to_string(),
            ((r % 8) as f32 / 8.0).to_string(),
            row.to_string(),
            format!("row-{r:04}"),
            current.to_string(),
        ];
        assert_eq!(rows[row], expected, "row {row}");
    }
}

#[test]
fn generated_columns_can_be_chosen_and_limited() {
    let mut f = fixture();
    assert_eq!(
        f.rows("SELECT id, ts AS t FROM tdsec_gen(100000000, 5) LIMIT 2"),
        ["0|1700000000000", "1|1700000000001"]
    );
    assert_eq!(f.rows("SELECT COUNT(*) FROM tdsec_gen(123456789, 5)"), ["123456789"]);
    assert_eq!(
        f.rows("SELECT * FROM tdsec_gen(2, 3, 'text')"),
        ["1700000000000|row-0000|値-0000", "1700000000001|row-0001|値-0001"]
    );
    let nulls = f.rows("SELECT * FROM tdsec_gen(4, 5, 'nulls')");
    assert_eq!(nulls[3], "1700000000003|NULL|203|0.375|3");
    assert_eq!(nulls[0], "1700000000000|10|200|0|NULL");
    assert!(f.rows("SELECT * FROM tdsec_gen(0, 5)").is_empty());
    for sql in [
        "SELECT * FROM tdsec_gen(5, 5) WHERE id = 1",
        "SELECT * FROM tdsec_gen(5, 5) ORDER BY id",
        "SELECT id + 1 FROM tdsec_gen(5, 5)",
        "SELECT * FROM tdsec_gen(5)",
        "SELECT * FROM tdsec_gen(5, 5, 'what')",
        "SELECT * FROM (SELECT * FROM tdsec_gen(5, 5))",
    ] {
        assert_eq!(f.code(sql), 0x2600, "{sql}");
    }
}

#[test]
fn ten_million_rows_cost_next_to_nothing() {
    let mut f = fixture();
    let begin = std::time::Instant::now();
    let Ok(Outcome::Rows(rows)) = f.run("SELECT * FROM tdsec_gen(10000000, 5)") else { panic!("no rows") };
    let bytes: usize = rows.blocks.map(|b| b.unwrap().len()).sum();
    assert!(bytes > 280_000_000);
    let took = begin.elapsed();
    eprintln!("10,000,000 generated rows in {took:?}");
    assert!(took.as_secs() < 20, "{took:?}");
}

#[test]
fn the_type_sample_holds_every_extreme() {
    let mut f = fixture();
    let (columns, rows) = f.table("SELECT * FROM tdsec_types(5)");
    let types: Vec<u8> = columns.iter().map(|c| c.1).collect();
    assert_eq!(types, [9, 1, 2, 3, 4, 5, 11, 12, 13, 14, 6, 7, 8, 10, 16, 20, 21, 17, 18, 15]);
    assert!(rows[1][1..].iter().all(|v| v == "NULL"));
    assert_eq!(rows[2][5], i64::MIN.to_string());
    assert_eq!(rows[3][9], u64::MAX.to_string());
    assert_eq!(rows[3][12], "é日本🚀𝄞");
    assert_eq!(rows[3][13], rows[3][12]);
    assert_eq!(rows[3][17], "9999999999999999999999999999.9999999999");
    assert_eq!(rows[4][16], "-0.0001");
    assert_eq!(rows[3][18].len(), 140_000);
    assert_eq!(rows[0][19], "{\"k\":\"v\"}");
}
