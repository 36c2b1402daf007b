//! The account book: the tables of users and tokens and the statements that change them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::secret::{random_bytes, random_text};
use super::{
    AccountError, Accounts, Caller, Clock, NewToken, NewUser, Result, TokenChange, TokenCodes, TokenRow, UserChange,
    UserRow, base32_encode,
};

const ROOT: &str = "root";
const ROOT_PASSWORD: &str = "taosdata";
const DEFAULT_TOKENS_PER_USER: u32 = 3;
/// Length of a token's secret.
const TOKEN_LENGTH: usize = 63;

/// How the book behaves.
#[derive(Clone, Debug, Default)]
pub struct BookOptions {
    /// The numbers of token failures.
    pub codes: TokenCodes,
    /// A new token can be used only so long after CREATE TOKEN, as in a real cluster; 0 = at once.
    pub token_lag_ms: i64,
    /// A community server: it has no tokens.
    pub community: bool,
}

/// What open sessions have to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountEvent {
    /// The user is gone: its WebSockets close.
    UserDropped(String),
    /// Pooled REST connections of the user close.
    PasswordChanged(String),
}

type Listener = Box<dyn Fn(&AccountEvent) + Send + Sync>;

/// Users and tokens in memory. Cheap to clone; all clones share the tables.
#[derive(Clone)]
pub struct Book(Arc<Inner>);

struct Inner {
    clock: Clock,
    options: BookOptions,
    state: Mutex<State>,
    listener: OnceLock<Listener>,
}

pub(super) struct State {
    pub(super) users: BTreeMap<String, User>,
    pub(super) tokens: BTreeMap<String, Token>,
}

pub(super) struct User {
    pub(super) password: String,
    pub(super) enable: bool,
    sysinfo: bool,
    createdb: bool,
    created_ms: i64,
    pub(super) totp: Option<Vec<u8>>,
    pub(super) totp_last_step: Option<i64>,
    allow_token_num: Option<u32>,
}

pub(super) struct Token {
    pub(super) name: String,
    pub(super) user: String,
    pub(super) secret: String,
    pub(super) enable: bool,
    created_ms: i64,
    /// 0 = never.
    pub(super) expire_ms: i64,
    pub(super) visible_at_ms: i64,
    provider: String,
    extra_info: String,
}

impl Book {
    /// A book with the one user `root` / `taosdata`.
    pub fn new(clock: Clock, options: BookOptions) -> Self {
        let root = User {
            password: ROOT_PASSWORD.to_owned(),
            enable: true,
            sysinfo: true,
            createdb: true,
            created_ms: clock.now_ms(),
            totp: None,
            totp_last_step: None,
            allow_token_num: Some(DEFAULT_TOKENS_PER_USER),
        };
        let state = State { users: BTreeMap::from([(ROOT.to_owned(), root)]), tokens: BTreeMap::new() };
        Book(Arc::new(Inner { clock, options, state: Mutex::new(state), listener: OnceLock::new() }))
    }

    /// Who is told of dropped users and changed passwords; the first one set stays.
    pub fn set_listener(&self, listener: impl Fn(&AccountEvent) + Send + Sync + 'static) {
        // A second listener would mean two servers on one book, which does not happen.
        let _ = self.0.listener.set(Box::new(listener));
    }

    /// Makes a token past all rights and limits (start of the server, control API). With `secret` the given text is
    /// the token, else a random one; the answer is the secret.
    pub fn issue_token(&self, token: NewToken, secret: Option<String>) -> Result<String> {
        self.insert_token(&mut self.state(), token, secret, 0)
    }

    /// [`Accounts::alter_token`] past all rights (control API).
    pub fn change_token(&self, name: &str, change: TokenChange) -> Result<()> {
        let now = self.now_ms();
        let not_exist = self.token_not_exist();
        let mut state = self.state();
        let token = state.tokens.get_mut(name).ok_or(not_exist)?;
        check_texts(change.provider.as_deref(), change.extra_info.as_deref())?;
        token.enable = change.enable.unwrap_or(token.enable);
        if let Some(ttl_s) = change.ttl_s {
            token.expire_ms = expiry(now, ttl_s);
        }
        if let Some(provider) = change.provider {
            token.provider = provider;
        }
        if let Some(extra_info) = change.extra_info {
            token.extra_info = extra_info;
        }
        Ok(())
    }

    /// [`Accounts::drop_token`] past all rights (control API).
    pub fn remove_token(&self, name: &str) -> Result<()> {
        self.state().tokens.remove(name).map(drop).ok_or_else(|| self.token_not_exist())
    }

    /// Gives a user a known TOTP secret (tests); `None` takes it away.
    pub fn set_totp_secret(&self, user: &str, secret: Option<Vec<u8>>) -> Result<()> {
        let mut state = self.state();
        let row = state.users.get_mut(user).ok_or_else(AccountError::invalid_user)?;
        row.totp = secret;
        row.totp_last_step = None;
        Ok(())
    }

    /// How this book behaves.
    pub fn options(&self) -> &BookOptions {
        &self.0.options
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // The tables are changed by single assignments, so a panic elsewhere cannot leave them half done.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: AccountEvent) {
        if let Some(listener) = self.0.listener.get() {
            listener(&event);
        }
    }

    fn insert_token(&self, state: &mut State, new: NewToken, secret: Option<String>, lag_ms: i64) -> Result<String> {
        let codes = &self.0.options.codes;
        if new.name.is_empty() || new.name.len() > 31 {
            return Err(AccountError::new(codes.name, "Invalid token name"));
        }
        if state.tokens.contains_key(&new.name) {
            return Err(AccountError::new(codes.exists, "Token already exists"));
        }
        if !state.users.contains_key(&new.user) {
            return Err(AccountError::invalid_user());
        }
        check_texts(new.provider.as_deref(), new.extra_info.as_deref())?;
        let now = self.now_ms();
        let secret = match secret {
            Some(secret) => secret,
            None => random_text(TOKEN_LENGTH)?,
        };
        let token = Token {
            name: new.name.clone(),
            user: new.user,
            secret: secret.clone(),
            enable: new.enable.unwrap_or(true),
            created_ms: now,
            expire_ms: expiry(now, new.ttl_s.unwrap_or(0)),
            visible_at_ms: now.saturating_add(lag_ms),
            provider: new.provider.unwrap_or_default(),
            extra_info: new.extra_info.unwrap_or_default(),
        };
        state.tokens.insert(new.name, token);
        Ok(secret)
    }

    fn has_tokens(&self) -> Result<()> {
        if self.0.options.community { Err(AccountError::not_supported()) } else { Ok(()) }
    }

    /// Tokens belong to `root` and to their owner; a token may not change itself (a leaked one would live for ever).
    fn may_touch_token(&self, state: &State, caller: Caller<'_>, name: &str) -> Result<()> {
        let token = state.tokens.get(name).ok_or_else(|| self.token_not_exist())?;
        if caller.token == Some(name) || (caller.user != ROOT && caller.user != token.user) {
            return Err(AccountError::no_privilege());
        }
        Ok(())
    }
}

impl Accounts for Book {
    fn clock(&self) -> &Clock {
        &self.0.clock
    }

    fn create_user(&self, caller: Caller<'_>, user: NewUser) -> Result<()> {
        only_root(caller)?;
        if user.name.is_empty() || user.name.len() > 23 {
            return Err(AccountError::new(0x0352u32, "Invalid user format"));
        }
        check_password(&user.password)?;
        let mut state = self.state();
        if state.users.contains_key(&user.name) {
            return Err(AccountError::new(0x0350u32, "User already exists"));
        }
        let row = User {
            password: user.password,
            enable: user.enable.unwrap_or(true),
            sysinfo: user.sysinfo.unwrap_or(true),
            createdb: user.createdb.unwrap_or(false),
            created_ms: self.now_ms(),
            totp: None,
            totp_last_step: None,
            allow_token_num: user.allow_token_num.map_or(Some(DEFAULT_TOKENS_PER_USER), limit),
        };
        state.users.insert(user.name, row);
        Ok(())
    }

    fn alter_user(&self, caller: Caller<'_>, name: &str, change: UserChange) -> Result<()> {
        let UserChange { password, sysinfo, enable, createdb, allow_token_num } = change;
        let only_password = sysinfo.is_none() && enable.is_none() && createdb.is_none() && allow_token_num.is_none();
        if caller.user != ROOT && !(caller.user == name && only_password) {
            return Err(AccountError::no_privilege());
        }
        if let Some(password) = &password {
            check_password(password)?;
        }
        let new_password = password.is_some();
        {
            let mut state = self.state();
            let user = state.users.get_mut(name).ok_or_else(AccountError::invalid_user)?;
            if let Some(password) = password {
                user.password = password;
            }
            user.sysinfo = sysinfo.unwrap_or(user.sysinfo);
            user.enable = enable.unwrap_or(user.enable);
            user.createdb = createdb.unwrap_or(user.createdb);
            if let Some(number) = allow_token_num {
                user.allow_token_num = limit(number);
            }
        }
        if new_password {
            self.tell(AccountEvent::PasswordChanged(name.to_owned()));
        }
        Ok(())
    }

    fn drop_user(&self, caller: Caller<'_>, name: &str, if_exists: bool) -> Result<()> {
        only_root(caller)?;
        if name == ROOT {
            return Err(AccountError::no_privilege());
        }
        {
            let mut state = self.state();
            if state.users.remove(name).is_none() {
                return if if_exists { Ok(()) } else { Err(AccountError::invalid_user()) };
            }
            state.tokens.retain(|_, token| token.user != name);
        }
        self.tell(AccountEvent::UserDropped(name.to_owned()));
        Ok(())
    }

    fn create_totp_secret(&self, caller: Caller<'_>, user: &str) -> Result<String> {
        root_or_self(caller, user)?;
        let secret = random_bytes::<20>()?.to_vec();
        let text = base32_encode(&secret);
        self.set_totp_secret(user, Some(secret))?;
        Ok(text)
    }

    fn drop_totp_secret(&self, caller: Caller<'_>, user: &str) -> Result<()> {
        root_or_self(caller, user)?;
        self.set_totp_secret(user, None)
    }

    fn create_token(&self, caller: Caller<'_>, token: NewToken) -> Result<Option<String>> {
        self.has_tokens()?;
        root_or_self(caller, &token.user)?;
        let mut state = self.state();
        if token.if_not_exists && state.tokens.contains_key(&token.name) {
            return Ok(None);
        }
        let owned = state.tokens.values().filter(|row| row.user == token.user).count();
        let allowed = state.users.get(&token.user).map(|user| user.allow_token_num);
        if let Some(Some(allowed)) = allowed
            && owned >= allowed as usize
        {
            return Err(AccountError::new(self.0.options.codes.too_many, "Too many tokens"));
        }
        self.insert_token(&mut state, token, None, self.0.options.token_lag_ms).map(Some)
    }

    fn alter_token(&self, caller: Caller<'_>, name: &str, change: TokenChange) -> Result<()> {
        self.has_tokens()?;
        self.may_touch_token(&self.state(), caller, name)?;
        self.change_token(name, change)
    }

    fn drop_token(&self, caller: Caller<'_>, name: &str, if_exists: bool) -> Result<()> {
        self.has_tokens()?;
        let mut state = self.state();
        if if_exists && !state.tokens.contains_key(name) {
            return Ok(());
        }
        self.may_touch_token(&state, caller, name)?;
        state.tokens.remove(name);
        Ok(())
    }

    fn show_users(&self, _caller: Caller<'_>) -> Vec<UserRow> {
        let row = |(name, user): (&String, &User)| UserRow {
            name: name.clone(),
            super_user: name == ROOT,
            enable: user.enable,
            sysinfo: user.sysinfo,
            createdb: user.createdb,
            create_time_ms: user.created_ms,
            totp: user.totp.is_some(),
            allow_token_num: user.allow_token_num,
        };
        self.state().users.iter().map(row).collect()
    }

    fn show_tokens(&self, caller: Caller<'_>) -> Vec<TokenRow> {
        if self.0.options.community {
            return Vec::new();
        }
        let now = self.now_ms();
        let row = |token: &Token| TokenRow {
            name: token.name.clone(),
            user: token.user.clone(),
            provider: token.provider.clone(),
            enable: token.enable,
            create_time_ms: token.created_ms,
            expire_time_ms: token.expire_ms,
            extra_info: token.extra_info.clone(),
        };
        let seen = |token: &&Token| token.visible_at_ms <= now && (caller.user == ROOT || caller.user == token.user);
        self.state().tokens.values().filter(seen).map(row).collect()
    }
}

fn expiry(now_ms: i64, ttl_s: u64) -> i64 {
    match i64::try_from(ttl_s).unwrap_or(i64::MAX) {
        0 => 0,
        ttl_s => now_ms.saturating_add(ttl_s.saturating_mul(1000)),
    }
}

fn limit(number: i64) -> Option<u32> {
    u32::try_from(number).ok()
}

fn only_root(caller: Caller<'_>) -> Result<()> {
    if caller.user == ROOT { Ok(()) } else { Err(AccountError::no_privilege()) }
}

fn root_or_self(caller: Caller<'_>, user: &str) -> Result<()> {
    if caller.user == user { Ok(()) } else { only_root(caller) }
}

fn check_password(password: &str) -> Result<()> {
    if password.is_empty() || password.len() > 255 {
        return Err(AccountError::new(0x0353u32, "Invalid password format"));
    }
    Ok(())
}

fn check_texts(provider: Option<&str>, extra_info: Option<&str>) -> Result<()> {
    if provider.is_some_and(|text| text.len() > 63) {
        return Err(AccountError::value_too_long("PROVIDER"));
    }
    if extra_info.is_some_and(|text| text.len() > 1023) {
        return Err(AccountError::value_too_long("EXTRA_INFO"));
    }
    Ok(())
}
