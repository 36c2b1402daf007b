//! What to verify, and by what, as far as options say: no file is read here.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::address::Scheme;
use super::endpoint;
use super::material::{self, Material};
use super::value::{Values, conflict, invalid};
use super::warning::Warning;
use crate::{Error, ErrorCode, Result};

/// A version of TLS that tdsec speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2
    V1_2,
    /// TLS 1.3
    V1_3,
}

impl TlsVersion {
    /// `TLSv1.2` or `TLSv1.3`.
    pub const fn name(self) -> &'static str {
        match self {
            TlsVersion::V1_2 => "TLSv1.2",
            TlsVersion::V1_3 => "TLSv1.3",
        }
    }
}

/// How much of the server's certificate is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Verification {
    /// Chain, name and validity.
    #[default]
    Full,
    /// Chain and validity; any name.
    DangerChainOnly,
    /// Nothing.
    DangerNone,
}

/// What is asked about a certificate's revocation, by lists (`tls_crl`) and by the answers a server staples (OCSP).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Revocation {
    /// Nothing: lists and stapled answers are not looked at.
    Off,
    /// A certificate known as revoked is refused; one whose state nobody told is accepted.
    #[default]
    Soft,
    /// Only a server whose certificate is known as good is accepted.
    Hard,
}

/// How to encrypt and authenticate. At least one anchor exists (roots, CA or pin) unless verification is off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsConfig {
    ca: Option<Material>,
    crl: Option<Material>,
    revocation: Revocation,
    system_roots: bool,
    pins: Vec<[u8; 32]>,
    min_version: TlsVersion,
    max_version: TlsVersion,
    verification: Verification,
    post_quantum: bool,
    server_name: Option<String>,
}

impl TlsConfig {
    /// CAs to trust: a file, a directory of files, or themselves; PEM or DER.
    pub fn ca(&self) -> Option<&Material> {
        self.ca.as_ref()
    }

    /// Revocation lists: a file, a directory of files, or themselves; PEM or DER.
    pub fn crl(&self) -> Option<&Material> {
        self.crl.as_ref()
    }

    /// What is asked about revocation.
    pub fn revocation(&self) -> Revocation {
        self.revocation
    }

    /// The hybrid post-quantum key exchange is offered too, where the provider has it.
    pub fn post_quantum(&self) -> bool {
        self.post_quantum
    }

    /// Name or address the certificate has to be for, if not the endpoint's host.
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    /// Pins stand instead of a chain: nothing but the server's key is looked at.
    pub fn pins_alone(&self) -> bool {
        !self.pins.is_empty() && self.ca.is_none() && !self.system_roots
    }

    /// The roots of the operating system are trusted too.
    pub fn system_roots(&self) -> bool {
        self.system_roots
    }

    /// SHA-256 digests of public keys (SPKI), one of which the server must have. Without CAs and system roots they
    /// stand instead of a chain; otherwise both must hold.
    pub fn pins(&self) -> &[[u8; 32]] {
        &self.pins
    }

    /// Lowest version to offer.
    pub fn min_version(&self) -> TlsVersion {
        self.min_version
    }

    /// Highest version to offer; never below the lowest.
    pub fn max_version(&self) -> TlsVersion {
        self.max_version
    }

    /// How much is verified.
    pub fn verification(&self) -> Verification {
        self.verification
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Disabled,
    Required,
    VerifyCa,
    VerifyIdentity,
}

const TLS_ONLY: [&str; 16] = [
    "tls_server_name",
    "tls_ca",
    "tls_crl",
    "tls_revocation",
    "tls_post_quantum",
    "tls_cert",
    "tls_key",
    "tls_key_passphrase",
    "tls_key_passphrase_source",
    "tls_key_permissions",
    "tls_pin",
    "tls_version",
    "tls_min_version",
    "tls_max_version",
    "tls_system_roots",
    "danger_tls_verification",
];

/// Decides whether and how to encrypt. `None` is plain `ws`.
pub(super) fn read(scheme: Scheme, values: &mut Values, warnings: &mut Vec<Warning>) -> Result<Option<TlsConfig>> {
    let wanted = values.take_bool("tls")?;
    let mode = values.take_text("tls_mode")?.map(|text| parse_mode(&text)).transpose()?;
    let unverified = values.take_bool("disable_ssl_cert_validation")?.unwrap_or(false);
    let tls_only = TLS_ONLY.into_iter().find(|name| values.has(name));

    if !is_encrypted(scheme, wanted, mode, tls_only.is_some() || unverified)? {
        let demand = tls_only
            .or(mode.filter(|mode| *mode != Mode::Disabled).map(|_| "tls_mode"))
            .or(unverified.then_some("disable_ssl_cert_validation"));
        return match demand {
            None => Ok(None),
            Some(option) => {
                Err(conflict(option, "the connection is not encrypted, so this has no meaning; use wss://"))
            }
        };
    }

    let verification = read_verification(values, mode, unverified, warnings)?;
    let ca = material::take(values, "tls_ca")?;
    let pins = values.take_text("tls_pin")?.map(|text| parse_pins(&text)).transpose()?.unwrap_or_default();
    let system_roots = values.take_bool("tls_system_roots")?;
    let has_ca = ca.is_some();
    if verification == Verification::DangerNone && (has_ca || !pins.is_empty()) {
        let option = if has_ca { "tls_ca" } else { "tls_pin" };
        return Err(conflict(option, "danger_tls_verification=none would verify nothing by it; remove one of them"));
    }
    let system_roots = system_roots.unwrap_or(!has_ca && pins.is_empty());
    if !system_roots && !has_ca && pins.is_empty() && verification != Verification::DangerNone {
        return Err(conflict(
            "tls_system_roots",
            "without the system's roots, tls_ca or tls_pin must say whom to trust",
        ));
    }
    let (min_version, max_version) = read_versions(values)?;
    let tls = TlsConfig {
        ca,
        crl: material::take(values, "tls_crl")?,
        revocation: read_revocation(values)?.unwrap_or_default(),
        system_roots,
        pins,
        min_version,
        max_version,
        verification,
        server_name: take_server_name(values)?,
        post_quantum: values.take_bool("tls_post_quantum")?.unwrap_or(true),
    };
    refuse_idle_revocation(&tls)?;
    Ok(Some(tls))
}

fn take_server_name(values: &mut Values) -> Result<Option<String>> {
    let Some(text) = values.take_text("tls_server_name")? else { return Ok(None) };
    let text = text.trim();
    match text.parse::<IpAddr>() {
        Ok(address) => Ok(Some(address.to_string())),
        Err(_) => endpoint::host_name(text)
            .map(Some)
            .map_err(|_| invalid("tls_server_name", "neither a host name nor an IP address")),
    }
}

/// `None` if not given.
fn read_revocation(values: &mut Values) -> Result<Option<Revocation>> {
    let Some(text) = values.take_text("tls_revocation")? else { return Ok(None) };
    match text.trim().to_ascii_lowercase().as_str() {
        "off" => Ok(Some(Revocation::Off)),
        "soft" => Ok(Some(Revocation::Soft)),
        "hard" => Ok(Some(Revocation::Hard)),
        _ => Err(invalid("tls_revocation", "one of off, soft, hard")),
    }
}

/// A list that nobody looks at, or a demand that nothing can meet, is a mistake.
fn refuse_idle_revocation(tls: &TlsConfig) -> Result<()> {
    let asked = if tls.crl.is_some() { "tls_crl" } else { "tls_revocation" };
    let wanted = tls.crl.is_some() || tls.revocation == Revocation::Hard;
    if wanted && (tls.verification == Verification::DangerNone || tls.pins_alone()) {
        return Err(conflict(asked, "no certificate chain is verified, so nothing can be said about its revocation"));
    }
    if tls.crl.is_some() && tls.revocation == Revocation::Off {
        return Err(conflict("tls_crl", "tls_revocation=off looks at no list"));
    }
    Ok(())
}

fn is_encrypted(scheme: Scheme, wanted: Option<bool>, mode: Option<Mode>, tls_options: bool) -> Result<bool> {
    let disabled = mode == Some(Mode::Disabled);
    match (scheme, wanted) {
        (Scheme::Tls, Some(false)) => Err(conflict("tls", "the address asks for TLS and the option for none")),
        (Scheme::Tls, _) | (_, Some(true)) if disabled => {
            Err(conflict("tls_mode", "TLS is asked for and disabled at the same time"))
        }
        (Scheme::Tls, _) | (_, Some(true)) => Ok(true),
        (Scheme::Plain, _) | (_, Some(false)) => Ok(false),
        // Nothing was said about encryption, but somebody who names a CA wants it.
        (Scheme::Open, None) => Ok(!disabled && (mode.is_some() || tls_options)),
    }
}

/// Nothing copied from another connector lowers verification: only tdsec's own option does (TLS-1, TLS-9).
fn read_verification(
    values: &mut Values,
    mode: Option<Mode>,
    unverified: bool,
    warnings: &mut Vec<Warning>,
) -> Result<Verification> {
    let explicit = values.take_text("danger_tls_verification")?.map(|text| parse_verification(&text)).transpose()?;
    let lowering = match mode {
        Some(Mode::Required) => Some("tls_mode"),
        _ if unverified => Some("disable_ssl_cert_validation"),
        _ => None,
    };
    if let (Some(option), None) = (lowering, explicit) {
        return Err(Error::new(
            ErrorCode::DangerousOption,
            format!(
                "{option} would accept any certificate, so anybody could play the server; trust it by tls_ca or \
                 tls_pin, or write danger_tls_verification=none"
            ),
        )
        .with_option(option));
    }
    if mode == Some(Mode::VerifyCa) {
        warnings
            .push(Warning::new("tls_mode", "verify_ca is raised to verify_identity: the host name is verified too"));
    }
    let verification = explicit.unwrap_or_default();
    if verification != Verification::Full {
        warnings.push(Warning::new(
            "danger_tls_verification",
            "the server is not fully verified: an impostor may receive the credential and change the data",
        ));
    }
    Ok(verification)
}

fn read_versions(values: &mut Values) -> Result<(TlsVersion, TlsVersion)> {
    let list = values.take_text("tls_version")?;
    let min = values.take_text("tls_min_version")?;
    let max = values.take_text("tls_max_version")?;
    let (min, max) = match list {
        Some(_) if min.is_some() || max.is_some() => {
            return Err(conflict("tls_version", "give either the list or the lowest and highest version"));
        }
        Some(list) => {
            let versions =
                list.split(',').map(|text| parse_version("tls_version", text)).collect::<Result<Vec<_>>>()?;
            (versions.iter().min().copied(), versions.iter().max().copied())
        }
        None => (
            min.map(|text| parse_version("tls_min_version", &text)).transpose()?,
            max.map(|text| parse_version("tls_max_version", &text)).transpose()?,
        ),
    };
    let (min, max) = (min.unwrap_or(TlsVersion::V1_2), max.unwrap_or(TlsVersion::V1_3));
    if min > max {
        return Err(Error::new(ErrorCode::TlsVersionInvalid, "tls_min_version is above tls_max_version")
            .with_option("tls_min_version"));
    }
    Ok((min, max))
}

/// `TLSv1.2`, `tls1.2`, `TLSv1_2`, `1.2` …
fn parse_version(option: &'static str, text: &str) -> Result<TlsVersion> {
    let text = text.trim().to_ascii_lowercase().replace('_', ".");
    let number = text.strip_prefix("tls").unwrap_or(&text);
    match number.trim_start_matches(['v', ' ', '-', '.']) {
        "1.2" => Ok(TlsVersion::V1_2),
        "1.3" => Ok(TlsVersion::V1_3),
        _ => Err(Error::new(
            ErrorCode::TlsVersionInvalid,
            format!("{option}: TLSv1.2 and TLSv1.3 exist here; older versions are refused"),
        )
        .with_option(option)),
    }
}

fn parse_mode(text: &str) -> Result<Mode> {
    match text.trim().to_ascii_lowercase().replace('-', "_").as_str() {
        "0" | "disabled" | "disable" | "none" => Ok(Mode::Disabled),
        "1" | "required" | "require" => Ok(Mode::Required),
        "2" | "verify_ca" => Ok(Mode::VerifyCa),
        "3" | "verify_identity" | "verify_full" => Ok(Mode::VerifyIdentity),
        _ => Err(invalid("tls_mode", "one of verify_identity (3), verify_ca (2), required (1), disabled (0)")),
    }
}

fn parse_verification(text: &str) -> Result<Verification> {
    match text.trim().to_ascii_lowercase().replace('-', "_").as_str() {
        "full" => Ok(Verification::Full),
        "chain_only" => Ok(Verification::DangerChainOnly),
        "none" => Ok(Verification::DangerNone),
        _ => Err(invalid("danger_tls_verification", "one of full, chain_only, none")),
    }
}

fn parse_pins(text: &str) -> Result<Vec<[u8; 32]>> {
    text.split(',').map(|pin| parse_pin(pin.trim())).collect()
}

fn parse_pin(text: &str) -> Result<[u8; 32]> {
    let digest = match text.strip_prefix("sha256//") {
        Some(encoded) => STANDARD.decode(encoded).ok(),
        None => parse_hex(text),
    };
    digest.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        invalid("tls_pin", "a pin is 64 hexadecimal digits, or sha256// and the base64 of 32 bytes, as curl writes it")
    })
}

/// With or without colons between the bytes, as openssl prints them.
fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().filter(|byte| *byte != b':').map(|byte| (byte as char).to_digit(16));
    let digits = digits.collect::<Option<Vec<u32>>>()?;
    if digits.len() != 64 {
        return None;
    }
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}
