//! From an address in any connector's spelling, or from single options, to one checked `Config`.
//!
//! This room knows every option, its spellings and its default (`options.rs`), and decides everything that can be
//! decided without a socket, a file or a clock. It opens nothing: whether a CA file exists is the business of `tls`.
//!
//! ```text
//! "wss://…", "user:pass@wss(…)/db", "jdbc:TAOS-WS://…", "host=…;useSSL=true"    keyword arguments, property maps
//!                 |  address/                                                       |
//!                 v                                                                 v
//!              scheme, hosts, (option, value)… ------> ConfigBuilder <---- set(name, value)
//!                                                           |  build(): credential, endpoints, TLS, the rest
//!                                                           v
//!                                                        Config
//! ```
//!
//! An error of this room names the option, never its value, and never repeats an address: what could not be parsed may
//! hold a password anywhere.

mod address;
mod builder;
mod credential;
mod docs;
mod endpoint;
mod identity;
mod material;
mod names;
mod options;
mod pool;
mod redact;
mod tls;
mod totp;
mod value;
mod warning;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use crate::{Result, Secret};

pub use builder::ConfigBuilder;
pub use credential::Credential;
pub(crate) use credential::check_token;
pub use docs::options_markdown;
pub use endpoint::Endpoint;
pub(crate) use endpoint::parse_hosts;
pub use identity::{ClientIdentity, KeyPermissions, Passphrase};
pub use material::Material;
pub use names::find_option;
pub(crate) use names::{Spelling, same_name, unknown_among};
pub use options::{Alias, Effect, OptionInfo, OptionType, options};
pub use pool::{Balance, PoolConfig};
pub use tls::{Revocation, TlsConfig, TlsVersion, Verification};
pub use totp::{Totp, TotpCallback};
pub(crate) use value::{Given, Values, conflict, invalid, parse_duration};
pub use warning::Warning;

/// Everything a connection needs to know, checked. Cheap to clone; never changes.
///
/// `Debug` and [`Config::redacted`] show no secret. Two configurations are equal if they make the same connection,
/// whatever spelling they came from.
#[derive(Clone)]
pub struct Config {
    settings: Arc<Settings>,
    warnings: Arc<[Warning]>,
    credential_given: bool,
}

#[derive(Clone, PartialEq)]
struct Settings {
    endpoints: Vec<Endpoint>,
    tls: Option<TlsConfig>,
    credential: Credential,
    database: Option<String>,
    timezone: Option<String>,
    app: Option<String>,
    client_ip: Option<String>,
    bi_mode: bool,
    connect_timeout: Duration,
    request_timeout: Duration,
    keepalive: Duration,
    max_message_bytes: usize,
    token_over_plaintext: bool,
    token_without_verification: bool,
    pool: PoolConfig,
}

/// Reads a duration as options are written: `90`, `1.5s`, `500ms`, `1m30s`, `00:01:30`; `None` for anything else.
pub fn duration(text: &str) -> Option<Duration> {
    value::parse_duration(text, Some(1.0))
}

impl Config {
    /// Reads an address in the spelling of any connector, for example
    /// `wss://host:6041/db?bearerToken=…`. The same as `Config::builder().address(address)?.build()`.
    ///
    /// # Errors
    /// Every error is of kind `config`, names the option that is wrong, and contains neither value nor address.
    ///
    /// ```
    /// let config = tdsec::Config::parse("wss://db.example/power?bearerToken=abc")?;
    /// assert_eq!(config.endpoints()[0].port(), 6041);
    /// assert_eq!(config.database(), Some("power"));
    /// # Ok::<(), tdsec::Error>(())
    /// ```
    pub fn parse(address: &str) -> Result<Config> {
        Config::builder().address(address)?.build()
    }

    /// Starts without any option set.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// Where to connect; at least one.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.settings.endpoints
    }

    /// How to encrypt and authenticate; `None` is plain `ws`.
    pub fn tls(&self) -> Option<&TlsConfig> {
        self.settings.tls.as_ref()
    }

    /// What to log in with.
    pub fn credential(&self) -> &Credential {
        &self.settings.credential
    }

    /// Somebody gave a credential; without one the login is `root` with its default password, as in every connector.
    pub fn has_given_credential(&self) -> bool {
        self.credential_given
    }

    /// Database that is current after the login.
    pub fn database(&self) -> Option<&str> {
        self.settings.database.as_deref()
    }

    /// IANA time zone of the session; `None` is the server's.
    pub fn timezone(&self) -> Option<&str> {
        self.settings.timezone.as_deref()
    }

    /// Name of the application, as the server shows it.
    pub fn app(&self) -> Option<&str> {
        self.settings.app.as_deref()
    }

    /// Address of the client to record instead of the one the server sees.
    pub fn client_ip(&self) -> Option<&str> {
        self.settings.client_ip.as_deref()
    }

    /// BI mode: the server hides what confuses reporting tools.
    pub fn bi_mode(&self) -> bool {
        self.settings.bi_mode
    }

    /// Limit for connecting, from name resolution to the reply to the login.
    pub fn connect_timeout(&self) -> Duration {
        self.settings.connect_timeout
    }

    /// Limit for the answer to one request.
    pub fn request_timeout(&self) -> Duration {
        self.settings.request_timeout
    }

    /// Silence after which the server is asked for a sign of life; without an answer for as long again, the
    /// connection is lost.
    pub fn keepalive(&self) -> Duration {
        self.settings.keepalive
    }

    /// Longest message that is accepted from the server.
    pub fn max_message_bytes(&self) -> usize {
        self.settings.max_message_bytes
    }

    /// `danger_token_over_plaintext` was set: a token may travel unencrypted.
    pub fn token_over_plaintext(&self) -> bool {
        self.settings.token_over_plaintext
    }

    /// `danger_token_without_verification` was set: a token may go to a server that is not fully verified.
    pub fn token_without_verification(&self) -> bool {
        self.settings.token_without_verification
    }

    /// Options of pools and of the rotation of their tokens; a single connection has no use for them.
    pub fn pool(&self) -> &PoolConfig {
        &self.settings.pool
    }

    /// Those of the gateways a cluster names that this configuration may talk to: never in clear where its own address needs
    /// TLS, and never in clear to another machine where the address is this machine (TLS-10).
    pub(crate) fn endpoints_among(&self, instances: &[String]) -> Vec<Endpoint> {
        let own = self.endpoints();
        let stays_here = self.tls().is_none() && own.iter().all(Endpoint::is_loopback);
        let named = instances.iter().filter_map(|text| endpoint::parse_instance(text));
        let usable = named.filter(|(secure, _)| self.tls().is_some() || !secure).map(|(_, endpoint)| endpoint);
        usable.filter(|endpoint| !stays_here || endpoint.is_loopback()).collect()
    }

    /// The same with this token instead of what it logs in with now; a client certificate of the TLS session stays.
    ///
    /// # Errors
    /// `TOKEN_INVALID`; `INSECURE_TRANSPORT` and `DANGEROUS_OPTION` where the token would be exposed.
    pub fn with_token(&self, token: Secret) -> Result<Config> {
        credential::check_token(&token)?;
        let mut settings = Settings::clone(&self.settings);
        settings.credential = match self.settings.credential.identity() {
            Some(identity) => Credential::CertificateAndToken(identity.clone(), token),
            None => Credential::Token(token),
        };
        builder::refuse_exposed_token(&settings)?;
        Ok(Config { settings: Arc::new(settings), warnings: Arc::clone(&self.warnings), credential_given: true })
    }

    /// What was accepted but does less, or something else, than its writer may expect. To be logged once per connect.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

impl PartialEq for Config {
    /// Warnings, and whether the credential was written or is the default, speak about spelling, not about the connection:
    /// they do not count.
    fn eq(&self, other: &Self) -> bool {
        self.settings == other.settings
    }
}
