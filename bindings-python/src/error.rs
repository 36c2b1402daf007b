//! The core's errors as exceptions. The classes live in `errors.py`, made from [`error_codes`]; this module only looks
//! them up by number, so a new code of the core reaches Python by itself (OPS-3).

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use tdsec::{Error, ErrorCode};

static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();

/// One row of the core's table: number, name, kind, retry, cause, remedy.
type Row = (u32, &'static str, &'static str, &'static str, &'static str, &'static str);

/// Every error code: `(number, name, kind, retry, cause, remedy)`.
#[pyfunction]
pub(crate) fn error_codes() -> Vec<Row> {
    let row = |code: &ErrorCode| {
        (code.number(), code.name(), code.kind().name(), code.retry().name(), code.cause(), code.remedy())
    };
    ErrorCode::ALL.iter().map(row).collect()
}

/// Tells the class of each number; called once, by `errors.py`.
#[pyfunction]
pub(crate) fn register_errors(py: Python<'_>, classes: Py<PyDict>) {
    // A second import of the package keeps the classes of the first.
    let _ = CLASSES.set(py, classes);
}

/// The exception for `error`.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    build(py, error).unwrap_or_else(|failure| failure)
}

/// An exception of this code and sentence.
pub(crate) fn raise(py: Python<'_>, code: ErrorCode, message: impl Into<String>) -> PyErr {
    exception(py, &Error::new(code, message))
}

fn build(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let class = match CLASSES.get(py) {
        Some(classes) => classes.bind(py).get_item(error.code().number())?,
        None => None,
    };
    let Some(class) = class else { return Ok(PyRuntimeError::new_err(error.to_string())) };
    let value = class.call1((error.to_string(),))?;
    value.setattr("message", error.message())?;
    value.setattr("option", error.option())?;
    value.setattr("server_code", error.server_code())?;
    value.setattr("server_message", error.server_message())?;
    value.setattr("may_have_run", error.may_have_run())?;
    // Shown below the traceback where nobody catches it; exceptions have notes since 3.11.
    if value.hasattr("add_note")? {
        value.call_method1("add_note", (format!("Remedy: {}.", error.code().remedy()),))?;
    }
    Ok(PyErr::from_value(value))
}
