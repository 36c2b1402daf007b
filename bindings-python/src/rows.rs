//! Tuples from blocks: column by column for a slice of rows, each column's reader chosen once.

use std::ffi::c_int;

use pyo3::exceptions::PyOverflowError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tdsec::column::{Fixed, decimal_text};
use tdsec::{Block, Column, DataType, ErrorCode, Value};

use crate::datetime::Maker;
use crate::error::{exception, raise};

static TIMESTAMP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static DECIMAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Tells the class for timestamps with nanoseconds; called once, by `timestamp.py`.
#[pyfunction]
pub(crate) fn register_timestamp(py: Python<'_>, class: Py<PyAny>) {
    let _ = TIMESTAMP.set(py, class);
}

/// Rows `start..start + count` of `block` as tuples.
///
/// # Errors
/// `INVALID_UTF8` and `VALUE_OUT_OF_RANGE`, naming column and row.
pub(crate) fn tuples(py: Python<'_>, block: &Block, start: usize, count: usize) -> PyResult<Vec<Py<PyAny>>> {
    let slice = Slice::new(py, block.columns(), start, count)?;
    for column in block.column_iter() {
        slice.fill(&column)?;
    }
    Ok(slice.tuples)
}

/// Values `start..start + count` of one column.
pub(crate) fn values(column: &Column<'_>, py: Python<'_>, start: usize, count: usize) -> PyResult<Vec<Py<PyAny>>> {
    let mut values = Vec::with_capacity(count);
    each_value(py, column, start, count, |_, value| {
        // SAFETY: a new reference, handed over.
        values.push(unsafe { Bound::from_owned_ptr(py, value) }.unbind());
        Ok(())
    })?;
    Ok(values)
}

/// Tuples that are being filled.
struct Slice<'py> {
    py: Python<'py>,
    start: usize,
    tuples: Vec<Py<PyAny>>,
}

impl<'py> Slice<'py> {
    fn new(py: Python<'py>, columns: usize, start: usize, count: usize) -> PyResult<Self> {
        let mut tuples = Vec::with_capacity(count);
        let columns = columns as ffi::Py_ssize_t;
        for _ in 0..count {
            // SAFETY: a new tuple or an error. The garbage collector need not know it: it holds numbers, texts and
            // times only, so it can be in no circle; and nobody shall find it before it is filled.
            unsafe {
                let tuple = Bound::from_owned_ptr_or_err(py, ffi::PyTuple_New(columns))?;
                ffi::PyObject_GC_UnTrack(tuple.as_ptr().cast());
                tuples.push(tuple.unbind());
            }
        }
        Ok(Slice { py, start, tuples })
    }

    fn fill(&self, column: &Column<'_>) -> PyResult<()> {
        let index = column.index() as ffi::Py_ssize_t;
        each_value(self.py, column, self.start, self.tuples.len(), |place, value| {
            // SAFETY: nobody else has seen the tuple; each place is set once, with a reference handed over.
            if unsafe { ffi::PyTuple_SetItem(self.tuples[place].as_ptr(), index, value) } < 0 {
                return Err(PyErr::fetch(self.py));
            }
            Ok(())
        })
    }
}

/// Calls `put` with each value as a new reference.
fn each_value(
    py: Python<'_>,
    column: &Column<'_>,
    start: usize,
    count: usize,
    put: impl FnMut(usize, *mut ffi::PyObject) -> PyResult<()>,
) -> PyResult<()> {
    let reader = Reader { py, column, start, count };
    match column.data_type() {
        DataType::Bool => {
            reader.fixed(put, |value: u8| unsafe { ffi::PyBool_FromLong(c_int::from(value != 0).into()) })
        }
        DataType::TinyInt => reader.fixed(put, |value: i8| unsafe { ffi::PyLong_FromLong(value.into()) }),
        DataType::SmallInt => reader.fixed(put, |value: i16| unsafe { ffi::PyLong_FromLong(value.into()) }),
        DataType::Int => reader.fixed(put, |value: i32| unsafe { ffi::PyLong_FromLong(value.into()) }),
        DataType::BigInt => reader.fixed(put, |value: i64| unsafe { ffi::PyLong_FromLongLong(value) }),
        DataType::UTinyInt => reader.fixed(put, |value: u8| unsafe { ffi::PyLong_FromLong(value.into()) }),
        DataType::USmallInt => reader.fixed(put, |value: u16| unsafe { ffi::PyLong_FromLong(value.into()) }),
        DataType::UInt => reader.fixed(put, |value: u32| unsafe { ffi::PyLong_FromLongLong(value.into()) }),
        DataType::UBigInt => reader.fixed(put, |value: u64| unsafe { ffi::PyLong_FromUnsignedLongLong(value) }),
        DataType::Float => reader.fixed(put, |value: f32| unsafe { ffi::PyFloat_FromDouble(value.into()) }),
        DataType::Double => reader.fixed(put, |value: f64| unsafe { ffi::PyFloat_FromDouble(value) }),
        DataType::Timestamp => reader.timestamps(put),
        DataType::Varchar | DataType::Json => reader.variable(put, |bytes| unsafe {
            ffi::PyUnicode_FromStringAndSize(bytes.as_ptr().cast(), bytes.len() as ffi::Py_ssize_t)
        }),
        DataType::Nchar => reader.variable(put, |bytes| {
            let mut little_endian: c_int = -1;
            unsafe {
                let length = bytes.len() as ffi::Py_ssize_t;
                ffi::PyUnicode_DecodeUTF32(bytes.as_ptr().cast(), length, std::ptr::null(), &mut little_endian)
            }
        }),
        DataType::Varbinary | DataType::Geometry | DataType::Blob | DataType::MediumBlob => reader
            .variable(put, |bytes| unsafe {
                ffi::PyBytes_FromStringAndSize(bytes.as_ptr().cast(), bytes.len() as ffi::Py_ssize_t)
            }),
        _ => reader.others(put),
    }
}

/// Some rows of one column.
struct Reader<'a, 'py> {
    py: Python<'py>,
    column: &'a Column<'a>,
    start: usize,
    count: usize,
}

impl Reader<'_, '_> {
    fn none(&self) -> *mut ffi::PyObject {
        self.py.None().into_ptr()
    }

    #[inline]
    fn fixed<T: Fixed>(
        &self,
        mut put: impl FnMut(usize, *mut ffi::PyObject) -> PyResult<()>,
        make: impl Fn(T) -> *mut ffi::PyObject,
    ) -> PyResult<()> {
        let (column, values) = (self.column, self.column.values().unwrap_or_default());
        let any_null = column.null_count() > 0;
        for place in 0..self.count {
            let row = self.start + place;
            let value = match T::read(values, row) {
                Some(value) if !any_null || !column.is_null(row) => make(value),
                _ => self.none(),
            };
            self.check(value)?;
            put(place, value)?;
        }
        Ok(())
    }

    fn timestamps(&self, mut put: impl FnMut(usize, *mut ffi::PyObject) -> PyResult<()>) -> PyResult<()> {
        let mut maker = Maker::new(self.py, self.column.precision(), || timestamp_class(self.py))?;
        for place in 0..self.count {
            let row = self.start + place;
            let value = match self.column.i64(row) {
                Some(value) => maker.make(value).map_err(|error| self.not_a_datetime(error, row))?,
                None => self.none(),
            };
            put(place, value)?;
        }
        Ok(())
    }

    #[inline]
    fn variable(
        &self,
        mut put: impl FnMut(usize, *mut ffi::PyObject) -> PyResult<()>,
        make: impl Fn(&[u8]) -> *mut ffi::PyObject,
    ) -> PyResult<()> {
        for place in 0..self.count {
            let row = self.start + place;
            let value = match self.column.value_bytes(row) {
                Some(bytes) => make(bytes),
                None => self.none(),
            };
            if value.is_null() {
                return Err(self.not_text(row));
            }
            put(place, value)?;
        }
        Ok(())
    }

    /// Decimals.
    fn others(&self, mut put: impl FnMut(usize, *mut ffi::PyObject) -> PyResult<()>) -> PyResult<()> {
        let class = DECIMAL
            .get_or_try_init(self.py, || PyResult::Ok(self.py.import("decimal")?.getattr("Decimal")?.unbind()))?
            .bind(self.py);
        for place in 0..self.count {
            let row = self.start + place;
            let value = match self.column.value(row).map_err(|error| exception(self.py, &error))? {
                Value::Null => self.none(),
                Value::Decimal { unscaled, scale } => class.call1((decimal_text(unscaled, scale),))?.into_ptr(),
                other => {
                    let text = format!("a value {other:?} in a column of type {}", self.column.data_type());
                    return Err(raise(self.py, ErrorCode::Internal, text));
                }
            };
            put(place, value)?;
        }
        Ok(())
    }

    #[inline]
    fn check(&self, value: *mut ffi::PyObject) -> PyResult<()> {
        if value.is_null() { Err(PyErr::fetch(self.py)) } else { Ok(()) }
    }

    fn not_a_datetime(&self, error: PyErr, row: usize) -> PyErr {
        if !error.is_instance_of::<PyOverflowError>(self.py) {
            return error;
        }
        let (name, index) = (self.column.field().name(), self.column.index());
        let text = format!(
            "the timestamp in row {row} of column {index} ({name:?}) is outside of the years 1 to 9999; read the \
             column as numbers, through batches() or Arrow"
        );
        raise(self.py, ErrorCode::ValueOutOfRange, text)
    }

    /// Python's error says too little and the core's names column and row.
    fn not_text(&self, row: usize) -> PyErr {
        let error = PyErr::fetch(self.py);
        match self.column.value(row) {
            Err(error) => exception(self.py, &error),
            Ok(_) => error,
        }
    }
}

fn timestamp_class(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    match TIMESTAMP.get(py) {
        Some(class) => Ok(class.bind(py).clone()),
        None => py.import("tdsec")?.getattr("Timestamp"),
    }
}
