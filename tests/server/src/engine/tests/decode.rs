//! A decoder of raw blocks that only these tests use: values as text.

use crate::engine::types::{numbers::*, width};
use crate::engine::value::decimal_text as decimal;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> &'a [u8] {
        let part = &self.bytes[self.at..self.at + n];
        self.at += n;
        part
    }

    fn i32(&mut self) -> i32 {
        i32::from_le_bytes(self.take(4).try_into().unwrap())
    }
}

/// All rows of a block; checks every length on the way.
pub(super) fn decode(block: &[u8]) -> Vec<Vec<String>> {
    let mut r = Reader { bytes: block, at: 0 };
    assert_eq!(r.i32(), 1, "version");
    assert_eq!(r.i32() as usize, block.len(), "length");
    let (rows, columns) = (r.i32() as usize, r.i32() as usize);
    assert_eq!(r.i32() as u32, 0x8000_0000, "flag");
    assert_eq!(r.take(8), [0; 8], "group id");
    let schema: Vec<(u8, &[u8])> = (0..columns).map(|_| (r.take(1)[0], r.take(4))).collect();
    let lengths: Vec<usize> = (0..columns).map(|_| r.i32() as usize).collect();
    let mut out = vec![Vec::with_capacity(columns); rows];
    for ((number, extra), length) in schema.into_iter().zip(lengths) {
        match width(number) {
            Some(w) => {
                assert_eq!(length, rows * w);
                let (bitmap, values) = (r.take(rows.div_ceil(8)), r.take(length));
                for (i, row) in out.iter_mut().enumerate() {
                    let null = bitmap[i / 8] >> (7 - i % 8) & 1 == 1;
                    let value = &values[i * w..(i + 1) * w];
                    row.push(if null { "NULL".into() } else { fixed(number, extra[0], value) });
                }
            }
            None => {
                let offsets: Vec<i32> = (0..rows).map(|_| r.i32()).collect();
                let data = r.take(length);
                for (row, offset) in out.iter_mut().zip(offsets) {
                    row.push(if offset < 0 { "NULL".into() } else { variable(number, &data[offset as usize..]) });
                }
            }
        }
    }
    assert_eq!(r.take(1), [0], "trailing byte");
    assert_eq!(r.at, block.len());
    out
}

fn fixed(number: u8, scale: u8, b: &[u8]) -> String {
    let signed = |b: &[u8]| {
        let mut wide = [if b[b.len() - 1] >= 0x80 { 0xff } else { 0 }; 16];
        wide[..b.len()].copy_from_slice(b);
        i128::from_le_bytes(wide)
    };
    let unsigned = |b: &[u8]| {
        let mut wide = [0; 16];
        wide[..b.len()].copy_from_slice(b);
        u128::from_le_bytes(wide)
    };
    match number {
        BOOL => (b[0] != 0).to_string(),
        UTINYINT..=UBIGINT => unsigned(b).to_string(),
        FLOAT => f32::from_le_bytes(b.try_into().unwrap()).to_string(),
        DOUBLE => f64::from_le_bytes(b.try_into().unwrap()).to_string(),
        DECIMAL | DECIMAL64 => decimal(signed(b), scale),
        _ => signed(b).to_string(),
    }
}

fn variable(number: u8, data: &[u8]) -> String {
    let (head, length) = match number {
        BLOB => (4, u32::from_le_bytes(data[..4].try_into().unwrap()) as usize),
        _ => (2, usize::from(u16::from_le_bytes(data[..2].try_into().unwrap()))),
    };
    let value = &data[head..head + length];
    match number {
        NCHAR => {
            value.chunks_exact(4).map(|c| char::from_u32(u32::from_le_bytes(c.try_into().unwrap())).unwrap()).collect()
        }
        VARCHAR | JSON => String::from_utf8(value.to_vec()).unwrap(),
        _ => value.iter().map(|b| format!("{b:02x}")).collect(),
    }
}
