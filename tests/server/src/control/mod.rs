//! The control API: JSON over HTTP/1.1 on a loopback port of its own. Unknown fields are refused with 400.

mod listener;
mod request;
mod routes;

pub(crate) use listener::{Control, serve};
