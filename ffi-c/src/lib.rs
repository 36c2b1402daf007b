//! The C surface of tdsec: `include/tdsec.h` is generated from this crate.
//!
//! A thin face: each export checks its arguments, makes one call into the core, converts the answer and maps the error.
//!
//! - Every export passes the border [`guard`]: a panic becomes `INTERNAL`, and the handle it happened in is unusable
//!   afterwards.
//! - Every pointer from C goes through [`pointer`], the only file with `unsafe` blocks. What it relies on is what the
//!   header asks of the caller.
//! - What blocks is a future of the core, raced against a [`cancel`] handle and waited for, or spawned with a
//!   [`callback`].
//!
//! ```text
//!   config --> connection --> result --> block --> column, cell
//!      |           ^             |-----> arrow
//!      +--> pool --+
//!             ^
//!          source <-- issued      connection --> token, tokens
//! ```
// The contract of a function is in its description, which becomes the header; what is exported is public to C alone.
#![allow(clippy::missing_safety_doc, unreachable_pub)]

mod arrow;
mod block;
mod callback;
mod cancel;
mod cell;
mod certificate;
mod column;
mod config;
mod connection;
mod error;
mod event;
mod guard;
mod issued;
mod metrics;
mod options;
mod pointer;
mod pool;
mod result;
mod slot;
mod source;
mod text;
mod token;
mod tokens;
mod version;
