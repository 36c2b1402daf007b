//! Making, changing and dropping tables.

use super::ast::TableName;
use super::catalog::{Catalog, Column, Found, Schema, Table, TableKind};
use super::error::{SqlError, codes, no_column, no_table};
use super::insert::literal;
use super::lexer::Kind;
use super::parser::{Parsed, Parser};
use super::store::State;
use super::types::numbers::*;
use super::value::Cell;
use super::{ColType, Scope};
use std::sync::Arc;

/// Names and types of columns or tags, as declared.
type Definitions = Vec<(String, ColType)>;

/// Tag values by index of the tag; tags that are not named are NULL.
pub(crate) type TagValues = Vec<(usize, Cell<'static>)>;

/// `[(tag names)] TAGS (values)`.
pub(crate) fn tag_values(p: &mut Parser<'_>, scope: &Scope<'_>, parent: &Found) -> Result<TagValues, SqlError> {
    let schema = &parent.schema;
    let mut indexes: Vec<usize> = (0..schema.tags.len()).collect();
    if p.symbol("(") {
        indexes.clear();
        loop {
            let name = p.name()?;
            let index = schema
                .tag(name)
                .ok_or_else(|| SqlError::new(codes::INVALID_TAG_NAME, format!("Invalid tag name: {name}")))?;
            indexes.push(index);
            if p.symbol(")") {
                break;
            }
            p.expect_symbol(",")?;
        }
    }
    p.expect_word("tags")?;
    p.expect_symbol("(")?;
    let mut values = Vec::with_capacity(indexes.len());
    for (i, tag) in indexes.iter().enumerate() {
        if i > 0 && !p.symbol(",") {
            if p.token.is_symbol(")") {
                return Err(SqlError::new(codes::TAGS_NOT_MATCHED, "Tags number not matched"));
            }
            return Err(p.error());
        }
        values.push((*tag, literal(p, scope, &schema.tags[*tag], parent.precision)?.into_owned()));
    }
    if p.token.is_symbol(",") {
        return Err(SqlError::new(codes::TAGS_NOT_MATCHED, "Tags number not matched"));
    }
    p.expect_symbol(")")?;
    Ok(values)
}

/// Makes a child table: its number in the storage.
pub(crate) fn create_child(
    state: &mut State,
    scope: &Scope<'_>,
    parent: &Found,
    db: &str,
    name: &str,
    tags: TagValues,
) -> Result<i64, SqlError> {
    if db != parent.db {
        let text = "Corresponding super table not in this db";
        return Err(SqlError::new(0x2618, text));
    }
    let tbl = state.catalog.id();
    let columns: String = tags.iter().map(|(i, _)| format!(", {}", parent.schema.tags[*i].physical)).collect();
    let marks = ", ?".repeat(tags.len());
    let sql = format!("INSERT INTO g{} (tbl, name{columns}) VALUES (?, ?{marks})", parent.schema.storage);
    let mut statement = state.db.prepare_cached(&sql)?;
    statement.raw_bind_parameter(1, tbl)?;
    statement.raw_bind_parameter(2, name)?;
    for (i, (_, cell)) in tags.iter().enumerate() {
        statement.raw_bind_parameter(i + 3, cell)?;
    }
    statement.raw_execute()?;
    drop(statement);
    let table = Table {
        kind: TableKind::Child { parent: parent.name.as_str().into(), tbl },
        schema: None,
        created_ms: scope.now(0),
        comment: None,
        uid: tbl,
    };
    state.catalog.database_mut(db)?.tables.insert(name.to_owned(), table);
    Ok(tbl)
}

/// `CREATE STABLE` and `CREATE TABLE`, after that word.
pub(crate) fn create_table(
    state: &mut State,
    scope: &Scope<'_>,
    p: &mut Parser<'_>,
    stable: bool,
) -> Result<(), SqlError> {
    loop {
        let if_not_exists = p.if_not_exists();
        let name = p.table_name()?;
        let db = Catalog::database_name(name.db.as_deref(), scope.database)?.to_owned();
        if !stable && p.word("using") {
            let parent = p.table_name()?;
            let found = match state.catalog.find(&parent, scope.database)? {
                Some(found) if matches!(found.kind, TableKind::Super) => found,
                _ => return Err(no_table(&parent.name)),
            };
            let tags = tag_values(p, scope, &found)?;
            table_options(p)?;
            match state.catalog.database(&db)?.tables.contains_key(&name.name) {
                true if if_not_exists => {}
                true => return Err(exists(false)),
                false => {
                    create_child(state, scope, &found, &db, &name.name, tags)?;
                }
            }
            if p.at_end() {
                return p.end();
            }
            continue;
        }
        let columns = column_definitions(p)?;
        let tags = if p.word("tags") { column_definitions(p)? } else { Vec::new() };
        if stable && tags.is_empty() {
            return Err(p.error());
        }
        let comment = table_options(p)?;
        p.end()?;
        check_columns(&columns, &tags)?;
        return create_own(state, scope, &db, &name.name, (columns, tags), if_not_exists, comment);
    }
}

fn exists(stable: bool) -> SqlError {
    if stable {
        SqlError::new(codes::STABLE_EXISTS, "STable already exists")
    } else {
        SqlError::new(codes::TABLE_EXISTS, "Table already exists")
    }
}

/// Makes a super table or a normal table.
fn create_own(
    state: &mut State,
    scope: &Scope<'_>,
    db: &str,
    name: &str,
    (columns, tags): (Definitions, Definitions),
    if_not_exists: bool,
    comment: Option<String>,
) -> Result<(), SqlError> {
    let stable = !tags.is_empty();
    if let Some(old) = state.catalog.database(db)?.tables.get(name) {
        let same_kind = stable == matches!(old.kind, TableKind::Super);
        return if if_not_exists && same_kind { Ok(()) } else { Err(exists(stable && same_kind)) };
    }
    let (storage, tbl) = (state.catalog.id(), state.catalog.id());
    let mut next_column = 0;
    let mut number = |list: Definitions| -> Vec<Column> {
        list.into_iter()
            .map(|(name, ty)| {
                next_column += 1;
                Column { name, ty, physical: format!("c{next_column}") }
            })
            .collect()
    };
    let (columns, tags) = (number(columns), number(tags));
    let schema = Schema { storage, columns, tags, next_column: next_column + 1, version: 1 };
    state.create_storage(&schema)?;
    let table = Table {
        kind: if stable { TableKind::Super } else { TableKind::Normal { tbl } },
        schema: Some(Arc::new(schema)),
        created_ms: scope.now(0),
        comment,
        uid: storage,
    };
    state.catalog.database_mut(db)?.tables.insert(name.to_owned(), table);
    Ok(())
}

fn check_columns(columns: &[(String, ColType)], tags: &[(String, ColType)]) -> Result<(), SqlError> {
    if columns.first().is_none_or(|(_, t)| t.number != TIMESTAMP) {
        return Err(SqlError::new(codes::FIRST_COLUMN, "First column must be timestamp"));
    }
    if columns.iter().any(|(_, t)| t.number == JSON) {
        return Err(SqlError::new(codes::COLUMN_JSON, "Only tag can be json type"));
    }
    if columns.len() < 2 || columns.len() + tags.len() > 4096 || tags.len() > 128 {
        return Err(SqlError::new(codes::TOO_MANY_COLUMNS, "Illegal number of columns"));
    }
    if tags.len() > 1 && tags.iter().any(|(_, t)| t.number == JSON) {
        return Err(SqlError::new(codes::ONLY_ONE_JSON_TAG, "Only one tag if there is a json tag"));
    }
    let mut seen = std::collections::HashSet::new();
    for (name, _) in columns.iter().chain(tags) {
        if name.len() > 64 || name.is_empty() {
            return Err(SqlError::new(codes::INVALID_IDENTIFIER, format!("Invalid identifier name: {name}")));
        }
        if !seen.insert(name) {
            return Err(SqlError::new(codes::DUPLICATED_COLUMN, format!("Duplicated column names: {name}")));
        }
    }
    Ok(())
}

/// `(name TYPE [options], …)`.
fn column_definitions(p: &mut Parser<'_>) -> Parsed<Definitions> {
    p.expect_symbol("(")?;
    let mut columns = Vec::new();
    loop {
        let name = p.name()?.to_owned();
        columns.push((name, p.column_type()?));
        loop {
            // How a column is stored is nobody's business here.
            if p.word("encode") || p.word("compress") || p.word("level") || p.word("comment") {
                p.text()?;
            } else {
                break;
            }
        }
        if p.symbol(")") {
            return Ok(columns);
        }
        p.expect_symbol(",")?;
    }
}

/// Options after a table's definition: the comment.
fn table_options(p: &mut Parser<'_>) -> Parsed<Option<String>> {
    let mut comment = None;
    loop {
        if p.word("comment") {
            comment = Some(p.text()?);
        } else if p.word("ttl") {
            p.unsigned()?;
        } else if p.word("sma") || p.word("rollup") {
            p.expect_symbol("(")?;
            p.skip_parenthesis()?;
        } else if p.word("watermark") || p.word("max_delay") || p.word("delete_mark") || p.word("keep") {
            if !matches!(p.token.kind, Kind::Duration | Kind::Integer) {
                return Err(p.error());
            }
            p.advance();
        } else {
            return Ok(comment);
        }
    }
}

/// `DROP TABLE` and `DROP STABLE`, after that word.
pub(crate) fn drop_table(
    state: &mut State,
    scope: &Scope<'_>,
    p: &mut Parser<'_>,
    stable: bool,
) -> Result<(), SqlError> {
    let mut list: Vec<(bool, TableName)> = Vec::new();
    loop {
        let if_exists = p.if_exists();
        list.push((if_exists, p.table_name()?));
        if !p.symbol(",") {
            break;
        }
    }
    p.end()?;
    for (if_exists, name) in list {
        match state.catalog.find(&name, scope.database)? {
            Some(found) if !stable || matches!(found.kind, TableKind::Super) => drop_found(state, &found)?,
            _ if if_exists => {}
            _ if stable => return Err(SqlError::new(codes::STABLE_NOT_EXIST, "STable not exist")),
            _ => return Err(no_table(&name.name)),
        }
    }
    Ok(())
}

fn drop_found(state: &mut State, found: &Found) -> Result<(), SqlError> {
    let storage = found.schema.storage;
    match &found.kind {
        TableKind::Child { tbl, .. } => {
            state.db.execute(&format!("DELETE FROM s{storage} WHERE tbl = ?"), [tbl])?;
            state.db.execute(&format!("DELETE FROM g{storage} WHERE tbl = ?"), [tbl])?;
        }
        _ => state.drop_storage(storage)?,
    }
    let tables = &mut state.catalog.database_mut(&found.db)?.tables;
    tables.remove(&found.name);
    if matches!(found.kind, TableKind::Super) {
        tables.retain(|_, t| !matches!(&t.kind, TableKind::Child { parent, .. } if **parent == *found.name));
    }
    Ok(())
}

/// `ALTER TABLE` and `ALTER STABLE`, after that word.
pub(crate) fn alter_table(state: &mut State, scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<(), SqlError> {
    let name = p.table_name()?;
    let found = state.catalog.find(&name, scope.database)?.ok_or_else(|| no_table(&name.name))?;
    if p.words(&["set", "tag"]) {
        return set_tags(state, scope, p, &found);
    }
    if p.word("comment") {
        let comment = p.text()?;
        p.end()?;
        if let Some(table) = state.catalog.database_mut(&found.db)?.tables.get_mut(&found.name) {
            table.comment = Some(comment);
        }
        return Ok(());
    }
    if matches!(found.kind, TableKind::Child { .. }) {
        return Err(SqlError::new(codes::INVALID_ALTER, "Invalid alter table statement"));
    }
    let mut schema = (*found.schema).clone();
    change_schema(state, p, &mut schema)?;
    schema.version += 1;
    state.db.flush_prepared_statement_cache();
    if let Some(table) = state.catalog.database_mut(&found.db)?.tables.get_mut(&found.name) {
        table.schema = Some(Arc::new(schema));
    }
    Ok(())
}

fn change_schema(state: &State, p: &mut Parser<'_>, schema: &mut Schema) -> Result<(), SqlError> {
    let verb = p.token;
    if !(p.word("add") || p.word("drop") || p.word("modify") || p.word("rename")) {
        return Err(p.error());
    }
    let tag = p.word("tag");
    if !tag {
        p.expect_word("column")?;
    }
    if tag && schema.tags.is_empty() {
        return Err(SqlError::new(codes::INVALID_ALTER, "Invalid alter table statement"));
    }
    let name = p.name()?.to_owned();
    let known = schema.column(&name).is_some() || schema.tag(&name).is_some();
    let place = if tag { schema.tag(&name) } else { schema.column(&name) };
    let missing = || match tag {
        true => SqlError::new(codes::TAG_NOT_EXIST, "Tag does not exist"),
        false => SqlError::new(codes::COLUMN_NOT_EXIST, "Column does not exist"),
    };
    match verb.text {
        "add" => {
            let ty = p.column_type()?;
            p.end()?;
            if known {
                return Err(match tag {
                    true => SqlError::new(codes::TAG_EXISTS, "Tag already exists"),
                    false => SqlError::new(codes::COLUMN_EXISTS, "Column already exists"),
                });
            }
            if ty.number == JSON {
                return Err(match tag {
                    true => SqlError::new(codes::ONLY_ONE_JSON_TAG, "Only one tag if there is a json tag"),
                    false => SqlError::new(codes::COLUMN_JSON, "Only tag can be json type"),
                });
            }
            let physical = format!("c{}", schema.next_column);
            schema.next_column += 1;
            let kind = if tag { 'g' } else { 's' };
            state.db.execute_batch(&format!("ALTER TABLE {kind}{} ADD COLUMN {physical}", schema.storage))?;
            let list = if tag { &mut schema.tags } else { &mut schema.columns };
            list.push(Column { name, ty, physical });
        }
        "drop" => {
            p.end()?;
            let at = place.ok_or_else(missing)?;
            if !tag && at == 0 {
                return Err(SqlError::new(codes::CANNOT_DROP_TS, "Primary timestamp column cannot be dropped"));
            }
            let list = if tag { &mut schema.tags } else { &mut schema.columns };
            if list.len() <= if tag { 1 } else { 2 } {
                return Err(SqlError::new(0x2651, "No columns can be dropped"));
            }
            list.remove(at);
        }
        "modify" => {
            let ty = p.column_type()?;
            p.end()?;
            let at = place.ok_or_else(missing)?;
            let column = if tag { &mut schema.tags[at] } else { &mut schema.columns[at] };
            if ty.number != column.ty.number || ty.width().is_some() || ty.length < column.ty.length {
                let text = "Only varbinary/binary/nchar/geometry column length could be modified, \
                            and the length can only be increased, not decreased";
                return Err(SqlError::new(codes::INVALID_MODIFY, text));
            }
            column.ty = ty;
        }
        _ => {
            let new = p.name()?.to_owned();
            p.end()?;
            let at = place.ok_or_else(missing)?;
            if schema.column(&new).is_some() || schema.tag(&new).is_some() {
                return Err(SqlError::new(codes::DUPLICATED_COLUMN, format!("Duplicated column names: {new}")));
            }
            let column = if tag { &mut schema.tags[at] } else { &mut schema.columns[at] };
            column.name = new;
        }
    }
    Ok(())
}

fn set_tags(state: &State, scope: &Scope<'_>, p: &mut Parser<'_>, found: &Found) -> Result<(), SqlError> {
    let TableKind::Child { tbl, .. } = found.kind else {
        return Err(SqlError::new(codes::INVALID_ALTER, "Invalid alter table statement"));
    };
    loop {
        let name = p.name()?.to_owned();
        let at = found.schema.tag(&name).ok_or_else(|| no_column(&name))?;
        p.expect_symbol("=")?;
        let tag = &found.schema.tags[at];
        let cell = literal(p, scope, tag, found.precision)?;
        let sql = format!("UPDATE g{} SET {} = ? WHERE tbl = ?", found.schema.storage, tag.physical);
        state.db.execute(&sql, rusqlite::params![cell, tbl])?;
        if !p.symbol(",") {
            return p.end();
        }
    }
}
