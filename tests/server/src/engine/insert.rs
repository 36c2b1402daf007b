//! INSERT: parsed and bound value by value, without an intermediate tree, one transaction per statement.

use super::catalog::{Catalog, Column, Found, Schema, TableKind};
use super::error::{SqlError, codes, no_column, no_table};
use super::lexer::{Kind, unescape};
use super::parser::{Parsed, Parser};
use super::store::State;
use super::table::{create_child, tag_values};
use super::types::numbers::*;
use super::value::{self, Cell};
use super::{Scope, time};

/// Where a value of a row goes.
#[derive(Clone, Copy, PartialEq)]
enum Slot {
    Tbname,
    Column(usize),
    Tag(usize),
}

/// Runs the rest of a statement after `INSERT INTO`: rows inserted.
pub(crate) fn insert(state: &mut State, scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<u64, SqlError> {
    // Children made on the way; SQLite's part is undone by ROLLBACK, the catalogue's part here.
    let mut created: Vec<(String, String)> = Vec::new();
    let outcome = state.transaction(|state| {
        let mut rows = 0;
        loop {
            rows += clause(state, scope, p, &mut created)?;
            if p.at_end() {
                p.end()?;
                return Ok(rows);
            }
        }
    });
    if outcome.is_err() {
        for (db, table) in created {
            if let Ok(database) = state.catalog.database_mut(&db) {
                database.tables.remove(&table);
            }
        }
    }
    outcome
}

/// `t [(columns)] [USING st [(tags)] TAGS (…)] [(columns)] VALUES (…) (…)`.
fn clause(
    state: &mut State,
    scope: &Scope<'_>,
    p: &mut Parser<'_>,
    created: &mut Vec<(String, String)>,
) -> Result<u64, SqlError> {
    let name = p.table_name()?;
    let db = Catalog::database_name(name.db.as_deref(), scope.database)?.to_owned();
    let mut columns = column_list(p)?;
    if p.word("using") {
        let parent = p.table_name()?;
        let super_table = match state.catalog.find(&parent, scope.database)? {
            Some(found) if matches!(found.kind, TableKind::Super) => found,
            _ => return Err(no_table(&parent.name)),
        };
        let tags = tag_values(p, scope, &super_table)?;
        if state.catalog.database(&db)?.find(&db, &name.name).is_none() {
            create_child(state, scope, &super_table, &db, &name.name, tags)?;
            created.push((db.clone(), name.name.clone()));
        }
        if columns.is_none() {
            columns = column_list(p)?;
        }
    }
    let found = state.catalog.database(&db)?.find(&db, &name.name).ok_or_else(|| no_table(&name.name))?;
    let slots = slots(&found, columns.as_deref())?;
    if p.token.is_word("select") || !(p.word("values") || p.word("value")) {
        return Err(p.error());
    }
    match found.kind {
        TableKind::Super => super_rows(state, scope, p, &found, &slots, created),
        TableKind::Child { tbl, .. } | TableKind::Normal { tbl } => rows(state, scope, p, &found, &slots, tbl),
    }
}

fn column_list(p: &mut Parser<'_>) -> Parsed<Option<Vec<String>>> {
    if !p.symbol("(") {
        return Ok(None);
    }
    let mut names = Vec::new();
    loop {
        names.push(p.name()?.to_owned());
        if p.symbol(")") {
            return Ok(Some(names));
        }
        p.expect_symbol(",")?;
    }
}

fn slots(found: &Found, names: Option<&[String]>) -> Result<Vec<Slot>, SqlError> {
    let is_super = matches!(found.kind, TableKind::Super);
    let Some(names) = names else {
        if is_super {
            let text = "Table name not specified: INSERT into a super table needs the column tbname";
            return Err(SqlError::new(codes::VALUE_SYNTAX, text));
        }
        return Ok((0..found.schema.columns.len()).map(Slot::Column).collect());
    };
    let mut slots = Vec::with_capacity(names.len());
    for name in names {
        let slot = match (found.schema.column(name), found.schema.tag(name)) {
            (Some(i), _) => Slot::Column(i),
            (None, Some(i)) if is_super => Slot::Tag(i),
            _ if is_super && name == "tbname" => Slot::Tbname,
            _ => return Err(no_column(name)),
        };
        if slots.contains(&slot) {
            return Err(SqlError::new(codes::DUPLICATED_COLUMN, format!("Duplicated column names: {name}")));
        }
        slots.push(slot);
    }
    if !slots.contains(&Slot::Column(0)) {
        return Err(SqlError::new(codes::VALUE_SYNTAX, "primary timestamp column can not be null"));
    }
    if is_super && !slots.contains(&Slot::Tbname) {
        return Err(SqlError::new(codes::VALUE_SYNTAX, "tbname value expected"));
    }
    Ok(slots)
}

/// The SQLite statement for these columns. A row with a known timestamp replaces the old one; columns that are not
/// named keep their old values.
fn insert_sql(schema: &Schema, slots: &[Slot]) -> String {
    let columns: Vec<&str> = slots
        .iter()
        .filter_map(|s| match s {
            Slot::Column(i) => Some(schema.columns[*i].physical.as_str()),
            _ => None,
        })
        .collect();
    let marks = ", ?".repeat(columns.len());
    let mut sql = format!("INSERT INTO s{} (tbl, {}) VALUES (?{marks})", schema.storage, columns.join(", "));
    if columns.len() == schema.columns.len() {
        sql.replace_range(..6, "INSERT OR REPLACE");
        return sql;
    }
    let key = &schema.columns[0].physical;
    let updates: Vec<String> = columns.iter().filter(|c| *c != key).map(|c| format!("{c} = excluded.{c}")).collect();
    let action = if updates.is_empty() { "NOTHING".into() } else { format!("UPDATE SET {}", updates.join(", ")) };
    format!("{sql} ON CONFLICT (tbl, {key}) DO {action}")
}

/// The rows of one child or normal table.
fn rows(
    state: &State,
    scope: &Scope<'_>,
    p: &mut Parser<'_>,
    found: &Found,
    slots: &[Slot],
    tbl: i64,
) -> Result<u64, SqlError> {
    let schema = &*found.schema;
    let columns: Vec<&Column> = slots
        .iter()
        .filter_map(|s| match s {
            Slot::Column(i) => Some(&schema.columns[*i]),
            _ => None,
        })
        .collect();
    let key = slots.iter().position(|s| *s == Slot::Column(0));
    let mut statement = state.db.prepare_cached(&insert_sql(schema, slots))?;
    statement.raw_bind_parameter(1, tbl)?;
    let mut count = 0;
    while p.symbol("(") {
        for (i, column) in columns.iter().enumerate() {
            if i > 0 {
                p.expect_symbol(",")?;
            }
            let cell = literal(p, scope, column, found.precision)?;
            if Some(i) == key && cell == Cell::Null {
                return Err(SqlError::new(codes::VALUE_SYNTAX, "primary timestamp column can not be null"));
            }
            statement.raw_bind_parameter(i + 2, &cell)?;
        }
        p.expect_symbol(")")?;
        statement.raw_execute()?;
        count += 1;
        p.symbol(",");
    }
    if count == 0 { Err(p.error()) } else { Ok(count) }
}

/// Rows that name their child table themselves.
fn super_rows(
    state: &mut State,
    scope: &Scope<'_>,
    p: &mut Parser<'_>,
    found: &Found,
    slots: &[Slot],
    created: &mut Vec<(String, String)>,
) -> Result<u64, SqlError> {
    let schema = &*found.schema;
    let sql = insert_sql(schema, slots);
    let mut count = 0;
    while p.symbol("(") {
        let mut child = String::new();
        let mut tags = Vec::new();
        let mut cells = Vec::with_capacity(slots.len());
        for (i, slot) in slots.iter().enumerate() {
            if i > 0 {
                p.expect_symbol(",")?;
            }
            match slot {
                Slot::Tbname => child = p.text()?,
                Slot::Tag(t) => tags.push((*t, literal(p, scope, &schema.tags[*t], found.precision)?.into_owned())),
                Slot::Column(c) => {
                    let cell = literal(p, scope, &schema.columns[*c], found.precision)?;
                    if *c == 0 && cell == Cell::Null {
                        return Err(SqlError::new(codes::VALUE_SYNTAX, "primary timestamp column can not be null"));
                    }
                    cells.push(cell);
                }
            }
        }
        p.expect_symbol(")")?;
        if child.is_empty() {
            return Err(SqlError::new(codes::VALUE_SYNTAX, "tbname can not be null value"));
        }
        let tbl = match state.catalog.database(&found.db)?.find(&found.db, &child) {
            Some(Found { kind: TableKind::Child { parent, tbl }, .. }) if *parent == *found.name => tbl,
            Some(_) => return Err(SqlError::new(codes::TABLE_EXISTS, format!("Table already exists: {child}"))),
            None => {
                let tbl = create_child(state, scope, found, &found.db, &child, tags)?;
                created.push((found.db.clone(), child));
                tbl
            }
        };
        let mut statement = state.db.prepare_cached(&sql)?;
        statement.raw_bind_parameter(1, tbl)?;
        for (i, cell) in cells.iter().enumerate() {
            statement.raw_bind_parameter(i + 2, cell)?;
        }
        statement.raw_execute()?;
        count += 1;
        p.symbol(",");
    }
    if count == 0 { Err(p.error()) } else { Ok(count) }
}

/// One value for a column or tag, from the tokens that come next.
pub(crate) fn literal<'a>(
    p: &mut Parser<'a>,
    scope: &Scope<'_>,
    column: &Column,
    precision: u8,
) -> Result<Cell<'a>, SqlError> {
    let ty = &column.ty;
    if p.token.is_word("null") {
        p.advance();
        return Ok(Cell::Null);
    }
    if ty.number == TIMESTAMP {
        return timestamp(p, scope, precision).map(Cell::Int);
    }
    let negative = p.token.is_symbol("-");
    if negative || p.token.is_symbol("+") {
        p.advance();
    }
    let token = p.token;
    match token.kind {
        Kind::Integer | Kind::Float | Kind::Radix => {}
        Kind::Text if !negative => {
            p.advance();
            return value::text(ty, &column.name, unescape(token.text));
        }
        Kind::Word if !negative && matches!(token.text, "true" | "false") => {
            p.advance();
            return match ty.number {
                BOOL => Ok(Cell::Int(i64::from(token.text == "true"))),
                VARCHAR | NCHAR => value::text(ty, &column.name, token.text.into()),
                _ => Err(value::invalid_data(ty, token.text)),
            };
        }
        _ => return Err(p.error()),
    }
    p.advance();
    let signed = |text: &str| if negative { format!("-{text}") } else { text.to_owned() };
    match ty.number {
        FLOAT | DOUBLE => {
            let x: f64 = token.text.parse().map_err(|_| value::invalid_data(ty, token.text))?;
            value::real(ty, if negative { -x } else { x })
        }
        DECIMAL | DECIMAL64 => value::decimal_cell(ty, &signed(token.text)),
        VARCHAR | NCHAR => Ok(value::text(ty, &column.name, signed(token.text).into())?),
        BOOL if token.kind == Kind::Float => {
            let x: f64 = token.text.parse().map_err(|_| value::invalid_data(ty, token.text))?;
            Ok(Cell::Int(i64::from(x != 0.0)))
        }
        BOOL | TINYINT..=BIGINT | UTINYINT..=UBIGINT if token.kind != Kind::Float => {
            let n = whole(token.kind, token.text).ok_or_else(|| value::out_of_range(token.text))?;
            value::integer(ty, if negative { -n } else { n })
        }
        _ => Err(value::invalid_data(ty, token.text)),
    }
}

fn whole(kind: Kind, text: &str) -> Option<i128> {
    match kind {
        Kind::Radix if text[1..].starts_with(['x', 'X']) => i128::from_str_radix(&text[2..], 16).ok(),
        Kind::Radix => i128::from_str_radix(&text[2..], 2).ok(),
        // 18 digits always fit: the short way for nearly all values.
        _ if text.len() <= 18 => Some(i128::from(text.bytes().fold(0i64, |n, d| n * 10 + i64::from(d - b'0')))),
        _ => text.parse().ok(),
    }
}

/// A timestamp: integer, text, NOW or TODAY, each with durations added or taken away.
fn timestamp(p: &mut Parser<'_>, scope: &Scope<'_>, precision: u8) -> Result<i64, SqlError> {
    let out_of_range = || SqlError::new(codes::TIMESTAMP_OUT_OF_RANGE, "Timestamp data out of range");
    let negative = p.symbol("-");
    let token = p.token;
    let mut at = match token.kind {
        Kind::Integer => {
            p.advance();
            let n = whole(token.kind, token.text).ok_or_else(out_of_range)?;
            i64::try_from(if negative { -n } else { n }).map_err(|_| out_of_range())?
        }
        _ if negative => return Err(p.error()),
        Kind::Text => {
            p.advance();
            let text = unescape(token.text);
            match time::parse_timestamp(&text, precision, scope.zone) {
                Some(n) => n,
                None => {
                    let ty = super::ColType::fixed(TIMESTAMP);
                    return text.trim().parse().map_err(|_| value::invalid_data(&ty, &text));
                }
            }
        }
        Kind::Word if matches!(token.text, "now" | "today") => {
            p.advance();
            if p.symbol("(") {
                p.expect_symbol(")")?;
            }
            let now = scope.now(precision);
            if token.text == "now" { now } else { time::today(now, precision, scope.zone) }
        }
        _ => return Err(p.error()),
    };
    loop {
        let sign = match p.token {
            t if t.is_symbol("+") => 1,
            t if t.is_symbol("-") => -1,
            _ => break,
        };
        p.advance();
        let (count, unit) = p.duration()?;
        at = time::add_duration(at, sign * count, unit, precision, scope.zone).ok_or_else(out_of_range)?;
    }
    // The least value stands for NULL inside TDengine.
    if at == i64::MIN { Err(out_of_range()) } else { Ok(at) }
}
