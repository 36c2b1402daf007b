//! The rows of SHOW USERS and SHOW TOKENS.

/// One row of `information_schema.ins_users`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// User name.
    pub name: String,
    /// 1 for `root`.
    pub super_user: bool,
    /// `ENABLE`.
    pub enable: bool,
    /// `SYSINFO`.
    pub sysinfo: bool,
    /// `CREATEDB`.
    pub createdb: bool,
    /// Milliseconds since 1970.
    pub create_time_ms: i64,
    /// A TOTP secret exists.
    pub totp: bool,
    /// `ALLOW_TOKEN_NUM`; `None` = unlimited.
    pub allow_token_num: Option<u32>,
}

/// One row of `information_schema.ins_tokens`. The secret is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Token name.
    pub name: String,
    /// Owner.
    pub user: String,
    /// `PROVIDER`.
    pub provider: String,
    /// `ENABLE`.
    pub enable: bool,
    /// Milliseconds since 1970.
    pub create_time_ms: i64,
    /// Milliseconds since 1970; 0 = never.
    pub expire_time_ms: i64,
    /// `EXTRA_INFO`.
    pub extra_info: String,
}
