//! Users, tokens and the virtual clock: who may log in, with what, until when.
//!
//! The account book ([`Book`]) is the only implementation of [`Accounts`]. The SQL engine calls the trait for
//! CREATE/ALTER/DROP USER and TOKEN and for SHOW; the network side asks the book itself at login.
//! Nothing here opens a socket; time comes from [`Clock`] alone.

mod book;
mod clock;
mod codes;
mod error;
mod login;
mod rows;
mod secret;
#[cfg(test)]
mod tests;
mod totp;

pub use book::{AccountEvent, Book, BookOptions};
pub use clock::Clock;
pub use codes::TokenCodes;
pub use error::AccountError;
pub use login::{Login, PasswordLogin};
pub use rows::{TokenRow, UserRow};
pub use secret::{fingerprint, random_text};
pub use totp::{base32_decode, base32_encode, code_at as totp_code_at};

/// What every account operation answers.
pub type Result<T> = std::result::Result<T, AccountError>;

/// On whose behalf a statement runs.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The user of the session.
    pub user: &'a str,
    /// The name of the token that opened the session; `None` after a password login.
    pub token: Option<&'a str>,
}

/// `CREATE USER name PASS 'password' …`. `None` leaves the engine's default.
#[derive(Clone, Default)]
pub struct NewUser {
    /// Name, at most 23 bytes.
    pub name: String,
    /// Password, 1 to 255 bytes.
    pub password: String,
    /// `SYSINFO {0|1}`.
    pub sysinfo: Option<bool>,
    /// `ENABLE {0|1}`.
    pub enable: Option<bool>,
    /// `CREATEDB {0|1}`.
    pub createdb: Option<bool>,
    /// `ALLOW_TOKEN_NUM n`; a negative number is UNLIMITED.
    pub allow_token_num: Option<i64>,
}

/// `ALTER USER name …`. `None` keeps what is there.
#[derive(Clone, Default)]
pub struct UserChange {
    /// `PASS 'password'`.
    pub password: Option<String>,
    /// `SYSINFO {0|1}`.
    pub sysinfo: Option<bool>,
    /// `ENABLE {0|1}`.
    pub enable: Option<bool>,
    /// `CREATEDB {0|1}`.
    pub createdb: Option<bool>,
    /// `ALLOW_TOKEN_NUM n`; a negative number is UNLIMITED.
    pub allow_token_num: Option<i64>,
}

/// `CREATE TOKEN [IF NOT EXISTS] name FROM USER user …`.
#[derive(Clone, Debug, Default)]
pub struct NewToken {
    /// Name, unique in the cluster, at most 31 bytes.
    pub name: String,
    /// The owner; must exist.
    pub user: String,
    /// `IF NOT EXISTS` was written.
    pub if_not_exists: bool,
    /// `ENABLE {0|1}`, 1 if not given.
    pub enable: Option<bool>,
    /// Life in **seconds** (SQL counts in days: the engine multiplies); 0 or `None` = never expires.
    pub ttl_s: Option<u64>,
    /// `PROVIDER 'text'`, at most 63 bytes.
    pub provider: Option<String>,
    /// `EXTRA_INFO 'text'`, at most 1023 bytes.
    pub extra_info: Option<String>,
}

/// `ALTER TOKEN name …`. `None` keeps what is there.
#[derive(Clone, Debug, Default)]
pub struct TokenChange {
    /// `ENABLE {0|1}`.
    pub enable: Option<bool>,
    /// Life in seconds from now on; 0 = never expires.
    pub ttl_s: Option<u64>,
    /// `PROVIDER 'text'`.
    pub provider: Option<String>,
    /// `EXTRA_INFO 'text'`.
    pub extra_info: Option<String>,
}

/// What the SQL engine asks of the account book.
pub trait Accounts: Send + Sync {
    /// The clock that `NOW` and expiry go by.
    fn clock(&self) -> &Clock;

    /// `CREATE USER`.
    fn create_user(&self, caller: Caller<'_>, user: NewUser) -> Result<()>;
    /// `ALTER USER`.
    fn alter_user(&self, caller: Caller<'_>, name: &str, change: UserChange) -> Result<()>;
    /// `DROP USER [IF EXISTS]`: its tokens go with it and its open WebSockets are closed.
    fn drop_user(&self, caller: Caller<'_>, name: &str, if_exists: bool) -> Result<()>;
    /// `CREATE TOTP_SECRET FOR USER`: the secret in base32, shown this once.
    fn create_totp_secret(&self, caller: Caller<'_>, user: &str) -> Result<String>;
    /// `DROP TOTP_SECRET FROM USER`.
    fn drop_totp_secret(&self, caller: Caller<'_>, user: &str) -> Result<()>;

    /// `CREATE TOKEN`: the secret, shown this once; `None` if `IF NOT EXISTS` met an existing name.
    fn create_token(&self, caller: Caller<'_>, token: NewToken) -> Result<Option<String>>;
    /// `ALTER TOKEN`.
    fn alter_token(&self, caller: Caller<'_>, name: &str, change: TokenChange) -> Result<()>;
    /// `DROP TOKEN [IF EXISTS]`.
    fn drop_token(&self, caller: Caller<'_>, name: &str, if_exists: bool) -> Result<()>;

    /// `SHOW USERS` and `information_schema.ins_users`, sorted by name.
    fn show_users(&self, caller: Caller<'_>) -> Vec<UserRow>;
    /// `SHOW TOKENS` and `information_schema.ins_tokens`: all for `root`, one's own otherwise, sorted by name.
    fn show_tokens(&self, caller: Caller<'_>) -> Vec<TokenRow>;
}
