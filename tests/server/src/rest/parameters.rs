//! The query string.

use chrono_tz::Tz;
use hyper::StatusCode;
use percent_encoding::percent_decode_str;

use super::Refusal;

/// What the query string of `/rest/sql` asks for.
pub(super) struct Parameters {
    /// Zone of the statement.
    pub(super) session_zone: Tz,
    /// Zone in which timestamps are printed.
    pub(super) print_zone: Tz,
    pub(super) row_with_meta: bool,
    pub(super) timing: bool,
}

impl Parameters {
    pub(super) fn read(query: &[(String, String)]) -> Result<Self, Refusal> {
        let get = |wanted: &str| {
            query.iter().find(|(name, value)| name == wanted && !value.is_empty()).map(|(_, value)| value.as_str())
        };
        let zone = |name| match get(name) {
            None => Ok(None),
            Some(text) => text.parse::<Tz>().map(Some).map_err(|_| bad(format!("unknown time zone {text}"))),
        };
        let (print, session) = (zone("tz")?, zone("conn_tz")?);
        if let Some(text) = get("req_id") {
            text.parse::<i64>().map_err(|_| bad(format!("illegal param, req_id must be numeric {text}")))?;
        }
        Ok(Parameters {
            session_zone: session.unwrap_or(Tz::UTC),
            print_zone: session.or(print).unwrap_or(Tz::UTC),
            row_with_meta: get("row_with_meta") == Some("true"),
            timing: get("timing") == Some("true"),
        })
    }
}

fn bad(message: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, 0xffff, message)
}

/// All parameters, decoded.
pub(crate) fn all(query: Option<&str>) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
    };
    query.unwrap_or_default().split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// Percent-decoded text.
pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
