//! Exactly one kind of credential (ID-1, TOK-2).

use std::fmt;

use super::identity::{self, ClientIdentity};
use super::totp::{self, Totp};
use super::value::Values;
use crate::{Error, ErrorCode, Result, Secret};

const DEFAULT_USER: &str = "root";
const DEFAULT_PASSWORD: &str = "taosdata";
/// Far above any token, far below what a server would read.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// What to log in with: one kind, never a mixture.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credential {
    /// A bearer token, alone.
    Token(Secret),
    /// User name and password, with a one-time code if the user has TOTP.
    Password {
        /// User name.
        user: String,
        /// Its password.
        password: Secret,
        /// Where the code of a second factor comes from.
        totp: Option<Totp>,
    },
    /// A client certificate, alone: the server knows the user by it.
    Certificate(ClientIdentity),
    /// A client certificate for the TLS session and a bearer token for the login.
    CertificateAndToken(ClientIdentity, Secret),
}

impl Credential {
    /// The client certificate of the TLS session.
    pub fn identity(&self) -> Option<&ClientIdentity> {
        match self {
            Credential::Certificate(identity) | Credential::CertificateAndToken(identity, _) => Some(identity),
            Credential::Token(_) | Credential::Password { .. } => None,
        }
    }

    /// The bearer token of the login.
    pub fn token(&self) -> Option<&Secret> {
        match self {
            Credential::Token(token) | Credential::CertificateAndToken(_, token) => Some(token),
            Credential::Certificate(_) | Credential::Password { .. } => None,
        }
    }

    /// Its kind, the same word in every language: `token`, `password`, `certificate` or `certificate_and_token`.
    pub fn kind(&self) -> &'static str {
        match self {
            Credential::Token(_) => "token",
            Credential::Password { .. } => "password",
            Credential::Certificate(_) => "certificate",
            Credential::CertificateAndToken(..) => "certificate_and_token",
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credential::Token(token) => write!(f, "Token({})", token.fingerprint()),
            Credential::Password { user, totp, .. } => {
                f.debug_struct("Password").field("user", user).field("totp", &totp.is_some()).finish_non_exhaustive()
            }
            Credential::Certificate(identity) => f.debug_tuple("Certificate").field(identity).finish(),
            Credential::CertificateAndToken(identity, token) => {
                write!(f, "CertificateAndToken({identity:?}, {})", token.fingerprint())
            }
        }
    }
}

/// A token or a certificate beside anything of a password login is refused before any other check.
pub(super) fn refuse_mixture(values: &Values) -> Result<()> {
    let alone = match (values.has("bearer_token"), values.has("tls_cert")) {
        (true, _) => "a bearer token",
        (false, true) => "a client certificate",
        (false, false) => return Ok(()),
    };
    match ["user", "password", "totp_code"].into_iter().find(|name| values.has(name)) {
        None => Ok(()),
        Some(other) => Err(Error::new(
            ErrorCode::CredentialConflict,
            format!(
                "{alone} was given together with {}; keep it alone, or user name and password alone",
                values.spelling(other).unwrap_or(other)
            ),
        )
        .with_option(other)),
    }
}

/// Whether there is anything of a credential.
pub(super) fn is_given(values: &Values) -> bool {
    ["bearer_token", "user", "password", "totp_code", "tls_cert"].into_iter().any(|name| values.has(name))
}

/// Reads the credential; nothing at all is `root` with its default password, as in every connector.
pub(super) fn read(values: &mut Values) -> Result<Credential> {
    let token = values.take_secret("bearer_token");
    token.as_ref().map_or(Ok(()), check_token)?;
    match (identity::read(values)?, token) {
        (None, Some(token)) => return Ok(Credential::Token(token)),
        (Some(identity), None) => return Ok(Credential::Certificate(identity)),
        (Some(identity), Some(token)) => return Ok(Credential::CertificateAndToken(identity, token)),
        (None, None) => {}
    }
    let user = values.take_text("user")?;
    let password = values.take_secret("password").filter(|password| !password.expose().is_empty());
    let totp = totp::take(values)?;
    match (user, password) {
        (Some(user), Some(password)) => Ok(Credential::Password { user, password, totp }),
        (None, Some(password)) => Ok(Credential::Password { user: DEFAULT_USER.into(), password, totp }),
        (Some(_), None) => Err(missing("a user name was given without a password")),
        (None, None) if totp.is_some() => Err(missing("a one-time code was given without user name and password")),
        (None, None) => {
            Ok(Credential::Password { user: DEFAULT_USER.into(), password: Secret::new(DEFAULT_PASSWORD), totp: None })
        }
    }
}

/// # Errors
/// `TOKEN_INVALID`: empty, too long, or with blanks or control characters.
pub(crate) fn check_token(token: &Secret) -> Result<()> {
    let text = token.expose();
    let problem = if text.is_empty() {
        "the token is empty"
    } else if text.len() > MAX_TOKEN_BYTES {
        "the token is longer than 16 KiB"
    } else if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        "the token contains blanks or control characters, perhaps the newline at the end of a file"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorCode::TokenInvalid, problem).with_option("bearer_token"))
}

fn missing(message: &str) -> Error {
    Error::new(ErrorCode::CredentialMissing, message).with_option("password")
}
