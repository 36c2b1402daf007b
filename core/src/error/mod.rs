//! The one error of tdsec, and the table of its codes.
//!
//! Every failure has a [`ErrorCode`] (a stable number and name), a [`Kind`], an answer to "may I try again?"
//! ([`Retry`]), a likely cause and a remedy. All of these live in one table (`codes.rs`); every language reads
//! them from here (OPS-3). An error text never contains a secret.

mod codes;
mod docs;

use std::fmt;
use std::sync::Arc;

pub use codes::ErrorCode;
pub use docs::errors_markdown;

/// What a failure is about. Languages derive their exception classes from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// An address or an option is wrong; nothing was sent.
    Config,
    /// The server, or a proxy in front of it, refused the credential.
    Auth,
    /// The TLS handshake failed or the peer is not who it should be.
    Tls,
    /// The network failed: name resolution, connect, lost connection.
    Network,
    /// A deadline passed.
    Timeout,
    /// The caller cancelled, or used a handle after closing it.
    Usage,
    /// The peer broke the protocol; the connection was closed.
    Protocol,
    /// The server executed or parsed the request and answered with an error.
    Server,
    /// A value cannot be represented as asked.
    Data,
    /// A defect of tdsec.
    Internal,
}

impl Kind {
    /// Name of the kind in lower case, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Config => "config",
            Kind::Auth => "auth",
            Kind::Tls => "tls",
            Kind::Network => "network",
            Kind::Timeout => "timeout",
            Kind::Usage => "usage",
            Kind::Protocol => "protocol",
            Kind::Server => "server",
            Kind::Data => "data",
            Kind::Internal => "internal",
        }
    }
}

/// Whether trying again makes sense, and with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retry {
    /// The same request fails again.
    Never,
    /// The same request may be repeated on the same connection.
    SameConnection,
    /// A new connection is needed.
    NewConnection,
    /// A new credential is needed; repeating with the old one may lock the account.
    NewCredential,
}

impl Retry {
    /// Name of the answer, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Retry::Never => "never",
            Retry::SameConnection => "same_connection",
            Retry::NewConnection => "new_connection",
            Retry::NewCredential => "new_credential",
        }
    }
}

/// Result of every fallible function of the core.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure: one stable code, one sentence, the server's own words beside it.
///
/// Cheap to clone, `Send` and `Sync`. Displays as `[NAME] sentence (server: [0x0357] text)`.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: ErrorCode,
    message: String,
    server: Option<(u32, String)>,
    option: Option<String>,
    may_have_run: bool,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error with `code` and a sentence: what was being done, what went wrong. No secret, no full stop.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            code,
            message: message.into(),
            server: None,
            option: None,
            may_have_run: false,
            source: None,
        }))
    }

    /// Adds the server's own number (as on the wire) and text.
    pub fn with_server(mut self, number: u32, text: impl Into<String>) -> Self {
        self.0.server = Some((number, text.into()));
        self
    }

    /// Names the option that is wrong.
    pub fn with_option(mut self, option: impl Into<String>) -> Self {
        self.0.option = Some(option.into());
        self
    }

    /// States that the request may have been executed by the server (NET-2).
    pub fn with_may_have_run(mut self, may_have_run: bool) -> Self {
        self.0.may_have_run = may_have_run;
        self
    }

    /// Keeps the underlying error as the cause.
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// What the failure is about.
    pub fn kind(&self) -> Kind {
        self.0.code.kind()
    }

    /// Whether trying again makes sense.
    pub fn retry(&self) -> Retry {
        self.0.code.retry()
    }

    /// The server, or a proxy, refused the credential: another one is needed (ROT-11). Missing privileges are none of these,
    /// nor is a source that gave no credential.
    pub fn is_refused_credential(&self) -> bool {
        self.kind() == Kind::Auth
            && self.retry() == Retry::NewCredential
            && !matches!(
                self.code(),
                ErrorCode::CredentialUnavailable | ErrorCode::SourceUnavailable | ErrorCode::SourceInvalid
            )
    }

    /// Another endpoint of the same cluster may well do better.
    pub(crate) fn is_endpoints_fault(&self) -> bool {
        matches!(self.kind(), Kind::Network | Kind::Timeout | Kind::Tls)
            || matches!(self.code(), ErrorCode::BackendUnavailable | ErrorCode::RateLimited)
    }

    /// The sentence, without code and server text.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The server's number as it came over the wire (low 16 bits of the engine's code), if the server spoke.
    pub fn server_code(&self) -> Option<u32> {
        self.0.server.as_ref().map(|(number, _)| *number)
    }

    /// The server's text, if the server spoke.
    pub fn server_message(&self) -> Option<&str> {
        self.0.server.as_ref().map(|(_, text)| text.as_str())
    }

    /// The option that is wrong, by its canonical name.
    pub fn option(&self) -> Option<&str> {
        self.0.option.as_deref()
    }

    /// True if the server may have executed the request although no answer arrived (NET-2).
    pub fn may_have_run(&self) -> bool {
        self.0.may_have_run
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.0.code.name(), self.0.message)?;
        if let Some((number, text)) = &self.0.server {
            write!(f, " (server: [0x{number:04X}] {text})")?;
        }
        if self.0.may_have_run {
            f.write_str("; the statement may have been executed")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.0.code.name())
            .field("number", &self.0.code.number())
            .field("message", &self.0.message)
            .field("server", &self.0.server)
            .field("option", &self.0.option)
            .field("may_have_run", &self.0.may_have_run)
            .field("remedy", &self.0.code.remedy())
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Error::new(code, code.cause())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn numbers_and_names_are_unique_and_round_trip() {
        let mut numbers = HashSet::new();
        let mut names = HashSet::new();
        for code in ErrorCode::ALL {
            assert!(numbers.insert(code.number()), "number {} twice", code.number());
            assert!(names.insert(code.name()), "name {} twice", code.name());
            assert_eq!(ErrorCode::from_number(code.number()), Some(*code));
            assert!(!code.cause().is_empty() && !code.remedy().is_empty());
        }
    }

    #[test]
    fn shows_code_sentence_server_text_and_whether_it_may_have_run() {
        let error = Error::new(ErrorCode::SyntaxError, "query failed")
            .with_server(0x2600, "syntax error near \"selec\"")
            .with_may_have_run(true);
        assert_eq!(
            error.to_string(),
            "[SYNTAX_ERROR] query failed (server: [0x2600] syntax error near \"selec\"); the statement may have been executed"
        );
        assert_eq!(error.retry(), Retry::Never);
        assert_eq!(error.kind(), Kind::Server);
    }
}
