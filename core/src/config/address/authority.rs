//! User, hosts, database and options of URLs, JDBC URLs and Go addresses.

use super::{Address, Pair, Scheme, decode, invalid, scheme};
use crate::config::endpoint::parse_hosts;
use crate::config::names;
use crate::{Result, Secret};

/// `user:pass@hosts/db?options`, what follows a scheme.
pub(super) fn parse(scheme: Scheme, text: &str) -> Result<Address> {
    let end = text.find(['/', '?']).unwrap_or(text.len());
    let (authority, rest) = text.split_at(end);
    let (login, hosts) = match authority.rsplit_once('@') {
        Some((login, hosts)) => (Some(login), hosts),
        None => (None, authority),
    };
    finish(scheme, login, hosts, rest)
}

/// The parts of `user:pass@wss(host:port)/db?options`.
pub(super) struct Go<'a> {
    login: Option<&'a str>,
    network: &'a str,
    hosts: &'a str,
    rest: &'a str,
}

/// Recognises Go's form by its `network(` at the start or after an `@`: before that, a password may hold anything.
pub(super) fn split_go(text: &str) -> Result<Option<Go<'_>>> {
    let mut unknown_network = false;
    for (open, _) in text.match_indices('(') {
        let before = &text[..open];
        let start = before.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| at + char_len(before, at));
        let (login, network) = before.split_at(start);
        if network.is_empty() || !(login.is_empty() || login.ends_with('@')) {
            continue;
        }
        if !scheme::is_known(network) {
            unknown_network = true;
            continue;
        }
        let (hosts, rest) =
            text[open + 1..].split_once(')').ok_or_else(|| invalid("the bracket ( before the host is not closed"))?;
        if !(rest.is_empty() || rest.starts_with(['/', '?'])) {
            return Err(invalid("after the bracket ) only a database and options may follow"));
        }
        return Ok(Some(Go { login: login.strip_suffix('@'), network, hosts, rest }));
    }
    // Not repeated: it may be a part of a password.
    if unknown_network { Err(scheme::unknown("")) } else { Ok(None) }
}

pub(super) fn parse_go(go: Go<'_>) -> Result<Address> {
    finish(scheme::from_url(go.network)?, go.login, go.hosts, go.rest)
}

fn char_len(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

fn finish(scheme: Scheme, login: Option<&str>, hosts: &str, rest: &str) -> Result<Address> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let hosts = parse_hosts(&decode(hosts)?)?;
    let (user, password) = parse_login(login.unwrap_or(""))?;
    Ok(Address {
        scheme,
        hosts,
        user,
        password,
        database: parse_path(path)?,
        options: parse_query(query, !path.contains('='))?,
    })
}

/// Empty parts count as absent, so that `@wss(host)` and `:@wss(host)` are anonymous.
fn parse_login(text: &str) -> Result<(Option<String>, Option<Secret>)> {
    let (user, password) = match text.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (text, None),
    };
    let password = password.filter(|password| !password.is_empty()).map(decode).transpose()?.map(Secret::new);
    Ok((Some(user).filter(|user| !user.is_empty()).map(decode).transpose()?, password))
}

/// The database, or one of the gateway's own paths, which name none.
fn parse_path(path: &str) -> Result<Option<String>> {
    const GATEWAY: [&str; 5] = ["ws", "rest/ws", "rest/tmq", "rest/sql", "rest/stmt"];
    let path = path.trim_matches('/');
    if path.is_empty() || GATEWAY.contains(&path) {
        return Ok(None);
    }
    if path.contains('/') {
        return Err(invalid("the path of the address is more than the name of one database"));
    }
    decode(path).map(Some)
}

fn parse_query(query: &str, path_is_plain: bool) -> Result<Vec<Pair>> {
    // An @ here, or a = before, may mean that a secret with a ? was not encoded, and that its rest is taken for options.
    let mut name_is_harmless = path_is_plain && !query.contains('@');
    let mut pairs = Vec::new();
    for text in query.split('&').filter(|text| !text.is_empty()) {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(Secret::new(decode(value)?))),
            None => (text, None),
        };
        let name = decode(name)?;
        let is_secret = names::find(&name).is_some_and(|spelling| spelling.option.secret);
        let is_assigned = value.is_some();
        pairs.push(Pair { name, value, name_is_harmless: name_is_harmless && is_assigned });
        // What follows a secret may be its rest, behind an & that was not encoded.
        name_is_harmless &= !is_secret;
    }
    Ok(pairs)
}
