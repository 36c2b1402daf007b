//! tdsec: secure, fast connectivity to TDengine.
#![forbid(unsafe_code)]

pub mod column;
pub mod error;
pub mod secret;

pub use error::{Error, ErrorCode, Kind, Result, Retry};
pub use secret::Secret;
