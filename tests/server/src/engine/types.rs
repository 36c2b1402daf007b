//! TDengine's column types: number, declared length, decimal digits; their names in SQL and their widths in blocks.

/// Type numbers of raw-block.md section 4.
pub mod numbers {
    /// BOOL.
    pub const BOOL: u8 = 1;
    /// TINYINT.
    pub const TINYINT: u8 = 2;
    /// SMALLINT.
    pub const SMALLINT: u8 = 3;
    /// INT.
    pub const INT: u8 = 4;
    /// BIGINT.
    pub const BIGINT: u8 = 5;
    /// FLOAT.
    pub const FLOAT: u8 = 6;
    /// DOUBLE.
    pub const DOUBLE: u8 = 7;
    /// VARCHAR, also called BINARY.
    pub const VARCHAR: u8 = 8;
    /// TIMESTAMP.
    pub const TIMESTAMP: u8 = 9;
    /// NCHAR.
    pub const NCHAR: u8 = 10;
    /// TINYINT UNSIGNED.
    pub const UTINYINT: u8 = 11;
    /// SMALLINT UNSIGNED.
    pub const USMALLINT: u8 = 12;
    /// INT UNSIGNED.
    pub const UINT: u8 = 13;
    /// BIGINT UNSIGNED.
    pub const UBIGINT: u8 = 14;
    /// JSON (tags only).
    pub const JSON: u8 = 15;
    /// VARBINARY.
    pub const VARBINARY: u8 = 16;
    /// DECIMAL of more than 18 digits.
    pub const DECIMAL: u8 = 17;
    /// BLOB.
    pub const BLOB: u8 = 18;
    /// GEOMETRY.
    pub const GEOMETRY: u8 = 20;
    /// DECIMAL of up to 18 digits.
    pub const DECIMAL64: u8 = 21;
}

use numbers::*;

/// A column type with its declared length (bytes; characters for NCHAR) and decimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColType {
    /// Number of the type.
    pub number: u8,
    /// Width of a fixed type; declared length of a variable one.
    pub length: i32,
    /// Decimal digits in all; 0 for all but decimals.
    pub precision: u8,
    /// Decimal digits after the point.
    pub scale: u8,
}

impl ColType {
    /// A type without parameters.
    pub const fn fixed(number: u8) -> Self {
        let length = match width(number) {
            Some(w) => w as i32,
            None => 0,
        };
        Self { number, length, precision: 0, scale: 0 }
    }

    /// A variable type of a declared length.
    pub const fn variable(number: u8, length: i32) -> Self {
        Self { number, length, precision: 0, scale: 0 }
    }

    /// DECIMAL(p, s), stored as DECIMAL64 up to 18 digits.
    pub const fn decimal(precision: u8, scale: u8) -> Self {
        if precision <= 18 {
            Self { number: DECIMAL64, length: 8, precision, scale }
        } else {
            Self { number: DECIMAL, length: 16, precision, scale }
        }
    }

    /// The `bytes` field of the block's own schema.
    pub fn storage_bytes(&self) -> i32 {
        match self.number {
            VARCHAR | VARBINARY | GEOMETRY => self.length + 2,
            NCHAR => self.length * 4 + 2,
            JSON => 16384,
            BLOB => 4 * 1024 * 1024 + 4,
            _ => self.length,
        }
    }

    /// Width of a fixed type.
    pub fn width(&self) -> Option<usize> {
        width(self.number)
    }

    /// Whether the type is DECIMAL or DECIMAL64.
    pub fn is_decimal(&self) -> bool {
        matches!(self.number, DECIMAL | DECIMAL64)
    }

    /// Whether values are text.
    pub fn is_text(&self) -> bool {
        matches!(self.number, VARCHAR | NCHAR)
    }

    /// Whether values are integers (BOOL and TIMESTAMP not counted).
    pub fn is_integer(&self) -> bool {
        matches!(self.number, TINYINT..=BIGINT | UTINYINT..=UBIGINT)
    }

    /// Whether values are unsigned integers.
    pub fn is_unsigned(&self) -> bool {
        matches!(self.number, UTINYINT..=UBIGINT)
    }

    /// Whether values are numbers: integers, floats, decimals.
    pub fn is_numeric(&self) -> bool {
        self.is_integer() || matches!(self.number, FLOAT | DOUBLE) || self.is_decimal()
    }

    /// Least and greatest value of an integer type or BOOL.
    pub fn integer_range(&self) -> Option<(i128, i128)> {
        Some(match self.number {
            BOOL => (0, 1),
            TINYINT => (i8::MIN as i128, i8::MAX as i128),
            SMALLINT => (i16::MIN as i128, i16::MAX as i128),
            INT => (i32::MIN as i128, i32::MAX as i128),
            BIGINT | TIMESTAMP => (i64::MIN as i128, i64::MAX as i128),
            UTINYINT => (0, u8::MAX as i128),
            USMALLINT => (0, u16::MAX as i128),
            UINT => (0, u32::MAX as i128),
            UBIGINT => (0, u64::MAX as i128),
            _ => return None,
        })
    }

    /// The name of the type alone, as DESCRIBE shows it.
    pub fn name(&self) -> &'static str {
        match self.number {
            BOOL => "BOOL",
            TINYINT => "TINYINT",
            SMALLINT => "SMALLINT",
            INT => "INT",
            BIGINT => "BIGINT",
            FLOAT => "FLOAT",
            DOUBLE => "DOUBLE",
            VARCHAR => "VARCHAR",
            TIMESTAMP => "TIMESTAMP",
            NCHAR => "NCHAR",
            UTINYINT => "TINYINT UNSIGNED",
            USMALLINT => "SMALLINT UNSIGNED",
            UINT => "INT UNSIGNED",
            UBIGINT => "BIGINT UNSIGNED",
            JSON => "JSON",
            VARBINARY => "VARBINARY",
            BLOB => "BLOB",
            GEOMETRY => "GEOMETRY",
            _ => "DECIMAL",
        }
    }

    /// The type with its parameters, as SHOW CREATE TABLE and DESCRIBE of decimals show it.
    pub fn declaration(&self) -> String {
        match self.number {
            VARCHAR | NCHAR | VARBINARY | GEOMETRY => format!("{}({})", self.name(), self.length),
            DECIMAL | DECIMAL64 => format!("DECIMAL({}, {})", self.precision, self.scale),
            _ => self.name().to_owned(),
        }
    }
}

/// Width of a fixed type, by its number.
pub const fn width(number: u8) -> Option<usize> {
    match number {
        BOOL | TINYINT | UTINYINT => Some(1),
        SMALLINT | USMALLINT => Some(2),
        INT | UINT | FLOAT => Some(4),
        BIGINT | UBIGINT | DOUBLE | TIMESTAMP | DECIMAL64 => Some(8),
        DECIMAL => Some(16),
        _ => None,
    }
}

/// Precision of a database's timestamps, as the wire numbers it.
pub fn units_per_second(precision: u8) -> i64 {
    match precision {
        0 => 1_000,
        1 => 1_000_000,
        _ => 1_000_000_000,
    }
}
