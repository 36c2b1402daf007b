//! Tests of the room as a whole: bytes in, values out.
#![allow(clippy::unwrap_used)]

#[cfg(feature = "arrow")]
mod arrow;
mod encode;
mod malformed;
mod properties;
mod reading;
mod vectors;
