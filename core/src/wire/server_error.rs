//! The server's number and text to tdsec's code (ROT-11).
//!
//! The numbers of token and TOTP failures are not published, so they are recognised by their texts; number and text
//! travel on untouched.

use crate::error::{Error, ErrorCode};

/// What was being done when the server refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// `conn`: an unknown failure whose text speaks of a credential is a refused credential.
    Login,
    /// Any later request.
    Request,
}

/// Turns a failed answer into an error. `number` may carry its high half or not.
pub(crate) fn from_server(stage: Stage, number: u32, text: &str, doing: &str) -> Error {
    let number = number & 0xFFFF;
    Error::new(classify(stage, number, text), format!("the server refused {doing}")).with_server(number, text)
}

fn classify(stage: Stage, number: u32, text: &str) -> ErrorCode {
    match number {
        0x0003 | 0x0354 | 0x0357 => credential(text).unwrap_or(ErrorCode::AuthenticationFailed),
        // After login these are about the users that a statement names, not about whoever sent it.
        0x0350..=0x0356 if stage == Stage::Login => credential(text).unwrap_or(ErrorCode::AuthenticationFailed),
        0x0134 | 0x0303 | 0x0214 | 0x0315 | 0x0358 | 0x2644 => match stage {
            Stage::Login => ErrorCode::NotAllowed,
            Stage::Request => ErrorCode::PermissionDenied,
        },
        0x000B => ErrorCode::BackendUnavailable,
        0x0100 => ErrorCode::NotSupported,
        0x020B | 0x0213 | 0x0215 => ErrorCode::SessionEnded,
        0x0388 => ErrorCode::DatabaseNotFound,
        0x0216 | 0x2600 => ErrorCode::SyntaxError,
        0x2603 | 0x2662 | 0x0218 | 0x0362 => ErrorCode::TableNotFound,
        0x0224 | 0x060B => ErrorCode::ValueOutOfRange,
        0xFFFD => ErrorCode::StatementRejected,
        0xFFFE => ErrorCode::RateLimited,
        _ => by_text(stage, text),
    }
}

fn by_text(stage: Stage, text: &str) -> ErrorCode {
    let lower = text.to_ascii_lowercase();
    if lower.contains("whitelist") || lower.contains("white list") {
        return ErrorCode::NotAllowed;
    }
    if lower.contains("rate limit") {
        return ErrorCode::RateLimited;
    }
    if stage == Stage::Login && is_session_limit(&lower) {
        return ErrorCode::RateLimited;
    }
    match stage {
        Stage::Login => credential(text).unwrap_or(ErrorCode::ServerError),
        // After login the word "token" also appears in statements about tokens: only the plain text counts.
        Stage::Request if lower.contains("authentication failure") => ErrorCode::AuthenticationFailed,
        Stage::Request => ErrorCode::ServerError,
    }
}

/// The user has as many sessions as it may have (the numbers of these are not published): one has to end first.
fn is_session_limit(lower: &str) -> bool {
    let limit = ["limit", "exceed", "too many", "maximum"].iter().any(|word| lower.contains(word));
    limit && (lower.contains("session") || lower.contains("connections"))
}

/// The refused credential a text speaks of.
fn credential(text: &str) -> Option<ErrorCode> {
    let lower = text.to_ascii_lowercase();
    let says = |word| lower.contains(word);
    if says("totp") {
        return Some(ErrorCode::TotpRefused);
    }
    if says("token") {
        return Some(match () {
            _ if says("expired") => ErrorCode::TokenExpired,
            _ if says("disabled") => ErrorCode::TokenDisabled,
            _ => ErrorCode::TokenRefused,
        });
    }
    (says("authentication failure") || says("invalid user") || says("password"))
        .then_some(ErrorCode::AuthenticationFailed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(number: u32, text: &str) -> ErrorCode {
        from_server(Stage::Login, number, text, "the login").code()
    }

    #[test]
    fn token_failures_are_recognised_whatever_their_number() {
        for number in [0x0F01, 0x0ABC, 0xFFFF, 0x8000_0F02] {
            assert_eq!(login(number, "Invalid token"), ErrorCode::TokenRefused);
            assert_eq!(login(number, "Token is expired"), ErrorCode::TokenExpired);
            assert_eq!(login(number, "token is DISABLED"), ErrorCode::TokenDisabled);
            assert_eq!(login(number, "Invalid TOTP code"), ErrorCode::TotpRefused);
        }
    }

    #[test]
    fn authentication_failures_are_recognised_with_and_without_the_high_half() {
        assert_eq!(login(0x8000_0357, "Authentication failure"), ErrorCode::AuthenticationFailed);
        assert_eq!(login(0x0357, ""), ErrorCode::AuthenticationFailed);
        assert_eq!(login(0x0003, "x"), ErrorCode::AuthenticationFailed);
    }

    #[test]
    fn a_statement_about_other_users_does_not_look_like_a_refused_login() {
        for (number, text) in
            [(0x0350, "User already exists"), (0x0351, "Invalid user"), (0x0353, "Invalid password format")]
        {
            assert_eq!(login(number, text), ErrorCode::AuthenticationFailed);
            let error = from_server(Stage::Request, number, text, "the query");
            assert_eq!(error.code(), ErrorCode::ServerError, "{text}");
            assert!(!error.is_refused_credential());
        }
        let own = from_server(Stage::Request, 0x0357, "Authentication failure", "the query");
        assert!(own.is_refused_credential());
    }

    #[test]
    fn missing_rights_are_not_authentication_failures() {
        assert_eq!(login(0x0303, "Insufficient privilege for operation"), ErrorCode::NotAllowed);
        let later = from_server(Stage::Request, 0x2644, "Permission denied", "the query");
        assert_eq!(later.code(), ErrorCode::PermissionDenied);
    }

    #[test]
    fn a_statement_about_tokens_does_not_look_like_a_refused_token() {
        let error = from_server(Stage::Request, 0x0F01, "Token not exist", "the query");
        assert_eq!(error.code(), ErrorCode::ServerError);
        assert_eq!(error.server_code(), Some(0x0F01));
        assert_eq!(error.server_message(), Some("Token not exist"));
    }

    #[test]
    fn a_limit_of_sessions_is_a_limit_and_not_a_refused_credential() {
        for text in
            ["Session number of user exceeds limit", "too many sessions", "Maximum connections of token reached"]
        {
            assert_eq!(login(0xFFFF, text), ErrorCode::RateLimited, "{text}");
        }
        assert_eq!(login(0xFFFF, "session is invalid"), ErrorCode::ServerError);
        assert_eq!(from_server(Stage::Request, 0xFFFF, "too many sessions", "x").code(), ErrorCode::ServerError);
    }

    #[test]
    fn the_gateways_limits_are_told_apart() {
        assert_eq!(from_server(Stage::Request, 0xFFFE, "queue is full", "x").code(), ErrorCode::RateLimited);
        assert_eq!(from_server(Stage::Request, 0xFFFD, "reject sql", "x").code(), ErrorCode::StatementRejected);
        assert_eq!(login(0xFFFF, "ip not in whitelist"), ErrorCode::NotAllowed);
    }
}
