//! Collects an address and single options, then checks them together.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::address::{self, Scheme};
use super::credential;
use super::endpoint::{self, Endpoint, HostPort};
use super::names::{self, Spelling};
use super::options::{Effect, Reading};
use super::pool;
use super::tls::{self, TlsConfig, Verification};
use super::totp::TotpCallback;
use super::value::{Given, Values, conflict, duplicate, invalid};
use super::warning::Warning;
use super::{Config, Settings};
use crate::{Error, ErrorCode, Result, Secret};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(300);
const KEEPALIVE: Duration = Duration::from_secs(30);
const MAX_MESSAGE_BYTES: usize = 128 << 20;
const MESSAGE_BYTES_LEAST: usize = 64 << 10;
const MESSAGE_BYTES_MOST: usize = i32::MAX as usize;

/// Takes an address, options of any connector's spelling, or both. An option given twice, in whatever spelling and place,
/// is an error.
///
/// ```
/// let config = tdsec::Config::builder().set("url", "wss://db.example/power")?.set("bearer_token", "abc")?.build()?;
/// assert_eq!(config, tdsec::Config::parse("@wss(db.example)/power?bearerToken=abc")?);
/// # Ok::<(), tdsec::Error>(())
/// ```
#[derive(Default)]
pub struct ConfigBuilder {
    address: Option<&'static str>,
    scheme: Option<Scheme>,
    hosts: Option<(&'static str, Vec<HostPort>)>,
    values: Values,
    lost: Option<String>,
}

impl ConfigBuilder {
    /// Adds an address in the spelling of any connector.
    ///
    /// # Errors
    /// The address is empty or malformed, names an unknown option, or one that was given before.
    pub fn address(self, address: &str) -> Result<Self> {
        self.add_address("address", address)
    }

    /// Adds one option under any of its names; see [`options`](super::options).
    ///
    /// # Errors
    /// There is no such option, or it was given before. Values are judged by [`build`](Self::build).
    pub fn set(mut self, name: &str, value: &str) -> Result<Self> {
        let spelling = names::find(name).ok_or_else(|| names::unknown(name, true))?;
        if spelling.option.name == "address" {
            return self.add_address(spelling.name, value);
        }
        self.put(spelling, Secret::new(value))?;
        Ok(self)
    }

    /// Notes an option that was named without a value, as languages with an undefined or null value have it. For most that is
    /// nothing; but `token = read_variable("TOKEN")` with the variable unset must not become a login with the default
    /// password, so [`build`](Self::build) refuses a secret without a value if no other credential is given. The token source
    /// of a pool, which languages name `token_source` or `tokenSource`, counts as one.
    pub fn set_missing(mut self, name: &str) -> Self {
        let secret = names::find(name).map(|spelling| spelling.option).filter(|option| option.secret);
        if let Some(option) = secret {
            self.lost = Some(option.name.to_owned());
        } else if names::same_name(name, "token_source") {
            self.lost = Some(name.to_owned());
        }
        self
    }

    /// Adds one option whose value is a certificate, a key or a list as bytes: PEM, DER or PKCS#12. Which options these
    /// are, [`OptionInfo::takes_bytes`](super::OptionInfo::takes_bytes) says.
    ///
    /// # Errors
    /// There is no such option, it does not take bytes, or it was given before.
    pub fn set_bytes(mut self, name: &str, value: impl Into<Vec<u8>>) -> Result<Self> {
        let value = Zeroizing::new(value.into());
        let spelling = names::find(name).ok_or_else(|| names::unknown(name, true))?;
        if !spelling.option.takes_bytes() {
            return Err(invalid(spelling.option.name, "the option takes text, not bytes"));
        }
        self.values.put(spelling, Given::Bytes(value))?;
        Ok(self)
    }

    /// Asks `callback` for the one-time code of each login, instead of `totp_code`. It runs on a thread where it may wait,
    /// within [`Config::connect_timeout`], after the server has been proven.
    ///
    /// # Errors
    /// A code or a callback was given before.
    pub fn totp_callback(mut self, callback: impl Fn() -> Result<Secret> + Send + Sync + 'static) -> Result<Self> {
        if let Some(spelling) = names::canonical("totp_code") {
            self.values.put(spelling, Given::Callback(TotpCallback::new(callback)))?;
        }
        Ok(self)
    }

    /// Checks everything together.
    ///
    /// # Errors
    /// A mixture of credentials is refused before anything else; then every value, and what the values mean together.
    pub fn build(mut self) -> Result<Config> {
        credential::refuse_mixture(&self.values)?;
        let mut warnings = Vec::new();
        let endpoints = self.take_endpoints()?;
        let scheme = self.take_scheme()?;
        let values = &mut self.values;
        let tls = tls::read(scheme, values, &mut warnings)?;
        let credential_given = credential::is_given(values);
        if let Some(option) = self.lost.take().filter(|_| !credential_given) {
            let text = format!(
                "{option} was given without a value, and no other credential was; give it a value or leave it out"
            );
            return Err(Error::new(ErrorCode::InvalidArgument, text).with_option(option));
        }
        let credential = credential::read(values)?;
        if values.take_bool("compression")? == Some(true) {
            return Err(invalid(
                "compression",
                "compression is not available yet; leave the option out or set it to false",
            ));
        }
        let settings = Settings {
            database: take_database(values)?,
            timezone: take_timezone(values)?,
            app: values.take_text("user_app")?,
            client_ip: take_client_ip(values)?,
            bi_mode: values.take_bool("bi_mode")?.unwrap_or(false),
            connect_timeout: values.take_duration("connect_timeout")?.unwrap_or(CONNECT_TIMEOUT),
            request_timeout: values.take_duration("request_timeout")?.unwrap_or(REQUEST_TIMEOUT),
            keepalive: values.take_duration("keepalive")?.unwrap_or(KEEPALIVE),
            max_message_bytes: values
                .take_bytes("max_message_bytes", MESSAGE_BYTES_LEAST, MESSAGE_BYTES_MOST)?
                .unwrap_or(MAX_MESSAGE_BYTES),
            token_over_plaintext: values.take_bool("danger_token_over_plaintext")?.unwrap_or(false),
            token_without_verification: values.take_bool("danger_token_without_verification")?.unwrap_or(false),
            pool: pool::read(values)?,
            endpoints,
            tls,
            credential,
        };
        warn_of_ignored(values, &mut warnings);
        refuse_exposed_token(&settings)?;
        warn_of_exposure(&settings, &mut warnings);
        Ok(Config { settings: Arc::new(settings), warnings: warnings.into(), credential_given })
    }

    fn add_address(mut self, spelling: &'static str, text: &str) -> Result<Self> {
        if let Some(earlier) = self.address.replace(spelling) {
            return Err(duplicate("address", earlier, spelling));
        }
        let parts = address::parse(text)?;
        self.scheme = Some(parts.scheme);
        if !parts.hosts.is_empty() {
            self.put_hosts("the address", parts.hosts)?;
        }
        let login_and_path = [
            ("user", parts.user.map(Secret::new)),
            ("password", parts.password),
            ("database", parts.database.map(Secret::new)),
        ];
        for (name, value) in login_and_path {
            if let (Some(spelling), Some(value)) = (names::canonical(name), value) {
                self.put(spelling, value)?;
            }
        }
        for pair in parts.options {
            let spelling = names::find(&pair.name)
                .ok_or_else(|| names::unknown(&pair.name, pair.name_is_harmless && names::is_harmless(&pair.name)))?;
            if spelling.option.name == "address" {
                return Err(conflict("address", "an address cannot contain another one"));
            }
            let value = pair.value.ok_or_else(|| invalid(spelling.option.name, "the option has no value"))?;
            self.put(spelling, value)?;
        }
        Ok(self)
    }

    fn put(&mut self, spelling: Spelling, value: Secret) -> Result<()> {
        let name = spelling.option.name;
        match spelling.option.effect {
            Effect::Refused(code) => {
                Err(Error::new(code, format!("{}: {}", spelling.name, spelling.option.doc.replace('`', "")))
                    .with_option(name))
            }
            _ if name == "host" => self.put_hosts(spelling.name, endpoint::parse_hosts(value.expose())?),
            _ => self.values.put(spelling, Given::Text(value)),
        }
    }

    fn put_hosts(&mut self, from: &'static str, hosts: Vec<HostPort>) -> Result<()> {
        if hosts.is_empty() {
            return Err(Error::new(ErrorCode::AddressInvalid, format!("{from} is empty")).with_option("host"));
        }
        match self.hosts.replace((from, hosts)) {
            None => Ok(()),
            Some((earlier, _)) => Err(duplicate("host", earlier, from)),
        }
    }

    fn take_endpoints(&mut self) -> Result<Vec<Endpoint>> {
        let Some((_, hosts)) = self.hosts.take() else {
            return Err(match self.address {
                Some(_) => Error::new(ErrorCode::AddressInvalid, "the address names no host").with_option("host"),
                None => Error::new(ErrorCode::AddressEmpty, "neither an address nor a host was given"),
            });
        };
        let port = match self.values.take_secret("port") {
            None => endpoint::DEFAULT_PORT,
            Some(_) if hosts.iter().any(HostPort::has_port) => {
                return Err(duplicate("port", "the port of a host", "port"));
            }
            Some(text) => endpoint::parse_port(text.expose().trim())?,
        };
        Ok(hosts.into_iter().map(|host| host.into_endpoint(port)).collect())
    }

    fn take_scheme(&mut self) -> Result<Scheme> {
        let scheme = self.scheme.unwrap_or(Scheme::Open);
        let reading = self.values.reading("protocol");
        let Some(protocol) = self.values.take_text("protocol")? else { return Ok(scheme) };
        let asked = match (protocol.trim().to_ascii_lowercase().as_str(), reading) {
            ("ws", Some(Reading::Scheme)) => Scheme::Plain,
            ("ws" | "websocket" | "true", _) => return Ok(scheme),
            ("wss", _) => Scheme::Tls,
            ("native" | "jni" | "false", _) => return Err(address::native().with_option("protocol")),
            _ => return Err(invalid("protocol", "one of websocket, ws, wss")),
        };
        if scheme != Scheme::Open && scheme != asked {
            return Err(conflict("protocol", "the address says something else about TLS"));
        }
        Ok(asked)
    }
}

impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigBuilder").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

fn take_database(values: &mut Values) -> Result<Option<String>> {
    const LONGEST: usize = 64;
    let Some(name) = values.take_text("database")? else { return Ok(None) };
    if name.len() > LONGEST || name.contains(['/', '.', ' ', '`', '\'', '"', ';']) {
        return Err(invalid("database", "not the name of a database"));
    }
    Ok(Some(name))
}

/// Whether the zone exists is known to the server; that it looks like one is checked here.
fn take_timezone(values: &mut Values) -> Result<Option<String>> {
    let Some(zone) = values.take_text("timezone")? else { return Ok(None) };
    if zone.len() <= 64 && zone.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+-:".contains(&byte)) {
        return Ok(Some(zone));
    }
    Err(invalid("timezone", "not the IANA name of a time zone, such as Europe/Berlin or UTC"))
}

fn take_client_ip(values: &mut Values) -> Result<Option<String>> {
    let Some(text) = values.take_text("user_ip")? else { return Ok(None) };
    match text.trim().parse::<IpAddr>() {
        Ok(address) => Ok(Some(address.to_string())),
        Err(_) => Err(invalid("user_ip", "not an IP address")),
    }
}

fn warn_of_ignored(values: &Values, warnings: &mut Vec<Warning>) {
    for spelling in values.remaining().filter(|spelling| spelling.option.effect == Effect::Ignored) {
        warnings.push(Warning::new(
            spelling.option.name,
            format!("{} has no effect: {}", spelling.name, spelling.option.doc.replace('`', "")),
        ));
    }
}

/// TLS-9, TLS-10: a token goes to a verified server, or to this machine, or somebody said otherwise by name.
pub(super) fn refuse_exposed_token(settings: &Settings) -> Result<()> {
    if settings.credential.token().is_none() {
        return Ok(());
    }
    match &settings.tls {
        None if !settings.token_over_plaintext && !is_local(settings) => {
            Err(Error::from(ErrorCode::InsecureTransport).with_option("bearer_token"))
        }
        Some(tls) if is_unverified(tls) && !settings.token_without_verification => {
            Err(Error::from(ErrorCode::DangerousOption).with_option("danger_tls_verification"))
        }
        _ => Ok(()),
    }
}

fn warn_of_exposure(settings: &Settings, warnings: &mut Vec<Warning>) {
    if settings.tls.is_some() || is_local(settings) {
        return;
    }
    warnings.push(match settings.credential.token() {
        Some(_) => {
            Warning::new("danger_token_over_plaintext", "the token travels unencrypted: whoever listens can use it")
        }
        None => Warning::new("tls", "user name, password and data travel unencrypted; use wss://"),
    });
}

fn is_local(settings: &Settings) -> bool {
    settings.endpoints.iter().all(Endpoint::is_loopback)
}

fn is_unverified(tls: &TlsConfig) -> bool {
    tls.verification() != Verification::Full
}
