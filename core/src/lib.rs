//! tdsec: secure, fast connectivity to TDengine.
//!
//! ```text
//! API      source   tokens   client   blocking   probe     what users call
//! I/O      driver   transport   tls   observe     tokio, rustls, sockets, timers, files
//! pure     session   credential   endpoint   pool   wire   column    values in, values out; no clock, no socket
//! base     config   clock   secret   error   event   shared         words everybody uses
//! ```
//!
//! The shortest working client:
//!
//! ```no_run
//! # async fn example() -> tdsec::Result<()> {
//! let config = tdsec::Config::parse("wss://db.example:6041/power?bearerToken=…")?;
//! let connection = tdsec::Connection::connect(&config).await?;
//! let mut result = connection.query("select ts, current from meters limit 10").await?;
//! while let Some(block) = result.next_block().await? {
//!     for row in 0..block.rows() {
//!         println!("{:?} {:?}", block.column(0).value(row)?, block.column(1).value(row)?);
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! **Safe by default.** `wss` verifies the server's certificate chain, name and validity; a token is sent to a proven
//! server only, as a message of its own, never in a URL. What weakens this has `danger` in its name.
//! **Logs.** tdsec writes no secret to a log. The WebSocket library under it logs every frame at `trace`, target `tungstenite`: your
//! statements and rows, and so the answer to `CREATE TOKEN`. Leave that target out of a filter at `trace`.
//! **Cancellation.** Dropping any future is safe; see [`Connection`].
//! **Threads.** Everything public is `Send`; [`Connection`] is `Sync` and shared by cloning.
//! **Order.** Statements in flight together run concurrently on the server; blocks of one result come in order.
#![forbid(unsafe_code)]

pub mod blocking;
mod client;
pub mod clock;
pub mod column;
pub mod config;
mod credential;
mod driver;
mod endpoint;
pub mod error;
pub mod event;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod literal;
pub mod observe;
mod pool;
mod probe;
pub mod secret;
mod session;
mod shared;
pub mod source;
mod sync;
mod tls;
pub mod tokens;
mod transport;
#[cfg(test)]
mod vectors;
mod wire;

pub use client::{Connection, Pool, QueryOptions, ResultSet, ServerStatus};
pub use column::{Block, Column, DataType, Field, Precision, Value};
pub use config::{Balance, Config, ConfigBuilder, Credential, Endpoint, PoolConfig};
pub use credential::{Generation, Issued, SourceFuture, TokenSource};
pub use error::{Error, ErrorCode, Kind, Result, Retry};
pub use event::{Event, EventName, Severity};
pub use pool::PoolStatus;
pub use probe::{Probe, probe};
pub use secret::Secret;
pub use tls::{Certificate, EXPIRY_WARNING_DAYS, TlsSummary, verify_chain};
pub use tokens::Tokens;
pub use transport::Phase;

/// The programs of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
