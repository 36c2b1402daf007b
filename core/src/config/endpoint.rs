//! Host and port, and lists of them.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{Error, ErrorCode, Result};

/// taosAdapter's port, in every connector.
pub(super) const DEFAULT_PORT: u16 = 6041;
const MAX_ENDPOINTS: usize = 64;
const MAX_HOST_BYTES: usize = 253;

/// One server to connect to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    host: String,
    port: u16,
}

impl Endpoint {
    /// Name or address in lower case; an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// From 1 to 65535.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `localhost`, 127.0.0.0/8 or ::1, literally: what a name resolves to is not asked.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// A host whose port may come from another option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPort {
    host: String,
    port: Option<u16>,
}

impl HostPort {
    pub(super) fn has_port(&self) -> bool {
        self.port.is_some()
    }

    pub(crate) fn into_endpoint(self, default: u16) -> Endpoint {
        Endpoint { host: self.host, port: self.port.unwrap_or(default) }
    }
}

/// Reads `h1:6041,[::1]:6042,h3`. An empty text is an empty list.
pub(crate) fn parse_hosts(text: &str) -> Result<Vec<HostPort>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let hosts = text.split(',').map(parse_host).collect::<Result<Vec<_>>>()?;
    if hosts.len() > MAX_ENDPOINTS {
        return Err(invalid(format!("the address lists more than {MAX_ENDPOINTS} hosts")));
    }
    Ok(hosts)
}

/// Reads a gateway as its cluster names it: `h1:6041` or `https://h1:6041`, and whether it is the latter.
pub(super) fn parse_instance(text: &str) -> Option<(bool, Endpoint)> {
    let (secure, text) = match text.split_once("://") {
        Some(("https", rest)) => (true, rest),
        Some(("http", rest)) => (false, rest),
        Some(_) => return None,
        None => (false, text),
    };
    let host = parse_host(text.trim_end_matches('/')).ok()?;
    Some((secure, host.into_endpoint(DEFAULT_PORT)))
}

fn parse_host(text: &str) -> Result<HostPort> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) =
            rest.split_once(']').ok_or_else(|| invalid("a bracket [ of an IPv6 address is not closed"))?;
        let host = host.parse::<Ipv6Addr>().map_err(|_| invalid("what stands in brackets is not an IPv6 address"))?;
        let port = match rest {
            "" => None,
            _ => Some(parse_port(
                rest.strip_prefix(':')
                    .ok_or_else(|| invalid("after the bracket ] only a colon and a port may follow"))?,
            )?),
        };
        return Ok(HostPort { host: host.to_string(), port });
    }
    match text.split_once(':') {
        None => Ok(HostPort { host: host_name(text)?, port: None }),
        Some((_, rest)) if rest.contains(':') => {
            Err(invalid("a host has more than one colon; an IPv6 address needs brackets, as in [::1]:6041"))
        }
        Some((host, port)) => Ok(HostPort { host: host_name(host)?, port: Some(parse_port(port)?) }),
    }
}

/// Reads a port: digits only, 1 to 65535. The text is not repeated: in a mangled address it may be a password.
pub(super) fn parse_port(text: &str) -> Result<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if digits && port != 0 => Ok(port),
        _ => Err(Error::new(ErrorCode::PortInvalid, "the port is not a number from 1 to 65535").with_option("port")),
    }
}

/// A host name or IPv4 address in its one spelling.
pub(super) fn host_name(text: &str) -> Result<String> {
    if text.is_empty() {
        return Err(invalid("a host name is empty"));
    }
    if text.contains(['[', ']']) {
        return Err(invalid("the brackets of an IPv6 address are not balanced"));
    }
    let ascii = if text.is_ascii() { Cow::Borrowed(text) } else { international(text)? };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if ascii.len() > MAX_HOST_BYTES || !ascii.bytes().all(allowed) {
        return Err(invalid(
            "a host name contains characters that host names do not have (percent-encode reserved characters of user \
             name and password)",
        ));
    }
    let text = &*ascii;
    // One spelling for one host, so that names compare and certificates match.
    Ok(text.parse::<Ipv4Addr>().map_or_else(|_| text.to_ascii_lowercase(), |address| address.to_string()))
}

/// `bücher.example` becomes `xn--bcher-kva.example`, as name servers and certificates know it (UTS 46).
fn international(text: &str) -> Result<Cow<'_, str>> {
    if text.len() > MAX_HOST_BYTES {
        return Err(invalid("a host name is too long"));
    }
    idna::domain_to_ascii_cow(text.as_bytes(), idna::AsciiDenyList::STD3)
        .map_err(|_| invalid("an international host name contains what such names do not have"))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::AddressInvalid, message).with_option("host")
}
