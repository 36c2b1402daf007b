//! A canonical address without secrets, for logs.

use std::fmt::{self, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Config, Credential, Material, Revocation, Verification};

const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'/').remove(b':');

impl Config {
    /// A canonical address for logs: a token is replaced by its fingerprint, a password by `***`.
    ///
    /// ```
    /// let config = tdsec::Config::parse("wss://root:secret@db.example/power?timezone=UTC")?;
    /// assert_eq!(config.redacted(), "wss://root:***@db.example:6041/power?timezone=UTC");
    /// # Ok::<(), tdsec::Error>(())
    /// ```
    pub fn redacted(&self) -> String {
        self.shown(true)
    }

    /// As [`Config::redacted`], but for a pool with a token source: the default user and password are never used there.
    pub(crate) fn redacted_for_source(&self) -> String {
        self.shown(self.has_given_credential())
    }

    fn shown(&self, with_user: bool) -> String {
        let mut text = String::from(if self.tls().is_some() { "wss://" } else { "ws://" });
        if let (Credential::Password { user, .. }, true) = (self.credential(), with_user) {
            text.push_str(&encoded(user));
            text.push_str(":***@");
        }
        let hosts: Vec<String> = self.endpoints().iter().map(ToString::to_string).collect();
        text.push_str(&hosts.join(","));
        if let Some(database) = self.database() {
            text.push('/');
            text.push_str(&encoded(database));
        }
        for (at, (name, value)) in self.shown_options().into_iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = write!(text, "{}{name}={value}", if at == 0 { '?' } else { '&' });
        }
        text
    }

    fn shown_options(&self) -> Vec<(&'static str, String)> {
        let mut shown = Vec::new();
        if let Some(token) = self.credential().token() {
            shown.push(("bearer_token", format!("***{}", token.fingerprint())));
        }
        if let Credential::Password { totp: Some(_), .. } = self.credential() {
            shown.push(("totp_code", "***".into()));
        }
        if let Some(tls) = self.tls() {
            shown.extend(tls.ca().map(|ca| ("tls_ca", material(ca))));
            shown.extend(tls.server_name().map(|name| ("tls_server_name", encoded(name))));
            shown.extend(tls.crl().map(|crl| ("tls_crl", material(crl))));
            shown.extend(match tls.revocation() {
                Revocation::Soft => None,
                Revocation::Off => Some(("tls_revocation", "off".into())),
                Revocation::Hard => Some(("tls_revocation", "hard".into())),
            });
            if !tls.pins().is_empty() {
                let pins: Vec<String> = tls.pins().iter().map(|pin| hex(pin)).collect();
                shown.push(("tls_pin", pins.join(",")));
            }
            if let Some(identity) = self.credential().identity() {
                shown.push(("tls_cert", material(identity.certificate())));
                shown.extend(identity.key().map(|key| ("tls_key", material(key))));
                shown.extend(identity.passphrase().map(|_| ("tls_key_passphrase", "***".into())));
            }
            let weakness = match tls.verification() {
                Verification::Full => None,
                Verification::DangerChainOnly => Some("chain_only"),
                Verification::DangerNone => Some("none"),
            };
            shown.extend(weakness.map(|word| ("danger_tls_verification", word.into())));
        }
        shown.extend(self.timezone().map(|zone| ("timezone", encoded(zone))));
        shown.extend(self.app().map(|app| ("user_app", encoded(app))));
        shown.extend(self.client_ip().map(|ip| ("user_ip", encoded(ip))));
        if self.bi_mode() {
            shown.push(("bi_mode", "true".into()));
        }
        shown
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("address", &self.redacted())
            .field("connect_timeout", &self.connect_timeout())
            .field("request_timeout", &self.request_timeout())
            .field("warnings", &self.warnings().len())
            .finish_non_exhaustive()
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, &PLAIN).to_string()
}

fn material(material: &Material) -> String {
    material.path().map_or_else(|| "(by value)".into(), |path| encoded(&path.to_string_lossy()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
