//! What stands after FROM: tables, sub-queries, system tables, and the window over them.

use super::{Level, SourceColumn, SourceInfo, query};
use crate::engine::ast::*;
use crate::engine::catalog::{Catalog, Column, TableKind};
use crate::engine::error::{SqlError, codes};
use crate::engine::info::{self, InfoTable};
use crate::engine::time;
use crate::engine::types::numbers::*;
use crate::engine::value::Cell;

impl Level<'_, '_> {
    pub(super) fn source(&mut self, n: usize, source: &Source, tags_only: bool) -> Result<SourceInfo, SqlError> {
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

    pub(super) fn subquery(&mut self, n: usize, inner: &Query, alias: Option<String>) -> Result<SourceInfo, SqlError> {
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

    pub(super) fn info_source(&mut self, table: InfoTable, alias: String) -> SourceInfo {
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

    pub(super) fn table_source(
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
        let column = |c: &Column, tag: bool| SourceColumn {
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

    pub(super) fn open_window(&mut self, window: Window) -> Result<(), SqlError> {
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
}
