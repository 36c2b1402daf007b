//! Where the servers of a source are, as an option says.

use crate::config::{Endpoint, invalid, parse_hosts};
use crate::error::Result;

/// Where the servers are, as an option says.
pub(in crate::source) struct Servers {
    pub(in crate::source) endpoints: Vec<Endpoint>,
    /// `https://` or `http://` was written; all the same.
    pub(in crate::source) encrypted: Option<bool>,
}

impl Servers {
    /// Reads `https://h1:8848,https://h2`, or hosts alone.
    pub(in crate::source) fn parse(
        option: &'static str,
        text: &str,
        default_port: impl Fn(Option<bool>) -> u16,
    ) -> Result<Servers> {
        let parts: Vec<(Option<bool>, &str)> =
            text.split(',').map(|part| scheme(option, part.trim())).collect::<Result<_>>()?;
        let encrypted = parts[0].0;
        if parts.iter().any(|(other, _)| *other != encrypted) {
            return Err(invalid(option, "either all servers are asked by https:// or all by http://"));
        }
        let hosts: Vec<&str> = parts.iter().map(|(_, host)| host.strip_suffix('/').unwrap_or(host)).collect();
        if hosts.contains(&"") {
            return Err(invalid(option, "a server has no host"));
        }
        let hosts = parse_hosts(&hosts.join(",")).map_err(|error| invalid(option, error.message()))?;
        let endpoints = hosts.into_iter().map(|host| host.into_endpoint(default_port(encrypted))).collect();
        Ok(Servers { endpoints, encrypted })
    }
}

/// Whether `https://` or `http://` was written, and the rest.
fn scheme<'a>(option: &'static str, text: &'a str) -> Result<(Option<bool>, &'a str)> {
    match text.split_once("://") {
        None => Ok((None, text)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => Ok((Some(true), rest)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => Ok((Some(false), rest)),
        Some(_) => Err(invalid(option, "the scheme of a server is https:// or http://")),
    }
}
