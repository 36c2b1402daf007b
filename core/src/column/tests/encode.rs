//! Writes raw blocks, straight from the description of the format and sharing nothing with the reader.

use std::sync::Arc;

use bytes::Bytes;

use crate::column::{Block, DataType, Field, Precision};

/// A column to encode: its field, and for each row the value's bytes as in a block, without a length; `None` = NULL.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    pub(super) field: Field,
    pub(super) rows: Vec<Option<Vec<u8>>>,
}

/// What servers and clients do differently, all of it allowed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Style {
    /// Rows of equal value share one place.
    pub(super) shared: bool,
    /// Values lie in the opposite order of the rows.
    pub(super) reversed: bool,
    /// Bits and bytes without a meaning are ones.
    pub(super) junk: bool,
    /// A zero byte follows the last column.
    pub(super) trailing: bool,
    /// Version 2 instead of 1.
    pub(super) version_2: bool,
}

impl Cells {
    pub(super) fn new(data_type: DataType, rows: &[Option<&[u8]>]) -> Cells {
        let digits = if data_type.is_decimal() { (18, 4) } else { (0, 0) };
        let field = Field::new("c", data_type, 0, digits.0, digits.1);
        Cells { field, rows: rows.iter().map(|row| row.map(<[u8]>::to_vec)).collect() }
    }
}

/// The block of `columns`, which have the same number of rows.
pub(super) fn encode(columns: &[Cells], style: Style) -> Vec<u8> {
    let rows = columns[0].rows.len();
    let parts: Vec<(Vec<u8>, Vec<u8>)> = columns.iter().map(|cells| parts(cells, style)).collect();
    let version: i32 = if style.version_2 { 2 } else { 1 };
    let mut block = Vec::new();
    block.extend(version.to_le_bytes());
    block.extend([0; 4]);
    block.extend((rows as i32).to_le_bytes());
    block.extend((columns.len() as i32).to_le_bytes());
    block.extend(0x8000_0000u32.to_le_bytes());
    block.extend([0; 8]);
    for Cells { field, .. } in columns {
        let (width, scale, precision) = (field.data_type().width(), field.scale(), field.precision());
        block.push(field.data_type().number());
        match field.data_type() {
            DataType::Decimal => block.extend([scale, precision, 0, 16]),
            DataType::Decimal64 => block.extend([scale, precision, 0, 8]),
            _ => block.extend(width.map_or(field.length(), |width| width as u32).to_le_bytes()),
        }
    }
    parts.iter().for_each(|(_, data)| block.extend((data.len() as i32).to_le_bytes()));
    parts.iter().for_each(|(head, data)| block.extend(head.iter().chain(data)));
    if style.trailing {
        block.push(0);
    }
    let length = block.len() as i32;
    block[4..8].copy_from_slice(&length.to_le_bytes());
    block
}

pub(super) fn parse(columns: &[Cells], style: Style) -> Block {
    let fields: Arc<[Field]> = columns.iter().map(|cells| cells.field.clone()).collect();
    Block::parse(Bytes::from(encode(columns, style)), fields, Precision::Millisecond).unwrap()
}

fn parts(cells: &Cells, style: Style) -> (Vec<u8>, Vec<u8>) {
    match cells.field.data_type().width() {
        Some(width) => fixed(cells, width, if style.junk { 0xff } else { 0 }),
        None => variable(cells, style),
    }
}

fn fixed(cells: &Cells, width: usize, filler: u8) -> (Vec<u8>, Vec<u8>) {
    let mut bitmap = vec![filler; cells.rows.len().div_ceil(8)];
    let mut data = Vec::new();
    for (row, value) in cells.rows.iter().enumerate() {
        let bit = 1 << (7 - row % 8);
        match value {
            Some(value) => {
                bitmap[row / 8] &= !bit;
                data.extend(value);
            }
            None => {
                bitmap[row / 8] |= bit;
                data.extend(vec![filler; width]);
            }
        }
    }
    (bitmap, data)
}

fn variable(cells: &Cells, style: Style) -> (Vec<u8>, Vec<u8>) {
    let long = matches!(cells.field.data_type(), DataType::Blob | DataType::MediumBlob);
    let mut offsets = vec![if style.junk { i32::MIN } else { -1 }; cells.rows.len()];
    let mut data = Vec::new();
    let mut order: Vec<usize> = (0..cells.rows.len()).collect();
    if style.reversed {
        order.reverse();
    }
    for (done, &row) in order.iter().enumerate() {
        let Some(value) = &cells.rows[row] else { continue };
        let same = order[..done].iter().find(|&&other| style.shared && cells.rows[other].as_ref() == Some(value));
        if let Some(&other) = same {
            offsets[row] = offsets[other];
            continue;
        }
        offsets[row] = data.len() as i32;
        match long {
            true => data.extend((value.len() as u32).to_le_bytes()),
            false => data.extend((value.len() as u16).to_le_bytes()),
        }
        data.extend(value);
    }
    (offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect(), data)
}

/// Text as NCHAR carries it.
pub(super) fn ucs4(text: &str) -> Vec<u8> {
    text.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect()
}

/// The worked example of the format's description: three rows of TIMESTAMP, INT, VARCHAR(20), NCHAR(10).
pub(super) fn worked_example() -> (Vec<u8>, Arc<[Field]>) {
    let fields = [
        ("ts", DataType::Timestamp, 8),
        ("i", DataType::Int, 4),
        ("v", DataType::Varchar, 22),
        ("n", DataType::Nchar, 42),
    ];
    let fields = fields.map(|(name, data_type, length)| Field::new(name, data_type, length, 0, 0));
    let hex = "01000000 95000000 03000000 04000000 00000080 0000000000000000 \
        0908000000 0404000000 0816000000 0a2a000000 18000000 0c000000 06000000 10000000 \
        00 0068e5cf8b010000 0168e5cf8b010000 0268e5cf8b010000 \
        40 01000000 00000000 fdffffff \
        00000000 ffffffff 04000000 0200 6869 0000 \
        00000000 ffffffff 06000000 0400 e9000000 0800 e5650000 2c670000 00";
    (crate::vectors::unhex(hex), Arc::new(fields))
}
