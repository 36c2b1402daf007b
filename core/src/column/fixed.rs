//! Numbers of fixed width read from little-endian bytes.

use super::DataType;

mod sealed {
    pub trait Sealed {}
}

/// A number that columns of fixed width hold. Implemented for the integers, `i128`, `f32` and `f64`.
pub trait Fixed: Copy + Send + Sync + sealed::Sealed + 'static {
    /// True if columns of this type hold `Self`: TIMESTAMP and DECIMAL64 hold `i64`, DECIMAL `i128`, BOOL `u8`.
    fn is_held_by(data_type: DataType) -> bool;

    /// The number at `row` of `values`; `None` past the end.
    fn read(values: &[u8], row: usize) -> Option<Self>;

    /// All numbers in `values`.
    fn iter(values: &[u8]) -> impl ExactSizeIterator<Item = Self> + DoubleEndedIterator + Clone + '_;
}

macro_rules! fixed {
    ($($number:ty: $($data_type:ident)|+;)*) => {$(
        impl sealed::Sealed for $number {}

        impl Fixed for $number {
            fn is_held_by(data_type: DataType) -> bool {
                matches!(data_type, $(DataType::$data_type)|+)
            }

            #[inline]
            fn read(values: &[u8], row: usize) -> Option<Self> {
                // Chunks of a constant size compile to one bounds check and one unaligned load.
                let (numbers, _) = values.as_chunks::<{ size_of::<$number>() }>();
                numbers.get(row).map(|bytes| <$number>::from_le_bytes(*bytes))
            }

            #[inline]
            fn iter(values: &[u8]) -> impl ExactSizeIterator<Item = Self> + DoubleEndedIterator + Clone + '_ {
                let (numbers, _) = values.as_chunks::<{ size_of::<$number>() }>();
                numbers.iter().map(|bytes| <$number>::from_le_bytes(*bytes))
            }
        }
    )*};
}

fixed! {
    i8: TinyInt;
    i16: SmallInt;
    i32: Int;
    i64: BigInt | Timestamp | Decimal64;
    i128: Decimal;
    u8: UTinyInt | Bool;
    u16: USmallInt;
    u32: UInt;
    u64: UBigInt;
    f32: Float;
    f64: Double;
}
