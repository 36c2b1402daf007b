//! Reading raw blocks, for JSON.

/// One column of a raw block.
pub(super) struct ColumnView<'a> {
    pub(super) type_number: u8,
    /// Decimals only.
    pub(super) scale: u8,
    cells: Cells<'a>,
}

enum Cells<'a> {
    Fixed { width: usize, nulls: &'a [u8], values: &'a [u8] },
    Variable { prefix: usize, offsets: &'a [u8], data: &'a [u8] },
}

/// The row count and the columns; `None` if the bytes are no raw block.
pub(super) fn read(block: &[u8]) -> Option<(usize, Vec<ColumnView<'_>>)> {
    let rows = usize::try_from(i32_at(block, 8)?).ok()?;
    let count = usize::try_from(i32_at(block, 12)?).ok()?;
    let mut rest = block.get(28 + 9 * count..)?;
    let mut take = |bytes: usize| {
        let (taken, left) = rest.split_at_checked(bytes)?;
        rest = left;
        Some(taken)
    };
    let mut columns = Vec::with_capacity(count);
    for index in 0..count {
        let schema = block.get(28 + 5 * index..28 + 5 * index + 5)?;
        let length = usize::try_from(i32_at(block, 28 + 5 * count + 4 * index)?).ok()?;
        let type_number = schema[0];
        let cells = match width(type_number) {
            Some(width) => Cells::Fixed { width, nulls: take(rows.div_ceil(8))?, values: take(rows * width)? },
            None => {
                let prefix = if matches!(type_number, 18 | 19) { 4 } else { 2 };
                Cells::Variable { prefix, offsets: take(rows * 4)?, data: take(length)? }
            }
        };
        columns.push(ColumnView { type_number, scale: schema[1], cells });
    }
    Some((rows, columns))
}

impl<'a> ColumnView<'a> {
    /// The bytes of a value; `None` for NULL.
    pub(super) fn get(&self, row: usize) -> Option<&'a [u8]> {
        match self.cells {
            Cells::Fixed { width, nulls, values } => {
                let null = nulls.get(row / 8)? & (0x80 >> (row % 8)) != 0;
                if null { None } else { values.get(row * width..(row + 1) * width) }
            }
            Cells::Variable { prefix, offsets, data } => {
                let value = data.get(usize::try_from(i32_at(offsets, row * 4)?).ok()?..)?;
                let length = (0..prefix)
                    .rev()
                    .try_fold(0usize, |length, at| Some(length << 8 | usize::from(*value.get(at)?)))?;
                value.get(prefix..prefix + length)
            }
        }
    }
}

fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn width(type_number: u8) -> Option<usize> {
    Some(match type_number {
        1 | 2 | 11 => 1,
        3 | 12 => 2,
        4 | 6 | 13 => 4,
        5 | 7 | 9 | 14 | 21 => 8,
        17 => 16,
        _ => return None,
    })
}
