//! `sql`: tdsec makes its tokens itself, by a login that may (SRC-1).
//!
//! ```text
//! fetch:   CREATE TOKEN name FROM USER … TTL days -> wait until SHOW TOKENS has it and it logs in -> its expiry
//! retire:  ALTER TOKEN name ENABLE 0, DROP TOKEN name
//! ```
//!
//! A name says whose the token is: prefix, digest of the instance, a random part. What an earlier run of the same instance left
//! behind is dropped when the user's limit of tokens is reached, and nobody else's.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::builder::{Inputs, missing};
use crate::client::Connection;
use crate::clock::{Clock as _, Rng as _, SeededRng, SystemClock};
use crate::config::{Config, Credential, invalid};
use crate::credential::{Issued, SourceFuture, TokenSource};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use crate::tokens::{NewToken, TokenInfo, Tokens};

/// What the source shares with every connection: where the server is, and the login that may make tokens.
pub(super) const CONNECTION_OPTIONS: &[&str] = &[
    "address",
    "bearer_token",
    "user",
    "password",
    "connect_timeout",
    "request_timeout",
    "tls_ca",
    "tls_system_roots",
    "tls_pin",
    "tls_server_name",
    "tls_crl",
    "tls_revocation",
    "tls_cert",
    "tls_key",
    "tls_key_passphrase",
    "tls_key_passphrase_source",
    "tls_key_permissions",
    "tls_min_version",
    "tls_max_version",
    "tls_post_quantum",
    "danger_tls_verification",
    "danger_token_without_verification",
    "danger_token_over_plaintext",
];

const MAX_PREFIX_BYTES: usize = 12;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Makes tokens.
#[derive(Debug)]
pub(super) struct Minting {
    config: Config,
    user: String,
    /// With which the names of all tokens of this instance begin.
    mine: String,
    prefix: String,
    told: String,
    ttl_days: u32,
    provider: String,
    patience: Duration,
    minted: Mutex<Vec<Minted>>,
}

/// A token that was made and not taken back yet.
#[derive(Debug)]
struct Minted {
    token: Secret,
    name: String,
    /// Being made, or given to somebody who has not retired it.
    wanted: bool,
}

/// A token being made: nobody wants it if it is not handed out, whatever the reason.
struct Making<'a> {
    source: &'a Minting,
    token: Secret,
    handed_out: bool,
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        if !self.handed_out {
            self.source.unwanted(&self.token);
        }
    }
}

impl Minting {
    pub(super) fn new(inputs: &mut Inputs) -> Result<Minting> {
        let config = std::mem::take(&mut inputs.connection).build()?;
        let user = match (inputs.values.take_text("for_user")?, config.credential()) {
            (Some(user), _) => user,
            (None, Credential::Password { user, .. }) => user.clone(),
            (None, _) => return Err(missing("for_user")),
        };
        let prefix = inputs.text("name_prefix", "tdsec")?;
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if prefix.len() > MAX_PREFIX_BYTES
            || !prefix.bytes().all(is_word)
            || prefix.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(invalid(
                "name_prefix",
                "at most 12 letters, digits and underscores, not beginning with a digit",
            ));
        }
        let ttl_days = inputs.values.take_integer("ttl_days", 1, 3650)?.unwrap_or(1);
        let told = match inputs.values.take_text("instance")? {
            Some(instance) => format!("instance={instance}"),
            // No other source, of this process or another, has the same.
            None => format!("host={} pid={} source={:08x}", host(), std::process::id(), random()),
        };
        let digest: String = Sha256::digest(&told).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Ok(Minting {
            mine: format!("{prefix}_{digest}_"),
            prefix: format!("{prefix}_"),
            ttl_days: u32::try_from(ttl_days).unwrap_or(1),
            provider: inputs.text("provider", "tdsec")?,
            patience: inputs.duration("visible_timeout", 10)?,
            config,
            user,
            told,
            minted: Mutex::default(),
        })
    }

    fn minted(&self) -> MutexGuard<'_, Vec<Minted>> {
        self.minted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// False if it is none of ours.
    fn unwanted(&self, token: &Secret) -> bool {
        let mut minted = self.minted();
        let found = minted.iter_mut().find(|minted| minted.token == *token);
        found.map(|minted| minted.wanted = false).is_some()
    }

    async fn fetch_new(&self) -> Result<Issued> {
        let connection = self.connect().await?;
        let outcome = self.mint(&Tokens::new(&connection)).await;
        connection.close().await;
        outcome
    }

    async fn connect(&self) -> Result<Connection> {
        Connection::connect(&self.config).await.map_err(|error| self.failed("log in to make a token", error))
    }

    async fn mint(&self, tokens: &Tokens) -> Result<Issued> {
        self.take_back_unwanted(tokens).await;
        let new = NewToken::new(format!("{}{:08x}", self.mine, random()), &self.user)
            .ttl_days(self.ttl_days)
            .provider(&self.provider)
            .extra_info(&self.told);
        let issued = match tokens.create(&new).await {
            Err(error) if is_limit(&error) && self.clear(tokens).await? > 0 => tokens.create(&new).await,
            outcome => outcome,
        };
        let issued = issued.map_err(|error| self.failed("make a token", error))?;
        let minted = Minted { token: issued.token.clone(), name: new.name().to_owned(), wanted: true };
        self.minted().push(minted);
        let mut making = Making { source: self, token: issued.token.clone(), handed_out: false };
        match self.visible(tokens, new.name(), &issued).await {
            Ok(info) => {
                making.handed_out = true;
                Ok(match info.expires_at {
                    Some(end) => issued.expires_at(end),
                    None => issued,
                })
            }
            Err(error) => {
                drop(making);
                let _ = self.take_back(tokens, &issued.token).await;
                Err(error)
            }
        }
    }

    /// What could not be taken back before: its maker went away, or the server did.
    async fn take_back_unwanted(&self, tokens: &Tokens) {
        let unwanted = |minted: &Minted| (!minted.wanted).then(|| minted.token.clone());
        let left: Vec<Secret> = self.minted().iter().filter_map(unwanted).collect();
        for token in left {
            // What fails again is tried again, and makes room at the limit like everything that nobody wants.
            let _ = self.take_back(tokens, &token).await;
        }
    }

    /// Waits until the cluster knows the token everywhere: listed, and good for a login.
    async fn visible(&self, tokens: &Tokens, name: &str, issued: &Issued) -> Result<TokenInfo> {
        let deadline = Instant::now() + self.patience;
        let mut pause = FIRST_PAUSE;
        loop {
            let listed = tokens.list().await.map_err(|error| self.failed("list the tokens", error))?;
            if let Some(info) = listed.into_iter().find(|info| info.name == name)
                && self.logs_in(&issued.token).await?
            {
                return Ok(info);
            }
            if Instant::now() + pause > deadline {
                let text = format!("the new token {name} cannot be used yet after {} s", self.patience.as_secs_f64());
                return Err(Error::new(ErrorCode::SourceUnavailable, text));
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    async fn logs_in(&self, token: &Secret) -> Result<bool> {
        let config = self.config.with_token(token.clone()).map_err(|error| self.failed("use the new token", error))?;
        match Connection::connect(&config).await {
            Ok(connection) => {
                connection.close().await;
                Ok(true)
            }
            Err(error) if error.code() == ErrorCode::TokenRefused => Ok(false),
            Err(error) => Err(self.failed("use the new token", error)),
        }
    }

    /// Drops what nobody needs any more: left by an earlier run of this instance, or ended, or disabled. How many.
    async fn clear(&self, tokens: &Tokens) -> Result<usize> {
        let now = SystemClock.now().wall;
        let wanted = |minted: &Minted| minted.wanted.then(|| minted.name.clone());
        let kept: Vec<String> = self.minted().iter().filter_map(wanted).collect();
        let is_stale = |info: &TokenInfo| {
            let ended = info.expires_at.is_some_and(|end| end <= now) || !info.enabled;
            let ours = info.name.starts_with(&self.prefix) && info.provider == self.provider;
            info.user == self.user && !kept.contains(&info.name) && (info.name.starts_with(&self.mine) || ours && ended)
        };
        let listed = tokens.list().await.map_err(|error| self.failed("list the tokens", error))?;
        let mut dropped = 0;
        for info in listed.iter().filter(|info| is_stale(info)) {
            tokens.drop(&info.name).await.map_err(|error| self.failed("drop a token that has ended", error))?;
            self.minted().retain(|minted| minted.name != info.name);
            dropped += 1;
        }
        Ok(dropped)
    }

    async fn give_back(&self, token: &Secret) -> Result<()> {
        if !self.unwanted(token) {
            return Ok(());
        }
        let connection = self.connect().await?;
        let outcome = self.take_back(&Tokens::new(&connection), token).await;
        connection.close().await;
        outcome
    }

    async fn take_back(&self, tokens: &Tokens, token: &Secret) -> Result<()> {
        let name = self.minted().iter().find(|minted| minted.token == *token).map(|minted| minted.name.clone());
        let Some(name) = name else { return Ok(()) };
        // Disabled first: if the drop does not come through, it can be used no longer all the same.
        let disabled = tokens.set_enabled(&name, false).await;
        let dropped = tokens.drop(&name).await;
        dropped.or(disabled).map_err(|error| self.failed("take a token back", error))?;
        self.minted().retain(|minted| minted.token != *token);
        Ok(())
    }

    fn failed(&self, doing: &str, error: Error) -> Error {
        let user = &self.user;
        let text = if is_limit(&error) {
            format!(
                "cannot {doing}: the user {user} has as many tokens as it may have; drop some that nobody needs, or raise the limit: \
                 ALTER USER {user} ALLOW_TOKEN_NUM 5"
            )
        } else {
            format!("cannot {doing} for the user {user}: {error}")
        };
        Error::new(ErrorCode::SourceUnavailable, text).with_source(error)
    }
}

impl TokenSource for Minting {
    fn name(&self) -> &str {
        "sql"
    }

    fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
        Box::pin(self.fetch_new())
    }

    fn retire<'a>(&'a self, token: &'a Secret) -> SourceFuture<'a, Result<()>> {
        Box::pin(self.give_back(token))
    }
}

/// The number is not published, the text is.
fn is_limit(error: &Error) -> bool {
    error.server_message().is_some_and(|text| text.to_ascii_lowercase().contains("too many"))
}

fn random() -> u64 {
    SeededRng::from_entropy().next() >> 32
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::env::var("HOSTNAME"));
    name.map_or_else(|_| "unknown".into(), |name| name.trim().chars().take(64).collect())
}
