//! One-time codes: one of the moment, or somebody who is asked for one at each login (ID-1).

use std::fmt;
use std::sync::Arc;

use super::value::{Given, Values, invalid};
use crate::{Error, ErrorCode, Result, Secret};

/// Where the one-time code of a login comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Totp {
    /// Six digits of the moment: good for one login.
    Code(Secret),
    /// Asked for a fresh code at each login.
    Callback(TotpCallback),
}

/// A function that gives the code of the moment. Two are equal if they are the same one.
#[derive(Clone)]
pub struct TotpCallback(Arc<Function>);

type Function = dyn Fn() -> Result<Secret> + Send + Sync;

impl TotpCallback {
    pub(super) fn new(function: impl Fn() -> Result<Secret> + Send + Sync + 'static) -> Self {
        TotpCallback(Arc::new(function))
    }

    /// Asks for a code. May take as long as a person does.
    ///
    /// # Errors
    /// What the function answered; `CREDENTIAL_UNAVAILABLE` if what it gave is no code.
    pub(crate) fn ask(&self) -> Result<Secret> {
        let code = (self.0)()?;
        match is_code(&code) {
            true => Ok(code),
            false => {
                let text = "the callback for the one-time code gave something else than six digits";
                Err(Error::new(ErrorCode::CredentialUnavailable, text).with_option("totp_code"))
            }
        }
    }
}

impl PartialEq for TotpCallback {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for TotpCallback {}

impl fmt::Debug for TotpCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpCallback")
    }
}

pub(super) fn take(values: &mut Values) -> Result<Option<Totp>> {
    match values.take("totp_code") {
        Some(Given::Callback(callback)) => Ok(Some(Totp::Callback(callback))),
        Some(Given::Text(code)) if is_code(&code) => Ok(Some(Totp::Code(code))),
        Some(_) => Err(invalid("totp_code", "a one-time code has six digits")),
        None => Ok(None),
    }
}

fn is_code(code: &Secret) -> bool {
    let digits = code.expose();
    (6..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}
