//! `Authorization`, and the pool that remembers who has been let in.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderMap};

use super::Refusal;
use crate::accounts::{Login, PasswordLogin};
use crate::shared::{Credential, Shared};

/// What the header carried.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Sent {
    Token(String),
    Password { user: String, password: String },
}

/// The gateway's pooled native connections: a credential is checked when its pool is opened, not at each request.
#[derive(Default)]
pub(crate) struct Pool(HashMap<Sent, Login>);

impl Pool {
    /// The user is gone: nothing of it is let in any more.
    pub(crate) fn forget_user(&mut self, user: &str) {
        self.0.retain(|_, login| login.user != user);
    }

    /// The user has another password; its tokens stay good.
    pub(crate) fn forget_password(&mut self, user: &str) {
        self.0.retain(|sent, login| login.user != user || matches!(sent, Sent::Token(_)));
    }
}

pub(super) fn log_in(shared: &Shared, sent: &Sent) -> crate::accounts::Result<Login> {
    if let Some(login) = shared.rest_pool().0.get(sent) {
        return Ok(login.clone());
    }
    let login = match sent {
        Sent::Token(token) => shared.log_in(Credential::Token(token), ("", false), "rest")?,
        Sent::Password { user, password } => {
            let credential = Credential::Password(PasswordLogin { user, password, totp: None });
            shared.log_in(credential, (user, true), "rest")?
        }
    };
    shared.rest_pool().0.insert(sent.clone(), login.clone());
    Ok(login)
}

/// The credential of a request. With a parameter `token` in the URL a `Bearer` header is not taken.
pub(super) fn credential(headers: &HeaderMap, token_in_url: bool) -> Result<Sent, Refusal> {
    let refuse = |code, text: &str| Refusal::new(StatusCode::UNAUTHORIZED, code, text);
    let Some(header) = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
        return Err(refuse(0x1105, "no auth info input"));
    };
    let (scheme, text) = header.split_once(' ').unwrap_or((header, ""));
    let text = text.trim();
    match scheme {
        "Basic" => decode(text)
            .and_then(|text| {
                let (user, password) = text.split_once(':')?;
                both(user, password)
            })
            .ok_or_else(|| refuse(0x1124, "invalid basic auth")),
        "Taosd" => decode(text)
            .and_then(|text| {
                let (user, password) = text.strip_prefix(TAOSD_MARK)?.split_once('\0')?;
                both(user, password)
            })
            .ok_or_else(|| refuse(0x1125, "invalid taosd auth")),
        "Bearer" if !token_in_url && !text.is_empty() => Ok(Sent::Token(text.to_owned())),
        _ => Err(refuse(0x1122, "invalid auth type")),
    }
}

/// Begins every decoded `Taosd` text of this server.
const TAOSD_MARK: &str = "taosd:";

/// What `/rest/login` answers. A real gateway encrypts with a key that everybody knows; here it is plain base64.
pub(super) fn taosd_token(user: &str, password: &str) -> String {
    STANDARD.encode(format!("{TAOSD_MARK}{user}\0{password}"))
}

fn decode(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

fn both(user: &str, password: &str) -> Option<Sent> {
    let given = !user.is_empty() && !password.is_empty();
    given.then(|| Sent::Password { user: user.to_owned(), password: password.to_owned() })
}
