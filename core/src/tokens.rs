//! Tokens made and taken back by SQL (TOK-4): `CREATE TOKEN`, `SHOW TOKENS`, `ALTER TOKEN`, `DROP TOKEN` as functions.
//!
//! TDengine Enterprise 3.4 and newer has tokens; others answer `NOT_SUPPORTED`.

use std::time::Duration;

use crate::client::Connection;
use crate::clock::{Clock as _, SystemClock};
use crate::column::{Block, Precision, Value};
use crate::config::check_token;
use crate::credential::Issued;
use crate::error::{Error, ErrorCode, Result};
use crate::literal::bind;
use crate::secret::Secret;

const MAX_NAME_BYTES: usize = 31;
const MAX_USER_BYTES: usize = 64;
const MAX_PROVIDER_BYTES: usize = 63;
const MAX_EXTRA_INFO_BYTES: usize = 1023;
/// The unit of a token's TTL in SQL.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// The tokens that the user of a connection may see and change.
///
/// ```no_run
/// # async fn example(connection: &tdsec::Connection) -> tdsec::Result<()> {
/// use tdsec::tokens::{NewToken, Tokens};
/// let tokens = Tokens::new(connection);
/// let issued = tokens.create(&NewToken::new("reports", "reader").ttl_days(1)).await?;
/// for token in tokens.list().await?.iter().filter(|token| !token.enabled) {
///     tokens.drop(&token.name).await?;
/// }
/// # let _ = issued; Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Tokens {
    connection: Connection,
}

/// What `CREATE TOKEN` is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    name: String,
    user: String,
    enable: bool,
    ttl_days: u32,
    provider: Option<String>,
    extra_info: Option<String>,
}

/// A row of `SHOW TOKENS`. The token itself is shown by [`Tokens::create`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenInfo {
    /// Unique in the cluster.
    pub name: String,
    /// Whom it logs in.
    pub user: String,
    /// Who made it.
    pub provider: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// When it was made, since 1970-01-01 UTC.
    pub created_at: Option<Duration>,
    /// When it ends; `None`: never.
    pub expires_at: Option<Duration>,
    /// Free text.
    pub extra_info: String,
}

impl NewToken {
    /// A token of `user` that can be used at once and lives for one day.
    ///
    /// A name has at most 31 letters, digits or underscores, and does not begin with a digit.
    pub fn new(name: impl Into<String>, user: impl Into<String>) -> Self {
        NewToken { name: name.into(), user: user.into(), enable: true, ttl_days: 1, provider: None, extra_info: None }
    }

    /// Days it lives; 0: for ever.
    pub fn ttl_days(mut self, days: u32) -> Self {
        self.ttl_days = days;
        self
    }

    /// Whether it can be used at once.
    pub fn enable(mut self, enable: bool) -> Self {
        self.enable = enable;
        self
    }

    /// Who makes it: at most 63 bytes.
    pub fn provider(mut self, text: impl Into<String>) -> Self {
        self.provider = Some(text.into());
        self
    }

    /// Free text of at most 1023 bytes.
    pub fn extra_info(mut self, text: impl Into<String>) -> Self {
        self.extra_info = Some(text.into());
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn statement(&self) -> Result<String> {
        let (name, user) = (name(&self.name)?, user(&self.user)?);
        let mut sql =
            format!("create token {name} from user {user} enable {} ttl {}", u8::from(self.enable), self.ttl_days);
        let texts = [
            (" provider ?", "provider", &self.provider, MAX_PROVIDER_BYTES),
            (" extra_info ?", "extra_info", &self.extra_info, MAX_EXTRA_INFO_BYTES),
        ];
        for (clause, what, text, most) in texts {
            if let Some(text) = text {
                if text.len() > most {
                    return Err(argument(format!("the {what} of a token has at most {most} bytes")));
                }
                sql += &bind(clause, &[text.as_str().into()])?;
            }
        }
        Ok(sql)
    }
}

impl Tokens {
    /// By a connection whose user may do it: `root` for everybody's, others for their own.
    pub fn new(connection: &Connection) -> Self {
        Tokens { connection: connection.clone() }
    }

    /// Makes a token. In a cluster it may take a few seconds until it can be used.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for names and texts that cannot be; `SERVER_ERROR` if the name is taken or the user has as many tokens as
    /// it may have; `NOT_SUPPORTED`; `PERMISSION_DENIED`; as [`Connection::query`].
    pub async fn create(&self, token: &NewToken) -> Result<Issued> {
        let mut result = self.connection.query(&token.statement()?).await?;
        let block = result.next_block().await?;
        let value = block.as_ref().map(|block| block.try_column(0).map(|column| column.value(0)));
        let Some(Some(Value::Text(text))) = value.map(Option::transpose).transpose()? else {
            return Err(Error::new(ErrorCode::ProtocolMessage, "the server made a token and did not tell it"));
        };
        let secret = Secret::new(text);
        let unusable = |_| Error::new(ErrorCode::ProtocolMessage, "the server made a token that cannot be one");
        check_token(&secret).map_err(unusable)?;
        let issued = Issued::new(secret).issued_at(SystemClock.now().wall);
        Ok(if token.ttl_days == 0 { issued } else { issued.ttl(DAY * token.ttl_days) })
    }

    /// All tokens this user may see.
    ///
    /// # Errors
    /// As [`Connection::query`].
    pub async fn list(&self) -> Result<Vec<TokenInfo>> {
        let mut result = self.connection.query("show tokens").await?;
        let mut tokens = Vec::new();
        while let Some(block) = result.next_block().await? {
            for row in 0..block.rows() {
                tokens.push(TokenInfo::of(&block, row)?);
            }
        }
        Ok(tokens)
    }

    /// The token of this name, for programs that must not take a slip for a success.
    ///
    /// # Errors
    /// `TOKEN_NOT_FOUND`; as [`Connection::query`].
    pub async fn find(&self, token: &str) -> Result<TokenInfo> {
        name(token)?;
        self.list().await?.into_iter().find(|known| known.name == token).ok_or_else(|| {
            Error::new(ErrorCode::TokenNotFound, format!("there is no token {token} that this user may see"))
        })
    }

    /// Allows or forbids its use. Sessions that are open go on.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`; as [`Connection::query`].
    pub async fn set_enabled(&self, token: &str, enabled: bool) -> Result<()> {
        self.run(&format!("alter token {} enable {}", name(token)?, u8::from(enabled))).await
    }

    /// It lives so many days from now on; 0: for ever.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`; as [`Connection::query`].
    pub async fn set_ttl(&self, token: &str, days: u32) -> Result<()> {
        self.run(&format!("alter token {} ttl {days}", name(token)?)).await
    }

    /// Removes it for ever; one that is not there is no error. Sessions that are open go on.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`; as [`Connection::query`].
    pub async fn drop(&self, token: &str) -> Result<()> {
        self.run(&format!("drop token if exists {}", name(token)?)).await
    }

    async fn run(&self, sql: &str) -> Result<()> {
        self.connection.execute(sql).await.map(|_| ())
    }
}

impl TokenInfo {
    fn of(block: &Block, row: usize) -> Result<TokenInfo> {
        let value = |name: &str| {
            let column = block.column_iter().find(|column| column.field().name().eq_ignore_ascii_case(name));
            column.map_or(Ok(Value::Null), |column| column.value(row))
        };
        let text = |name| value(name).map(|value| if value.is_null() { String::new() } else { value.to_string() });
        let moment = |name| {
            value(name).map(|value| match value {
                Value::Timestamp(ticks) => u64::try_from(ticks)
                    .ok()
                    .filter(|ticks| *ticks > 0)
                    .map(|ticks| since_1970(ticks, block.precision())),
                _ => None,
            })
        };
        Ok(TokenInfo {
            name: text("name")?,
            user: text("user")?,
            provider: text("provider")?,
            enabled: matches!(text("enable")?.as_str(), "1" | "true"),
            created_at: moment("create_time")?,
            expires_at: moment("expire_time")?,
            extra_info: text("extra_info")?,
        })
    }
}

fn since_1970(ticks: u64, precision: Precision) -> Duration {
    match precision {
        Precision::Millisecond => Duration::from_millis(ticks),
        Precision::Microsecond => Duration::from_micros(ticks),
        Precision::Nanosecond => Duration::from_nanos(ticks),
    }
}

/// Quoted, so that a keyword is a name as well; nothing in it can end the quotes.
fn name(text: &str) -> Result<String> {
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let allowed = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if begins && allowed && text.len() <= MAX_NAME_BYTES {
        return Ok(format!("`{text}`"));
    }
    let rule = "letters, digits and underscores, at most 31, not beginning with a digit";
    Err(argument(format!("the name of a token is made of {rule}")))
}

fn user(text: &str) -> Result<String> {
    let allowed =
        |character: char| !character.is_control() && !character.is_whitespace() && !"`'\"\\;,".contains(character);
    if !text.is_empty() && text.len() <= MAX_USER_BYTES && text.chars().all(allowed) {
        return Ok(format!("`{text}`"));
    }
    Err(argument("this cannot be the name of a user: it is empty, too long, or holds blanks or quotes".into()))
}

fn argument(text: String) -> Error {
    Error::new(ErrorCode::InvalidArgument, text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_statement_holds_nothing_but_what_it_quotes() {
        let token = NewToken::new("reports_1", "reader").ttl_days(7).provider("it's \\ us").extra_info("a;b");
        assert_eq!(
            token.statement().unwrap(),
            "create token `reports_1` from user `reader` enable 1 ttl 7 provider 'it''s \\\\ us' extra_info 'a;b'"
        );
        let bare = NewToken::new("_select", "root").enable(false).ttl_days(0);
        assert_eq!(bare.statement().unwrap(), "create token `_select` from user `root` enable 0 ttl 0");
    }

    #[test]
    fn names_that_cannot_be_never_reach_the_server() {
        let long = "x".repeat(32);
        for bad in ["", "1abc", "a b", "a`b", "a-b", "ä", "a;drop", long.as_str()] {
            let error = NewToken::new(bad, "root").statement().unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{bad}");
        }
        for bad in ["", "a b", "a`b", "a'b", "a\nb", "x".repeat(65).as_str()] {
            assert_eq!(NewToken::new("t", bad).statement().unwrap_err().code(), ErrorCode::InvalidArgument, "{bad}");
        }
        for (provider, extra_info) in [("x".repeat(64), String::new()), (String::new(), "x".repeat(1024))] {
            let token = NewToken::new("t", "root").provider(provider).extra_info(extra_info);
            assert_eq!(token.statement().unwrap_err().code(), ErrorCode::InvalidArgument);
        }
    }
}
