//! Arguments that know their names. PyO3 tells in a note which argument does not fit: Pythons before 3.11 have none, and `str()` of
//! the exception shows none.

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;

macro_rules! arguments {
    ($($argument:ident: $value:ty = $name:literal,)*) => {$(
        #[doc = concat!("The argument `", $name, "`.")]
        pub(crate) struct $argument(pub(crate) $value);

        impl<'a, 'py> FromPyObject<'a, 'py> for $argument {
            type Error = PyErr;

            fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
                given.extract().map($argument).map_err(|error| named(given.py(), $name, PyErr::from(error)))
            }
        }
    )*};
}

arguments! {
    Address: String = "address",
    DangerAnyAddress: bool = "danger_any_address",
    Enabled: bool = "enabled",
    ExtraInfo: String = "extra_info",
    Idempotent: bool = "idempotent",
    Kind: String = "kind",
    Name: String = "name",
    Names: Vec<String> = "names",
    PoolName: String = "pool",
    Provider: String = "provider",
    ReqId: u64 = "req_id",
    Severity: String = "severity",
    Size: usize = "size",
    Sql: String = "sql",
    Timeout: f64 = "timeout",
    TokenText: String = "token",
    Url: String = "url",
    User: String = "user",
}

/// What is wrong with the argument of this name.
pub(crate) fn named(py: Python<'_>, name: &str, error: PyErr) -> PyErr {
    let class = error.get_type(py);
    // Others, such as those of Unicode, are made of more than a sentence.
    let is_sentence = [py.get_type::<PyTypeError>(), py.get_type::<PyOverflowError>(), py.get_type::<PyValueError>()]
        .iter()
        .any(|known| class.is(known));
    match is_sentence {
        true => PyErr::from_type(class, format!("{name}: {}", error.value(py))),
        false => error,
    }
}
