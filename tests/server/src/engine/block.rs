//! Raw block encoder, version 1, in the server's layout (raw-block.md): flag `0x80000000`, one trailing zero byte.
//!
//! It knows nothing of the client's decoder on purpose: what both agree on was agreed through the protocol document.

use super::types::{ColType, numbers::*};

/// Rows per block of a result, as TDengine cuts them.
pub const ROWS_PER_BLOCK: usize = 4096;

/// One column under construction.
enum Cells {
    Fixed { nulls: Vec<u8>, values: Vec<u8> },
    Variable { offsets: Vec<u8>, data: Vec<u8> },
}

/// Builds one block row by row: push one value per column, in any column order, then [`finish`](Self::finish).
pub struct BlockBuilder {
    types: Vec<ColType>,
    cells: Vec<Cells>,
    rows: usize,
}

impl BlockBuilder {
    /// An empty block of these columns.
    pub fn new(types: &[ColType]) -> Self {
        let cells = types.iter().map(|t| new_cells(t, 0)).collect();
        Self { types: types.to_vec(), cells, rows: 0 }
    }

    /// Rows completed so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Call after all values of a row were pushed.
    pub fn end_row(&mut self) {
        self.rows += 1;
    }

    /// The type of a column.
    pub fn column_type(&self, column: usize) -> ColType {
        self.types[column]
    }

    /// NULL.
    pub fn push_null(&mut self, column: usize) {
        let width = self.types[column].width().unwrap_or(0);
        match &mut self.cells[column] {
            Cells::Fixed { nulls, values } => {
                let row = values.len() / width;
                mark(nulls, row, true);
                values.resize(values.len() + width, 0);
            }
            Cells::Variable { offsets, .. } => offsets.extend_from_slice(&(-1i32).to_le_bytes()),
        }
    }

    /// A value of a fixed type in its little-endian bytes; exactly the width of the type.
    #[inline]
    pub fn push_fixed(&mut self, column: usize, bytes: &[u8]) {
        if let Cells::Fixed { nulls, values } = &mut self.cells[column] {
            if (values.len() / bytes.len()) & 7 == 0 {
                nulls.push(0);
            }
            values.extend_from_slice(bytes);
        }
    }

    /// A value of a variable type, as bytes. NCHAR takes UTF-8 and turns it into UCS-4.
    #[inline]
    pub fn push_variable(&mut self, column: usize, value: &[u8]) {
        let number = self.types[column].number;
        if let Cells::Variable { offsets, data } = &mut self.cells[column] {
            offsets.extend_from_slice(&(data.len() as i32).to_le_bytes());
            match number {
                NCHAR => {
                    let at = data.len();
                    data.extend_from_slice(&[0, 0]);
                    for c in String::from_utf8_lossy(value).chars() {
                        data.extend_from_slice(&(c as u32).to_le_bytes());
                    }
                    let bytes = (data.len() - at - 2) as u16;
                    data[at..at + 2].copy_from_slice(&bytes.to_le_bytes());
                }
                BLOB => {
                    data.extend_from_slice(&(value.len() as u32).to_le_bytes());
                    data.extend_from_slice(value);
                }
                _ => {
                    data.extend_from_slice(&(value.len() as u16).to_le_bytes());
                    data.extend_from_slice(value);
                }
            }
        }
    }

    /// An integer, cut to the width of the column (the caller has checked the range).
    #[inline]
    pub fn push_integer(&mut self, column: usize, value: i64) {
        let bytes = value.to_le_bytes();
        match self.types[column].width() {
            Some(1) => self.push_fixed(column, &bytes[..1]),
            Some(2) => self.push_fixed(column, &bytes[..2]),
            Some(4) => self.push_fixed(column, &bytes[..4]),
            _ => self.push_fixed(column, &bytes),
        }
    }

    /// The block's bytes; the builder is empty again afterwards.
    pub fn finish(&mut self) -> Vec<u8> {
        let columns = self.types.len();
        let content: usize = self
            .cells
            .iter()
            .map(|c| match c {
                Cells::Fixed { nulls, values } => nulls.len() + values.len(),
                Cells::Variable { offsets, data } => offsets.len() + data.len(),
            })
            .sum();
        let length = 28 + 9 * columns + content + 1;
        let mut out = Vec::with_capacity(length);
        for n in [1i32, length as i32, self.rows as i32, columns as i32] {
            out.extend_from_slice(&n.to_le_bytes());
        }
        out.extend_from_slice(&0x8000_0000u32.to_le_bytes());
        out.extend_from_slice(&0u64.to_le_bytes());
        for t in &self.types {
            out.push(t.number);
            if t.is_decimal() {
                out.extend_from_slice(&[t.scale, t.precision, 0, t.length as u8]);
            } else {
                out.extend_from_slice(&t.storage_bytes().to_le_bytes());
            }
        }
        for c in &self.cells {
            let n = match c {
                Cells::Fixed { values, .. } => values.len(),
                Cells::Variable { data, .. } => data.len(),
            };
            out.extend_from_slice(&(n as i32).to_le_bytes());
        }
        for (c, t) in self.cells.iter_mut().zip(&self.types) {
            let old = std::mem::replace(c, new_cells(t, self.rows));
            match old {
                Cells::Fixed { nulls, values } => {
                    out.extend_from_slice(&nulls);
                    out.extend_from_slice(&values);
                }
                Cells::Variable { offsets, data } => {
                    out.extend_from_slice(&offsets);
                    out.extend_from_slice(&data);
                }
            }
        }
        out.push(0);
        self.rows = 0;
        out
    }
}

fn new_cells(t: &ColType, rows: usize) -> Cells {
    match t.width() {
        Some(w) => Cells::Fixed { nulls: Vec::with_capacity(rows.div_ceil(8)), values: Vec::with_capacity(rows * w) },
        None => Cells::Variable { offsets: Vec::with_capacity(rows * 4), data: Vec::new() },
    }
}

/// Appends the bit of `row` to a bitmap that covers the rows before it; the first row is the most significant bit.
fn mark(bitmap: &mut Vec<u8>, row: usize, null: bool) {
    if row & 7 == 0 {
        bitmap.push(0);
    }
    if null && let Some(last) = bitmap.last_mut() {
        *last |= 0x80 >> (row & 7);
    }
}
