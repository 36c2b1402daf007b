//! The concurrent parts of the core, the very files, with loom's primitives in the place of the standard library's and tokio's.
//! Each model is run in every order in which its threads may come to their turns, and with every value that the memory model
//! of the language lets them read.
#![cfg(test)]
#![allow(dead_code, missing_docs, unused_imports)]

#[path = "../../../core/src/error/mod.rs"]
mod error;
#[path = "../../../core/src/event/mod.rs"]
mod event;
#[path = "../../../core/src/client/pool/jobs.rs"]
mod jobs;
#[path = "../../../core/src/client/lease.rs"]
mod lease;
mod models;
mod observe;
#[path = "../../../core/src/shared.rs"]
mod shared;
mod sync;

/// What a lease says of the table of a pool.
mod pool {
    pub(crate) type SlotId = u64;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum Fate {
        Good,
        Changed,
        Bad,
    }
}
