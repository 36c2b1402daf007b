//! Values out of Arrow record batches.

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};
use serde_json::Value as Json;
use tdsec::column::decimal_text;

use crate::answer;

/// All values of an array.
pub(crate) fn values(array: &dyn Array) -> Vec<Json> {
    match array.data_type() {
        DataType::Boolean => array.as_boolean().iter().map(Json::from).collect(),
        DataType::Int8 => numbers::<Int8Type>(array),
        DataType::Int16 => numbers::<Int16Type>(array),
        DataType::Int32 => numbers::<Int32Type>(array),
        DataType::Int64 => numbers::<Int64Type>(array),
        DataType::UInt8 => numbers::<UInt8Type>(array),
        DataType::UInt16 => numbers::<UInt16Type>(array),
        DataType::UInt32 => numbers::<UInt32Type>(array),
        DataType::UInt64 => numbers::<UInt64Type>(array),
        DataType::Float32 => each(array.as_primitive::<Float32Type>(), |value| answer::double(f64::from(value))),
        DataType::Float64 => each(array.as_primitive::<Float64Type>(), answer::double),
        DataType::Timestamp(unit, _) => match unit {
            TimeUnit::Microsecond => numbers::<TimestampMicrosecondType>(array),
            TimeUnit::Nanosecond => numbers::<TimestampNanosecondType>(array),
            _ => numbers::<TimestampMillisecondType>(array),
        },
        DataType::Decimal128(_, scale) => {
            let scale = u8::try_from(*scale).unwrap_or_default();
            each(array.as_primitive::<Decimal128Type>(), |value| decimal_text(value, scale).into())
        }
        DataType::Utf8 => array.as_string::<i32>().iter().map(Json::from).collect(),
        DataType::Binary => {
            array.as_binary::<i32>().iter().map(|bytes| bytes.map_or(Json::Null, answer::hex)).collect()
        }
        other => vec![format!("the runner does not read {other}").into(); array.len()],
    }
}

/// XOR over the non-null values.
pub(crate) fn checksum(array: &dyn Array) -> u64 {
    match array.data_type() {
        DataType::Int32 => xor(array.as_primitive::<Int32Type>(), |value| i64::from(value) as u64),
        DataType::Int64 => xor(array.as_primitive::<Int64Type>(), |value| value as u64),
        DataType::UInt64 => xor(array.as_primitive::<UInt64Type>(), |value| value),
        DataType::Float64 => xor(array.as_primitive::<Float64Type>(), f64::to_bits),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            xor(array.as_primitive::<TimestampMicrosecondType>(), |value| value as u64)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            xor(array.as_primitive::<TimestampNanosecondType>(), |value| value as u64)
        }
        DataType::Timestamp(..) => xor(array.as_primitive::<TimestampMillisecondType>(), |value| value as u64),
        _ => 0,
    }
}

fn numbers<T: ArrowPrimitiveType>(array: &dyn Array) -> Vec<Json>
where
    T::Native: ToString,
{
    each(array.as_primitive::<T>(), |value| value.to_string().into())
}

fn each<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, show: impl Fn(T::Native) -> Json) -> Vec<Json> {
    array.iter().map(|value| value.map_or(Json::Null, &show)).collect()
}

fn xor<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, bits: impl Fn(T::Native) -> u64) -> u64 {
    array.iter().flatten().fold(0, |sum, value| sum ^ bits(value))
}
