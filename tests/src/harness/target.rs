//! The server a run talks to: one of our own, started for it, or a foreign one that is there already.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::scenario::Scenario;
use super::server::Server;
use super::template::Variables;

/// A server that the suite does not start: a real taosAdapter.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// `scheme://host:port`.
    pub url: String,
    /// A bearer token of a user who may create databases (and tokens, for the scenarios about them).
    pub token: Option<String>,
    /// File of the CA that signed its certificate; the system's roots if not given.
    pub ca: Option<String>,
    /// User name and password.
    pub password: Option<(String, String)>,
}

/// What a test server has that no ready line tells.
const TEST_SERVER_LOGIN: (&str, &str) = ("root", "taosdata");

impl Foreign {
    /// From the environment: `TDSEC_URL`, `TDSEC_TOKEN`, `TDSEC_TLS_CA`, `TDSEC_USER`, `TDSEC_PASS`.
    ///
    /// # Errors
    /// If the address is missing or is more than scheme, host and port, or if there is no credential.
    pub fn from_environment() -> Result<Self, String> {
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let url = read("TDSEC_URL").ok_or("TDSEC_URL is not set, for example wss://host:6041")?;
        let url = url.trim_end_matches('/').to_owned();
        if split(&url).is_none() {
            // Not repeated: it may hold a password.
            return Err("TDSEC_URL is not ws://host:port or wss://host:port and nothing else".into());
        }
        // The drivers run in another folder.
        let absolute = |path: String| match std::fs::canonicalize(&path) {
            Ok(path) => Ok(path.display().to_string()),
            Err(error) => Err(format!("TDSEC_TLS_CA, {path}: {error}")),
        };
        let ca = read("TDSEC_TLS_CA").map(absolute).transpose()?;
        let password = read("TDSEC_USER").zip(read("TDSEC_PASS"));
        let foreign = Foreign { url, token: read("TDSEC_TOKEN"), ca, password };
        match (&foreign.token, &foreign.password) {
            (None, None) => Err("neither TDSEC_TOKEN nor TDSEC_USER and TDSEC_PASS are set".into()),
            _ => Ok(foreign),
        }
    }

    /// The first need of the scenario that this server does not meet.
    pub(super) fn lacks<'a>(&self, scenario: &'a Scenario) -> Option<&'a str> {
        if scenario.needs.is_empty() {
            return Some("no server");
        }
        if !scenario.server.is_default() {
            return Some("a server of its own");
        }
        scenario.needs.iter().map(String::as_str).find(|need| match *need {
            "sql" => false,
            "tokens" => self.token.is_none(),
            "password" => self.password.is_none(),
            "tls" => !self.url.starts_with("wss://") || self.ca.is_none(),
            _ => true,
        })
    }

    /// Sets the variables of a run.
    pub(super) fn tell(&self, variables: &mut Variables) -> Vec<String> {
        set_address(variables, &self.url);
        let texts = [("ca", &self.ca), ("token", &self.token)];
        for (name, value) in texts.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            variables.set(name, value.as_str());
        }
        let mut login = Map::new();
        login.extend(self.ca.as_ref().map(|ca| ("tls_ca".to_owned(), json!(ca))));
        match (&self.token, &self.password) {
            (Some(token), _) => drop(login.insert("bearer_token".into(), json!(token))),
            (None, Some((user, password))) => {
                login.insert("user".into(), json!(user));
                login.insert("password".into(), json!(password));
            }
            (None, None) => {}
        }
        variables.set("login", login);
        if let Some((user, password)) = &self.password {
            variables.set("user", user.as_str());
            variables.set("password", password.as_str());
        }
        self.token.iter().chain(self.password.iter().map(|(_, password)| password)).cloned().collect()
    }
}

/// Sets the variables of a run against a server of our own; the answer is what must not be seen.
pub(super) fn tell(server: &Server, variables: &mut Variables) -> Vec<String> {
    let text = |name: &str| server.ready[name].as_str().unwrap_or_default().to_owned();
    set_address(variables, &text("url"));
    for name in ["ca", "pin", "token", "control"] {
        variables.set(name, text(name));
    }
    variables.set("pin_base64", base64_of_hex(&text("pin")));
    let mut login = Map::from_iter([("bearer_token".to_owned(), json!(text("token")))]);
    if text("url").starts_with("wss://") {
        let trust = if server.ready["ca"].is_string() { ("tls_ca", "ca") } else { ("tls_pin", "pin") };
        login.insert(trust.0.into(), json!(text(trust.1)));
    }
    variables.set("login", login);
    variables.set("user", TEST_SERVER_LOGIN.0);
    variables.set("password", TEST_SERVER_LOGIN.1);
    vec![text("token")]
}

/// The other spelling of a pin, which error texts use.
fn base64_of_hex(hex: &str) -> String {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = hex.as_bytes().chunks(2).map(byte).collect();
    STANDARD.encode(bytes.unwrap_or_default())
}

/// Names that no other run uses: `${unique}` and the database `${db}`.
pub(super) fn set_names(variables: &mut Variables) {
    // Every state has keys of its own, so this is a random number.
    let random = RandomState::new().build_hasher().finish();
    let unique = format!("{random:016x}");
    variables.set("db", format!("tdsec_{unique}"));
    variables.set("unique", unique);
}

fn set_address(variables: &mut Variables, url: &str) {
    let (scheme, host, port) = split(url).unwrap_or((url, "", ""));
    for (name, value) in [("url", url), ("scheme", scheme), ("host", host), ("port", port)] {
        variables.set(name, value);
    }
}

/// Scheme, host (with brackets) and port.
fn split(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, address) = url.split_once("://")?;
    let (host, port) = address.rsplit_once(':')?;
    let plain = !host.is_empty() && !host.contains(['/', '@', '?', ',']) && port.parse::<u16>().is_ok();
    (matches!(scheme, "ws" | "wss") && plain).then_some((scheme, host, port))
}

/// The variables as a configuration of the harness' own connection.
pub(super) fn own_configuration(variables: &Variables) -> Result<tdsec::Config, tdsec::Error> {
    let text = |name: &str| variables.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut config = tdsec::Config::builder().address(text("url"))?;
    for (option, value) in variables.get("login").and_then(Value::as_object).into_iter().flatten() {
        config = config.set(option, value.as_str().unwrap_or_default())?;
    }
    config.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_scheme_host_and_port_and_nothing_else() {
        assert_eq!(split("wss://td.example:6041"), Some(("wss", "td.example", "6041")));
        assert_eq!(split("ws://[::1]:6041"), Some(("ws", "[::1]", "6041")));
        for other in ["", "td:6041", "wss://td", "http://td:6041", "wss://u:p@td:6041", "wss://td:6041/db", "wss://:1"]
        {
            assert_eq!(split(other), None, "{other}");
        }
    }
}
