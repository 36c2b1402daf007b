//! The SQL engine: TDengine's SQL over an in-memory SQLite.
//!
//! [`Engine::execute`] runs one statement for a [`SqlSession`]. Outside quotes case does not matter; comments are `--` and
//! `/* */`; strings stand in `'` or `"`, odd names in backticks. What is not listed here is refused with TDengine's code,
//! mostly 0x2600; nothing is ignored that would change a result.
//!
//! | Family | Understood |
//! |---|---|
//! | databases | `CREATE DATABASE [IF NOT EXISTS] d [PRECISION 'ms'\|'us'\|'ns'] [storage options, without effect]`, `ALTER DATABASE d options`, `DROP DATABASE [IF EXISTS] d`, `USE d` |
//! | tables | `CREATE STABLE\|TABLE [IF NOT EXISTS] [d.]t (ts TIMESTAMP, column TYPE, …) [TAGS (…)]`, `CREATE TABLE t USING st [(tags)] TAGS (…) …` for several, `DROP TABLE\|STABLE`, `ALTER … ADD\|DROP\|MODIFY\|RENAME COLUMN\|TAG`, `ALTER TABLE t SET TAG a = x, …` |
//! | types | BOOL, TINYINT to BIGINT, also UNSIGNED, FLOAT, DOUBLE, TIMESTAMP, VARCHAR/BINARY, NCHAR, VARBINARY, GEOMETRY (POINT, LINESTRING, POLYGON), DECIMAL(p,s), BLOB; JSON for a single tag |
//! | INSERT | several tables in one statement; column lists; `USING st [(tags)] TAGS (…)`; super tables with `tbname`; a known timestamp overwrites. All or nothing. Not: `FILE`, `INSERT … SELECT` |
//! | times | integers, `YYYY-MM-DD[ HH:MM:SS[.f]]` in the session's zone, RFC 3339, `NOW`, `TODAY`, `± 10s` with the units b u a s m h d w n y |
//! | DELETE | `DELETE FROM t [WHERE …]` with conditions on the time, tags and `tbname` |
//! | SELECT | expressions, `*`, `t.*`, `tbname`, tags, DISTINCT, `SELECT TAGS`; tables, super tables, sub-queries, inner joins; WHERE with comparisons, AND/OR/NOT, BETWEEN, IN (list), LIKE, IS NULL; GROUP BY, PARTITION BY, HAVING, `INTERVAL(length[, offset])` with `_wstart _wend _wduration`; ORDER BY, LIMIT, OFFSET; UNION [ALL] |
//! | aggregates | COUNT [DISTINCT], SUM, AVG, MIN, MAX, FIRST, LAST, LAST_ROW, SPREAD, STDDEV, PERCENTILE, APERCENTILE, HYPERLOGLOG; plain columns beside one FIRST, LAST, LAST_ROW, MIN or MAX come from the row it chose |
//! | functions | mathematics, text, CAST, CASE, IFNULL/NVL/COALESCE, NOW, TODAY, TIMEZONE, TO_ISO8601, TO_UNIXTIMESTAMP, TIMETRUNCATE, TIMEDIFF, ST_ASTEXT, DATABASE, SERVER_VERSION, CLIENT_VERSION, SERVER_STATUS, CURRENT_USER (list: `calls.rs`) |
//! | SHOW | DATABASES, `[d.]TABLES`, `[d.]STABLES` (`LIKE`), USERS, TOKENS, `TAGS FROM t`, `CREATE DATABASE\|TABLE\|STABLE`, CLUSTER ALIVE; DESCRIBE |
//! | system tables | `information_schema.ins_databases`, `ins_stables`, `ins_tables`, `ins_columns`, `ins_users`, `ins_tokens` |
//! | accounts | CREATE/ALTER/DROP USER, CREATE/ALTER/DROP TOKEN, CREATE/DROP TOTP_SECRET, GRANT and REVOKE (checked, without effect) |
//! | made up here | `SELECT … FROM tdsec_gen(rows, columns [, kind])` (`generator.rs`) and `tdsec_types(rows)` (`sample.rs`), whose comments hold the formulas |
//!
//! Results come in raw blocks of 4096 rows ([`block`]). Plain queries are read page by page, so that they hold the lock
//! for one page at a time; queries that sort or group are computed at once.

mod ast;
pub mod block;
mod calls;
mod catalog;
mod database;
mod error;
mod expr;
mod functions;
mod generator;
mod geometry;
mod info;
mod insert;
mod lexer;
mod parser;
mod query_parser;
mod rows;
mod sample;
mod show;
mod statement;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod translate;
pub mod types;
mod users;
mod value;

pub use error::{SqlError, codes};
pub use types::ColType;

use crate::accounts::{Accounts, Caller};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::State;

/// What the engine is given when it is made.
#[derive(Clone)]
pub struct EngineConfig {
    /// The server version it reports, e.g. `3.4.1.13`.
    pub version: String,
    /// The account book; its clock is the engine's clock.
    pub accounts: Arc<dyn Accounts>,
}

/// State of one connection that SQL depends on.
#[derive(Clone, Debug)]
pub struct SqlSession {
    /// The database of `USE` or of the login.
    pub database: Option<String>,
    /// Zone in which timestamps without an offset are read.
    pub timezone: chrono_tz::Tz,
    /// User of the session.
    pub user: String,
    /// Name (not secret) of the token the session was opened with.
    pub token: Option<String>,
}

impl SqlSession {
    /// A session of a user in UTC, without a database.
    pub fn new(user: impl Into<String>) -> Self {
        Self { database: None, timezone: chrono_tz::UTC, user: user.into(), token: None }
    }
}

/// What a statement gave.
pub enum Outcome {
    /// Something was changed.
    Update {
        /// Rows inserted or deleted; 0 for DDL.
        affected: u64,
    },
    /// A result set.
    Rows(Rows),
}

/// Description of one result column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnMeta {
    /// Name, at most 64 bytes.
    pub name: String,
    /// Type number.
    pub type_number: u8,
    /// Declared bytes (NCHAR: characters).
    pub length: i32,
    /// Decimal digits in all, else 0.
    pub precision: u8,
    /// Decimal digits after the point, else 0.
    pub scale: u8,
}

/// A result set: its columns and its blocks, produced while they are taken.
pub struct Rows {
    /// Columns, at least one.
    pub columns: Vec<ColumnMeta>,
    /// Precision of all timestamps: 0 ms, 1 µs, 2 ns.
    pub precision: u8,
    /// Raw blocks with at most 4096 rows each and never none.
    pub blocks: Box<dyn Iterator<Item = Result<Vec<u8>, SqlError>> + Send>,
}

/// The engine; clones share the data.
#[derive(Clone)]
pub struct Engine {
    config: Arc<EngineConfig>,
    state: Arc<Mutex<State>>,
}

impl Engine {
    /// An engine without databases of its own.
    pub fn new(config: EngineConfig) -> Result<Self, SqlError> {
        Ok(Self { config: Arc::new(config), state: Arc::new(Mutex::new(State::new()?)) })
    }

    /// Runs one statement.
    ///
    /// It blocks: for the time of an INSERT, of a page of a plain query, or of a whole query that sorts or groups.
    pub fn execute(&self, session: &mut SqlSession, sql: &str) -> Result<Outcome, SqlError> {
        let sql = lexer::fold_case(sql.trim());
        let scope = Scope {
            database: session.database.as_deref(),
            zone: session.timezone,
            now_ns: self.config.accounts.clock().now_ns(),
            caller: Caller { user: &session.user, token: session.token.as_deref() },
            config: &self.config,
        };
        let mut effect = statement::Effect::default();
        let mut state = self.state();
        let outcome = statement::run(&mut state, &self.state, &scope, &sql, &mut effect);
        drop(state);
        if effect.dropped.is_some() && effect.dropped == session.database {
            session.database = None;
        }
        if effect.used.is_some() {
            session.database = effect.used;
        }
        outcome
    }

    /// Whether a database exists (for the login's `db`).
    pub fn database_exists(&self, name: &str) -> bool {
        database::exists(&self.state().catalog, name)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a statement knows of its session and server.
pub(crate) struct Scope<'a> {
    pub(crate) database: Option<&'a str>,
    pub(crate) zone: chrono_tz::Tz,
    /// The instant of the statement: NOW is the same wherever it stands.
    pub(crate) now_ns: i64,
    pub(crate) caller: Caller<'a>,
    pub(crate) config: &'a EngineConfig,
}

impl Scope<'_> {
    /// NOW in a precision.
    pub(crate) fn now(&self, precision: u8) -> i64 {
        self.now_ns.div_euclid(1_000_000_000 / types::units_per_second(precision))
    }
}
