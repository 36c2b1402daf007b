//! tdsec: secure, fast connectivity to TDengine.
#![forbid(unsafe_code)]

pub mod column;
pub mod config;
pub mod error;
pub mod secret;

pub use config::{Config, ConfigBuilder, Credential, Endpoint};
pub use error::{Error, ErrorCode, Kind, Result, Retry};
pub use secret::Secret;
