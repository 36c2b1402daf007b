//! Names: what a column is, what `*` stands for.

use super::{Level, Typed};
use crate::engine::ast::*;
use crate::engine::error::{SqlError, codes, no_column};
use crate::engine::types::{ColType, numbers::*};

impl Level<'_, '_> {
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

    pub(super) fn expand(&mut self, items: &[Item]) -> Result<Vec<(Node, String)>, SqlError> {
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
    pub(super) fn spread_arguments(&self, args: &[Node]) -> Vec<Node> {
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
}

/// Column names have at most 64 bytes.
pub(super) fn cut_name(name: &str) -> String {
    let mut end = name.len().min(64);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].to_owned()
}
