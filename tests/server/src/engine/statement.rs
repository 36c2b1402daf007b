//! One statement: which family it belongs to, and what it gives.

use super::ast::{Item, Node, Query, Relation, Select, Source};
use super::catalog::TableKind;
use super::error::{SqlError, codes, no_database, no_table};
use super::parser::Parser;
use super::store::State;
use super::translate::{self, Shared};
use super::{Outcome, Rows, Scope, database, generator, insert, rows, show, table, users};
use std::sync::{Arc, Mutex};

/// What a statement does to the session beside its outcome.
#[derive(Default)]
pub(crate) struct Effect {
    /// USE.
    pub(crate) used: Option<String>,
    /// DROP DATABASE.
    pub(crate) dropped: Option<String>,
}

fn done() -> Result<Outcome, SqlError> {
    Ok(Outcome::Update { affected: 0 })
}

/// Runs a statement whose case is already folded.
pub(crate) fn run(
    state: &mut State,
    handle: &Arc<Mutex<State>>,
    scope: &Scope<'_>,
    sql: &str,
    effect: &mut Effect,
) -> Result<Outcome, SqlError> {
    let mut parser = Parser::new(sql);
    let p = &mut parser;
    if p.token.is_word("select") || p.token.is_symbol("(") {
        return select(state, handle, scope, p).map(Outcome::Rows);
    }
    if p.word("insert") {
        p.expect_word("into")?;
        return insert::insert(state, scope, p).map(|affected| Outcome::Update { affected });
    }
    if p.word("create") {
        return create(state, scope, p);
    }
    if p.word("drop") {
        return drop_something(state, scope, p, effect);
    }
    if p.word("alter") {
        match () {
            () if p.word("database") => database::alter(state, p)?,
            () if p.word("table") || p.word("stable") => {
                state.transaction(|state| table::alter_table(state, scope, p))?;
            }
            () if p.word("user") => users::alter_user(scope, p)?,
            () if p.word("token") => users::alter_token(scope, p)?,
            () => return Err(p.error()),
        }
        return done();
    }
    if p.word("use") {
        let name = p.name()?.to_owned();
        p.end()?;
        if !database::exists(&state.catalog, &name) {
            return Err(no_database());
        }
        effect.used = Some(name);
        return done();
    }
    if p.word("show") {
        return show::show(state, scope, p).map(|table| Outcome::Rows(rows::info_rows(table)));
    }
    if p.word("describe") || p.word("desc") {
        return show::describe(state, scope, p).map(|table| Outcome::Rows(rows::info_rows(table)));
    }
    if p.words(&["delete", "from"]) {
        return delete(state, scope, p);
    }
    if p.word("grant") {
        users::grant(scope, p, "to")?;
        return done();
    }
    if p.word("revoke") {
        users::grant(scope, p, "from")?;
        return done();
    }
    Err(p.error())
}

fn create(state: &mut State, scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<Outcome, SqlError> {
    match () {
        () if p.word("database") => database::create(state, scope, p)?,
        () if p.word("stable") => table::create_table(state, scope, p, true)?,
        () if p.word("table") => table::create_table(state, scope, p, false)?,
        () if p.word("user") => users::create_user(scope, p)?,
        () if p.word("token") => {
            return users::create_token(scope, p).map(|t| Outcome::Rows(rows::info_rows(t)));
        }
        () if p.word("totp_secret") => {
            return users::create_totp_secret(scope, p).map(|t| Outcome::Rows(rows::info_rows(t)));
        }
        () => return Err(p.error()),
    }
    done()
}

fn drop_something(
    state: &mut State,
    scope: &Scope<'_>,
    p: &mut Parser<'_>,
    effect: &mut Effect,
) -> Result<Outcome, SqlError> {
    match () {
        () if p.word("database") => effect.dropped = database::drop(state, p)?,
        () if p.word("stable") => table::drop_table(state, scope, p, true)?,
        () if p.word("table") => table::drop_table(state, scope, p, false)?,
        () if p.word("user") => users::drop_user(scope, p)?,
        () if p.word("token") => users::drop_token(scope, p)?,
        () if p.word("totp_secret") => users::drop_totp_secret(scope, p)?,
        () => return Err(p.error()),
    }
    done()
}

fn select(
    state: &mut State,
    handle: &Arc<Mutex<State>>,
    scope: &Scope<'_>,
    p: &mut Parser<'_>,
) -> Result<Rows, SqlError> {
    let query = p.query()?;
    p.end()?;
    if let Some(rows) = generator::rows(&query)? {
        return Ok(rows);
    }
    let mut shared = Shared { catalog: &state.catalog, scope, params: Vec::new(), infos: Vec::new(), precision: None };
    let output = translate::query(&mut shared, &query)?;
    let (params, infos, precision) = (shared.params, shared.infos, shared.precision.unwrap_or(0));
    rows::materialise_infos(&state.db, &infos)?;
    rows::run(state, handle, output, params, precision)
}

/// `DELETE FROM t [WHERE …]` with conditions on time and tags.
fn delete(state: &mut State, scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<Outcome, SqlError> {
    let name = p.table_name()?;
    let filter = if p.word("where") { Some(p.expression()?) } else { None };
    p.end()?;
    let found = state.catalog.find(&name, scope.database)?.ok_or_else(|| no_table(&name.name))?;
    let time = &found.schema.columns[0];
    let allowed = |column: &str| {
        column == time.name
            || column == "tbname"
            || found.schema.tag(column).is_some()
            || found.schema.column(column).is_none()
    };
    if filter.as_ref().is_some_and(|f| !only_columns(f, &allowed)) {
        let text = "The DELETE statement must have a definite time window range";
        return Err(SqlError::new(0x2655, text));
    }
    let item = Item::Expr {
        node: Node::Column { table: None, name: time.name.clone() },
        alias: None,
        text: time.name.clone(),
    };
    let relation = Relation::Table { db: name.db.clone(), name: name.name.clone() };
    let source = Source { relation, alias: None, on: None };
    let select = Select { items: vec![item], from: vec![source], filter, ..Select::default() };
    let query = Query { selects: vec![(false, select)], order: Vec::new(), limit: None, offset: 0 };
    let mut shared = Shared { catalog: &state.catalog, scope, params: Vec::new(), infos: Vec::new(), precision: None };
    let page = translate::query(&mut shared, &query)?
        .page
        .ok_or_else(|| SqlError::new(codes::NOT_SUPPORTED, "Operation not supported"))?;
    let params = shared.params;
    let (storage, key) = (found.schema.storage, &time.physical);
    let sql = format!("DELETE FROM s{storage} WHERE (tbl, {key}) IN (SELECT tbl, {key} FROM ({} 1))", page.sql);
    let mut statement = state.db.prepare(&sql)?;
    let used = statement.parameter_count();
    let affected = statement.execute(rusqlite::params_from_iter(params.iter().take(used)))?;
    debug_assert!(matches!(found.kind, TableKind::Super) || page.tbl.is_some());
    Ok(Outcome::Update { affected: affected as u64 })
}

fn only_columns(node: &Node, allowed: &dyn Fn(&str) -> bool) -> bool {
    if let Node::Column { name, .. } = node {
        return allowed(name);
    }
    let mut all = true;
    translate::children(node, &mut |child| all &= only_columns(child, allowed));
    all
}
