//! CREATE, ALTER and DROP DATABASE.

use super::Scope;
use super::catalog::{Catalog, Database, SYSTEM_DATABASES};
use super::error::{SqlError, codes, no_database};
use super::lexer::Kind;
use super::parser::{Parsed, Parser};
use super::store::State;
use std::collections::{BTreeMap, HashMap};

/// Options TDengine knows. All but PRECISION only change how a cluster stores data.
const OPTIONS: &[&str] = &[
    "buffer",
    "cachemodel",
    "cachesize",
    "comp",
    "duration",
    "maxrows",
    "minrows",
    "keep",
    "pages",
    "pagesize",
    "precision",
    "replica",
    "wal_level",
    "vgroups",
    "single_stable",
    "stt_trigger",
    "table_prefix",
    "table_suffix",
    "tsdb_pagesize",
    "wal_retention_period",
    "wal_retention_size",
    "wal_fsync_period",
    "wal_roll_period",
    "wal_segment_size",
    "keep_time_offset",
    "encrypt_algorithm",
    "ss_chunkpages",
    "ss_keeplocal",
    "ss_compact",
    "compact_interval",
    "compact_time_range",
    "compact_time_offset",
    "strict",
    "schemaless",
    "retentions",
];

fn options(p: &mut Parser<'_>) -> Parsed<BTreeMap<String, String>> {
    let mut options = BTreeMap::new();
    while !p.at_end() {
        if p.token.kind != Kind::Word || !OPTIONS.contains(&p.token.text) {
            return Err(p.error());
        }
        let name = p.advance().text.to_owned();
        let start = p.token.start;
        loop {
            if !matches!(p.token.kind, Kind::Integer | Kind::Duration | Kind::Text | Kind::Float) {
                return Err(p.error());
            }
            p.advance();
            if !p.symbol(",") {
                break;
            }
        }
        options.insert(name, p.slice(start, p.last_end).to_owned());
    }
    p.end()?;
    Ok(options)
}

/// The rest of a statement after CREATE DATABASE.
pub(crate) fn create(state: &mut State, scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<(), SqlError> {
    let if_not_exists = p.if_not_exists();
    let name = p.name()?.to_owned();
    let mut options = options(p)?;
    if name.len() > 64 || name.contains('.') {
        return Err(SqlError::new(codes::INVALID_IDENTIFIER, format!("Invalid identifier name: {name}")));
    }
    let precision = match options.remove("precision").as_deref().map(|t| t.trim_matches(['\'', '"'])) {
        None => 0,
        Some(p) if p.eq_ignore_ascii_case("ms") => 0,
        Some(p) if p.eq_ignore_ascii_case("us") => 1,
        Some(p) if p.eq_ignore_ascii_case("ns") => 2,
        Some(other) => {
            let text = format!("Invalid database option: invalid option precision: {other}");
            return Err(SqlError::new(codes::INVALID_DB_OPTION, text));
        }
    };
    if SYSTEM_DATABASES.contains(&name.as_str()) || state.catalog.databases.contains_key(&name) {
        return if if_not_exists { Ok(()) } else { Err(SqlError::new(codes::DB_EXISTS, "Database already exists")) };
    }
    let database = Database { precision, created_ms: scope.now(0), tables: HashMap::new(), options };
    state.catalog.databases.insert(name, database);
    Ok(())
}

/// The rest of a statement after ALTER DATABASE.
pub(crate) fn alter(state: &mut State, p: &mut Parser<'_>) -> Result<(), SqlError> {
    let name = p.name()?.to_owned();
    if p.at_end() {
        return Err(p.error());
    }
    let options = options(p)?;
    if options.contains_key("precision") {
        return Err(SqlError::new(codes::INVALID_DB_OPTION, "Invalid database option: precision"));
    }
    state.catalog.database_mut(&name)?.options.extend(options);
    Ok(())
}

/// The rest of a statement after DROP DATABASE: the name of what was dropped.
pub(crate) fn drop(state: &mut State, p: &mut Parser<'_>) -> Result<Option<String>, SqlError> {
    let if_exists = p.if_exists();
    let name = p.name()?.to_owned();
    p.word("force");
    p.end()?;
    let Some(database) = state.catalog.databases.remove(&name) else {
        return if if_exists { Ok(None) } else { Err(no_database()) };
    };
    for table in database.tables.values() {
        if let Some(schema) = &table.schema {
            state.drop_storage(schema.storage)?;
        }
    }
    Ok(Some(name))
}

/// Whether a database can be used: one's own or a system database.
pub(crate) fn exists(catalog: &Catalog, name: &str) -> bool {
    SYSTEM_DATABASES.contains(&name) || catalog.databases.contains_key(name)
}
