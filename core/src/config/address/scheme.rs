//! Schemes of all connectors, and what they say about TLS.

use crate::{Error, ErrorCode, Result};

/// What an address says about encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum Scheme {
    /// Nothing: JDBC, C#, keywords. Other options decide.
    Open,
    /// `ws` and its aliases.
    Plain,
    /// `wss` and its aliases.
    Tls,
}

const PLAIN: [&str; 8] = ["ws", "http", "taosws", "taosws+ws", "taos+ws", "taos+http", "tmq+ws", "tmq+http"];
const TLS: [&str; 8] = ["wss", "https", "taoswss", "taosws+wss", "taos+wss", "taos+https", "tmq+wss", "tmq+https"];
const ALSO: [(&str, Scheme); 2] = [("taosws+http", Scheme::Plain), ("taosws+https", Scheme::Tls)];
const NATIVE: [&str; 6] = ["taos", "tmq", "tcp", "tcp4", "tcp6", "native"];

/// `scheme://rest`, if the text starts like that.
pub(super) fn split_url(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let well_formed = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    well_formed.then_some((scheme, rest))
}

/// What follows `jdbc:TAOS-WS://` (or the older `TAOS-RS`), if the text is a JDBC URL at all.
pub(super) fn strip_jdbc(text: &str) -> Result<Option<&str>> {
    let Some(rest) = text.get(..5).filter(|start| start.eq_ignore_ascii_case("jdbc:")).map(|_| &text[5..]) else {
        return Ok(None);
    };
    let Some((product, rest)) = split_url(rest) else {
        return Err(super::invalid("a JDBC address starts with jdbc:TAOS-WS://"));
    };
    match product.to_ascii_uppercase().as_str() {
        "TAOS-WS" | "TAOS-RS" => Ok(Some(rest)),
        "TAOS" | "TSDB" => Err(native()),
        _ => Err(Error::new(ErrorCode::SchemeUnknown, "a JDBC address starts with jdbc:TAOS-WS://")),
    }
}

/// The scheme of a URL, or the network of a Go address.
pub(super) fn from_url(name: &str) -> Result<Scheme> {
    let name = name.to_ascii_lowercase();
    if PLAIN.contains(&name.as_str()) {
        return Ok(Scheme::Plain);
    }
    if TLS.contains(&name.as_str()) {
        return Ok(Scheme::Tls);
    }
    if let Some((_, scheme)) = ALSO.iter().find(|(known, _)| *known == name) {
        return Ok(*scheme);
    }
    if NATIVE.contains(&name.as_str()) {
        return Err(native());
    }
    Err(unknown(&name))
}

/// A scheme that is spoken here or native; anything else before a bracket may be part of a password.
pub(super) fn is_known(name: &str) -> bool {
    from_url(name).is_ok() || NATIVE.contains(&name.to_ascii_lowercase().as_str())
}

/// Short names are repeated: they are typing mistakes, no secrets.
pub(super) fn unknown(name: &str) -> Error {
    let shown = if name.is_empty() || name.len() > 12 { String::new() } else { format!(" {name}") };
    Error::new(ErrorCode::SchemeUnknown, format!("the scheme{shown} is not known; use wss:// or ws://"))
}

pub(in crate::config) fn native() -> Error {
    Error::new(
        ErrorCode::SchemeUnknown,
        "the native protocol is not spoken here, only WebSocket; use wss:// or ws:// and the port of taosAdapter, 6041",
    )
}
