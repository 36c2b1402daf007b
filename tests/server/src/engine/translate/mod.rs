//! Queries: from the parser's tree to one SQLite statement with typed output columns.
//!
//! The type of an expression decides how SQLite sees its value (see `value.rs`), in sub-queries too.

mod grouping;
mod names;
mod sources;
mod statement;

use super::Scope;
use super::ast::*;
use super::catalog::Catalog;
use super::error::{SqlError, codes, no_column};
use super::info::InfoTable;
use super::types::{ColType, numbers::*};
use super::value::Cell;

pub(crate) use grouping::{children, is_aggregate};

/// What the whole statement shares, sub-queries included.
pub(crate) struct Shared<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) scope: &'a Scope<'a>,
    pub(crate) params: Vec<Cell<'static>>,
    /// System tables the statement reads; table `n` becomes the temporary table `i<n>`.
    pub(crate) infos: Vec<InfoTable>,
    /// Precision of the first database met.
    pub(crate) precision: Option<u8>,
}

impl Shared<'_> {
    /// Binds a value: the place holder.
    pub(crate) fn bind(&mut self, cell: Cell<'static>) -> String {
        self.params.push(cell);
        format!("?{}", self.params.len())
    }

    pub(crate) fn precision(&self) -> u8 {
        self.precision.unwrap_or(0)
    }
}

/// A translated expression.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) sql: String,
    pub(crate) ty: ColType,
    /// The value, if it is known now.
    pub(crate) constant: Option<Constant>,
}

/// A value known while translating.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Constant {
    Null,
    Int(i128),
    /// With the text it was written with.
    Float(String),
    Text(String),
    Timestamp(i64),
    Duration(i64, u8),
}

/// A column of a source.
pub(crate) struct SourceColumn {
    pub(crate) name: String,
    pub(crate) sql: String,
    pub(crate) ty: ColType,
    pub(crate) tag: bool,
}

/// One table, sub-query or system table after FROM.
pub(crate) struct SourceInfo {
    /// What the statement calls it.
    alias: Option<String>,
    pub(crate) columns: Vec<SourceColumn>,
    /// SQL of the table's name, where it has one.
    pub(crate) tbname: Option<String>,
    /// The name comes from the tags' table.
    tbname_is_tag: bool,
    from: String,
    /// Join that brings the tags, if one is used.
    tag_join: Option<String>,
    pub(crate) tags_used: bool,
    filter: Option<String>,
    /// `Some(child)` for what can be read page by page.
    pageable: Option<Option<i64>>,
    star_tags: bool,
}

/// One SELECT while it is translated.
pub(crate) struct Level<'s, 'a> {
    pub(crate) shared: &'s mut Shared<'a>,
    pub(crate) sources: Vec<SourceInfo>,
    pub(crate) groups: Vec<Node>,
    /// SQL of the window's start, and the window.
    pub(crate) window: Option<(String, Window)>,
    /// Inside the argument of an aggregate.
    pub(crate) in_aggregate: bool,
    /// Aggregates are allowed where we are.
    pub(crate) aggregates: bool,
    /// Column whose row the plain columns of a selection query follow: function and argument.
    pub(crate) selection: Option<(String, Node)>,
}

/// A translated query.
pub(crate) struct Output {
    pub(crate) sql: String,
    pub(crate) columns: Vec<(String, ColType)>,
    /// How to read it page by page instead: (start of the statement, child table or all).
    pub(crate) page: Option<Page>,
}

/// A query without order, groups or aggregates: read in the order of its key, page after page.
pub(crate) struct Page {
    pub(crate) sql: String,
    /// The one table read, or nothing for all children.
    pub(crate) tbl: Option<i64>,
    pub(crate) key: String,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: u64,
}

/// Translates a query.
pub(crate) fn query(shared: &mut Shared<'_>, query: &Query) -> Result<Output, SqlError> {
    if let [(_, select)] = query.selects.as_slice() {
        return one_select(shared, select, query);
    }
    let unordered =
        |select: &Select| Query { selects: vec![(false, select.clone())], order: Vec::new(), limit: None, offset: 0 };
    let mut sql = String::new();
    let mut columns: Vec<(String, ColType)> = Vec::new();
    for (i, (all, select)) in query.selects.iter().enumerate() {
        let output = one_select(shared, select, &unordered(select))?;
        if i > 0 {
            if output.columns.len() != columns.len() {
                let text = "Query block has incorrect number of result columns";
                return Err(SqlError::new(codes::WRONG_COLUMN_COUNT, text));
            }
            for ((_, old), (_, new)) in columns.iter_mut().zip(&output.columns) {
                *old = union_type(old, new)?;
            }
            sql.push_str(if *all { " UNION ALL " } else { " UNION " });
        } else {
            columns = output.columns;
        }
        sql.push_str(&format!("SELECT * FROM ({})", output.sql));
    }
    let mut order = Vec::new();
    for o in &query.order {
        let at = match &o.node {
            Node::Int(n) => order_position(*n, columns.len())?,
            Node::Column { name, .. } => columns.iter().position(|(c, _)| c == name).ok_or_else(|| no_column(name))?,
            _ => return Err(SqlError::new(codes::NOT_SUPPORTED, "Operation not supported")),
        };
        order.push(order_term((at + 1).to_string(), o));
    }
    if !order.is_empty() {
        sql.push_str(&format!(" ORDER BY {}", order.join(", ")));
    }
    sql.push_str(&limit_sql(query));
    Ok(Output { sql, columns, page: None })
}

fn union_type(a: &ColType, b: &ColType) -> Result<ColType, SqlError> {
    if a.number == b.number && (!a.is_decimal() || a.scale == b.scale) {
        return Ok(if b.length > a.length { *b } else { *a });
    }
    let widest = |t: &ColType| t.is_integer() && t.number != UBIGINT;
    if widest(a) && widest(b) {
        return Ok(ColType::fixed(BIGINT));
    }
    let real = |t: &ColType| widest(t) || matches!(t.number, FLOAT | DOUBLE);
    if real(a) && real(b) {
        return Ok(ColType::fixed(DOUBLE));
    }
    Err(SqlError::new(codes::WRONG_VALUE_TYPE, "Invalid value type: UNION of different types"))
}

fn order_position(n: i128, columns: usize) -> Result<usize, SqlError> {
    usize::try_from(n).ok().filter(|n| (1..=columns).contains(n)).map(|n| n - 1).ok_or_else(|| {
        SqlError::new(codes::WRONG_ORDER_POSITION, "ORDER BY item must be the number of a SELECT-list expression")
    })
}

fn order_term(sql: String, order: &Order) -> String {
    let nulls = match order.nulls_first {
        Some(true) => " NULLS FIRST",
        Some(false) => " NULLS LAST",
        None => "",
    };
    format!("{sql}{}{nulls}", if order.descending { " DESC" } else { "" })
}

fn limit_sql(query: &Query) -> String {
    match (query.limit, query.offset) {
        (None, 0) => String::new(),
        (limit, offset) => format!(" LIMIT {} OFFSET {offset}", limit.map_or(-1, |n| n.min(i64::MAX as u64) as i64)),
    }
}

fn one_select(shared: &mut Shared<'_>, select: &Select, query: &Query) -> Result<Output, SqlError> {
    let mut level = Level {
        shared,
        sources: Vec::new(),
        groups: select.groups.clone(),
        window: None,
        in_aggregate: false,
        aggregates: false,
        selection: None,
    };
    for (n, source) in select.from.iter().enumerate() {
        let info = level.source(n, source, select.tags_only)?;
        level.sources.push(info);
    }
    if let Some(window) = select.window {
        level.open_window(window)?;
    }
    level.finish(select, query)
}
