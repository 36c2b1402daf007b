//! System tables: `information_schema` and what SHOW is made from.

use super::Scope;
use super::catalog::{Catalog, Database, SYSTEM_DATABASES, Table, TableKind};
use super::error::{SqlError, codes};
use super::types::{ColType, numbers::*};
use super::value::Cell;

/// A small table made on the spot.
#[derive(Clone, Debug)]
pub(crate) struct InfoTable {
    pub(crate) columns: Vec<(&'static str, ColType)>,
    pub(crate) rows: Vec<Vec<Cell<'static>>>,
}

pub(crate) const fn varchar(length: i32) -> ColType {
    ColType::variable(VARCHAR, length)
}

pub(crate) fn text(t: impl Into<String>) -> Cell<'static> {
    Cell::Text(t.into().into())
}

const TIME: ColType = ColType::fixed(TIMESTAMP);
const TINY: ColType = ColType::fixed(TINYINT);
const INTEGER: ColType = ColType::fixed(INT);

/// The system table of a name; nothing if the database is not a system database.
pub(crate) fn table(catalog: &Catalog, scope: &Scope<'_>, db: &str, name: &str) -> Result<Option<InfoTable>, SqlError> {
    if !SYSTEM_DATABASES.contains(&db) {
        return Ok(None);
    }
    let table = match (db, name) {
        ("information_schema", "ins_databases") => databases(catalog),
        ("information_schema", "ins_stables") => stables(catalog),
        ("information_schema", "ins_tables") => tables(catalog),
        ("information_schema", "ins_columns") => columns(catalog),
        ("information_schema", "ins_users") => users(scope),
        ("information_schema", "ins_tokens") => tokens(scope),
        _ => {
            let message = "Fail to get table info, error: Table does not exist";
            return Err(SqlError::new(codes::GET_META, message));
        }
    };
    Ok(Some(table))
}

pub(crate) fn precision_name(precision: u8) -> &'static str {
    ["ms", "us", "ns"][usize::from(precision.min(2))]
}

fn databases(catalog: &Catalog) -> InfoTable {
    let columns = vec![
        ("name", varchar(64)),
        ("create_time", TIME),
        ("vgroups", ColType::fixed(SMALLINT)),
        ("ntables", ColType::fixed(BIGINT)),
        ("replica", TINY),
        ("duration", varchar(10)),
        ("keep", varchar(32)),
        ("precision", varchar(2)),
        ("status", varchar(10)),
    ];
    let system = SYSTEM_DATABASES.iter().map(|name| {
        let mut row = vec![text(*name)];
        row.resize(8, Cell::Null);
        row.push(text("ready"));
        row
    });
    let own = catalog.databases.iter().map(|(name, db)| {
        let option = |name: &str, default: &str| text(db.options.get(name).map_or(default, String::as_str));
        let number =
            |name: &str, default: i64| Cell::Int(db.options.get(name).and_then(|n| n.parse().ok()).unwrap_or(default));
        let tables = db.tables.values().filter(|t| !matches!(t.kind, TableKind::Super)).count();
        vec![
            text(name),
            Cell::Int(db.created_ms),
            number("vgroups", 2),
            Cell::Int(tables as i64),
            number("replica", 1),
            option("duration", "10d"),
            option("keep", "3650d,3650d,3650d"),
            text(precision_name(db.precision)),
            text("ready"),
        ]
    });
    InfoTable { columns, rows: system.chain(own).collect() }
}

/// Tables of all databases in the order of their names.
fn sorted(catalog: &Catalog) -> Vec<(&String, &Database, &String, &Table)> {
    let mut all: Vec<_> = catalog
        .databases
        .iter()
        .flat_map(|(db, database)| database.tables.iter().map(move |(name, table)| (db, database, name, table)))
        .collect();
    all.sort_by(|a, b| (a.0, a.2).cmp(&(b.0, b.2)));
    all
}

fn stables(catalog: &Catalog) -> InfoTable {
    let columns = vec![
        ("stable_name", varchar(192)),
        ("db_name", varchar(64)),
        ("create_time", TIME),
        ("columns", INTEGER),
        ("tags", INTEGER),
        ("last_update", TIME),
        ("table_comment", varchar(1024)),
    ];
    let rows = sorted(catalog)
        .into_iter()
        .filter_map(|(db, _, name, table)| {
            let schema = table.schema.as_ref().filter(|_| matches!(table.kind, TableKind::Super))?;
            Some(vec![
                text(name),
                text(db),
                Cell::Int(table.created_ms),
                Cell::Int(schema.columns.len() as i64),
                Cell::Int(schema.tags.len() as i64),
                Cell::Int(table.created_ms),
                table.comment.as_ref().map_or(Cell::Null, text),
            ])
        })
        .collect();
    InfoTable { columns, rows }
}

fn tables(catalog: &Catalog) -> InfoTable {
    let columns = vec![
        ("table_name", varchar(192)),
        ("db_name", varchar(64)),
        ("create_time", TIME),
        ("columns", INTEGER),
        ("stable_name", varchar(192)),
        ("uid", ColType::fixed(BIGINT)),
        ("vgroup_id", INTEGER),
        ("ttl", INTEGER),
        ("table_comment", varchar(1024)),
        ("type", varchar(21)),
    ];
    let rows = sorted(catalog)
        .into_iter()
        .filter_map(|(db, database, name, table)| {
            let (parent, kind) = match &table.kind {
                TableKind::Super => return None,
                TableKind::Child { parent, .. } => (text(&**parent), "CHILD_TABLE"),
                TableKind::Normal { .. } => (Cell::Null, "NORMAL_TABLE"),
            };
            let schema = database.find(db, name)?.schema;
            Some(vec![
                text(name),
                text(db),
                Cell::Int(table.created_ms),
                Cell::Int(schema.columns.len() as i64),
                parent,
                Cell::Int(table.uid),
                Cell::Int(2),
                Cell::Int(0),
                table.comment.as_ref().map_or(Cell::Null, text),
                text(kind),
            ])
        })
        .collect();
    InfoTable { columns, rows }
}

fn columns(catalog: &Catalog) -> InfoTable {
    let columns = vec![
        ("table_name", varchar(192)),
        ("db_name", varchar(64)),
        ("table_type", varchar(21)),
        ("col_name", varchar(64)),
        ("col_type", varchar(32)),
        ("col_length", INTEGER),
        ("col_precision", INTEGER),
        ("col_scale", INTEGER),
        ("col_nullable", INTEGER),
    ];
    let mut rows = Vec::new();
    for (db, database, name, table) in sorted(catalog) {
        let Some(found) = database.find(db, name) else { continue };
        let kind = match table.kind {
            TableKind::Super => "SUPER_TABLE",
            TableKind::Child { .. } => "CHILD_TABLE",
            TableKind::Normal { .. } => "NORMAL_TABLE",
        };
        for column in &found.schema.columns {
            let digits = |n: u8| if column.ty.is_decimal() { Cell::Int(i64::from(n)) } else { Cell::Null };
            rows.push(vec![
                text(name),
                text(db),
                text(kind),
                text(&column.name),
                text(column.ty.declaration()),
                Cell::Int(i64::from(column.ty.length)),
                digits(column.ty.precision),
                digits(column.ty.scale),
                Cell::Null,
            ]);
        }
    }
    InfoTable { columns, rows }
}

/// SHOW USERS and `ins_users`.
pub(crate) fn users(scope: &Scope<'_>) -> InfoTable {
    let columns = vec![
        ("name", varchar(24)),
        ("super", TINY),
        ("enable", TINY),
        ("sysinfo", TINY),
        ("createdb", TINY),
        ("create_time", TIME),
        ("totp", TINY),
    ];
    let flag = |b: bool| Cell::Int(i64::from(b));
    let rows = scope.config.accounts.show_users(scope.caller).into_iter().map(|u| {
        vec![
            text(u.name),
            flag(u.super_user),
            flag(u.enable),
            flag(u.sysinfo),
            flag(u.createdb),
            Cell::Int(u.create_time_ms),
            flag(u.totp),
        ]
    });
    InfoTable { columns, rows: rows.collect() }
}

/// SHOW TOKENS and `ins_tokens`.
pub(crate) fn tokens(scope: &Scope<'_>) -> InfoTable {
    let columns = vec![
        ("name", varchar(32)),
        ("user", varchar(24)),
        ("provider", varchar(64)),
        ("enable", TINY),
        ("create_time", TIME),
        ("expire_time", TIME),
        ("extra_info", varchar(1024)),
    ];
    let rows = scope.config.accounts.show_tokens(scope.caller).into_iter().map(|t| {
        vec![
            text(t.name),
            text(t.user),
            text(t.provider),
            Cell::Int(i64::from(t.enable)),
            Cell::Int(t.create_time_ms),
            Cell::Int(t.expire_time_ms),
            text(t.extra_info),
        ]
    });
    InfoTable { columns, rows: rows.collect() }
}
