//! A server that speaks taosAdapter's protocol, for tests: accounts with tokens and TOTP, a virtual clock, TLS with
//! good and bad certificates, a SQL engine in memory, a control API and a fault injector.
//!
//! ```text
//!  socket -> net (TLS, counting) -> http -+-> ws   (frames, requests, sessions) -+-> engine (SQL)
//!                                         +-> rest (one statement, JSON)        -+-> accounts (users, tokens, clock)
//!  control (loopback HTTP) -> accounts, faults, stats, the listener
//! ```
//!
//! ```no_run
//! # fn main() -> Result<(), tdsec_testserver::Error> {
//! use tdsec_testserver::{TestServer, TestServerConfig};
//!
//! let server = TestServer::start(TestServerConfig::default())?;
//! println!("{} trusts {:?}", server.url(), server.ca_path());
//! server.stop();
//! # Ok(())
//! # }
//! ```

pub mod accounts;
mod config;
mod control;
pub mod engine;
mod error;
pub mod faults;
mod http;
mod net;
mod rest;
mod server;
mod shared;
mod stats;
pub mod tls;
mod ws;

pub use config::TestServerConfig;
pub use error::{Error, Result};
pub use server::TestServer;
pub use stats::LoginAttempt;
pub use tls::zoo;
