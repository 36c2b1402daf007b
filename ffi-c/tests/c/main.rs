//! The C library as C programs meet it: compiled, linked, run, watched by valgrind and the sanitizers, and installed.
#![allow(clippy::unwrap_used, missing_docs)]

mod abi;
mod failed_connects;
mod install;
mod programs;
mod server;
mod tools;
