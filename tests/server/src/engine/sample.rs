//! `tdsec_types`: every type with its extremes, for checking clients value by value.
//!
//! `SELECT * FROM tdsec_types(rows)`. The row's number modulo 5 decides:
//!
//! | column | type | 0 | 1 | 2 | 3 | 4 |
//! |---|---|---|---|---|---|---|
//! | `ts` | TIMESTAMP (ms) | 1700000000000 + row, in every row |||||
//! | `c_bool` | BOOL | true | NULL | false | true | false |
//! | `c_tinyint` … `c_bigint` | TINYINT, SMALLINT, INT, BIGINT | 1 | NULL | least | greatest | -1 |
//! | `c_utinyint` … `c_ubigint` | the same UNSIGNED | 1 | NULL | 0 | greatest | 2 |
//! | `c_float` | FLOAT | 1.5 | NULL | -3.4028235e38 | 3.4028235e38 | 1.1754944e-38 |
//! | `c_double` | DOUBLE | 1.5 | NULL | -1.7976931348623157e308 | 1.7976931348623157e308 | 5e-324 |
//! | `c_varchar` | VARCHAR(64) | `text` | NULL | empty | `é日本🚀𝄞` | `a"b\c'd`, line feed, tabulator, `e` |
//! | `c_nchar` | NCHAR(64) | as `c_varchar` |||||
//! | `c_varbinary` | VARBINARY(64) | 01 02 03 | NULL | empty | all of 00 ff 7f 80 | 00 |
//! | `c_geometry` | GEOMETRY(64) | WKB of POINT(1 2) | NULL | POINT(-1 -2) | POINT(1e308 -1e308) | POINT(0 0) |
//! | `c_decimal64` | DECIMAL(18,4) | 1.5000 | NULL | -99999999999999.9999 | 99999999999999.9999 | -0.0001 |
//! | `c_decimal` | DECIMAL(38,10) | 1.5000000000 | NULL | least (38 nines) | greatest (38 nines) | -0.0000000001 |
//! | `c_blob` | BLOB | 01 02 03 | NULL | empty | 70000 times byte (index mod 251) | 00 |
//! | `c_json` | JSON | `{"k":"v"}` | NULL | `{}` | `{"é":"日本🚀","n":1.5}` | `{"a":[1,null,true]}` |

use super::block::{BlockBuilder, ROWS_PER_BLOCK};
use super::error::SqlError;
use super::geometry::wkt_to_wkb;
use super::types::{ColType, numbers::*};

/// Name and type of each column.
pub(crate) fn columns() -> Vec<(String, ColType)> {
    let fixed = ColType::fixed;
    let variable = ColType::variable;
    [
        ("ts", fixed(TIMESTAMP)),
        ("c_bool", fixed(BOOL)),
        ("c_tinyint", fixed(TINYINT)),
        ("c_smallint", fixed(SMALLINT)),
        ("c_int", fixed(INT)),
        ("c_bigint", fixed(BIGINT)),
        ("c_utinyint", fixed(UTINYINT)),
        ("c_usmallint", fixed(USMALLINT)),
        ("c_uint", fixed(UINT)),
        ("c_ubigint", fixed(UBIGINT)),
        ("c_float", fixed(FLOAT)),
        ("c_double", fixed(DOUBLE)),
        ("c_varchar", variable(VARCHAR, 64)),
        ("c_nchar", variable(NCHAR, 64)),
        ("c_varbinary", variable(VARBINARY, 64)),
        ("c_geometry", variable(GEOMETRY, 64)),
        ("c_decimal64", ColType::decimal(18, 4)),
        ("c_decimal", ColType::decimal(38, 10)),
        ("c_blob", variable(BLOB, 4 * 1024 * 1024)),
        ("c_json", variable(JSON, 4095)),
    ]
    .map(|(name, ty)| (name.to_owned(), ty))
    .to_vec()
}

/// Blocks of the chosen columns.
pub(crate) fn blocks(
    columns: &[(usize, ColType)],
    rows: u64,
) -> impl Iterator<Item = Result<Vec<u8>, SqlError>> + Send + use<> {
    let types: Vec<ColType> = columns.iter().map(|(_, t)| *t).collect();
    let mut block = BlockBuilder::new(&types);
    (0..rows.div_ceil(ROWS_PER_BLOCK as u64)).map(move |n| {
        let first = n * ROWS_PER_BLOCK as u64;
        for row in first..rows.min(first + ROWS_PER_BLOCK as u64) {
            for (at, ty) in types.iter().enumerate() {
                push(&mut block, at, ty, row);
            }
            block.end_row();
        }
        Ok(block.finish())
    })
}

fn push(block: &mut BlockBuilder, at: usize, ty: &ColType, row: u64) {
    let case = (row % 5) as usize;
    if ty.number == TIMESTAMP {
        return block.push_integer(at, 1_700_000_000_000 + row as i64);
    }
    if case == 1 {
        return block.push_null(at);
    }
    let whole = |values: [i128; 5]| (values[case] as i64).to_le_bytes();
    match ty.number {
        BOOL => block.push_integer(at, [1, 0, 0, 1, 0][case]),
        FLOAT => {
            let value = [1.5, 0.0, f32::MIN, f32::MAX, f32::MIN_POSITIVE][case];
            block.push_fixed(at, &value.to_le_bytes());
        }
        DOUBLE => block.push_fixed(at, &[1.5, 0.0, f64::MIN, f64::MAX, 5e-324][case].to_le_bytes()),
        VARCHAR | NCHAR => {
            block.push_variable(at, ["text", "", "", "é日本🚀𝄞", "a\"b\\c'd\n\te"][case].as_bytes());
        }
        VARBINARY => {
            let values: [&[u8]; 5] = [&[1, 2, 3], &[], &[], &[0x00, 0xff, 0x7f, 0x80], &[0]];
            block.push_variable(at, values[case]);
        }
        GEOMETRY => {
            let text = ["POINT(1 2)", "", "POINT(-1 -2)", "POINT(1e308 -1e308)", "POINT(0 0)"][case];
            block.push_variable(at, &wkt_to_wkb(text).unwrap_or_default());
        }
        BLOB => {
            let long: Vec<u8> = if case == 3 { (0..70_000u32).map(|i| (i % 251) as u8).collect() } else { Vec::new() };
            let values: [&[u8]; 5] = [&[1, 2, 3], &[], &[], &long, &[0]];
            block.push_variable(at, values[case]);
        }
        JSON => {
            let values = ["{\"k\":\"v\"}", "", "{}", "{\"é\":\"日本🚀\",\"n\":1.5}", "{\"a\":[1,null,true]}"];
            block.push_variable(at, values[case].as_bytes());
        }
        DECIMAL64 => {
            let most = 10i128.pow(18) - 1;
            block.push_fixed(at, &whole([15_000, 0, -most, most, -1]));
        }
        DECIMAL => {
            let most = 10i128.pow(38) - 1;
            block.push_fixed(at, &[15_000_000_000, 0, -most, most, -1][case].to_le_bytes());
        }
        _ => {
            let (least, most) = ty.integer_range().unwrap_or((0, 0));
            let small = if ty.is_unsigned() { 2 } else { -1 };
            let bytes = whole([1, 0, least, most, small]);
            let width = ty.width().unwrap_or(8);
            block.push_fixed(at, &bytes[..width]);
        }
    }
}
