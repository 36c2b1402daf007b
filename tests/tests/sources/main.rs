//! Token sources against what they read from: every one passes the same contract (SRC-1, SRC-2, SRC-4).
#![allow(missing_docs, clippy::unwrap_used)]

mod code;
mod contract;
mod files;
mod kubeapi;
mod kubernetes;
mod logs;
mod nacos;
mod pools;
mod publishing;
mod rnacos;
mod sockets;
mod sql;
mod standin;
mod vault;
