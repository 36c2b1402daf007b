//! Bodies of control requests.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::accounts::{NewToken, TokenChange};

/// `POST /tokens`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MakeToken {
    name: String,
    #[serde(default = "root")]
    user: String,
    ttl_s: Option<u64>,
    enable: Option<bool>,
    provider: Option<String>,
    extra_info: Option<String>,
    /// The secret itself, for tests that have to know it beforehand.
    token: Option<String>,
}

impl MakeToken {
    pub(super) fn split(self) -> (NewToken, Option<String>) {
        let token = NewToken {
            name: self.name,
            user: self.user,
            if_not_exists: false,
            enable: self.enable,
            ttl_s: self.ttl_s,
            provider: self.provider,
            extra_info: self.extra_info,
        };
        (token, self.token)
    }
}

fn root() -> String {
    "root".to_owned()
}

/// `PATCH /tokens/{name}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeToken {
    enable: Option<bool>,
    ttl_s: Option<u64>,
    provider: Option<String>,
    extra_info: Option<String>,
}

impl From<ChangeToken> for TokenChange {
    fn from(change: ChangeToken) -> Self {
        let ChangeToken { enable, ttl_s, provider, extra_info } = change;
        TokenChange { enable, ttl_s, provider, extra_info }
    }
}

/// `POST /clock`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveClock {
    pub(super) advance_s: f64,
}

/// The body of requests that say everything in their path.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// Reads a body; an empty one counts as `{}`. The error is a sentence.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| error.to_string())
}
