//! `tdsec_gen`: synthetic results of any size, for benchmarks.
//!
//! `SELECT * FROM tdsec_gen(rows, columns [, kind])`, also with a list of plain column names instead of `*`, or
//! `count(*)`; `LIMIT n` is allowed, nothing else. With `r = row mod 4096` column `i` holds
//!
//! | i | name | type | value |
//! |---|---|---|---|
//! | 0 | `ts` | TIMESTAMP (ms) | 1700000000000 + row |
//! | 1 | `current` | FLOAT | 10 + (r mod 64) / 8 |
//! | 2 | `voltage` | INT | 200 + r mod 41 |
//! | 3 | `phase` | FLOAT | (r mod 8) / 8 |
//! | 4 | `id` | BIGINT | row |
//! | 5 | `name` | VARCHAR(20) | `row-` and r in four digits |
//! | 6… | `c6`… | as columns 1 to 5, over and over | the same values |
//!
//! Kinds: `'plain'` (the default); `'nulls'`: as plain, but a value is NULL where `i > 0` and `(r + i) mod 4 = 0`;
//! `'text'`: columns from 1 on are called `c<i>` and are, by turns, VARCHAR(20) as column 5 and NCHAR(20) with `値-`
//! in place of `row-`.
//!
//! A block of 4096 rows is made once; for each block it is copied and the columns that count on (TIMESTAMP, BIGINT) are
//! written over, so that producing costs little more than `memcpy`.

use super::ast::{Item, Node, Query, Relation, Select};
use super::block::{BlockBuilder, ROWS_PER_BLOCK};
use super::error::{SqlError, codes};
use super::info::InfoTable;
use super::rows::{info_rows, metas};
use super::types::{ColType, numbers::*};
use super::value::Cell;
use super::{Rows, sample};

/// Milliseconds of row 0.
const START_MS: i64 = 1_700_000_000_000;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Plain,
    Nulls,
    Text,
}

fn refuse(what: &str) -> SqlError {
    SqlError::new(codes::SYNTAX, format!("syntax error near \"{what}\""))
}

/// The result of a query on a generator; nothing if the query is not on one.
pub(crate) fn rows(query: &Query) -> Result<Option<Rows>, SqlError> {
    let [(_, select)] = query.selects.as_slice() else { return Ok(None) };
    let [source] = select.from.as_slice() else { return Ok(None) };
    let Relation::Generator { name, args } = &source.relation else { return Ok(None) };
    let plain = !select.distinct
        && !select.tags_only
        && select.filter.is_none()
        && select.groups.is_empty()
        && select.window.is_none()
        && select.having.is_none();
    if !plain || !query.order.is_empty() || query.offset > 0 {
        return Err(refuse(&format!("{name} (only a select list and LIMIT)")));
    }
    let numbers = |n: usize| match args.get(n) {
        Some(Node::Int(value)) => u64::try_from(*value).map_err(|_| refuse(name)),
        _ => Err(refuse(name)),
    };
    let rows = numbers(0)?.min(i64::MAX as u64);
    if name == "tdsec_types" {
        if args.len() != 1 {
            return Err(refuse(name));
        }
        return build(select, query, rows, &sample::columns(), |types, limit| Box::new(sample::blocks(types, limit)));
    }
    let columns = numbers(1)? as usize;
    let kind = match args.get(2) {
        None => Kind::Plain,
        Some(Node::Text(kind)) => match kind.as_str() {
            "plain" => Kind::Plain,
            "nulls" => Kind::Nulls,
            "text" => Kind::Text,
            other => return Err(refuse(other)),
        },
        Some(_) => return Err(refuse(name)),
    };
    if !(1..=4096).contains(&columns) || args.len() > 3 {
        return Err(refuse(name));
    }
    let all: Vec<(String, ColType)> = (0..columns).map(|i| (column_name(i, kind), column_type(i, kind))).collect();
    build(select, query, rows, &all, |chosen, limit| Box::new(Generator::new(chosen, kind, limit)))
}

type Blocks = Box<dyn Iterator<Item = Result<Vec<u8>, SqlError>> + Send>;

/// Chooses the columns of the select list and counts the limit in.
fn build(
    select: &Select,
    query: &Query,
    rows: u64,
    all: &[(String, ColType)],
    make: impl FnOnce(&[(usize, ColType)], u64) -> Blocks,
) -> Result<Option<Rows>, SqlError> {
    let mut chosen: Vec<usize> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for item in &select.items {
        match item {
            Item::Star(None) => {
                chosen.extend(0..all.len());
                names.extend(all.iter().map(|(name, _)| name.clone()));
            }
            Item::Expr { node: Node::Column { name, .. }, alias, .. } => {
                let at = all.iter().position(|(n, _)| n == name).ok_or_else(|| super::error::no_column(name))?;
                chosen.push(at);
                names.push(alias.clone().unwrap_or_else(|| name.clone()));
            }
            Item::Expr { node: Node::Call { name, args, distinct: false }, .. }
                if name == "count" && args.as_slice() == [Node::Star] && select.items.len() == 1 =>
            {
                let columns = vec![("count(*)", ColType::fixed(BIGINT))];
                return Ok(Some(info_rows(InfoTable { columns, rows: vec![vec![Cell::Int(rows as i64)]] })));
            }
            Item::Expr { text, .. } => return Err(refuse(text)),
            Item::Star(Some(table)) => return Err(refuse(table)),
        }
    }
    let columns: Vec<(String, ColType)> = names.into_iter().zip(chosen.iter().map(|i| all[*i].1)).collect();
    let types: Vec<(usize, ColType)> = chosen.iter().map(|i| (*i, all[*i].1)).collect();
    let rows = query.limit.map_or(rows, |n| n.min(rows));
    Ok(Some(Rows { columns: metas(&columns), precision: 0, blocks: make(&types, rows) }))
}

fn column_name(i: usize, kind: Kind) -> String {
    const NAMES: [&str; 6] = ["ts", "current", "voltage", "phase", "id", "name"];
    match NAMES.get(i) {
        Some(name) if i == 0 || kind != Kind::Text => (*name).to_owned(),
        _ => format!("c{i}"),
    }
}

fn column_type(i: usize, kind: Kind) -> ColType {
    match (i, kind) {
        (0, _) => ColType::fixed(TIMESTAMP),
        (_, Kind::Text) => ColType::variable(if i % 2 == 1 { VARCHAR } else { NCHAR }, 20),
        _ => match (i - 1) % 5 {
            0 | 2 => ColType::fixed(FLOAT),
            1 => ColType::fixed(INT),
            3 => ColType::fixed(BIGINT),
            _ => ColType::variable(VARCHAR, 20),
        },
    }
}

/// Blocks from a template.
struct Generator {
    template: Vec<u8>,
    /// Places in the template of columns whose value is `base + row`.
    counting: Vec<(usize, i64)>,
    columns: Vec<(usize, ColType)>,
    kind: Kind,
    next: u64,
    rows: u64,
}

impl Generator {
    fn new(columns: &[(usize, ColType)], kind: Kind, rows: u64) -> Self {
        let mut generator =
            Self { template: Vec::new(), counting: Vec::new(), columns: columns.to_vec(), kind, next: 0, rows };
        generator.prepare(rows.min(ROWS_PER_BLOCK as u64) as usize);
        generator
    }

    /// Makes the template of so many rows and finds the columns to write over.
    fn prepare(&mut self, rows: usize) {
        let types: Vec<ColType> = self.columns.iter().map(|(_, t)| *t).collect();
        let mut block = BlockBuilder::new(&types);
        for r in 0..rows {
            for (at, (i, ty)) in self.columns.iter().enumerate() {
                if self.kind == Kind::Nulls && *i > 0 && (r + i) % 4 == 0 {
                    block.push_null(at);
                    continue;
                }
                match ty.number {
                    TIMESTAMP => block.push_integer(at, START_MS + r as i64),
                    BIGINT => block.push_integer(at, r as i64),
                    INT => block.push_integer(at, 200 + (r % 41) as i64),
                    FLOAT if (i - 1) % 5 == 0 => block.push_fixed(at, &(10.0 + (r % 64) as f32 / 8.0).to_le_bytes()),
                    FLOAT => block.push_fixed(at, &((r % 8) as f32 / 8.0).to_le_bytes()),
                    NCHAR => block.push_variable(at, format!("値-{r:04}").as_bytes()),
                    _ => block.push_variable(at, format!("row-{r:04}").as_bytes()),
                }
            }
            block.end_row();
        }
        self.template = block.finish();
        self.counting.clear();
        let mut place = 28 + 9 * types.len();
        for (at, ty) in types.iter().enumerate() {
            let length_at = 28 + 5 * types.len() + 4 * at;
            let length = self.template.get(length_at..length_at + 4).and_then(|b| b.try_into().ok());
            let length = length.map_or(0, i32::from_le_bytes) as usize;
            let head = if ty.width().is_some() { rows.div_ceil(8) } else { rows * 4 };
            match ty.number {
                TIMESTAMP => self.counting.push((place + head, START_MS)),
                BIGINT => self.counting.push((place + head, 0)),
                _ => {}
            }
            place += head + length;
        }
    }
}

impl Iterator for Generator {
    type Item = Result<Vec<u8>, SqlError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = (self.rows - self.next).min(ROWS_PER_BLOCK as u64) as usize;
        if rows == 0 {
            return None;
        }
        if self.next > 0 && rows < ROWS_PER_BLOCK {
            self.prepare(rows);
        }
        let mut block = self.template.clone();
        for (place, base) in &self.counting {
            let first = base + self.next as i64;
            for (value, bytes) in (first..).zip(block[*place..*place + rows * 8].chunks_exact_mut(8)) {
                bytes.copy_from_slice(&value.to_le_bytes());
            }
        }
        self.next += rows as u64;
        Some(Ok(block))
    }
}
