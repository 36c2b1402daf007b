//! A view of one column of a block.

use std::fmt;

use crate::error::{Error, ErrorCode, Result};

use super::fixed::Fixed;
use super::layout::prefix_value;
use super::{DataType, Field, Precision, Value, text};

/// One column of a [`Block`](super::Block): a view into its bytes, cheap to copy.
///
/// A row past the end reads as NULL.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    pub(super) field: &'a Field,
    pub(super) index: usize,
    pub(super) rows: usize,
    pub(super) precision: Precision,
    /// Null bitmap of a fixed type, offsets of a variable one.
    pub(super) head: &'a [u8],
    pub(super) data: &'a [u8],
}

macro_rules! readers {
    ($($(#[$meta:meta])* $reader:ident;)*) => {$(
        $(#[$meta])*
        /// `None` if the row is NULL or the column holds something else.
        #[inline]
        pub fn $reader(&self, row: usize) -> Option<$reader> {
            self.get::<$reader>(row)
        }
    )*};
}

/// What the column is.
impl<'a> Column<'a> {
    /// Description of the column.
    pub fn field(&self) -> &'a Field {
        self.field
    }

    /// Its place in the result, from 0 on.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Type of the column.
    pub fn data_type(&self) -> DataType {
        self.field.data_type()
    }

    /// Unit of the timestamps in the block.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    fn is_variable(&self) -> bool {
        self.data_type().width().is_none()
    }
}

/// NULLs.
impl<'a> Column<'a> {
    /// True if the value at `row` is NULL.
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        if row >= self.rows {
            return true;
        }
        if self.is_variable() {
            return i32::read(self.head, row).is_none_or(|offset| offset < 0);
        }
        self.head.get(row / 8).is_none_or(|byte| byte & (0x80 >> (row % 8)) != 0)
    }

    /// Number of NULLs.
    pub fn null_count(&self) -> usize {
        if self.is_variable() {
            return i32::iter(self.head).filter(|offset| *offset < 0).count();
        }
        // Unused bits of the last byte may be anything.
        let (whole, last) = self.head.split_at(self.rows / 8);
        let unused = 8 - self.rows % 8;
        let last = last.first().map_or(0, |byte| (byte >> unused).count_ones());
        whole.iter().map(|byte| byte.count_ones() as usize).sum::<usize>() + last as usize
    }

    /// NULLs of a fixed type as they came: row `r` is bit `7 - r % 8` of byte `r / 8`, 1 = NULL; the unused bits of
    /// the last byte may be anything. `None` for variable types.
    pub fn null_bitmap(&self) -> Option<&'a [u8]> {
        (!self.is_variable()).then_some(self.head)
    }

    /// Validity as Arrow wants it: row `r` is bit `r % 8` of byte `r / 8`, 1 = valid, unused bits 0.
    /// `None` if nothing is NULL.
    pub fn validity_lsb(&self) -> Option<Vec<u8>> {
        if self.null_count() == 0 {
            return None;
        }
        let mut validity: Vec<u8> = if self.is_variable() {
            self.head.chunks(8 * 4).map(valid_offsets).collect()
        } else {
            self.head.iter().map(|byte| !byte.reverse_bits()).collect()
        };
        if let (Some(last), used @ 1..) = (validity.last_mut(), self.rows % 8) {
            *last &= (1 << used) - 1;
        }
        Some(validity)
    }
}

/// The bytes behind the values.
impl<'a> Column<'a> {
    /// Values of a fixed type: rows × width little-endian bytes, possibly unaligned; undefined where a row is NULL.
    /// `None` for variable types.
    pub fn values(&self) -> Option<&'a [u8]> {
        (!self.is_variable()).then_some(self.data)
    }

    /// Offsets of a variable type: rows × i32 little-endian, negative = NULL, else the place in [`data`](Self::data)
    /// of the value's length. `None` for fixed types.
    pub fn offsets(&self) -> Option<&'a [u8]> {
        self.is_variable().then_some(self.head)
    }

    /// Data of a variable type: lengths (u16, for BLOB u32) and values. `None` for fixed types.
    pub fn data(&self) -> Option<&'a [u8]> {
        self.is_variable().then_some(self.data)
    }

    /// Bytes of a variable value without its length, as they came: NCHAR has four bytes a character.
    /// `None` if the row is NULL or the type fixed.
    #[inline]
    pub fn value_bytes(&self, row: usize) -> Option<&'a [u8]> {
        if !self.is_variable() {
            return None;
        }
        let offset = usize::try_from(i32::read(self.head, row)?).ok()?;
        let (prefix, rest) = self.data.get(offset..)?.split_at_checked(self.data_type().prefix_width())?;
        rest.get(..prefix_value(prefix))
    }
}

/// Numbers.
impl<'a> Column<'a> {
    /// The number at `row`; `None` if the row is NULL or the column does not hold `T`.
    #[inline]
    pub fn get<T: Fixed>(&self, row: usize) -> Option<T> {
        if !T::is_held_by(self.data_type()) || self.is_null(row) {
            return None;
        }
        T::read(self.data, row)
    }

    /// All numbers in bulk, whatever they are where a row is NULL; `None` if the column does not hold `T`.
    #[inline]
    pub fn fixed<T: Fixed>(
        &self,
    ) -> Option<impl ExactSizeIterator<Item = T> + DoubleEndedIterator + Clone + use<'a, T>> {
        T::is_held_by(self.data_type()).then(|| T::iter(self.data))
    }

    /// Appends all numbers to `out` at the speed of a copy; NULL rows become whatever lies there, usually 0.
    /// False, and nothing appended, if the column does not hold `T`.
    pub fn copy_to<T: Fixed>(&self, out: &mut Vec<T>) -> bool {
        match self.fixed::<T>() {
            Some(numbers) => {
                out.extend(numbers);
                true
            }
            None => false,
        }
    }

    readers! {
        /// The value of a TINYINT.
        i8;
        /// The value of a SMALLINT.
        i16;
        /// The value of an INT.
        i32;
        /// The value of a BIGINT or TIMESTAMP, or the unscaled one of a DECIMAL64.
        i64;
        /// The unscaled value of a DECIMAL.
        i128;
        /// The value of a TINYINT UNSIGNED, or the byte of a BOOL.
        u8;
        /// The value of a SMALLINT UNSIGNED.
        u16;
        /// The value of an INT UNSIGNED.
        u32;
        /// The value of a BIGINT UNSIGNED.
        u64;
        /// The value of a FLOAT.
        f32;
        /// The value of a DOUBLE.
        f64;
    }

    /// The value of a BOOL. `None` if the row is NULL or the column holds something else.
    #[inline]
    pub fn bool(&self, row: usize) -> Option<bool> {
        (self.data_type() == DataType::Bool).then(|| self.u8(row))?.map(|byte| byte != 0)
    }
}

/// Values of any type.
impl<'a> Column<'a> {
    /// The value at `row`.
    ///
    /// # Errors
    ///
    /// `INVALID_UTF8`, naming column and row, if VARCHAR or JSON are not UTF-8 or NCHAR is not text; the bytes are
    /// still there in [`value_bytes`](Self::value_bytes).
    #[inline]
    pub fn value(&self, row: usize) -> Result<Value<'a>> {
        if self.is_null(row) {
            return Ok(Value::Null);
        }
        let scale = self.field.scale();
        Ok(match self.data_type() {
            DataType::Bool => self.number(row, |byte: u8| Value::Bool(byte != 0)),
            DataType::TinyInt => self.number(row, Value::I8),
            DataType::SmallInt => self.number(row, Value::I16),
            DataType::Int => self.number(row, Value::I32),
            DataType::BigInt => self.number(row, Value::I64),
            DataType::UTinyInt => self.number(row, Value::U8),
            DataType::USmallInt => self.number(row, Value::U16),
            DataType::UInt => self.number(row, Value::U32),
            DataType::UBigInt => self.number(row, Value::U64),
            DataType::Float => self.number(row, Value::F32),
            DataType::Double => self.number(row, Value::F64),
            DataType::Timestamp => self.number(row, Value::Timestamp),
            DataType::Decimal => self.number(row, |unscaled: i128| Value::Decimal { unscaled, scale }),
            DataType::Decimal64 => {
                self.number(row, |unscaled: i64| Value::Decimal { unscaled: unscaled.into(), scale })
            }
            DataType::Varchar | DataType::Json | DataType::Nchar => match self.value_bytes(row) {
                Some(bytes) => self.text(bytes, row)?,
                None => Value::Null,
            },
            DataType::Varbinary | DataType::Geometry | DataType::Blob | DataType::MediumBlob => {
                self.value_bytes(row).map_or(Value::Null, Value::Bytes)
            }
        })
    }

    /// The number at `row`, which is not NULL, as a value.
    #[inline]
    fn number<T: Fixed>(&self, row: usize, value: impl FnOnce(T) -> Value<'a>) -> Value<'a> {
        T::read(self.data, row).map_or(Value::Null, value)
    }

    fn text(&self, bytes: &'a [u8], row: usize) -> Result<Value<'a>> {
        let text = match self.data_type() {
            DataType::Nchar => text::from_ucs4(bytes).map(Into::into),
            _ => std::str::from_utf8(bytes).ok().map(Into::into),
        };
        text.map(Value::Text).ok_or_else(|| self.not_text(row))
    }

    /// The error for a value at `row` that is not text.
    pub(super) fn not_text(&self, row: usize) -> Error {
        let form = if self.data_type() == DataType::Nchar { "a sequence of Unicode characters" } else { "UTF-8" };
        let (name, index) = (self.field.name(), self.index);
        Error::new(ErrorCode::InvalidUtf8, format!("row {row} of column {index} ({name:?}) is not {form}"))
    }
}

/// Shows the shape, never the values.
impl fmt::Debug for Column<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Column").field("field", self.field).field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// Validity byte of up to eight offsets.
fn valid_offsets(offsets: &[u8]) -> u8 {
    i32::iter(offsets).rev().fold(0, |byte, offset| byte << 1 | u8::from(offset >= 0))
}
