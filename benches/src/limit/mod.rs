//! The limit: what bare rustls makes of the same bytes. Reads the frames of a fetch and throws them away.
//!
//! [`Client`] sends the requests that a tdsec client sends and waits for each answer before the next request; [`wire`]
//! sends the frames of the same fetch as one unbroken stream. Both read as fast as they can and look at nothing but the
//! lengths of frames.

mod client;
pub mod driver;
pub mod wire;

pub use client::{Client, Fetched};
