//! What a request asks for, once its arguments have been read.

use bytes::Bytes;
use serde::Deserialize;

/// A request with its arguments. `Bad` carries the generic error that the gateway answers with.
#[derive(Debug)]
pub(super) enum Call {
    Version,
    Conn(Box<ConnArgs>),
    Query {
        sql: Sql,
    },
    ValidateSql {
        sql: Sql,
    },
    Fetch {
        id: u64,
    },
    FetchBlock {
        id: u64,
    },
    FetchRawBlock {
        id: u64,
    },
    FreeResult {
        id: u64,
    },
    NumFields {
        id: u64,
    },
    CurrentDb,
    ServerInfo,
    ServerStatus,
    ConnectionInfo {
        info: i64,
    },
    Options(Vec<ConnectionOption>),
    /// An action TDengine has and this server does not.
    NotSupported,
    Bad(String),
    /// Like `Bad`, in the binary form of `fetch_raw_block`.
    BadFetch {
        id: u64,
        message: &'static str,
    },
}

/// Text of a statement, still in the frame that brought it.
#[derive(Clone, Debug)]
pub(super) struct Sql(Bytes);

impl Sql {
    /// `None` if it is not UTF-8.
    pub(super) fn new(bytes: Bytes) -> Option<Self> {
        std::str::from_utf8(&bytes).is_ok().then_some(Sql(bytes))
    }

    pub(super) fn as_str(&self) -> &str {
        // Checked in `new`.
        std::str::from_utf8(&self.0).unwrap_or_default().trim()
    }
}

impl Call {
    pub(super) fn sql(&self) -> Option<&str> {
        match self {
            Call::Query { sql } | Call::ValidateSql { sql } => Some(sql.as_str()),
            _ => None,
        }
    }

    /// Whether it is answered before a login.
    pub(super) fn is_open_to_all(&self) -> bool {
        matches!(self, Call::Version | Call::Conn(_) | Call::ServerStatus)
    }
}

/// Arguments of `conn`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConnArgs {
    #[serde(deserialize_with = "or_zero")]
    pub(super) user: String,
    #[serde(deserialize_with = "or_zero")]
    pub(super) password: NoDebug,
    #[serde(deserialize_with = "or_zero")]
    pub(super) db: String,
    pub(super) mode: Option<i64>,
    #[serde(deserialize_with = "or_zero")]
    pub(super) tz: String,
    #[serde(deserialize_with = "or_zero")]
    pub(super) app: String,
    #[serde(deserialize_with = "or_zero")]
    pub(super) ip: String,
    #[serde(deserialize_with = "or_zero")]
    pub(super) connector: String,
    #[serde(deserialize_with = "or_zero")]
    pub(super) totp_code: NoDebug,
    #[serde(deserialize_with = "or_zero")]
    pub(super) bearer_token: NoDebug,
    #[serde(deserialize_with = "or_zero")]
    pub(super) list_instances: bool,
}

/// A secret on its way in.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(super) struct NoDebug(pub(super) String);

impl std::fmt::Debug for NoDebug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// One entry of `options_connection`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConnectionOption {
    #[serde(deserialize_with = "or_zero")]
    pub(super) option: i64,
    pub(super) value: Option<String>,
}

/// JSON null is a zero value, as for the gateway.
pub(super) fn or_zero<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
