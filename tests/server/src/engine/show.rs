//! SHOW and DESCRIBE.

use super::Scope;
use super::ast::TableName;
use super::catalog::{Catalog, Column, Found, SYSTEM_DATABASES, TableKind};
use super::error::{SqlError, no_database, no_table};
use super::info::{self, InfoTable, precision_name, text, varchar};
use super::parser::Parser;
use super::store::State;
use super::types::{ColType, numbers::*};
use super::value::{Cell, decimal_text, load_decimal, unflip};
use rusqlite::types::ValueRef;

/// The rest of a statement after SHOW.
pub(crate) fn show(state: &State, scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<InfoTable, SqlError> {
    if p.word("create") {
        return show_create(state, scope, p);
    }
    if p.words(&["cluster", "alive"]) {
        p.end()?;
        return Ok(InfoTable { columns: vec![("status", ColType::fixed(INT))], rows: vec![vec![Cell::Int(1)]] });
    }
    if p.word("tags") {
        return show_tags(state, scope, p);
    }
    if p.word("users") {
        p.end()?;
        return Ok(info::users(scope));
    }
    if p.word("tokens") {
        p.end()?;
        return Ok(info::tokens(scope));
    }
    let system = p.word("system");
    if p.word("databases") || (!system && p.word("user") && p.word("databases")) {
        p.end()?;
        let mut names: Vec<String> = SYSTEM_DATABASES.iter().map(|n| (*n).to_owned()).collect();
        if system {
            return Ok(names_table("name", 64, names));
        }
        names.extend(state.catalog.databases.keys().cloned());
        return Ok(names_table("name", 64, names));
    }
    if system {
        return Err(p.error());
    }
    let only = if p.word("normal") {
        Some(false)
    } else if p.word("child") {
        Some(true)
    } else {
        None
    };
    let mark = *p;
    let mut written = None;
    if !matches!(p.token.text, "tables" | "stables") {
        written = Some(p.name()?.to_owned());
        if !p.symbol(".") {
            return Err(mark.error());
        }
    }
    let stables = p.word("stables") && only.is_none();
    if !stables {
        p.expect_word("tables")?;
    }
    if p.word("from") {
        written = Some(p.name()?.to_owned());
    }
    let pattern = if p.word("like") { Some(p.text()?) } else { None };
    p.end()?;
    let db = Catalog::database_name(written.as_deref(), scope.database)?;
    if SYSTEM_DATABASES.contains(&db) {
        return Ok(names_table(if stables { "stable_name" } else { "table_name" }, 192, Vec::new()));
    }
    let mut names: Vec<String> = state
        .catalog
        .database(db)?
        .tables
        .iter()
        .filter(|(name, table)| {
            let wanted = match table.kind {
                TableKind::Super => stables,
                TableKind::Child { .. } => !stables && only != Some(false),
                TableKind::Normal { .. } => !stables && only != Some(true),
            };
            wanted && pattern.as_deref().is_none_or(|p| like(p, name))
        })
        .map(|(name, _)| name.clone())
        .collect();
    names.sort();
    Ok(names_table(if stables { "stable_name" } else { "table_name" }, 192, names))
}

fn names_table(column: &'static str, length: i32, names: Vec<String>) -> InfoTable {
    let rows = names.into_iter().map(|n| vec![text(n)]).collect();
    InfoTable { columns: vec![(column, varchar(length))], rows }
}

/// SQL LIKE with `%`, `_` and the backslash.
fn like(pattern: &str, text: &str) -> bool {
    fn matches(p: &[char], t: &[char]) -> bool {
        match p {
            [] => t.is_empty(),
            ['%', rest @ ..] => (0..=t.len()).any(|i| matches(rest, &t[i..])),
            ['\\', c, rest @ ..] => t.first() == Some(c) && matches(rest, &t[1..]),
            ['_', rest @ ..] => !t.is_empty() && matches(rest, &t[1..]),
            [c, rest @ ..] => t.first() == Some(c) && matches(rest, &t[1..]),
        }
    }
    matches(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>())
}

fn find(state: &State, scope: &Scope<'_>, name: &TableName) -> Result<Found, SqlError> {
    state.catalog.find(name, scope.database)?.ok_or_else(|| no_table(&name.name))
}

/// The rest of a statement after DESCRIBE.
pub(crate) fn describe(state: &State, scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<InfoTable, SqlError> {
    let name = p.table_name()?;
    p.end()?;
    let db = Catalog::database_name(name.db.as_deref(), scope.database)?;
    let columns =
        vec![("field", varchar(64)), ("type", varchar(32)), ("length", ColType::fixed(INT)), ("note", varchar(12))];
    let row = |name: &str, ty: &ColType, note: &str| {
        let kind = if ty.is_decimal() { ty.declaration() } else { ty.name().to_owned() };
        vec![text(name), text(kind), Cell::Int(i64::from(ty.length)), text(note)]
    };
    if let Some(table) = info::table(&state.catalog, scope, db, &name.name)? {
        let rows = table.columns.iter().map(|(name, ty)| row(name, ty, "")).collect();
        return Ok(InfoTable { columns, rows });
    }
    let found = find(state, scope, &name)?;
    let own = found.schema.columns.iter().map(|c| row(&c.name, &c.ty, ""));
    let tags = found.schema.tags.iter().map(|c| row(&c.name, &c.ty, "TAG"));
    Ok(InfoTable { columns, rows: own.chain(tags).collect() })
}

/// Tag values of a child table, as SQL literals.
fn tag_texts(state: &State, found: &Found) -> Result<Vec<Option<String>>, SqlError> {
    let TableKind::Child { tbl, .. } = found.kind else { return Ok(Vec::new()) };
    let list: Vec<&str> = found.schema.tags.iter().map(|t| t.physical.as_str()).collect();
    let sql = format!("SELECT {} FROM g{} WHERE tbl = ?", list.join(", "), found.schema.storage);
    let values = state.db.query_row(&sql, [tbl], |row| {
        let tags = found.schema.tags.iter().enumerate();
        tags.map(|(i, tag)| Ok(literal_text(&tag.ty, row.get_ref(i)?))).collect()
    })?;
    Ok(values)
}

fn literal_text(ty: &ColType, value: ValueRef<'_>) -> Option<String> {
    Some(match (ty.number, value) {
        (_, ValueRef::Null) => return None,
        (BOOL, ValueRef::Integer(n)) => (n != 0).to_string(),
        (UBIGINT, ValueRef::Integer(n)) => unflip(n).to_string(),
        (DECIMAL | DECIMAL64, value) => decimal_text(load_decimal(value)?, ty.scale),
        (_, ValueRef::Integer(n)) => n.to_string(),
        (_, ValueRef::Real(x)) => x.to_string(),
        (_, ValueRef::Text(t)) => String::from_utf8_lossy(t).into_owned(),
        (_, ValueRef::Blob(b)) => b.iter().fold("\\x".to_owned(), |s, byte| format!("{s}{byte:02X}")),
    })
}

/// `SHOW TAGS FROM child [FROM db]`.
fn show_tags(state: &State, scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<InfoTable, SqlError> {
    p.expect_word("from")?;
    let mut name = p.table_name()?;
    if p.word("from") {
        name.db = Some(p.name()?.to_owned());
    }
    p.end()?;
    let found = find(state, scope, &name)?;
    let columns = vec![
        ("table_name", varchar(192)),
        ("db_name", varchar(64)),
        ("stable_name", varchar(192)),
        ("tag_name", varchar(64)),
        ("tag_type", varchar(32)),
        ("tag_value", varchar(16384)),
    ];
    let TableKind::Child { parent, .. } = &found.kind else { return Ok(InfoTable { columns, rows: Vec::new() }) };
    let rows = found
        .schema
        .tags
        .iter()
        .zip(tag_texts(state, &found)?)
        .map(|(tag, value)| {
            vec![
                text(&found.name),
                text(&found.db),
                text(&**parent),
                text(&tag.name),
                text(tag.ty.declaration()),
                value.map_or(Cell::Null, text),
            ]
        })
        .collect();
    Ok(InfoTable { columns, rows })
}

fn show_create(state: &State, scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<InfoTable, SqlError> {
    if p.word("database") {
        let name = p.name()?.to_owned();
        p.end()?;
        let db = state.catalog.databases.get(&name).ok_or_else(no_database)?;
        let mut sql = format!("CREATE DATABASE `{name}` PRECISION '{}'", precision_name(db.precision));
        for (option, value) in &db.options {
            sql.push_str(&format!(" {} {value}", option.to_uppercase()));
        }
        let columns = vec![("Database", varchar(64)), ("Create Database", varchar(65517))];
        return Ok(InfoTable { columns, rows: vec![vec![text(name), text(sql)]] });
    }
    let stable = p.word("stable");
    if !stable {
        p.expect_word("table")?;
    }
    let name = p.table_name()?;
    p.end()?;
    let found = find(state, scope, &name)?;
    let list = |columns: &[Column]| -> String {
        columns.iter().map(|c| format!("`{}` {}", c.name, c.ty.declaration())).collect::<Vec<_>>().join(", ")
    };
    let own = list(&found.schema.columns);
    let sql = match &found.kind {
        TableKind::Super => format!("CREATE STABLE `{}` ({own}) TAGS ({})", found.name, list(&found.schema.tags)),
        TableKind::Normal { .. } => format!("CREATE TABLE `{}` ({own})", found.name),
        TableKind::Child { parent, .. } => {
            let names: Vec<String> = found.schema.tags.iter().map(|t| format!("`{}`", t.name)).collect();
            let values: Vec<String> = tag_texts(state, &found)?
                .into_iter()
                .zip(&found.schema.tags)
                .map(|(value, tag)| match value {
                    None => "NULL".to_owned(),
                    Some(v) if tag.ty.is_numeric() || matches!(tag.ty.number, BOOL | TIMESTAMP) => v,
                    Some(v) => format!("\"{}\"", v.replace('\\', "\\\\").replace('"', "\\\"")),
                })
                .collect();
            let (names, values) = (names.join(", "), values.join(", "));
            format!("CREATE TABLE `{}` USING `{parent}` ({names}) TAGS ({values})", found.name)
        }
    };
    let columns = vec![("Table", varchar(192)), ("Create Table", varchar(65517))];
    Ok(InfoTable { columns, rows: vec![vec![text(found.name), text(sql)]] })
}
