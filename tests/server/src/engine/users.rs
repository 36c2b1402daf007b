//! Statements on users and tokens: parsed here, decided by the account book.

use super::Scope;
use super::error::{SqlError, codes};
use super::info::{InfoTable, text, varchar};
use super::parser::{Parsed, Parser};
use crate::accounts::{AccountError, Caller, NewToken, NewUser, TokenChange, UserChange};

impl From<AccountError> for SqlError {
    fn from(error: AccountError) -> Self {
        SqlError::new(error.code, error.message)
    }
}

/// TTL counts in days in SQL, in seconds in the account book.
const SECONDS_PER_DAY: u64 = 86_400;

fn flag(p: &mut Parser<'_>) -> Parsed<bool> {
    let mark = *p;
    match p.unsigned()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(mark.error()),
    }
}

/// Options of CREATE USER and ALTER USER, to the end of the statement.
fn user_options(p: &mut Parser<'_>) -> Parsed<UserChange> {
    let mut change = UserChange::default();
    while !p.at_end() {
        p.symbol(",");
        if p.word("pass") {
            change.password = Some(p.text()?);
        } else if p.word("enable") {
            change.enable = Some(flag(p)?);
        } else if p.word("sysinfo") {
            change.sysinfo = Some(flag(p)?);
        } else if p.word("createdb") {
            change.createdb = Some(flag(p)?);
        } else if p.word("allow_token_num") {
            change.allow_token_num = Some(if p.word("unlimited") {
                -1
            } else if p.symbol("-") {
                p.unsigned()?;
                -1
            } else {
                p.unsigned()? as i64
            });
        } else {
            return Err(p.error());
        }
    }
    p.end()?;
    Ok(change)
}

fn token_options(p: &mut Parser<'_>) -> Parsed<TokenChange> {
    let mut change = TokenChange::default();
    while !p.at_end() {
        if p.word("enable") {
            change.enable = Some(flag(p)?);
        } else if p.word("ttl") {
            change.ttl_s = Some(p.unsigned()?.saturating_mul(SECONDS_PER_DAY));
        } else if p.word("provider") {
            change.provider = Some(p.text()?);
        } else if p.word("extra_info") {
            change.extra_info = Some(p.text()?);
        } else {
            return Err(p.error());
        }
    }
    p.end()?;
    Ok(change)
}

/// `CREATE USER`, after USER.
pub(crate) fn create_user(scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<(), SqlError> {
    let name = p.name()?.to_owned();
    if !p.token.is_word("pass") {
        return Err(p.error());
    }
    let o = user_options(p)?;
    let user = NewUser {
        name,
        password: o.password.unwrap_or_default(),
        sysinfo: o.sysinfo,
        enable: o.enable,
        createdb: o.createdb,
        allow_token_num: o.allow_token_num,
    };
    Ok(scope.config.accounts.create_user(scope.caller, user)?)
}

/// `ALTER USER`, after USER.
pub(crate) fn alter_user(scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<(), SqlError> {
    let name = p.name()?.to_owned();
    if p.at_end() {
        return Err(p.error());
    }
    let change = user_options(p)?;
    Ok(scope.config.accounts.alter_user(scope.caller, &name, change)?)
}

/// `DROP USER`, after USER.
pub(crate) fn drop_user(scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<(), SqlError> {
    let if_exists = p.if_exists();
    let name = p.name()?.to_owned();
    p.end()?;
    Ok(scope.config.accounts.drop_user(scope.caller, &name, if_exists)?)
}

/// `CREATE TOKEN`, after TOKEN: one row with the secret, or none if IF NOT EXISTS met an existing name.
pub(crate) fn create_token(scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<InfoTable, SqlError> {
    let if_not_exists = p.if_not_exists();
    let name = p.name()?.to_owned();
    p.expect_word("from")?;
    p.expect_word("user")?;
    let user = p.name()?.to_owned();
    let o = token_options(p)?;
    let token = NewToken {
        name,
        user,
        if_not_exists,
        enable: o.enable,
        ttl_s: o.ttl_s,
        provider: o.provider,
        extra_info: o.extra_info,
    };
    let secret = scope.config.accounts.create_token(scope.caller, token)?;
    Ok(InfoTable { columns: vec![("token", varchar(64))], rows: secret.into_iter().map(|s| vec![text(s)]).collect() })
}

/// `ALTER TOKEN`, after TOKEN.
pub(crate) fn alter_token(scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<(), SqlError> {
    let name = p.name()?.to_owned();
    if p.at_end() {
        return Err(p.error());
    }
    let change = token_options(p)?;
    Ok(scope.config.accounts.alter_token(scope.caller, &name, change)?)
}

/// `DROP TOKEN`, after TOKEN.
pub(crate) fn drop_token(scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<(), SqlError> {
    let if_exists = p.if_exists();
    let name = p.name()?.to_owned();
    p.end()?;
    Ok(scope.config.accounts.drop_token(scope.caller, &name, if_exists)?)
}

/// `CREATE TOTP_SECRET FOR USER`, after TOTP_SECRET: one row with the secret.
pub(crate) fn create_totp_secret(scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<InfoTable, SqlError> {
    p.expect_word("for")?;
    p.expect_word("user")?;
    let user = p.name()?.to_owned();
    p.end()?;
    let secret = scope.config.accounts.create_totp_secret(scope.caller, &user)?;
    Ok(InfoTable { columns: vec![("totp_secret", varchar(64))], rows: vec![vec![text(secret)]] })
}

/// `DROP TOTP_SECRET FROM USER`, after TOTP_SECRET.
pub(crate) fn drop_totp_secret(scope: &Scope<'_>, p: &mut Parser<'_>) -> Result<(), SqlError> {
    p.expect_word("from")?;
    p.expect_word("user")?;
    let user = p.name()?.to_owned();
    p.end()?;
    Ok(scope.config.accounts.drop_totp_secret(scope.caller, &user)?)
}

/// `GRANT … TO user` and `REVOKE … FROM user`: there are no rights to give here beyond being root, but the user
/// has to exist and the words have to be privileges.
pub(crate) fn grant(scope: &Scope<'_>, p: &mut Parser<'_>, to: &str) -> Result<(), SqlError> {
    loop {
        if !["all", "read", "write", "alter", "subscribe"].iter().any(|word| p.word(word)) {
            return Err(p.error());
        }
        if !p.symbol(",") {
            break;
        }
    }
    p.expect_word("on")?;
    if !p.symbol("*") {
        p.name()?;
    }
    if p.symbol(".") && !p.symbol("*") {
        p.name()?;
    }
    p.expect_word(to)?;
    let name = p.name()?.to_owned();
    p.end()?;
    let everyone = scope.config.accounts.show_users(Caller { user: "root", token: None });
    if everyone.iter().any(|u| u.name == name) {
        Ok(())
    } else {
        Err(SqlError::new(codes::INVALID_USER, "Invalid user"))
    }
}
