//! Sockets: the listener, the stream under HTTP and WebSocket, and the book of open connections.

mod connection;
mod endpoint;
mod line;
mod stream;

pub(crate) use connection::{Connection, End, Registry, SessionInfo};
pub(crate) use endpoint::Endpoint;
pub(crate) use line::Line;
pub(crate) use stream::Metered;
