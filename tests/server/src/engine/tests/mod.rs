//! Tests of the engine, by family of statements.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod ddl;
mod decode;
mod errors;
mod generators;
mod inserts;
mod queries;
mod speed;
mod users;
mod vectors;

use super::{Engine, EngineConfig, Outcome, SqlError, SqlSession};
use crate::accounts::{Book, BookOptions, Clock};
use decode::decode;
use std::sync::Arc;

/// 2023-11-14 22:13:20 UTC.
const NOW_MS: i64 = 1_700_000_000_000;

/// An engine with a session in it.
struct Fixture {
    engine: Engine,
    session: SqlSession,
}

/// An engine with the database `power`, in use.
fn fixture() -> Fixture {
    let clock = Clock::starting_at(NOW_MS * 1_000_000);
    let accounts = Arc::new(Book::new(clock, BookOptions::default()));
    let engine = Engine::new(EngineConfig { version: "3.4.1.13".into(), accounts }).unwrap();
    let mut fixture = Fixture { engine, session: SqlSession::new("root") };
    fixture.update("CREATE DATABASE power");
    fixture.update("USE power");
    fixture
}

/// As [`fixture`], with a super table and three rows in two children.
fn meters() -> Fixture {
    let mut f = fixture();
    f.update("CREATE STABLE meters (ts TIMESTAMP, current FLOAT, voltage INT, phase FLOAT) TAGS (groupid INT, location VARCHAR(24))");
    f.update(
        "INSERT INTO d1 USING meters TAGS (2, 'California.SanFrancisco') VALUES \
         (1700000000000, 10.25, 219, 0.5) (1700000001000, 12.5, 218, NULL) \
         d2 USING meters TAGS (3, 'München') VALUES (1700000000500, 11.75, 221, 0.25)",
    );
    f
}

impl Fixture {
    fn run(&mut self, sql: &str) -> Result<Outcome, SqlError> {
        self.engine.execute(&mut self.session, sql)
    }

    /// Rows changed.
    #[track_caller]
    fn update(&mut self, sql: &str) -> u64 {
        match self.run(sql) {
            Ok(Outcome::Update { affected }) => affected,
            Ok(Outcome::Rows(_)) => panic!("a result set: {sql}"),
            Err(error) => panic!("{error}: {sql}"),
        }
    }

    /// Column names with type numbers, and rows of values as text.
    #[track_caller]
    fn table(&mut self, sql: &str) -> (Vec<(String, u8)>, Vec<Vec<String>>) {
        let rows = match self.run(sql) {
            Ok(Outcome::Rows(rows)) => rows,
            Ok(Outcome::Update { .. }) => panic!("no result set: {sql}"),
            Err(error) => panic!("{error}: {sql}"),
        };
        let columns = rows.columns.iter().map(|c| (c.name.clone(), c.type_number)).collect();
        let mut out = Vec::new();
        for block in rows.blocks {
            let block = block.unwrap_or_else(|error| panic!("{error}: {sql}"));
            out.extend(decode(&block));
        }
        (columns, out)
    }

    /// Rows of values as text, columns parted by `|`.
    #[track_caller]
    fn rows(&mut self, sql: &str) -> Vec<String> {
        self.table(sql).1.into_iter().map(|row| row.join("|")).collect()
    }

    /// Code of the error a statement gives, at once or while it is read.
    #[track_caller]
    fn code(&mut self, sql: &str) -> u32 {
        match self.run(sql) {
            Err(error) => error.code,
            Ok(_) => panic!("no error: {sql}"),
        }
    }
}
