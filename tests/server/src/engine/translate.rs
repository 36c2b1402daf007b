//! Queries: from the parser's tree to one SQLite statement with typed output columns.
//!
//! The type of an expression decides how SQLite sees its value (see `value.rs`), in sub-queries too.

use super::ast::*;
use super::catalog::{Catalog, TableKind};
use super::error::{SqlError, codes, no_column};
use super::info::{self, InfoTable};
use super::types::{ColType, numbers::*};
use super::value::Cell;
use super::{Scope, time};

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

impl Level<'_, '_> {
    fn source(&mut self, n: usize, source: &Source, tags_only: bool) -> Result<SourceInfo, SqlError> {
        match &source.relation {
            Relation::Query(inner) => self.subquery(n, inner, source.alias.clone()),
            Relation::Generator { name, .. } => Err(SqlError::new(
                codes::SYNTAX,
                format!("syntax error near \"{name}\" (only SELECT … FROM {name}(…))"),
            )),
            Relation::Table { db, name } => {
                let database = Catalog::database_name(db.as_deref(), self.shared.scope.database)?;
                if let Some(table) = info::table(self.shared.catalog, self.shared.scope, database, name)? {
                    return Ok(self.info_source(table, source.alias.clone().unwrap_or_else(|| name.clone())));
                }
                self.table_source(n, database, name, source.alias.clone(), tags_only)
            }
        }
    }

    fn subquery(&mut self, n: usize, inner: &Query, alias: Option<String>) -> Result<SourceInfo, SqlError> {
        let output = query(self.shared, inner)?;
        let columns = output
            .columns
            .into_iter()
            .enumerate()
            .map(|(i, (name, ty))| SourceColumn { name, sql: format!("a{n}.o{i}"), ty, tag: false })
            .collect();
        Ok(SourceInfo {
            alias,
            columns,
            tbname: None,
            tbname_is_tag: false,
            from: format!("({}) AS a{n}", output.sql),
            tag_join: None,
            tags_used: false,
            filter: None,
            pageable: None,
            star_tags: false,
        })
    }

    fn info_source(&mut self, table: InfoTable, alias: String) -> SourceInfo {
        let n = self.shared.infos.len();
        let columns = table
            .columns
            .iter()
            .enumerate()
            .map(|(i, (name, ty))| SourceColumn {
                name: (*name).to_owned(),
                sql: format!("i{n}.v{i}"),
                ty: *ty,
                tag: false,
            })
            .collect();
        self.shared.infos.push(table);
        SourceInfo {
            alias: Some(alias),
            columns,
            tbname: None,
            tbname_is_tag: false,
            from: format!("temp.i{n} AS i{n}"),
            tag_join: None,
            tags_used: false,
            filter: None,
            pageable: None,
            star_tags: false,
        }
    }

    fn table_source(
        &mut self,
        n: usize,
        database: &str,
        name: &str,
        alias: Option<String>,
        tags_only: bool,
    ) -> Result<SourceInfo, SqlError> {
        let found = self
            .shared
            .catalog
            .database(database)?
            .find(database, name)
            .ok_or_else(|| SqlError::new(codes::GET_META, "Fail to get table info, error: Table does not exist"))?;
        self.shared.precision.get_or_insert(found.precision);
        let storage = found.schema.storage;
        let column = |c: &super::catalog::Column, tag: bool| SourceColumn {
            name: c.name.clone(),
            sql: format!("{}{n}.{}", if tag { 't' } else { 'a' }, c.physical),
            ty: c.ty,
            tag,
        };
        let mut columns: Vec<SourceColumn> = Vec::new();
        if !tags_only {
            columns.extend(found.schema.columns.iter().map(|c| column(c, false)));
        }
        columns.extend(found.schema.tags.iter().map(|c| column(c, true)));
        let is_super = matches!(found.kind, TableKind::Super);
        let tbl = match found.kind {
            TableKind::Super => None,
            TableKind::Child { tbl, .. } | TableKind::Normal { tbl } => Some(tbl),
        };
        let tbname =
            if is_super { format!("t{n}.name") } else { self.shared.bind(Cell::Text(found.name.clone().into())) };
        let (from, tag_join) = if tags_only {
            if found.schema.tags.is_empty() {
                return Err(SqlError::new(codes::INVALID_OPERATION, "Invalid operation: the table has no tags"));
            }
            (format!("g{storage} AS t{n}"), None)
        } else {
            (format!("s{storage} AS a{n}"), Some(format!("g{storage} AS t{n} ON t{n}.tbl = a{n}.tbl")))
        };
        let key = if tags_only { 't' } else { 'a' };
        Ok(SourceInfo {
            alias: Some(alias.unwrap_or_else(|| found.name.clone())),
            columns,
            tbname: Some(tbname),
            tbname_is_tag: is_super,
            from,
            tag_join,
            tags_used: false,
            filter: tbl.map(|id| format!("{key}{n}.tbl = {id}")),
            pageable: (!tags_only).then_some(tbl),
            star_tags: is_super,
        })
    }

    fn open_window(&mut self, window: Window) -> Result<(), SqlError> {
        let precision = self.shared.precision();
        let (ts, _) = self.time_column().ok_or_else(|| {
            SqlError::new(
                0x2650,
                "Window query not supported, since no valid timestamp column included in the result of subquery",
            )
        })?;
        let positive = match time::duration_units(window.length.0, window.length.1, precision) {
            Some(units) => units > 0,
            None => time::duration_months(window.length.0, window.length.1).is_some_and(|m| m > 0),
        };
        if !positive {
            return Err(SqlError::new(0x2615, "Interval too small"));
        }
        let offset = match window.offset {
            None => 0,
            Some((n, unit)) => time::duration_units(n, unit, precision)
                .ok_or_else(|| SqlError::new(0x262E, "Cannot use 'year' as offset when interval is 'month'"))?,
        };
        let zone = self.zone();
        let (count, unit) = window.length;
        self.window = Some((format!("td_win({ts}, {count}, {unit}, {offset}, {precision}, {zone})"), window));
        Ok(())
    }

    /// The session's zone as a bound text.
    pub(crate) fn zone(&mut self) -> String {
        let name = self.shared.scope.zone.name();
        self.shared.bind(Cell::Text(name.into()))
    }

    /// The time axis of the first source: its first TIMESTAMP column.
    pub(crate) fn time_column(&self) -> Option<(String, String)> {
        let column = self.sources.first()?.columns.iter().find(|c| c.ty.number == TIMESTAMP && !c.tag)?;
        Some((column.sql.clone(), column.name.clone()))
    }

    /// Finds a column by name.
    pub(crate) fn resolve(&mut self, table: Option<&str>, name: &str) -> Result<Typed, SqlError> {
        let mut hit: Option<(usize, Typed)> = None;
        let mut table_known = table.is_none();
        for (n, source) in self.sources.iter().enumerate() {
            if table.is_some_and(|t| source.alias.as_deref() != Some(t)) {
                continue;
            }
            table_known = true;
            let found = source.columns.iter().find(|c| c.name == name);
            let typed = match (found, &source.tbname) {
                (Some(c), _) => Typed { sql: c.sql.clone(), ty: c.ty, constant: None },
                (None, Some(sql)) if name == "tbname" => {
                    Typed { sql: sql.clone(), ty: ColType::variable(VARCHAR, 192), constant: None }
                }
                _ => continue,
            };
            if hit.is_some() {
                return Err(SqlError::new(codes::AMBIGUOUS_COLUMN, format!("Column ambiguously defined: {name}")));
            }
            hit = Some((n, typed));
        }
        if !table_known {
            let table = table.unwrap_or_default();
            return Err(SqlError::new(codes::TABLE_NOT_EXIST, format!("Table does not exist: {table}")));
        }
        let (n, typed) = hit.ok_or_else(|| no_column(name))?;
        let source = &mut self.sources[n];
        if source.tag_join.is_some() {
            let tag = source.columns.iter().find(|c| c.name == name).map_or(source.tbname_is_tag, |c| c.tag);
            source.tags_used |= tag;
        }
        Ok(typed)
    }

    /// Whether an expression is one of the groups.
    pub(crate) fn is_grouped(&mut self, node: &Node) -> bool {
        let groups = self.groups.clone();
        groups.iter().any(|g| match (g, node) {
            (Node::Column { table: a, name: x }, Node::Column { table: b, name: y }) => {
                x == y && (a == b || a.is_none() || b.is_none())
            }
            _ => g == node,
        })
    }

    fn expand(&mut self, items: &[Item]) -> Result<Vec<(Node, String)>, SqlError> {
        let mut out = Vec::new();
        for item in items {
            match item {
                Item::Star(table) => {
                    if self.sources.is_empty() {
                        return Err(SqlError::new(codes::SYNTAX, "syntax error near \"*\""));
                    }
                    let mut known = false;
                    for source in &self.sources {
                        if table.is_some() && *table != source.alias {
                            continue;
                        }
                        known = true;
                        let shown = source.columns.iter().filter(|c| !c.tag || source.star_tags);
                        let alias = if self.sources.len() > 1 { source.alias.clone() } else { None };
                        out.extend(
                            shown
                                .map(|c| (Node::Column { table: alias.clone(), name: c.name.clone() }, c.name.clone())),
                        );
                    }
                    if !known {
                        let name = table.clone().unwrap_or_default();
                        return Err(SqlError::new(codes::TABLE_NOT_EXIST, format!("Table does not exist: {name}")));
                    }
                }
                Item::Expr { node: Node::Call { name, args, distinct: false }, alias, .. }
                    if matches!(name.as_str(), "first" | "last" | "last_row")
                        && (args.len() > 1 || args.first() == Some(&Node::Star)) =>
                {
                    for arg in self.spread_arguments(args) {
                        let label = match &arg {
                            Node::Column { name: column, .. } => format!("{name}({column})"),
                            _ => name.clone(),
                        };
                        let call = Node::Call { name: name.clone(), args: vec![arg], distinct: false };
                        out.push((call, alias.clone().unwrap_or(label)));
                    }
                }
                Item::Expr { node, alias, text } => {
                    out.push((node.clone(), alias.clone().unwrap_or_else(|| text.clone())));
                }
            }
        }
        Ok(out)
    }

    /// `last(*)` and `last(a, b)` are one function call per column.
    fn spread_arguments(&self, args: &[Node]) -> Vec<Node> {
        let mut out = Vec::new();
        for arg in args {
            match arg {
                Node::Star => out.extend(
                    self.sources
                        .iter()
                        .flat_map(|s| &s.columns)
                        .filter(|c| !c.tag)
                        .map(|c| Node::Column { table: None, name: c.name.clone() }),
                ),
                other => out.push(other.clone()),
            }
        }
        out
    }

    fn finish(mut self, select: &Select, query: &Query) -> Result<Output, SqlError> {
        let items = self.expand(&select.items)?;
        let aggregated = items.iter().any(|(node, _)| contains_aggregate(node))
            || select.having.as_ref().is_some_and(contains_aggregate)
            || query.order.iter().any(|o| contains_aggregate(&o.node));
        if self.window.is_some() && !aggregated {
            return Err(not_single_group());
        }
        let grouped = !select.groups.is_empty() && (!select.partition || aggregated);
        if aggregated || grouped {
            self.check_groups(&items, select)?;
        }
        self.aggregates = true;
        let mut typed = Vec::with_capacity(items.len());
        for (node, name) in &items {
            typed.push((self.item(node)?, name));
        }
        self.aggregates = false;
        let filter = select.filter.as_ref().map(|node| self.condition(node)).transpose()?;
        let mut ons = Vec::new();
        for source in &select.from {
            ons.extend(source.on.as_ref().map(|node| self.condition(node)).transpose()?);
        }
        let mut groups = Vec::new();
        for node in &select.groups {
            groups.push(self.group(node, &items)?);
        }
        self.aggregates = true;
        let mut having = select.having.as_ref().map(|node| self.condition(node)).transpose()?;
        let mut order = Vec::new();
        for o in &query.order {
            order.push(order_term(self.order(&o.node, &items, typed.len())?, o));
        }
        self.aggregates = false;
        if select.partition && !aggregated && order.is_empty() {
            order.extend(groups.iter().cloned());
            order.extend(self.time_column().map(|(sql, _)| sql));
        }
        if let Some((start, _)) = &self.window {
            groups.push(start.clone());
        }
        if aggregated && groups.is_empty() && having.is_none() && !items.iter().any(|(n, _)| counts(n)) {
            // Without a row there is nothing to sum up, and TDengine then gives no row either.
            having = Some("count(*) > 0".into());
        }
        let list: Vec<String> = typed.iter().enumerate().map(|(i, (t, _))| format!("{} AS o{i}", t.sql)).collect();
        let list = list.join(", ");
        let columns: Vec<(String, ColType)> = typed.into_iter().map(|(t, name)| (cut_name(name), t.ty)).collect();
        let filters: Vec<String> =
            self.sources.iter().filter_map(|s| s.filter.clone()).chain(ons).chain(filter).collect();
        let plain = !select.distinct && !aggregated && !grouped && !select.partition && having.is_none();
        let page = if plain { self.page(&list, &filters, query) } else { None };
        let mut sql = format!("SELECT {}{list}", if select.distinct { "DISTINCT " } else { "" });
        if !self.sources.is_empty() {
            sql.push_str(" FROM ");
            sql.push_str(&self.from(" JOIN "));
        }
        if !filters.is_empty() {
            sql.push_str(&format!(" WHERE ({})", filters.join(") AND (")));
        }
        if !groups.is_empty() && (grouped || self.window.is_some()) {
            sql.push_str(&format!(" GROUP BY {}", groups.join(", ")));
        }
        if let Some(having) = having {
            sql.push_str(&format!(" HAVING {having}"));
        }
        if !order.is_empty() {
            sql.push_str(&format!(" ORDER BY {}", order.join(", ")));
        }
        sql.push_str(&limit_sql(query));
        Ok(Output { sql, columns, page })
    }

    fn from(&self, tag_join: &str) -> String {
        let parts: Vec<String> = self
            .sources
            .iter()
            .map(|s| match &s.tag_join {
                Some(join) if s.tags_used => format!("{}{tag_join}{join}", s.from),
                _ => s.from.clone(),
            })
            .collect();
        parts.join(" JOIN ")
    }

    /// The paged form of a plain query: rows in the order of the primary key.
    fn page(&self, list: &str, filters: &[String], query: &Query) -> Option<Page> {
        let [source] = self.sources.as_slice() else { return None };
        let tbl = source.pageable?;
        let (key, name) = self.time_column()?;
        let by_time = match query.order.as_slice() {
            [] => true,
            [Order { node: Node::Column { name: by, .. }, descending: false, .. }] => tbl.is_some() && *by == name,
            _ => false,
        };
        if !by_time {
            return None;
        }
        // CROSS JOIN keeps SQLite from turning the join round and sorting each page.
        let mut sql = format!("SELECT {list}, a0.tbl, {key} FROM {}", self.from(" CROSS JOIN "));
        sql.push_str(" WHERE ");
        if !filters.is_empty() {
            sql.push_str(&format!("({}) AND ", filters.join(") AND (")));
        }
        Some(Page { sql, tbl, key, limit: query.limit, offset: query.offset })
    }

    fn group(&mut self, node: &Node, items: &[(Node, String)]) -> Result<String, SqlError> {
        let node = match node {
            Node::Int(n) => &items[order_position(*n, items.len())?].0,
            Node::Column { table: None, name } if self.resolve(None, name).is_err() => {
                items.iter().find(|(_, alias)| alias == name).map(|(n, _)| n).ok_or_else(|| no_column(name))?
            }
            other => other,
        };
        Ok(self.expr(node)?.sql)
    }

    fn order(&mut self, node: &Node, items: &[(Node, String)], columns: usize) -> Result<String, SqlError> {
        if let Node::Int(n) = node {
            return Ok(format!("o{}", order_position(*n, columns)?));
        }
        if let Some(at) = items.iter().position(|(item, _)| item == node) {
            return Ok(format!("o{at}"));
        }
        if let Node::Column { table: None, name } = node
            && let Some(at) = items.iter().position(|(_, alias)| alias == name)
        {
            return Ok(format!("o{at}"));
        }
        Ok(self.expr(node)?.sql)
    }

    /// A condition: WHERE, ON, HAVING.
    fn condition(&mut self, node: &Node) -> Result<String, SqlError> {
        Ok(self.expr(node)?.sql)
    }

    /// Checks that plain columns beside aggregates are grouped, or follow the one selection function there is.
    fn check_groups(&mut self, items: &[(Node, String)], select: &Select) -> Result<(), SqlError> {
        let mut bare = false;
        for (node, _) in items {
            bare |= !self.covered(node, items);
        }
        if !bare {
            return Ok(());
        }
        let mut calls = Vec::new();
        items.iter().for_each(|(node, _)| aggregates_in(node, &mut calls));
        let selecting = |name: &str| matches!(name, "first" | "last" | "last_row" | "min" | "max");
        if let [(name, Some(arg))] = calls.as_slice()
            && selecting(name)
        {
            self.selection = Some((name.clone(), arg.clone()));
            return Ok(());
        }
        Err(if select.groups.is_empty() {
            not_single_group()
        } else {
            SqlError::new(codes::NOT_GROUP_EXPRESSION, "Not a GROUP BY expression")
        })
    }

    /// Whether every column in an expression is grouped, aggregated, or constant within a group.
    fn covered(&mut self, node: &Node, items: &[(Node, String)]) -> bool {
        if self.is_grouped(node) {
            return true;
        }
        match node {
            Node::Column { table, name } => {
                if name.starts_with("_w") && self.window.is_some() {
                    return true;
                }
                let by_alias = |g: &Node| match g {
                    Node::Column { table: None, name: group } => {
                        items.iter().any(|(n, alias)| alias == group && n == node)
                    }
                    Node::Int(n) => items.get((*n - 1) as usize).is_some_and(|(i, _)| i == node),
                    _ => false,
                };
                if self.groups.iter().any(by_alias) {
                    return true;
                }
                // Tags are constant within one table.
                let by_table = self.groups.iter().any(|g| matches!(g, Node::Column { name, .. } if name == "tbname"));
                let is_tag = |s: &SourceInfo| {
                    (table.is_none() || *table == s.alias) && s.columns.iter().any(|c| c.tag && c.name == *name)
                };
                by_table && self.sources.iter().any(is_tag)
            }
            Node::Call { name, .. } if is_aggregate(name) => true,
            _ => {
                let mut all = true;
                children(node, &mut |child| all &= self.covered(child, items));
                all
            }
        }
    }

    /// An output column; a plain one beside FIRST or LAST is taken from the row they chose.
    fn item(&mut self, node: &Node) -> Result<Typed, SqlError> {
        let Some((function, arg)) = self.selection.clone() else { return self.expr(node) };
        if contains_aggregate(node) || self.covered(node, &[]) {
            return self.expr(node);
        }
        // SQLite lets plain columns follow min() and max() by itself.
        if matches!(function.as_str(), "min" | "max") {
            return self.expr(node);
        }
        let typed = self.expr(node)?;
        let (ts, _) = self.time_column().ok_or_else(not_single_group)?;
        let guard = if function == "last_row" { "1".into() } else { self.expr(&arg)?.sql };
        let edge = if function == "first" { "td_first" } else { "td_last" };
        Ok(Typed { sql: format!("{edge}({ts}, {guard}, {})", typed.sql), constant: None, ..typed })
    }
}

fn not_single_group() -> SqlError {
    SqlError::new(codes::NOT_SINGLE_GROUP, "Not a single-group group function")
}

/// Column names have at most 64 bytes.
fn cut_name(name: &str) -> String {
    let mut end = name.len().min(64);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].to_owned()
}

/// Functions that make one value of many rows.
pub(crate) fn is_aggregate(name: &str) -> bool {
    matches!(
        name,
        "count"
            | "sum"
            | "avg"
            | "min"
            | "max"
            | "first"
            | "last"
            | "last_row"
            | "spread"
            | "stddev"
            | "hyperloglog"
            | "percentile"
            | "apercentile"
    )
}

/// Calls a function on each direct part of an expression.
pub(crate) fn children(node: &Node, f: &mut dyn FnMut(&Node)) {
    match node {
        Node::Neg(a) | Node::Not(a) | Node::Cast(a, _) | Node::JsonKey(a, _) => f(a),
        Node::Binary(_, a, b) => {
            f(a);
            f(b);
        }
        Node::Between { what, low, high, .. } => [what, low, high].into_iter().for_each(|n| f(n)),
        Node::In { what, list, .. } => {
            f(what);
            list.iter().for_each(f);
        }
        Node::Like { what, pattern, .. } => {
            f(what);
            f(pattern);
        }
        Node::IsNull { what, .. } => f(what),
        Node::Call { args, .. } => args.iter().for_each(f),
        Node::Case { operand, branches, otherwise } => {
            operand.iter().for_each(|n| f(n));
            for (when, then) in branches {
                f(when);
                f(then);
            }
            otherwise.iter().for_each(|n| f(n));
        }
        _ => {}
    }
}

pub(crate) fn contains_aggregate(node: &Node) -> bool {
    if matches!(node, Node::Call { name, .. } if is_aggregate(name)) {
        return true;
    }
    let mut any = false;
    children(node, &mut |child| any |= contains_aggregate(child));
    any
}

fn aggregates_in(node: &Node, out: &mut Vec<(String, Option<Node>)>) {
    match node {
        Node::Call { name, args, .. } if is_aggregate(name) => out.push((name.clone(), args.first().cloned())),
        _ => children(node, &mut |child| aggregates_in(child, out)),
    }
}

/// COUNT and HYPERLOGLOG answer 0 where there is no row.
fn counts(node: &Node) -> bool {
    let mut calls = Vec::new();
    aggregates_in(node, &mut calls);
    calls.iter().any(|(name, _)| matches!(name.as_str(), "count" | "hyperloglog"))
}
