//! What a failure says about the endpoint it happened on.

use crate::error::{Error, ErrorCode, Kind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It, or what stands behind it, does not serve.
    Unfit,
    /// It serves and asks for less.
    Busy,
    /// It serves: what it was given is at fault, such as a token or a database (never mark, never hammer).
    Answers,
    /// Nothing was learned about it.
    Nothing,
}

impl Verdict {
    /// Of a connection that could not be opened.
    pub(super) fn of_connecting(error: &Error) -> Verdict {
        match error.code() {
            ErrorCode::RateLimited => Verdict::Busy,
            // What is ours to have ready before anything is sent.
            ErrorCode::CredentialUnavailable
            | ErrorCode::SourceUnavailable
            | ErrorCode::SourceInvalid
            | ErrorCode::TokenRevoked
            | ErrorCode::TlsNoRoots
            | ErrorCode::AcquireTimeout => Verdict::Nothing,
            // A login is refused for these by one gateway and not by the next. Unknown words too: should they speak of
            // the credential, then the endpoint is at least asked more and more seldom.
            ErrorCode::BackendUnavailable
            | ErrorCode::SessionEnded
            | ErrorCode::ServerError
            | ErrorCode::ServerTooOld => Verdict::Unfit,
            _ => match error.kind() {
                Kind::Network | Kind::Timeout | Kind::Tls | Kind::Protocol => Verdict::Unfit,
                Kind::Auth | Kind::Server => Verdict::Answers,
                Kind::Config | Kind::Data | Kind::Usage | Kind::Internal => Verdict::Nothing,
            },
        }
    }

    /// Of an open connection that is none any more. An administrator who ends a session does not end the endpoint.
    pub(super) fn of_breaking(error: &Error) -> Verdict {
        match error.kind() {
            Kind::Network | Kind::Protocol => Verdict::Unfit,
            _ => Verdict::Nothing,
        }
    }
}
