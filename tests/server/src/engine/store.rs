//! The SQLite side: one connection in memory, its settings, transactions.

use super::catalog::{Catalog, Schema};
use super::error::SqlError;
use super::functions;
use rusqlite::Connection;

/// Catalogue and data; behind one mutex, because a SQLite connection serves one thread at a time.
pub(crate) struct State {
    pub(crate) catalog: Catalog,
    pub(crate) db: Connection,
}

impl State {
    pub(crate) fn new() -> Result<Self, SqlError> {
        let db = Connection::open_in_memory()?;
        db.execute_batch(
            "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;
             PRAGMA case_sensitive_like = ON; PRAGMA cache_size = -65536;",
        )?;
        db.set_prepared_statement_cache_capacity(512);
        functions::register(&db)?;
        Ok(Self { catalog: Catalog::default(), db })
    }

    /// Runs something in one transaction; what it wrote is gone if it fails.
    pub(crate) fn transaction<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T, SqlError>) -> Result<T, SqlError> {
        self.db.execute_batch("BEGIN")?;
        match run(self) {
            Ok(value) => {
                self.db.execute_batch("COMMIT")?;
                Ok(value)
            }
            Err(error) => {
                self.db.execute_batch("ROLLBACK")?;
                Err(error)
            }
        }
    }

    /// Makes the SQLite tables of a new super table or normal table.
    pub(crate) fn create_storage(&self, schema: &Schema) -> Result<(), SqlError> {
        let list = |columns: &[super::catalog::Column]| -> String {
            columns.iter().map(|c| format!(", {}", c.physical)).collect()
        };
        let (n, key) = (schema.storage, &schema.columns[0].physical);
        self.db.execute_batch(&format!(
            "CREATE TABLE s{n} (tbl{}, PRIMARY KEY (tbl, {key})) WITHOUT ROWID;",
            list(&schema.columns)
        ))?;
        if !schema.tags.is_empty() {
            self.db
                .execute_batch(&format!("CREATE TABLE g{n} (tbl INTEGER PRIMARY KEY, name{});", list(&schema.tags)))?;
        }
        Ok(())
    }

    /// Forgets the SQLite tables of a dropped one.
    pub(crate) fn drop_storage(&self, storage: i64) -> Result<(), SqlError> {
        self.db.flush_prepared_statement_cache();
        self.db.execute_batch(&format!("DROP TABLE IF EXISTS s{storage}; DROP TABLE IF EXISTS g{storage};"))?;
        Ok(())
    }
}
