//! What is checked at login, in the order of the protocol notes (`tokens.md`).

use super::book::{Book, State};
use super::totp::{self, STEP_S};
use super::{AccountError, Result};

/// How far a one-time code may be off, in 30 s steps.
const TOTP_WINDOW: i64 = 1;

/// Who has logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The user of the session.
    pub user: String,
    /// The token's name after a token login.
    pub token: Option<String>,
}

/// User, password and, if the user has a TOTP secret, the one-time code.
#[derive(Clone, Copy)]
pub struct PasswordLogin<'a> {
    /// User name.
    pub user: &'a str,
    /// Password.
    pub password: &'a str,
    /// Six digits; ignored for a user without a secret.
    pub totp: Option<&'a str>,
}

impl Book {
    /// Unknown, disabled, expired, in this order; then the owner.
    pub fn login_with_token(&self, token: &str) -> Result<Login> {
        if self.options().community {
            return Err(self.token_not_exist());
        }
        let state = self.state();
        let now = self.now_ms();
        let found = state.tokens.values().find(|row| same(&row.secret, token) && row.visible_at_ms <= now);
        let Some(row) = found else { return Err(self.token_not_exist()) };
        self.check_token(&state, &row.name)?;
        Ok(Login { user: row.user.clone(), token: Some(row.name.clone()) })
    }

    /// Password first, so that a wrong one never tells whether the code was right.
    pub fn login_with_password(&self, login: PasswordLogin<'_>) -> Result<Login> {
        let step = self.now_ms().div_euclid(1000).div_euclid(STEP_S);
        let mut state = self.state();
        if login.user.is_empty() {
            return Err(AccountError::authentication());
        }
        let user = state.users.get_mut(login.user).ok_or_else(AccountError::invalid_user)?;
        if !same(&user.password, login.password) {
            return Err(AccountError::authentication());
        }
        if !user.enable {
            return Err(AccountError::user_disabled());
        }
        if let Some(secret) = &user.totp {
            let code = login.totp.unwrap_or_default();
            let matching =
                (step - TOTP_WINDOW..=step + TOTP_WINDOW).find(|step| same(&totp::code_of_step(secret, *step), code));
            // One-time: a step that has been used, or an earlier one, does not open the door again.
            match matching.filter(|step| user.totp_last_step.is_none_or(|last| *step > last)) {
                Some(step) => user.totp_last_step = Some(step),
                None => return Err(AccountError::new(self.options().codes.totp, "Invalid TOTP code")),
            }
        }
        Ok(Login { user: login.user.to_owned(), token: None })
    }

    /// Whether a named token is still good: for TMQ polls and, if so configured, for open sessions.
    pub fn token_is_good(&self, name: &str) -> Result<()> {
        self.check_token(&self.state(), name)
    }

    fn check_token(&self, state: &State, name: &str) -> Result<()> {
        let codes = &self.options().codes;
        let row = state.tokens.get(name).ok_or_else(|| self.token_not_exist())?;
        if !row.enable {
            return Err(AccountError::new(codes.disabled, "Token is disabled"));
        }
        if row.expire_ms != 0 && self.now_ms() >= row.expire_ms {
            return Err(AccountError::new(codes.expired, "Token is expired"));
        }
        match state.users.get(&row.user) {
            Some(user) if user.enable => Ok(()),
            Some(_) => Err(AccountError::user_disabled()),
            None => Err(AccountError::invalid_user()),
        }
    }

    pub(super) fn token_not_exist(&self) -> AccountError {
        AccountError::new(self.options().codes.not_exist, "Invalid token")
    }
}

/// Compares without stopping at the first difference.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |difference, (x, y)| difference | (x ^ y)) == 0
}
