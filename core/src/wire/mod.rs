//! The messages of taosAdapter's `/ws`: requests to frames, frames to typed replies.
//!
//! Pure: bytes in, values out. It knows no connection, no clock and no state. Layouts are those of the protocol
//! notes: `login` (version, conn), `query` (binary query, fetch, free), `reply` (the envelope of every answer).
//!
//! ```text
//! Request -> Frame ....................... socket ....................... Frame -> Reply
//! ```

mod login;
mod query;
mod reply;
mod server_error;
#[cfg(test)]
mod tests;

use bytes::Bytes;

pub(crate) use login::{
    LoginCredential, LoginOptions, check_server_status, current_database, instances, login, version,
};
pub(crate) use query::{QueryReply, fetch, free_result, query};
pub(crate) use reply::{Answer, parse_binary, parse_text};
pub(crate) use server_error::{Stage, from_server};

use crate::secret::Secret;

/// One WebSocket message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The JSON that holds the credential: to be written without anybody looking at it.
    Login(Secret),
    /// JSON.
    Text(String),
    /// A binary request or reply.
    Binary(Bytes),
    /// A control ping; the transport answers the peer's pings by itself.
    Ping,
}
