//! Blocks as Arrow record batches.
//!
//! | TDengine | Arrow |
//! |---|---|
//! | BOOL | Boolean |
//! | integers, FLOAT, DOUBLE | the same width and sign |
//! | TIMESTAMP | Timestamp in the result's precision, UTC |
//! | DECIMAL, DECIMAL64 | Decimal128 |
//! | VARCHAR, NCHAR, JSON | Utf8 |
//! | VARBINARY, GEOMETRY, BLOB, MEDIUMBLOB | Binary |
//!
//! Every field is nullable and its metadata tells TDengine's type name under [`TYPE_KEY`]. Numbers cost one copy,
//! because nothing in a block is aligned; text is gathered in one pass and checked once for a whole column.

mod gather;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::{ArrayRef, BinaryArray, BooleanArray, Decimal128Array, PrimitiveArray, RecordBatch, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType as ArrowType, Field as ArrowField, Schema, SchemaRef, TimeUnit};

use crate::error::{Error, ErrorCode, Result};

use super::{Block, Column, DataType, Field, Fixed, Precision};
use gather::Gathered;

/// Key of the field metadata that holds TDengine's type name.
pub const TYPE_KEY: &str = "tdengine.type";

/// Most digits of a Decimal128.
const MAX_DIGITS: u8 = 38;

/// The Arrow schema of a result. Names that repeat are kept.
pub fn schema(fields: &[Field], precision: Precision) -> SchemaRef {
    let field = |field: &Field| {
        let name = field.data_type().name().to_owned();
        ArrowField::new(field.name(), arrow_type(field, precision), true)
            .with_metadata(HashMap::from([(TYPE_KEY.to_owned(), name)]))
    };
    Arc::new(Schema::new(fields.iter().map(field).collect::<Vec<_>>()))
}

/// A block as a record batch with the [`schema`] of its fields.
///
/// # Errors
///
/// `INVALID_UTF8`, naming column and row, if a text is none; `VALUE_OUT_OF_RANGE` if the texts of one column exceed
/// 2 GiB.
pub fn record_batch(block: &Block) -> Result<RecordBatch> {
    record_batch_with_schema(block, schema(block.fields(), block.precision()))
}

/// [`record_batch`] with the schema of the result, made once for all its blocks.
///
/// # Errors
///
/// Those of [`record_batch`], and `TYPE_MISMATCH` if the block does not have this schema.
pub fn record_batch_with_schema(block: &Block, schema: SchemaRef) -> Result<RecordBatch> {
    let arrays = block.column_iter().map(|column| array(&column)).collect::<Result<Vec<_>>>()?;
    RecordBatch::try_new(schema, arrays)
        .map_err(|error| Error::new(ErrorCode::TypeMismatch, format!("record batch: {error}")).with_source(error))
}

/// One column as an Arrow array.
///
/// # Errors
///
/// Those of [`record_batch`].
pub fn array(column: &Column<'_>) -> Result<ArrayRef> {
    Ok(match column.data_type() {
        DataType::Bool => Arc::new(BooleanArray::new(bits(column), nulls(column))),
        DataType::TinyInt => numbers::<Int8Type>(column)?,
        DataType::SmallInt => numbers::<Int16Type>(column)?,
        DataType::Int => numbers::<Int32Type>(column)?,
        DataType::BigInt => numbers::<Int64Type>(column)?,
        DataType::UTinyInt => numbers::<UInt8Type>(column)?,
        DataType::USmallInt => numbers::<UInt16Type>(column)?,
        DataType::UInt => numbers::<UInt32Type>(column)?,
        DataType::UBigInt => numbers::<UInt64Type>(column)?,
        DataType::Float => numbers::<Float32Type>(column)?,
        DataType::Double => numbers::<Float64Type>(column)?,
        DataType::Timestamp => match column.precision() {
            Precision::Millisecond => numbers::<TimestampMillisecondType>(column)?,
            Precision::Microsecond => numbers::<TimestampMicrosecondType>(column)?,
            Precision::Nanosecond => numbers::<TimestampNanosecondType>(column)?,
        },
        DataType::Decimal | DataType::Decimal64 => decimals(column)?,
        DataType::Varchar | DataType::Nchar | DataType::Json => strings(column)?,
        DataType::Varbinary | DataType::Geometry | DataType::Blob | DataType::MediumBlob => {
            let Gathered { offsets, values } = Gathered::copy(column)?;
            Arc::new(BinaryArray::try_new(offsets, values, nulls(column)).map_err(internal)?)
        }
    })
}

fn arrow_type(field: &Field, precision: Precision) -> ArrowType {
    match field.data_type() {
        DataType::Bool => ArrowType::Boolean,
        DataType::TinyInt => ArrowType::Int8,
        DataType::SmallInt => ArrowType::Int16,
        DataType::Int => ArrowType::Int32,
        DataType::BigInt => ArrowType::Int64,
        DataType::UTinyInt => ArrowType::UInt8,
        DataType::USmallInt => ArrowType::UInt16,
        DataType::UInt => ArrowType::UInt32,
        DataType::UBigInt => ArrowType::UInt64,
        DataType::Float => ArrowType::Float32,
        DataType::Double => ArrowType::Float64,
        DataType::Timestamp => {
            let unit = match precision {
                Precision::Millisecond => TimeUnit::Millisecond,
                Precision::Microsecond => TimeUnit::Microsecond,
                Precision::Nanosecond => TimeUnit::Nanosecond,
            };
            ArrowType::Timestamp(unit, Some("UTC".into()))
        }
        DataType::Decimal | DataType::Decimal64 => decimal_type(field),
        DataType::Varchar | DataType::Nchar | DataType::Json => ArrowType::Utf8,
        DataType::Varbinary | DataType::Geometry | DataType::Blob | DataType::MediumBlob => ArrowType::Binary,
    }
}

/// Arrow wants 1 to 38 digits and at least as many as follow the point; where the server told less, all 38.
fn decimal_type(field: &Field) -> ArrowType {
    let (precision, scale) = (field.precision(), field.scale().min(MAX_DIGITS));
    let known = (1..=MAX_DIGITS).contains(&precision) && scale <= precision;
    ArrowType::Decimal128(if known { precision } else { MAX_DIGITS }, scale as i8)
}

fn numbers<T>(column: &Column<'_>) -> Result<ArrayRef>
where
    T: ArrowPrimitiveType,
    T::Native: Fixed,
{
    let values = copy::<T::Native>(column)?;
    let data_type = arrow_type(column.field(), column.precision());
    let array = PrimitiveArray::<T>::try_new(values, nulls(column)).map_err(internal)?;
    // Only the time zone of a timestamp is not in `T` already.
    Ok(Arc::new(if data_type == T::DATA_TYPE { array } else { array.with_data_type(data_type) }))
}

fn copy<T: Fixed + arrow_buffer::ArrowNativeType>(column: &Column<'_>) -> Result<ScalarBuffer<T>> {
    let values = column.fixed::<T>().ok_or_else(|| Error::from(ErrorCode::TypeMismatch))?;
    Ok(values.collect::<Vec<T>>().into())
}

fn decimals(column: &Column<'_>) -> Result<ArrayRef> {
    let values = match column.fixed::<i64>() {
        Some(values) => values.map(i128::from).collect::<Vec<_>>().into(),
        None => copy::<i128>(column)?,
    };
    let array = Decimal128Array::try_new(values, nulls(column)).map_err(internal)?;
    Ok(Arc::new(array.with_data_type(decimal_type(column.field()))))
}

fn strings(column: &Column<'_>) -> Result<ArrayRef> {
    let Gathered { offsets, values } = match column.data_type() {
        DataType::Nchar => Gathered::decode(column)?,
        _ => Gathered::copy(column)?,
    };
    match StringArray::try_new(offsets, values, nulls(column)) {
        Ok(array) => Ok(Arc::new(array)),
        // Arrow looks at the whole column at once; the row is found by reading one by one.
        Err(error) => {
            Err((0..column.rows()).find_map(|row| column.value(row).err()).unwrap_or_else(|| internal(error)))
        }
    }
}

fn nulls(column: &Column<'_>) -> Option<NullBuffer> {
    let validity = column.validity_lsb()?;
    Some(NullBuffer::new(BooleanBuffer::new(Buffer::from_vec(validity), 0, column.rows())))
}

/// A BOOL column as bits, the first row in the lowest.
fn bits(column: &Column<'_>) -> BooleanBuffer {
    let (eights, rest) = column.values().unwrap_or_default().as_chunks::<8>();
    let pack = |bytes: &[u8]| bytes.iter().rev().fold(0u8, |bits, byte| bits << 1 | u8::from(*byte != 0));
    let mut bits = Vec::with_capacity(eights.len() + 1);
    bits.extend(eights.iter().map(|bytes| pack(bytes)));
    bits.push(pack(rest));
    BooleanBuffer::new(Buffer::from_vec(bits), 0, column.rows())
}

fn internal(error: ArrowError) -> Error {
    Error::new(ErrorCode::Internal, format!("a checked column is no Arrow array: {error}")).with_source(error)
}
