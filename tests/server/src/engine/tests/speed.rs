//! A million rows in and out, as the demo and the benchmarks move them. The bounds are generous: they catch a lost
//! index or a commit per row, not a busy machine.

use super::meters;
use crate::engine::Outcome;
use std::fmt::Write;
use std::time::{Duration, Instant};

const ROWS: usize = 1_000_000;
const CHILDREN: usize = 100;

#[test]
fn a_million_rows_go_in_and_out() {
    let mut f = meters();
    f.update("DELETE FROM meters");
    let per_child = ROWS / CHILDREN;
    let mut statements = Vec::new();
    for child in 0..CHILDREN {
        for part in 0..2 {
            let mut sql = format!("INSERT INTO m{child} USING meters TAGS ({child}, 'place {child}') VALUES ");
            for i in part * per_child / 2..(part + 1) * per_child / 2 {
                write!(sql, "({}, {}.25, {}, 0.{})", 1_700_000_000_000i64 + i as i64, i % 30, 200 + i % 40, i % 10)
                    .unwrap();
            }
            statements.push(sql);
        }
    }
    let begin = Instant::now();
    for sql in &statements {
        assert_eq!(f.update(sql), per_child as u64 / 2);
    }
    let inserted = begin.elapsed();
    let begin = Instant::now();
    let Ok(Outcome::Rows(rows)) = f.run("SELECT * FROM meters") else { panic!("no rows") };
    let blocks = rows.blocks.filter(|b| b.is_ok()).count();
    let read = begin.elapsed();
    assert_eq!(blocks, ROWS.div_ceil(4096));
    let begin = Instant::now();
    assert_eq!(f.rows("SELECT count(*), avg(voltage) FROM meters"), ["1000000|219.5"]);
    let counted = begin.elapsed();
    let begin = Instant::now();
    assert_eq!(f.rows("SELECT tbname, last(ts) FROM meters PARTITION BY tbname").len(), CHILDREN);
    let grouped = begin.elapsed();
    eprintln!(
        "{ROWS} rows: inserted in {inserted:?}, read in {read:?}, averaged in {counted:?}, grouped in {grouped:?}"
    );
    assert!(inserted + read + counted + grouped < Duration::from_secs(60));
}
