//! `SqlError` and the engine codes this server answers with (low 16 bits of TDengine's `0x8000xxxx`).

use std::fmt;

/// An error of the SQL engine: TDengine's code (low 16 bits, as the gateway sends it) and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlError {
    /// Low 16 bits of TDengine's error code.
    pub code: u32,
    /// TDengine's text.
    pub message: String,
}

impl SqlError {
    /// An error from a code and a text.
    pub fn new(code: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[0x{:04X}] {}", self.code, self.message)
    }
}

impl std::error::Error for SqlError {}

impl From<rusqlite::Error> for SqlError {
    /// What SQLite refuses although the translator let it pass is an internal error of the query,
    /// never a success. The text names SQLite so that nobody takes it for TDengine's.
    fn from(error: rusqlite::Error) -> Self {
        Self::new(codes::QUERY_FAILED, format!("Internal error of the test server's SQLite: {error}"))
    }
}

/// Numbers of the engine errors.
pub mod codes {
    /// `Operation not supported`.
    pub const NOT_SUPPORTED: u32 = 0x0100;
    /// `Invalid operation`.
    pub const INVALID_OPERATION: u32 = 0x0200;
    /// Syntax error found in values by the client library.
    pub const VALUE_SYNTAX: u32 = 0x0216;
    /// `Value out of range`.
    pub const VALUE_OUT_OF_RANGE: u32 = 0x0224;
    /// `STable already exists`.
    pub const STABLE_EXISTS: u32 = 0x0360;
    /// `STable not exist`.
    pub const STABLE_NOT_EXIST: u32 = 0x0362;
    /// `Tag already exists`.
    pub const TAG_EXISTS: u32 = 0x0369;
    /// `Tag does not exist`.
    pub const TAG_NOT_EXIST: u32 = 0x036A;
    /// `Column already exists`.
    pub const COLUMN_EXISTS: u32 = 0x036B;
    /// `Column does not exist`.
    pub const COLUMN_NOT_EXIST: u32 = 0x036C;
    /// `Invalid user`: the user does not exist.
    pub const INVALID_USER: u32 = 0x0351;
    /// `Database already exists`.
    pub const DB_EXISTS: u32 = 0x0381;
    /// `Database not exist`.
    pub const DB_NOT_EXIST: u32 = 0x0388;
    /// `Table already exists`.
    pub const TABLE_EXISTS: u32 = 0x0603;
    /// `Timestamp data out of range`.
    pub const TIMESTAMP_OUT_OF_RANGE: u32 = 0x060B;
    /// `Query internal error`.
    pub const QUERY_FAILED: u32 = 0x0700;
    /// `syntax error near "…"`.
    pub const SYNTAX: u32 = 0x2600;
    /// `Incomplete SQL statement`.
    pub const INCOMPLETE: u32 = 0x2601;
    /// `Invalid column name`.
    pub const INVALID_COLUMN: u32 = 0x2602;
    /// `Table does not exist`.
    pub const TABLE_NOT_EXIST: u32 = 0x2603;
    /// `Column ambiguously defined`.
    pub const AMBIGUOUS_COLUMN: u32 = 0x2604;
    /// `Invalid value type`.
    pub const WRONG_VALUE_TYPE: u32 = 0x2605;
    /// `There mustn't be aggregation`.
    pub const ILLEGAL_AGGREGATE: u32 = 0x2608;
    /// `ORDER BY item must be the number of a SELECT-list expression`.
    pub const WRONG_ORDER_POSITION: u32 = 0x2609;
    /// `Not a GROUP BY expression`.
    pub const NOT_GROUP_EXPRESSION: u32 = 0x260A;
    /// `Not a single-group group function`.
    pub const NOT_SINGLE_GROUP: u32 = 0x260C;
    /// `Tags number not matched`.
    pub const TAGS_NOT_MATCHED: u32 = 0x260D;
    /// `Invalid tag name`.
    pub const INVALID_TAG_NAME: u32 = 0x260E;
    /// `Database not specified`.
    pub const DB_NOT_SPECIFIED: u32 = 0x2616;
    /// `Invalid identifier name`.
    pub const INVALID_IDENTIFIER: u32 = 0x2617;
    /// `Invalid database option`.
    pub const INVALID_DB_OPTION: u32 = 0x2619;
    /// `Aggregate functions do not support nesting`.
    pub const NESTED_AGGREGATE: u32 = 0x2627;
    /// `Only one tag if there is a json tag`.
    pub const ONLY_ONE_JSON_TAG: u32 = 0x2633;
    /// `Query block has incorrect number of result columns`.
    pub const WRONG_COLUMN_COUNT: u32 = 0x2634;
    /// `Duplicated column names`.
    pub const DUPLICATED_COLUMN: u32 = 0x263C;
    /// `Too many columns`.
    pub const TOO_MANY_COLUMNS: u32 = 0x2640;
    /// `First column must be timestamp`.
    pub const FIRST_COLUMN: u32 = 0x2641;
    /// `Invalid binary/nchar column/tag length`.
    pub const INVALID_VAR_LENGTH: u32 = 0x2642;
    /// `Invalid alter table statement`.
    pub const INVALID_ALTER: u32 = 0x2649;
    /// `Primary timestamp column cannot be dropped`.
    pub const CANNOT_DROP_TS: u32 = 0x264A;
    /// `Only binary/nchar column length could be modified`.
    pub const INVALID_MODIFY: u32 = 0x264B;
    /// `Only tag can be json type`.
    pub const COLUMN_JSON: u32 = 0x2652;
    /// `Value too long for column/tag`.
    pub const VALUE_TOO_LONG: u32 = 0x2653;
    /// `Fail to get table info`.
    pub const GET_META: u32 = 0x2662;
    /// Wrong number of arguments of a function.
    pub const FUNCTION_PARAMETERS: u32 = 0x2801;
    /// Wrong types of arguments of a function.
    pub const FUNCTION_PARAMETER_TYPE: u32 = 0x2802;
    /// `Invalid function name`.
    pub const NOT_A_FUNCTION: u32 = 0x2803;
}

/// `Database not exist`.
pub(crate) fn no_database() -> SqlError {
    SqlError::new(codes::DB_NOT_EXIST, "Database not exist")
}

/// `Table does not exist`, as everything but a query says it.
pub(crate) fn no_table(name: &str) -> SqlError {
    SqlError::new(codes::TABLE_NOT_EXIST, format!("Table does not exist: {name}"))
}

/// `Invalid column name`.
pub(crate) fn no_column(name: &str) -> SqlError {
    SqlError::new(codes::INVALID_COLUMN, format!("Invalid column name: {name}"))
}
