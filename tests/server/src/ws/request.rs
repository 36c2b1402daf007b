//! From a frame to a request: the envelope, the action, the arguments, and the generic errors of each step.

use std::borrow::Cow;
use std::time::Instant;

use bytes::{Buf as _, Bytes};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::answer::Envelope;
use super::call::{Call, ConnArgs, ConnectionOption, Sql, or_zero};

/// A request as it came, ready to be run.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) envelope: Envelope,
    pub(super) call: Call,
}

/// Text actions this server does not have.
const NOT_SUPPORTED: [&str; 19] = [
    "insert",
    "init",
    "prepare",
    "set_table_name",
    "set_tags",
    "bind",
    "add_batch",
    "exec",
    "close",
    "get_tag_fields",
    "get_col_fields",
    "use_result",
    "stmt_num_params",
    "stmt_get_param",
    "stmt2_init",
    "stmt2_prepare",
    "stmt2_exec",
    "stmt2_result",
    "stmt2_close",
];

/// What the legacy `/rest/ws` knows.
const LEGACY: [&str; 6] = ["version", "conn", "query", "fetch", "fetch_block", "free_result"];

#[derive(Deserialize)]
struct Text<'a> {
    #[serde(borrow, default)]
    action: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    args: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct QueryArgs {
    #[serde(deserialize_with = "or_zero")]
    sql: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct IdArgs {
    #[serde(deserialize_with = "or_zero")]
    id: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResultIdArgs {
    #[serde(deserialize_with = "or_zero")]
    result_id: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InfoArgs {
    #[serde(deserialize_with = "or_zero")]
    info: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OptionsArgs {
    #[serde(deserialize_with = "or_zero")]
    options: Vec<ConnectionOption>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StatusArgs {
    #[serde(rename = "fqdn")]
    _fqdn: Option<String>,
    #[serde(rename = "port", deserialize_with = "or_zero")]
    _port: i32,
}

#[derive(Default, Deserialize)]
struct NoArgs {}

#[derive(Deserialize)]
struct ReqId {
    #[serde(default)]
    req_id: u64,
}

impl Request {
    /// Reads a text frame.
    pub(super) fn text(frame: &[u8], legacy: bool) -> Self {
        let started = Instant::now();
        let new = |action: &str, req_id, call| Request {
            envelope: Envelope { action: action.to_owned(), req_id, started },
            call,
        };
        let Ok(text) = serde_json::from_slice::<Text<'_>>(frame) else {
            return new("", 0, Call::Bad("unmarshal request error".to_owned()));
        };
        let args = text.args.map(RawValue::get);
        let req_id = args.and_then(|args| serde_json::from_str::<ReqId>(args).ok()).map_or(0, |it| it.req_id);
        match text.action.as_deref() {
            None | Some("") => new("", req_id, Call::Bad("request no action".to_owned())),
            Some(action) if legacy && !LEGACY.contains(&action) => new(action, req_id, unknown(action)),
            Some(action) => new(action, req_id, call(action, args)),
        }
    }

    /// Reads a binary frame.
    pub(super) fn binary(frame: &Bytes) -> Self {
        let started = Instant::now();
        let new = |action: &str, req_id, call| Request {
            envelope: Envelope { action: action.to_owned(), req_id, started },
            call,
        };
        // The gateway reads the header unchecked; an error is the kinder of the two answers the notes allow.
        if frame.len() < 24 {
            return new("unknown", 0, Call::Bad(TOO_SHORT.to_owned()));
        }
        let mut rest = frame.clone();
        let (req_id, id, number) = (rest.get_u64_le(), rest.get_u64_le(), rest.get_u64_le());
        match number {
            6 => new("binary_query", req_id, with_sql(rest, |sql| Call::Query { sql })),
            7 => new("fetch_raw_block", req_id, fetch_raw_block(rest, id)),
            10 => new("validate_sql", req_id, with_sql(rest, |sql| Call::ValidateSql { sql })),
            1..=5 | 9 | 11 => new(NAMES[number as usize], req_id, Call::NotSupported),
            _ => new("unknown", req_id, Call::Bad(format!("unknown binary action {number}"))),
        }
    }
}

const TOO_SHORT: &str = "message length is too short";

/// Names of the binary actions by number.
const NAMES: [&str; 12] = [
    "",
    "set_tags",
    "bind",
    "write_raw",
    "write_raw_block",
    "write_raw_block_with_fields",
    "binary_query",
    "fetch_raw_block",
    "",
    "stmt2_bind",
    "validate_sql",
    "stmt2_bind_exec",
];

fn call(action: &str, args: Option<&str>) -> Call {
    match action {
        "version" => read::<NoArgs>(Some(args.unwrap_or("{}")), "version", |_| Call::Version),
        "conn" => read::<ConnArgs>(args, "connect", |args| Call::Conn(Box::new(args))),
        "query" => read::<QueryArgs>(args, "query", |args| {
            Sql::new(Bytes::from(args.sql)).map_or(Call::NotSupported, |sql| Call::Query { sql })
        }),
        "fetch" => read::<IdArgs>(args, "fetch", |args| Call::Fetch { id: args.id }),
        "fetch_block" => read::<IdArgs>(args, "fetch block", |args| Call::FetchBlock { id: args.id }),
        "free_result" => read::<IdArgs>(args, "free result", |args| Call::FreeResult { id: args.id }),
        "num_fields" => read::<ResultIdArgs>(args, "num fields", |args| Call::NumFields { id: args.result_id }),
        "get_current_db" => read::<NoArgs>(args, "get current db", |_| Call::CurrentDb),
        "get_server_info" => read::<NoArgs>(args, "get server info", |_| Call::ServerInfo),
        "check_server_status" => read::<StatusArgs>(args, "check server status", |_| Call::ServerStatus),
        "get_connection_info" => {
            read::<InfoArgs>(args, "get connection info", |args| Call::ConnectionInfo { info: args.info })
        }
        "options_connection" => read::<OptionsArgs>(args, "options connection", |args| Call::Options(args.options)),
        known if NOT_SUPPORTED.contains(&known) => Call::NotSupported,
        other => unknown(other),
    }
}

fn unknown(action: &str) -> Call {
    Call::Bad(format!("unknown action {action}"))
}

fn read<T: DeserializeOwned>(args: Option<&str>, thing: &str, then: impl FnOnce(T) -> Call) -> Call {
    // The request id is part of the arguments: a wrong type there is an error of the whole.
    let parsed = args.and_then(|args| {
        serde_json::from_str::<ReqIdOrNull>(args).ok()?;
        serde_json::from_str(args).ok()
    });
    match parsed {
        Some(parsed) => then(parsed),
        None => Call::Bad(format!("unmarshal {thing} request error")),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ReqIdOrNull {
    #[serde(rename = "req_id", deserialize_with = "or_zero")]
    _req_id: u64,
}

fn with_sql(mut rest: Bytes, then: impl FnOnce(Sql) -> Call) -> Call {
    // Version, length and at least one byte of SQL.
    if rest.len() < 7 {
        return Call::Bad(TOO_SHORT.to_owned());
    }
    let version = rest.get_u16_le();
    if version != 1 {
        return Call::Bad(format!("unknown binary query version:{version}"));
    }
    let length = rest.get_u32_le() as usize;
    if length > rest.len() {
        let remain = rest.len();
        return Call::Bad(format!("uncompleted message, sql length:{length}, remainMessageLength:{remain}"));
    }
    match Sql::new(rest.slice(..length)) {
        Some(sql) => then(sql),
        None => Call::Bad("sql is not UTF-8".to_owned()),
    }
}

fn fetch_raw_block(mut rest: Bytes, id: u64) -> Call {
    if rest.len() < 2 {
        return Call::BadFetch { id, message: TOO_SHORT };
    }
    match rest.get_u16_le() {
        1 => Call::FetchRawBlock { id },
        _ => Call::BadFetch { id, message: "unknown fetch raw block version" },
    }
}
