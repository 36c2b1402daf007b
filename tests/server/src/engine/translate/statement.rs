//! The SQLite statement of one SELECT, from its translated parts.

use super::grouping::{contains_aggregate, counts, not_single_group};
use super::names::cut_name;
use super::{Level, Output, Page, limit_sql, order_position, order_term};
use crate::engine::ast::*;
use crate::engine::error::{SqlError, no_column};
use crate::engine::types::ColType;

impl Level<'_, '_> {
    pub(super) fn finish(mut self, select: &Select, query: &Query) -> Result<Output, SqlError> {
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

    pub(super) fn from(&self, tag_join: &str) -> String {
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
    pub(super) fn page(&self, list: &str, filters: &[String], query: &Query) -> Option<Page> {
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

    pub(super) fn group(&mut self, node: &Node, items: &[(Node, String)]) -> Result<String, SqlError> {
        let node = match node {
            Node::Int(n) => &items[order_position(*n, items.len())?].0,
            Node::Column { table: None, name } if self.resolve(None, name).is_err() => {
                items.iter().find(|(_, alias)| alias == name).map(|(n, _)| n).ok_or_else(|| no_column(name))?
            }
            other => other,
        };
        Ok(self.expr(node)?.sql)
    }

    pub(super) fn order(&mut self, node: &Node, items: &[(Node, String)], columns: usize) -> Result<String, SqlError> {
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
    pub(super) fn condition(&mut self, node: &Node) -> Result<String, SqlError> {
        Ok(self.expr(node)?.sql)
    }
}
