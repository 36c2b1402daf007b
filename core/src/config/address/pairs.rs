//! `option=value;option=value`, the connection strings of C#.

use super::{Address, Pair, Scheme, invalid};
use crate::config::names;
use crate::{Result, Secret};

/// An option name and `=` at the very start: neither a URL nor a Go address begins like that. One name must be
/// known, so that a token that ends in `=` and was passed as the address is not taken for a list of options.
pub(super) fn looks_like_pairs(text: &str) -> bool {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._- ".contains(&byte));
    let name_of = |pair: &'_ str| pair.split_once('=').map(|(name, _)| name.trim().to_owned());
    text.split_once('=').is_some_and(|(name, _)| is_name(name))
        && text.split(';').filter_map(name_of).any(|name| names::find(&name).is_some())
}

/// Values may stand in single or double quotes, a doubled quote inside is one quote; nothing is percent-decoded.
pub(super) fn parse(text: &str) -> Result<Address> {
    let mut options = Vec::new();
    let mut name_is_harmless = true;
    let mut rest = text;
    while !rest.trim_start_matches([';', ' ']).is_empty() {
        rest = rest.trim_start_matches([';', ' ']);
        let name_end = rest.find(['=', ';']).unwrap_or(rest.len());
        let name = rest[..name_end].trim().to_owned();
        rest = &rest[name_end..];
        let value = match rest.strip_prefix('=') {
            None => None,
            Some(tail) => {
                let (value, tail) = split_value(tail)?;
                rest = tail;
                Some(value)
            }
        };
        let is_secret = names::find(&name).is_some_and(|spelling| spelling.option.secret);
        let is_assigned = value.is_some();
        options.push(Pair { name, value, name_is_harmless: name_is_harmless && is_assigned });
        name_is_harmless &= !is_secret;
    }
    Ok(Address { scheme: Scheme::Open, hosts: Vec::new(), user: None, password: None, database: None, options })
}

fn split_value(text: &str) -> Result<(Secret, &str)> {
    let trimmed = text.trim_start_matches(' ');
    match trimmed.chars().next() {
        Some(quote @ ('"' | '\'')) => split_quoted(&trimmed[1..], quote),
        _ => {
            let end = trimmed.find(';').unwrap_or(trimmed.len());
            Ok((Secret::new(trimmed[..end].trim_end_matches(' ')), &trimmed[end..]))
        }
    }
}

fn split_quoted(text: &str, quote: char) -> Result<(Secret, &str)> {
    let mut from = 0;
    while let Some(at) = text[from..].find(quote).map(|at| from + at) {
        let rest = &text[at + 1..];
        if rest.starts_with(quote) {
            from = at + 2;
            continue;
        }
        if !rest.trim_start_matches(' ').is_empty() && !rest.trim_start_matches(' ').starts_with(';') {
            break;
        }
        let doubled: String = [quote, quote].iter().collect();
        return Ok((Secret::new(text[..at].replace(&doubled, quote.encode_utf8(&mut [0; 4]))), rest));
    }
    Err(invalid("a quoted value is not closed, or something follows its closing quote"))
}
