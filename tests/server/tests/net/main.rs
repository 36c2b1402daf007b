//! The server from outside: raw clients, golden vectors, every fault, bad certificates, the program itself.
#![allow(clippy::unwrap_used)]

mod binary;
mod common;
mod control;
mod faults;
mod login;
mod protocol;
mod queries;
mod rest;
mod tls;
