//! Tests of the room as a whole: bytes in, values out.
#![allow(clippy::unwrap_used)]

mod vectors;
