//! `tdsec._tdsec`: the native half of the Python package. Converts arguments, waits, converts answers; decides nothing.
//!
//! ```text
//!   tdsec/*.py       PEP 249, asyncio, exceptions: what users see
//!   connection       Config, Connection          options   keyword arguments to tdsec::Config
//!   pool             Pool                        source  callback   token sources; those of the program itself
//!   result           Result: rows, batches       literal   Python values to tdsec::Value
//!   feed  field      blocks that arrived; columns   error  tdsec::Error to the classes of errors.py
//!   rows  datetime   tuples from blocks
//!   batch  arrow     NumPy views, Arrow          wait  completions   blocking calls; asyncio futures
//!   observe          events, metrics             token     tokens, and those of a server
//!   argument         arguments that know their names
//! ```
//!
//! Built for the stable ABI of Python 3.9. The interpreter lock is released while waiting and while decoding to Arrow
//! (HOST-1). Everything shared is frozen or behind a lock, so free-threaded builds are safe.

mod argument;
mod arrow;
mod batch;
mod callback;
mod completions;
mod connection;
mod datetime;
mod error;
mod feed;
mod field;
mod literal;
mod observe;
mod options;
mod pool;
mod result;
mod rows;
mod source;
mod token;
mod wait;

use pyo3::prelude::*;

/// The native half of tdsec; use the package `tdsec`.
#[pymodule(name = "_tdsec", gil_used = false)]
mod native {
    #[pymodule_export]
    use crate::arrow::Batches;
    #[pymodule_export]
    use crate::batch::{Batch, Column};
    #[pymodule_export]
    use crate::callback::{Reply, callback_timeout, source_callback, source_callback_async};
    #[pymodule_export]
    use crate::completions::{Completions, Task};
    #[pymodule_export]
    use crate::connection::{Config, Connection, connect, connect_async};
    #[pymodule_export]
    use crate::error::{error_codes, register_errors};
    #[pymodule_export]
    use crate::field::Field;
    #[pymodule_export]
    use crate::literal::bind;
    #[pymodule_export]
    use crate::observe::{MetricsServer, Subscription, event_names, metrics};
    #[pymodule_export]
    use crate::options::options;
    #[pymodule_export]
    use crate::pool::Pool;
    #[pymodule_export]
    use crate::result::{Result, Slice};
    #[pymodule_export]
    use crate::rows::register_timestamp;
    #[pymodule_export]
    use crate::source::{Source, source_chain, source_kinds, source_of_kind, source_of_text};
    #[pymodule_export]
    use crate::token::{Token, Tokens, token_of};

    use pyo3::prelude::*;

    #[pymodule_init]
    fn version(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
