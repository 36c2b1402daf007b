//! The SQL engine: TDengine's SQL over an in-memory SQLite.
//!
//! (See [`Engine::execute`] for the entrance.)

pub mod block;
mod error;
pub mod types;

use crate::accounts::Accounts;
pub use error::{SqlError, codes};
use std::sync::Arc;
pub use types::ColType;

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
}

impl Engine {
    /// An engine without databases other than `information_schema`.
    pub fn new(config: EngineConfig) -> Self {
        Self { config: Arc::new(config) }
    }

    /// Runs one statement.
    pub fn execute(&self, session: &mut SqlSession, sql: &str) -> Result<Outcome, SqlError> {
        let _ = (session, &self.config);
        Err(SqlError::new(codes::SYNTAX, format!("syntax error near \"{}\"", sql.trim())))
    }

    /// Whether a database exists (for the login's `db`).
    pub fn database_exists(&self, name: &str) -> bool {
        let _ = name;
        false
    }
}
