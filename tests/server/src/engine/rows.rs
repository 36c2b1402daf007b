//! Results: running a translated query and turning SQLite's rows into raw blocks.

use super::block::{BlockBuilder, ROWS_PER_BLOCK};
use super::error::SqlError;
use super::info::InfoTable;
use super::store::State;
use super::translate::{Output, Page};
use super::types::{ColType, numbers::*};
use super::value::{Cell, load_decimal, unflip};
use super::{ColumnMeta, Rows};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement};
use std::sync::{Arc, Mutex, PoisonError};

/// Describes result columns.
pub(crate) fn metas(columns: &[(String, ColType)]) -> Vec<ColumnMeta> {
    columns
        .iter()
        .map(|(name, t)| ColumnMeta {
            name: name.clone(),
            type_number: t.number,
            length: t.length,
            precision: t.precision,
            scale: t.scale,
        })
        .collect()
}

/// Appends a stored value to a block.
pub(crate) fn push(block: &mut BlockBuilder, column: usize, value: ValueRef<'_>) {
    let ty = block.column_type(column);
    match (ty.number, value) {
        (_, ValueRef::Null) => block.push_null(column),
        (VARCHAR | NCHAR | JSON | VARBINARY | BLOB | GEOMETRY, ValueRef::Text(b) | ValueRef::Blob(b)) => {
            block.push_variable(column, b);
        }
        (VARCHAR | NCHAR | JSON, ValueRef::Integer(n)) => block.push_variable(column, n.to_string().as_bytes()),
        (VARCHAR | NCHAR | JSON, ValueRef::Real(x)) => block.push_variable(column, x.to_string().as_bytes()),
        (FLOAT, ValueRef::Real(x)) => block.push_fixed(column, &(x as f32).to_le_bytes()),
        (FLOAT, ValueRef::Integer(n)) => block.push_fixed(column, &(n as f32).to_le_bytes()),
        // What is not a number (a division by zero that got through) is NULL in TDengine.
        (DOUBLE, ValueRef::Real(x)) if !x.is_finite() => block.push_null(column),
        (DOUBLE, ValueRef::Real(x)) => block.push_fixed(column, &x.to_le_bytes()),
        (DOUBLE, ValueRef::Integer(n)) => block.push_fixed(column, &(n as f64).to_le_bytes()),
        (UBIGINT, ValueRef::Integer(n)) => block.push_fixed(column, &unflip(n).to_le_bytes()),
        (DECIMAL, value) => match load_decimal(value) {
            Some(n) => block.push_fixed(column, &n.to_le_bytes()),
            None => block.push_null(column),
        },
        (_, ValueRef::Integer(n)) => block.push_integer(column, n),
        (_, ValueRef::Real(x)) if ty.width().is_some() => block.push_integer(column, x as i64),
        _ => block.push_null(column),
    }
}

/// A small table as one result.
pub(crate) fn info_rows(table: InfoTable) -> Rows {
    let types: Vec<ColType> = table.columns.iter().map(|(_, t)| *t).collect();
    let columns: Vec<(String, ColType)> = table.columns.iter().map(|(n, t)| ((*n).to_owned(), *t)).collect();
    let mut block = BlockBuilder::new(&types);
    let mut blocks = Vec::new();
    for row in &table.rows {
        for (i, cell) in row.iter().enumerate() {
            push_cell(&mut block, i, cell);
        }
        block.end_row();
        if block.rows() == ROWS_PER_BLOCK {
            blocks.push(Ok(block.finish()));
        }
    }
    if block.rows() > 0 {
        blocks.push(Ok(block.finish()));
    }
    Rows { columns: metas(&columns), precision: 0, blocks: Box::new(blocks.into_iter()) }
}

pub(crate) fn push_cell(block: &mut BlockBuilder, column: usize, cell: &Cell<'_>) {
    match cell.to_sql() {
        Ok(ToSqlOutput::Borrowed(value)) => push(block, column, value),
        _ => block.push_null(column),
    }
}

/// Makes the system tables a query reads, as temporary tables.
pub(crate) fn materialise_infos(db: &Connection, infos: &[InfoTable]) -> Result<(), SqlError> {
    for (n, table) in infos.iter().enumerate() {
        let columns: Vec<String> = (0..table.columns.len()).map(|i| format!("v{i}")).collect();
        db.execute_batch(&format!("DROP TABLE IF EXISTS temp.i{n}; CREATE TEMP TABLE i{n} ({});", columns.join(", ")))?;
        let marks = vec!["?"; columns.len()].join(", ");
        let mut insert = db.prepare(&format!("INSERT INTO temp.i{n} VALUES ({marks})"))?;
        for row in &table.rows {
            insert.execute(rusqlite::params_from_iter(row))?;
        }
    }
    Ok(())
}

/// Runs a translated query: page by page if its form allows, at once otherwise.
pub(crate) fn run(
    state: &State,
    shared_state: &Arc<Mutex<State>>,
    output: Output,
    params: Vec<Cell<'static>>,
    precision: u8,
) -> Result<Rows, SqlError> {
    let columns = metas(&output.columns);
    let types: Vec<ColType> = output.columns.iter().map(|(_, t)| *t).collect();
    let blocks: Box<dyn Iterator<Item = Result<Vec<u8>, SqlError>> + Send> = match output.page {
        Some(page) => {
            let pager = Pager::new(Arc::clone(shared_state), page, params, types);
            // A statement SQLite refuses is refused now, not at the first fetch.
            state.db.prepare_cached(&pager.sql)?;
            Box::new(pager)
        }
        None => {
            let mut statement = state.db.prepare_cached(&output.sql)?;
            bind(&mut statement, &params)?;
            let mut block = BlockBuilder::new(&types);
            let mut blocks = Vec::new();
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                for i in 0..types.len() {
                    push(&mut block, i, row.get_ref(i)?);
                }
                block.end_row();
                if block.rows() == ROWS_PER_BLOCK {
                    blocks.push(Ok(block.finish()));
                }
            }
            if block.rows() > 0 {
                blocks.push(Ok(block.finish()));
            }
            Box::new(blocks.into_iter())
        }
    };
    Ok(Rows { columns, precision, blocks })
}

/// Binds the parameters the statement uses (translation may have bound more than were needed).
fn bind(statement: &mut Statement<'_>, params: &[Cell<'static>]) -> Result<(), SqlError> {
    for (i, cell) in params.iter().enumerate().take(statement.parameter_count()) {
        statement.raw_bind_parameter(i + 1, cell)?;
    }
    Ok(())
}

/// Reads a table in the order of its key, 4096 rows at a time. The lock is held for one page only, so a client that
/// reads slowly holds up nobody; rows written meanwhile behind the last key are seen, as in TDengine.
struct Pager {
    state: Arc<Mutex<State>>,
    sql: String,
    params: Vec<Cell<'static>>,
    block: BlockBuilder,
    types: usize,
    /// Whether the key is (child, time) or the time alone.
    all: bool,
    last: (i64, i64),
    left: u64,
    skip: u64,
    done: bool,
}

impl Pager {
    fn new(state: Arc<Mutex<State>>, page: Page, params: Vec<Cell<'static>>, types: Vec<ColType>) -> Self {
        let n = params.len();
        let (ts, limit, offset) = (n + 2, n + 3, n + 4);
        let key = &page.key;
        let after = match page.tbl {
            Some(_) => format!("?{} IS NOT NULL AND {key} > ?{ts} ORDER BY {key}", n + 1),
            None => format!("(a0.tbl, {key}) > (?{}, ?{ts}) ORDER BY a0.tbl, {key}", n + 1),
        };
        Self {
            state,
            sql: format!("{}{after} LIMIT ?{limit} OFFSET ?{offset}", page.sql),
            params,
            block: BlockBuilder::new(&types),
            types: types.len(),
            all: page.tbl.is_none(),
            last: (0, i64::MIN),
            left: page.limit.unwrap_or(u64::MAX),
            skip: page.offset,
            done: false,
        }
    }

    fn read(&mut self) -> Result<Option<Vec<u8>>, SqlError> {
        let wanted = self.left.min(ROWS_PER_BLOCK as u64);
        if wanted == 0 {
            return Ok(None);
        }
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = state.db.prepare_cached(&self.sql)?;
        bind(&mut statement, &self.params)?;
        let n = self.params.len();
        let key = [self.last.0, self.last.1, wanted as i64, self.skip.min(i64::MAX as u64) as i64];
        for (i, value) in key.into_iter().enumerate() {
            statement.raw_bind_parameter(n + 1 + i, value)?;
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            for i in 0..self.types {
                push(&mut self.block, i, row.get_ref(i)?);
            }
            self.block.end_row();
            if self.block.rows() as u64 == wanted {
                self.last = (if self.all { row.get(self.types)? } else { 0 }, row.get(self.types + 1)?);
            }
        }
        let got = self.block.rows() as u64;
        self.skip = 0;
        self.left -= got;
        self.done = got < wanted;
        Ok((got > 0).then(|| self.block.finish()))
    }
}

impl Iterator for Pager {
    type Item = Result<Vec<u8>, SqlError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let block = self.read().transpose();
        self.done |= !matches!(block, Some(Ok(_)));
        block
    }
}
