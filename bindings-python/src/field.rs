//! Descriptions of columns.

use pyo3::prelude::*;

/// Description of one column.
#[pyclass(frozen, eq, hash, module = "tdsec._tdsec")]
#[derive(PartialEq, Eq, Hash, Clone)]
pub(crate) struct Field(pub(crate) tdsec::Field);

#[pymethods]
impl Field {
    /// Name of the column; names of one result may repeat.
    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    /// TDengine's name of the type, such as "TINYINT UNSIGNED".
    #[getter]
    fn r#type(&self) -> &'static str {
        self.0.data_type().name()
    }

    /// Declared length as the server reports it: bytes, for NCHAR characters.
    #[getter]
    fn length(&self) -> u32 {
        self.0.length()
    }

    /// Digits of a decimal, else 0.
    #[getter]
    fn precision(&self) -> u8 {
        self.0.precision()
    }

    /// Digits of a decimal after the point, else 0.
    #[getter]
    fn scale(&self) -> u8 {
        self.0.scale()
    }

    fn __repr__(&self) -> String {
        format!("<tdsec.Field {:?} {}>", self.0.name(), self.0.data_type())
    }
}

/// "ms", "us" or "ns".
pub(crate) fn unit(precision: tdsec::Precision) -> &'static str {
    match precision {
        tdsec::Precision::Millisecond => "ms",
        tdsec::Precision::Microsecond => "us",
        tdsec::Precision::Nanosecond => "ns",
    }
}
