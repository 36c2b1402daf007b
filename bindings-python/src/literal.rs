//! Python values as parameters of a statement. Quoting is the core's (`tdsec::literal`); here they only change type.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyFloat, PyInt, PyString};
use tdsec::{ErrorCode, Value};

use crate::argument::{Sql, named};
use crate::error::{exception, raise};

/// `sql` with each `?` outside of quotes and comments replaced by the literal of the parameter at its place.
///
/// Takes None, bool, int, float, str, bytes, decimal.Decimal, datetime.datetime, datetime.date and what converts
/// itself by `__index__` or `__float__`. Raises InvalidArgumentError or ValueOutOfRangeError.
#[pyfunction]
pub(crate) fn bind(py: Python<'_>, sql: Sql, parameters: &Bound<'_, PyAny>) -> PyResult<String> {
    let parameters: Vec<_> = parameters.extract().map_err(|error| named(py, "parameters", error))?;
    let owned = parameters.iter().enumerate().map(|(at, value)| read(at, value)).collect::<PyResult<Vec<_>>>()?;
    let values: Vec<Value<'_>> = owned.iter().map(Parameter::value).collect();
    tdsec::literal::bind(&sql.0, &values).map_err(|error| exception(py, &error))
}

/// A parameter that owns its bytes; the rest is a value already.
enum Parameter {
    Plain(Value<'static>),
    Bytes(Vec<u8>),
}

impl Parameter {
    fn value(&self) -> Value<'_> {
        match self {
            Parameter::Plain(value) => value.clone(),
            Parameter::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}

fn read(at: usize, value: &Bound<'_, PyAny>) -> PyResult<Parameter> {
    let py = value.py();
    if value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>() {
        return Ok(Parameter::Bytes(value.extract()?));
    }
    Ok(Parameter::Plain(if value.is_none() {
        Value::Null
    } else if let Ok(text) = value.cast::<PyString>() {
        owned_text(text.to_cow()?.into_owned())
    } else if let Ok(flag) = value.cast::<PyBool>() {
        Value::Bool(flag.is_true())
    } else if let Ok(number) = value.cast::<PyFloat>() {
        Value::F64(number.value())
    } else if value.is_instance_of::<PyInt>() {
        integer(at, value)?
    } else if value.hasattr("as_tuple")? {
        decimal(at, value)?
    } else if value.hasattr("isoformat")? {
        owned_text(value.call_method0("isoformat")?.extract()?)
    } else if value.hasattr("__index__")? {
        integer(at, &value.call_method0("__index__")?)?
    } else if value.hasattr("__float__")? {
        Value::F64(value.call_method0("__float__")?.extract()?)
    } else {
        let text = format!("parameter {}: a value of type {} has no literal", at + 1, value.get_type().name()?);
        return Err(raise(py, ErrorCode::InvalidArgument, text));
    }))
}

fn owned_text(text: String) -> Value<'static> {
    Value::Text(Cow::Owned(text))
}

fn integer(at: usize, value: &Bound<'_, PyAny>) -> PyResult<Value<'static>> {
    if let Ok(number) = value.extract::<i64>() {
        return Ok(Value::I64(number));
    }
    value.extract::<u64>().map(Value::U64).map_err(|_| out_of_range(value.py(), at, "an integer beyond 64 bits"))
}

/// Exactly the digits of a `decimal.Decimal`.
fn decimal(at: usize, value: &Bound<'_, PyAny>) -> PyResult<Value<'static>> {
    let beyond = || out_of_range(value.py(), at, "a decimal that is not finite or has more than 38 digits");
    let (negative, digits, exponent): (bool, Vec<u8>, Bound<'_, PyAny>) = value.call_method0("as_tuple")?.extract()?;
    let exponent: i32 = exponent.extract().map_err(|_| beyond())?;
    let zeros = usize::try_from(exponent.max(0)).unwrap_or(usize::MAX);
    if digits.len().saturating_add(zeros) > 38 || exponent < -38 {
        return Err(beyond());
    }
    let digits = digits.into_iter().chain(std::iter::repeat_n(0, zeros));
    let unscaled = digits.fold(0i128, |number, digit| number * 10 + i128::from(digit));
    let scale = u8::try_from(exponent.min(0).unsigned_abs()).unwrap_or(u8::MAX);
    Ok(Value::Decimal { unscaled: if negative { -unscaled } else { unscaled }, scale })
}

fn out_of_range(py: Python<'_>, at: usize, what: &str) -> PyErr {
    raise(py, ErrorCode::ValueOutOfRange, format!("parameter {}: {what}", at + 1))
}
