//! TDengine's data types, the precision of timestamps, the description of a column.

use std::fmt;

macro_rules! data_types {
    ($($(#[$meta:meta])* $variant:ident = $number:literal, $name:literal, $width:expr;)*) => {
        /// Type of a column.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum DataType {
            $($(#[$meta])* $variant = $number,)*
        }

        impl DataType {
            /// Every type, in the order of its number.
            pub const ALL: &'static [DataType] = &[$(DataType::$variant,)*];

            /// The type with this number, as blocks and replies carry it.
            pub const fn from_number(number: u8) -> Option<DataType> {
                match number {
                    $($number => Some(DataType::$variant),)*
                    _ => None,
                }
            }

            /// The name TDengine's SQL uses, such as `TINYINT UNSIGNED`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(DataType::$variant => $name,)*
                }
            }

            /// Bytes of one value; `None` for types of variable length.
            pub const fn width(self) -> Option<usize> {
                match self {
                    $(DataType::$variant => $width,)*
                }
            }
        }
    };
}

data_types! {
    /// False or true.
    Bool = 1, "BOOL", Some(1);
    /// Signed, 8 bits.
    TinyInt = 2, "TINYINT", Some(1);
    /// Signed, 16 bits.
    SmallInt = 3, "SMALLINT", Some(2);
    /// Signed, 32 bits.
    Int = 4, "INT", Some(4);
    /// Signed, 64 bits.
    BigInt = 5, "BIGINT", Some(8);
    /// IEEE 754 single precision.
    Float = 6, "FLOAT", Some(4);
    /// IEEE 754 double precision.
    Double = 7, "DOUBLE", Some(8);
    /// Bytes that are UTF-8 by convention; also called BINARY.
    Varchar = 8, "VARCHAR", None;
    /// Time since 1970-01-01 UTC in the result's [`Precision`].
    Timestamp = 9, "TIMESTAMP", Some(8);
    /// Text, four bytes a character in a block.
    Nchar = 10, "NCHAR", None;
    /// Unsigned, 8 bits.
    UTinyInt = 11, "TINYINT UNSIGNED", Some(1);
    /// Unsigned, 16 bits.
    USmallInt = 12, "SMALLINT UNSIGNED", Some(2);
    /// Unsigned, 32 bits.
    UInt = 13, "INT UNSIGNED", Some(4);
    /// Unsigned, 64 bits.
    UBigInt = 14, "BIGINT UNSIGNED", Some(8);
    /// Text of a JSON object (tags only).
    Json = 15, "JSON", None;
    /// Bytes.
    Varbinary = 16, "VARBINARY", None;
    /// Decimal number of up to 38 digits.
    Decimal = 17, "DECIMAL", Some(16);
    /// Bytes, up to 4 MiB.
    Blob = 18, "BLOB", None;
    /// Bytes; reserved by the server.
    MediumBlob = 19, "MEDIUMBLOB", None;
    /// Geometry as well-known binary.
    Geometry = 20, "GEOMETRY", None;
    /// Decimal number of up to 18 digits.
    Decimal64 = 21, "DECIMAL64", Some(8);
}

impl DataType {
    /// Its number, as blocks and replies carry it.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// True if values are text: VARCHAR, NCHAR, JSON.
    pub const fn is_text(self) -> bool {
        matches!(self, DataType::Varchar | DataType::Nchar | DataType::Json)
    }

    /// True if values are bytes without a meaning as text: VARBINARY, GEOMETRY, BLOB, MEDIUMBLOB.
    pub const fn is_binary(self) -> bool {
        matches!(self, DataType::Varbinary | DataType::Geometry | DataType::Blob | DataType::MediumBlob)
    }

    /// True for DECIMAL and DECIMAL64.
    pub const fn is_decimal(self) -> bool {
        matches!(self, DataType::Decimal | DataType::Decimal64)
    }

    /// Bytes of the length in front of each value of a variable type; `None` for types of fixed width.
    pub const fn length_width(self) -> Option<usize> {
        match self.width() {
            Some(_) => None,
            None => Some(self.prefix_width()),
        }
    }

    /// [`length_width`](Self::length_width) of a type that is known to be variable.
    pub(super) const fn prefix_width(self) -> usize {
        match self {
            DataType::Blob | DataType::MediumBlob => 4,
            _ => 2,
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Unit of all timestamps of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Thousandths of a second, the server's default.
    Millisecond,
    /// Millionths of a second.
    Microsecond,
    /// Billionths of a second.
    Nanosecond,
}

impl Precision {
    /// The precision with this number, as replies carry it.
    pub const fn from_number(number: i64) -> Option<Precision> {
        match number {
            0 => Some(Precision::Millisecond),
            1 => Some(Precision::Microsecond),
            2 => Some(Precision::Nanosecond),
            _ => None,
        }
    }

    /// Its number, as replies carry it.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// How many units make a second.
    pub const fn units_per_second(self) -> i64 {
        match self {
            Precision::Millisecond => 1_000,
            Precision::Microsecond => 1_000_000,
            Precision::Nanosecond => 1_000_000_000,
        }
    }
}

/// Description of one column of a result.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    name: String,
    data_type: DataType,
    length: u32,
    precision: u8,
    scale: u8,
}

impl Field {
    /// A column `name`. `length` is the declared one; `precision` and `scale` count in decimals and are 0 elsewhere.
    ///
    /// A decimal whose precision the server did not tell has precision 0; [`Block::parse`](super::Block::parse)
    /// then takes both numbers from the block.
    pub fn new(name: impl Into<String>, data_type: DataType, length: u32, precision: u8, scale: u8) -> Self {
        Field { name: name.into(), data_type, length, precision, scale }
    }

    /// Name of the column; names of one result may repeat.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Type of the column.
    pub fn data_type(&self) -> DataType {
        self.data_type
    }

    /// Declared length as the server reports it; not needed to read values.
    pub fn length(&self) -> u32 {
        self.length
    }

    /// Digits of a decimal, else 0.
    pub fn precision(&self) -> u8 {
        self.precision
    }

    /// Digits of a decimal after the point, else 0.
    pub fn scale(&self) -> u8 {
        self.scale
    }

    pub(super) fn with_decimal(&self, precision: u8, scale: u8) -> Field {
        Field { precision, scale, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_types_round_trip_and_unknown_ones_are_refused() {
        for number in 0..=u8::MAX {
            match DataType::from_number(number) {
                Some(data_type) => assert_eq!(data_type.number(), number),
                None => assert!(number == 0 || number > 21, "type {number} is unknown"),
            }
        }
        assert_eq!(DataType::ALL.len(), 21);
    }

    #[test]
    fn every_variable_type_is_text_or_binary_and_no_fixed_one_is() {
        for data_type in DataType::ALL {
            assert_eq!(data_type.width().is_none(), data_type.is_text() || data_type.is_binary(), "{data_type}");
        }
    }

    #[test]
    fn numbers_of_precisions_round_trip() {
        for number in 0..3 {
            assert_eq!(Precision::from_number(number).map(Precision::number), Some(number));
        }
        assert_eq!(Precision::from_number(3), None);
        assert_eq!(Precision::from_number(-1), None);
        assert_eq!(Precision::Microsecond.units_per_second(), 1_000_000);
    }
}
