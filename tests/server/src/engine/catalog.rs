//! What exists: databases, super tables, child tables, normal tables and their columns. The rows are in SQLite.
//!
//! Each super table `n` has two SQLite tables: `s<n>(tbl, ts, c1, …)` with the rows of all its children and
//! `g<n>(tbl, name, t1, …)` with one row per child, its tags. A normal table has an `s<n>` of its own. Physical column
//! names are never reused, so dropping a column is a matter of the catalogue.

use super::ast::TableName;
use super::error::{SqlError, codes, no_database};
use super::types::ColType;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A column or tag.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) ty: ColType,
    /// Its name in SQLite.
    pub(crate) physical: String,
}

/// Columns (and tags) of a super table or normal table.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    pub(crate) storage: i64,
    pub(crate) columns: Vec<Column>,
    /// Empty for normal tables.
    pub(crate) tags: Vec<Column>,
    /// Number of the next physical column.
    pub(crate) next_column: usize,
    /// Counts ALTERs.
    pub(crate) version: i32,
}

impl Schema {
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    pub(crate) fn tag(&self, name: &str) -> Option<usize> {
        self.tags.iter().position(|c| c.name == name)
    }
}

/// What a table is.
#[derive(Clone, Debug)]
pub(crate) enum TableKind {
    Super,
    /// Child of the super table of this name.
    Child {
        parent: Arc<str>,
        tbl: i64,
    },
    Normal {
        tbl: i64,
    },
}

/// A table of a database. A child shares the schema of its super table by name.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) kind: TableKind,
    /// Of super and normal tables.
    pub(crate) schema: Option<Arc<Schema>>,
    pub(crate) created_ms: i64,
    pub(crate) comment: Option<String>,
    pub(crate) uid: i64,
}

/// A database.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) precision: u8,
    pub(crate) created_ms: i64,
    pub(crate) tables: HashMap<String, Table>,
    /// Options as given, by lower-case name.
    pub(crate) options: BTreeMap<String, String>,
}

/// Everything.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    pub(crate) databases: BTreeMap<String, Database>,
    next_id: i64,
}

/// A table found, with the schema that applies to it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) db: String,
    pub(crate) precision: u8,
    pub(crate) name: String,
    pub(crate) kind: TableKind,
    pub(crate) schema: Arc<Schema>,
}

/// Names of the databases every server has.
pub(crate) const SYSTEM_DATABASES: [&str; 2] = ["information_schema", "performance_schema"];

impl Catalog {
    /// A number never given before.
    pub(crate) fn id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    /// The database a name refers to: its own or the session's.
    pub(crate) fn database_name<'a>(written: Option<&'a str>, session: Option<&'a str>) -> Result<&'a str, SqlError> {
        written.or(session).ok_or_else(|| SqlError::new(codes::DB_NOT_SPECIFIED, "Database not specified"))
    }

    pub(crate) fn database(&self, name: &str) -> Result<&Database, SqlError> {
        self.databases.get(name).ok_or_else(no_database)
    }

    pub(crate) fn database_mut(&mut self, name: &str) -> Result<&mut Database, SqlError> {
        self.databases.get_mut(name).ok_or_else(no_database)
    }

    /// The table of a name, if it exists; an error if its database does not.
    pub(crate) fn find(&self, table: &TableName, session: Option<&str>) -> Result<Option<Found>, SqlError> {
        let db = Self::database_name(table.db.as_deref(), session)?;
        Ok(self.database(db)?.find(db, &table.name))
    }
}

impl Database {
    pub(crate) fn find(&self, db: &str, name: &str) -> Option<Found> {
        let table = self.tables.get(name)?;
        let schema = match &table.kind {
            TableKind::Child { parent, .. } => self.tables.get(&**parent)?.schema.clone()?,
            _ => table.schema.clone()?,
        };
        Some(Found {
            db: db.to_owned(),
            precision: self.precision,
            name: name.to_owned(),
            kind: table.kind.clone(),
            schema,
        })
    }
}
