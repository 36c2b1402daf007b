//! A server that speaks taosAdapter's protocol, for tests: accounts with tokens and TOTP, a virtual clock, TLS with
//! good and bad certificates, a SQL engine in memory, a control API and a fault injector.

pub mod accounts;
pub mod engine;
