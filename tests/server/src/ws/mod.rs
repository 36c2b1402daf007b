//! `/ws`: frames, requests, one session per WebSocket.

mod answer;
mod call;
mod deliver;
mod frame;
mod login;
mod options;
mod request;
mod results;
mod session;
mod sql;

pub(crate) use session::Session;
