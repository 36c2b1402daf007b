//! From an address in any connector's form to its parts. Forms:
//!
//! ```text
//! url    scheme://[user[:pass]@]host[:port],…[/db][?option=value&…]      Rust, Python, Node, and the security guide
//! jdbc   jdbc:TAOS-WS://host[:port],…[/db][?option=value&…]              JDBC
//! go     [user[:pass]@]wss(host[:port])[/db][?option=value&…]            Go
//! pairs  option=value;option=value                                       C#
//! ```
//!
//! The forms differ only in how the parts are cut out; names and values mean the same in all of them. In the first three
//! everything is percent-decoded and `+` stays a plus sign.

mod authority;
mod pairs;
mod scheme;

use super::endpoint::HostPort;
use crate::{Error, ErrorCode, Result, Secret};

pub(super) use scheme::{Scheme, native};

/// The parts of an address; nothing but names of hosts and schemes is judged yet.
pub(super) struct Address {
    pub(super) scheme: Scheme,
    pub(super) hosts: Vec<HostPort>,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) database: Option<String>,
    pub(super) options: Vec<Pair>,
}

/// `name=value` of an address.
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: Option<Secret>,
    /// False if the name may be the rest of a secret that was not encoded.
    pub(super) name_is_harmless: bool,
}

/// Cuts an address into its parts.
pub(super) fn parse(text: &str) -> Result<Address> {
    if text.trim().is_empty() {
        return Err(ErrorCode::AddressEmpty.into());
    }
    if text.starts_with(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(invalid("the address starts with blanks"));
    }
    if let Some(rest) = scheme::strip_jdbc(text)? {
        return authority::parse(Scheme::Open, rest);
    }
    if let Some((name, rest)) = scheme::split_url(text) {
        return authority::parse(scheme::from_url(name)?, rest);
    }
    if pairs::looks_like_pairs(text) {
        return pairs::parse(text);
    }
    if let Some(go) = authority::split_go(text)? {
        return authority::parse_go(go);
    }
    Err(invalid("the address has no scheme; write wss://host:6041/db"))
}

/// Percent-decodes strictly: a stray `%` is an error instead of a guess.
pub(super) fn decode(text: &str) -> Result<String> {
    let bad = || Error::from(ErrorCode::PercentEncodingInvalid);
    let mut tail = text;
    while let Some(at) = tail.find('%') {
        let digits = tail.as_bytes().get(at + 1..at + 3).ok_or_else(bad)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(bad());
        }
        tail = &tail[at + 3..];
    }
    percent_encoding::percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).map_err(|_| bad())
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorCode::AddressInvalid, message)
}
