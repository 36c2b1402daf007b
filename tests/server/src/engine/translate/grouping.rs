//! Groups and aggregates: what a SELECT with them may hold beside them.

use super::{Level, SourceInfo, Typed};
use crate::engine::ast::*;
use crate::engine::error::{SqlError, codes};

impl Level<'_, '_> {
    /// Checks that plain columns beside aggregates are grouped, or follow the one selection function there is.
    pub(super) fn check_groups(&mut self, items: &[(Node, String)], select: &Select) -> Result<(), SqlError> {
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
    pub(super) fn covered(&mut self, node: &Node, items: &[(Node, String)]) -> bool {
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
    pub(super) fn item(&mut self, node: &Node) -> Result<Typed, SqlError> {
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

pub(super) fn not_single_group() -> SqlError {
    SqlError::new(codes::NOT_SINGLE_GROUP, "Not a single-group group function")
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

pub(super) fn aggregates_in(node: &Node, out: &mut Vec<(String, Option<Node>)>) {
    match node {
        Node::Call { name, args, .. } if is_aggregate(name) => out.push((name.clone(), args.first().cloned())),
        _ => children(node, &mut |child| aggregates_in(child, out)),
    }
}

/// COUNT and HYPERLOGLOG answer 0 where there is no row.
pub(super) fn counts(node: &Node) -> bool {
    let mut calls = Vec::new();
    aggregates_in(node, &mut calls);
    calls.iter().any(|(name, _)| matches!(name.as_str(), "count" | "hyperloglog"))
}
