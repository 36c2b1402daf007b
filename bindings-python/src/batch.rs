//! Column views for NumPy: a block's values without a copy, NULLs as a mask beside them (HOST-7).
//!
//! The buffer protocol is not in the stable ABI of Python 3.9, so views are offered through NumPy's
//! `__array_interface__`: an array made from it keeps the column, and with it the received bytes, alive.

use std::sync::Arc;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, to_ffi};
use arrow_array::{Array, StructArray};
use pyo3::exceptions::{PyAttributeError, PyIndexError, PyKeyError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict, PyList, PyString};
use pyo3::{IntoPyObjectExt, intern};
use tdsec::column::arrow::record_batch;
use tdsec::{Block, DataType, ErrorCode};

use crate::error::{exception, raise};
use crate::field::{Field, unit};
use crate::rows;

/// Some rows of a result as columns; keeps the received bytes.
///
/// `batch[0]` and `batch["ts"]` are columns; of several with the same name the first.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Batch(Arc<Block>);

impl Batch {
    pub(crate) fn new(block: Block) -> Self {
        Batch(Arc::new(block))
    }

    fn column_at(&self, index: usize) -> Column {
        Column { block: Arc::clone(&self.0), index }
    }
}

#[pymethods]
impl Batch {
    /// Number of rows.
    fn __len__(&self) -> usize {
        self.0.rows()
    }

    /// All columns in their order.
    #[getter]
    fn columns(&self) -> Vec<Column> {
        (0..self.0.columns()).map(|index| self.column_at(index)).collect()
    }

    /// The column with this place or name; of several with the same name the first.
    fn __getitem__(&self, key: Bound<'_, PyAny>) -> PyResult<Column> {
        if let Ok(name) = key.cast::<PyString>() {
            let name = name.to_cow()?;
            let index = self.0.fields().iter().position(|field| *field.name() == *name);
            return index.map(|index| self.column_at(index)).ok_or_else(|| PyKeyError::new_err(name.into_owned()));
        }
        let index: isize = key.extract()?;
        let count = self.0.columns();
        let index = if index < 0 { index.checked_add_unsigned(count) } else { Some(index) };
        let index = index.and_then(|index| usize::try_from(index).ok()).filter(|index| *index < count);
        index.map(|index| self.column_at(index)).ok_or_else(|| PyIndexError::new_err("no such column"))
    }

    /// The rows as a list of tuples.
    fn rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, rows::tuples(py, &self.0, 0, self.0.rows())?)
    }

    /// Unit of all timestamps: "ms", "us" or "ns".
    #[getter]
    fn precision(&self) -> &'static str {
        unit(self.0.precision())
    }

    /// Arrow's C array interface: schema and array, decoded.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        let _ = requested_schema;
        let decoded = py.detach(|| record_batch(&self.0)).map_err(|error| exception(py, &error))?;
        let (array, schema): (FFI_ArrowArray, FFI_ArrowSchema) = to_ffi(&StructArray::from(decoded).to_data())
            .map_err(|error| raise(py, ErrorCode::Internal, format!("arrow: {error}")))?;
        let schema = PyCapsule::new_with_value(py, schema, c"arrow_schema")?;
        Ok((schema, PyCapsule::new_with_value(py, array, c"arrow_array")?))
    }

    fn __repr__(&self) -> String {
        format!("<tdsec.Batch of {} rows, {} columns>", self.0.rows(), self.0.columns())
    }
}

/// One column of a batch.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Column {
    block: Arc<Block>,
    index: usize,
}

impl Column {
    fn view(&self) -> tdsec::Column<'_> {
        self.block.column(self.index)
    }

    /// NumPy's name of the type, if NumPy can look at the values as they are.
    fn array_type(&self) -> Option<String> {
        let view = self.view();
        Some(match view.data_type() {
            // A byte that is neither 0 nor 1 would be no valid NumPy boolean.
            DataType::Bool if view.fixed::<u8>()?.all(|byte| byte < 2) => "|b1".into(),
            DataType::TinyInt => "|i1".into(),
            DataType::SmallInt => "<i2".into(),
            DataType::Int => "<i4".into(),
            DataType::BigInt => "<i8".into(),
            DataType::UTinyInt => "|u1".into(),
            DataType::USmallInt => "<u2".into(),
            DataType::UInt => "<u4".into(),
            DataType::UBigInt => "<u8".into(),
            DataType::Float => "<f4".into(),
            DataType::Double => "<f8".into(),
            DataType::Timestamp => format!("<M8[{}]", unit(view.precision())),
            _ => return None,
        })
    }
}

#[pymethods]
impl Column {
    /// Number of rows.
    fn __len__(&self) -> usize {
        self.block.rows()
    }

    /// Description of the column.
    #[getter]
    fn field(&self) -> Field {
        Field(self.view().field().clone())
    }

    /// Name of the column.
    #[getter]
    fn name(&self) -> &str {
        self.block.fields()[self.index].name()
    }

    /// TDengine's name of the type.
    #[getter]
    fn r#type(&self) -> &'static str {
        self.view().data_type().name()
    }

    /// Number of NULLs.
    #[getter]
    fn null_count(&self) -> usize {
        self.view().null_count()
    }

    /// NumPy array of booleans, true where the value is NULL.
    #[getter]
    fn null_mask<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let view = self.view();
        let mask: Vec<u8> = (0..view.rows()).map(|row| u8::from(view.is_null(row))).collect();
        let numpy = py.import(intern!(py, "numpy"))?;
        numpy.call_method1(intern!(py, "frombuffer"), (PyBytes::new(py, &mask), intern!(py, "?")))
    }

    /// The values as a NumPy array.
    ///
    /// Numbers, booleans and timestamps (`datetime64`, UTC) are a read-only view of the received bytes, without a
    /// copy; what stands where `null_mask` is true means nothing. Texts, bytes and decimals become an array of
    /// Python objects with None for NULL.
    fn to_numpy<'py>(this: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = this.py();
        let numpy = py.import(intern!(py, "numpy"))?;
        let column = this.get();
        if column.array_type().is_some() {
            return numpy.call_method1(intern!(py, "asarray"), (this,));
        }
        if column.view().data_type() == DataType::Bool {
            let bytes: Vec<u8> = column.view().fixed::<u8>().into_iter().flatten().map(|byte| byte.min(1)).collect();
            return numpy.call_method1(intern!(py, "frombuffer"), (PyBytes::new(py, &bytes), intern!(py, "?")));
        }
        let objects = numpy.call_method1(intern!(py, "empty"), (column.__len__(), intern!(py, "O")))?;
        objects.set_item(py.Ellipsis(), column.to_list(py)?)?;
        Ok(objects)
    }

    /// The values as a list, None for NULL: the same objects as in rows.
    fn to_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, rows::values(&self.view(), py, 0, self.block.rows())?)
    }

    /// NumPy's array interface, version 3; only where `to_numpy` needs no copy.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (Some(typestr), Some(values)) = (self.array_type(), self.view().values()) else {
            return Err(PyAttributeError::new_err("__array_interface__: the column needs a copy, use to_numpy()"));
        };
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("shape", (self.__len__(),))?;
        interface.set_item("typestr", typestr)?;
        interface.set_item("data", (values.as_ptr() as usize, true).into_bound_py_any(py)?)?;
        Ok(interface)
    }

    fn __repr__(&self) -> String {
        format!("<tdsec.Column {:?} {} of {} rows>", self.name(), self.r#type(), self.__len__())
    }
}
