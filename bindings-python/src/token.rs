//! Tokens: one with its times, and those of a server, made and taken back by SQL.

use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use tdsec::config::OptionInfo;
use tdsec::tokens::{self, NewToken, TokenInfo};
use tdsec::{ErrorCode, Issued, Secret, source};

use crate::argument::{Enabled, ExtraInfo, Name, Provider, TokenText, User};
use crate::completions::{Completions, Task, object};
use crate::datetime::utc;
use crate::error::{exception, raise};
use crate::options::text;
use crate::wait::Interrupt;

/// A token and what is known of its life: what a function that is a token source may return, and what Tokens.create returns.
///
/// `token` is the token, a str. `expires_at`: when it ends, a datetime with a time zone, seconds since 1970 or a text as
/// in "2026-01-31T12:00:00Z". `ttl`: how long it lives from its issue, seconds, a timedelta or a text as in "24h"; 0
/// means without end. `issued_at`: when it was issued, as `expires_at` (default: when the function returned it). All but
/// the token may be None, which means unknown: the option token_ttl says how long it is then taken to live. Raises
/// SourceInvalidError for what is none of this.
///
/// Its repr shows a fingerprint; `reveal()` is the only way to the token itself. The option bearer_token takes it as it is.
#[pyclass(frozen, module = "tdsec")]
pub(crate) struct Token(pub(crate) Issued);

#[pymethods]
impl Token {
    #[new]
    #[pyo3(signature = (token, *, expires_at=None, ttl=None, issued_at=None))]
    fn new(
        py: Python<'_>,
        token: TokenText,
        expires_at: Option<&Bound<'_, PyAny>>,
        ttl: Option<&Bound<'_, PyAny>>,
        issued_at: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut fields = vec![("token", token.0)];
        for (name, value) in [("expires_at", expires_at), ("ttl", ttl), ("issued_at", issued_at)] {
            if let Some(value) = value {
                fields.push((name, moment(name, value)?));
            }
        }
        let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
        source::issued(fields).map(Token).map_err(|error| exception(py, &error))
    }

    /// The token itself, a secret. Python cannot wipe the text; pass the object on instead where that is possible.
    fn reveal(&self) -> &str {
        self.0.token.expose()
    }

    /// Twelve hexadecimal digits that stand for the token in logs, events and metrics.
    #[getter]
    fn fingerprint(&self) -> String {
        self.0.token.fingerprint()
    }

    /// When it was issued, a datetime in UTC; None if unknown. Of a new token by the clock of this machine.
    #[getter]
    fn issued_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.issued_at.map(|time| utc(py, time)).transpose()
    }

    /// When it ends, a datetime in UTC; None if never or unknown.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.end().map(|time| utc(py, time)).transpose()
    }

    fn __repr__(&self) -> String {
        format!("<tdsec.Token {}>", self.0.token.fingerprint())
    }
}

impl Token {
    /// The secret of a token that was given for the option of bearer tokens.
    pub(crate) fn given(option: Option<&OptionInfo>, value: &Bound<'_, PyAny>) -> Option<Secret> {
        let takes_one = option.is_some_and(|option| option.name == "bearer_token");
        value.cast::<Token>().ok().filter(|_| takes_one).map(|token| token.get().0.token.clone())
    }
}

/// The token that a mapping describes, by the keys that the core knows.
#[pyfunction]
pub(crate) fn token_of(py: Python<'_>, mapping: &Bound<'_, PyDict>) -> PyResult<Token> {
    let raised = |error: tdsec::Error| exception(py, &error);
    let mut fields = Vec::new();
    let mut has_token = false;
    for (name, value) in mapping {
        let Ok(name) = name.extract::<String>() else { continue };
        match source::token_key(&name).map_err(raised)? {
            Some("token") if value.is_instance_of::<PyString>() => has_token = true,
            None | Some("token") => continue,
            Some(_) if value.is_none() => continue,
            Some(_) => {}
        }
        let text = moment(&name, &value)?;
        fields.push((name, text));
    }
    if !has_token {
        let text = "the mapping it gave has no str under the key \"token\"";
        return Err(raise(py, ErrorCode::SourceInvalid, text.to_owned()));
    }
    let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    source::issued(fields).map(Token).map_err(raised)
}

/// A time or a span as the core reads it.
fn moment(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    if value.hasattr("isoformat")? {
        return value.call_method0("isoformat")?.extract();
    }
    let class = value.get_type().name()?;
    text(name, None, value)
        .map_err(|_| raise(value.py(), ErrorCode::SourceInvalid, format!("{name} of a token cannot be a {class}")))
}

/// The tokens that the user of a connection may see and change.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Tokens {
    inner: tokens::Tokens,
    interrupt: Interrupt,
}

/// Name, user, provider, whether enabled, creation, end, extra info.
type Row = (String, String, String, bool, Option<Py<PyAny>>, Option<Py<PyAny>>, String);

#[pymethods]
impl Tokens {
    /// Makes one, waiting.
    #[pyo3(signature = (name, user, enabled, ttl_days=None, provider=None, extra_info=None))]
    #[expect(clippy::too_many_arguments, reason = "the clauses of CREATE TOKEN")]
    fn create(
        &self,
        py: Python<'_>,
        name: Name,
        user: User,
        enabled: Enabled,
        ttl_days: Option<&Bound<'_, PyAny>>,
        provider: Option<Provider>,
        extra_info: Option<ExtraInfo>,
    ) -> PyResult<Token> {
        let new = new_token(name, user, enabled, ttl_days, provider, extra_info)?;
        self.interrupt.wait(py, self.inner.create(&new)).map(Token)
    }

    /// Makes one; `future` gets it.
    #[pyo3(signature = (completions, future, name, user, enabled, ttl_days=None, provider=None, extra_info=None))]
    #[expect(clippy::too_many_arguments, reason = "the clauses of CREATE TOKEN, and where the answer goes")]
    fn create_async(
        &self,
        py: Python<'_>,
        completions: &Completions,
        future: Py<PyAny>,
        name: Name,
        user: User,
        enabled: Enabled,
        ttl_days: Option<&Bound<'_, PyAny>>,
        provider: Option<Provider>,
        extra_info: Option<ExtraInfo>,
    ) -> PyResult<Task> {
        let new = new_token(name, user, enabled, ttl_days, provider, extra_info)?;
        let inner = self.inner.clone();
        completions.submit(py, future, async move { inner.create(&new).await }, |py, made| object(py, Token(made)))
    }

    /// All of them, waiting.
    fn list(&self, py: Python<'_>) -> PyResult<Vec<Row>> {
        rows(py, self.interrupt.wait(py, self.inner.list())?)
    }

    /// All of them; `future` gets them.
    fn list_async(&self, py: Python<'_>, completions: &Completions, future: Py<PyAny>) -> PyResult<Task> {
        let inner = self.inner.clone();
        let work = async move { inner.list().await };
        completions.submit(py, future, work, |py, listed| object(py, rows(py, listed)?))
    }

    /// Allows or forbids its use, waiting.
    fn set_enabled(&self, py: Python<'_>, name: Name, enabled: bool) -> PyResult<()> {
        self.interrupt.wait(py, self.inner.set_enabled(&name.0, enabled))
    }

    /// Allows or forbids its use; `future` gets None.
    fn set_enabled_async(
        &self,
        py: Python<'_>,
        completions: &Completions,
        future: Py<PyAny>,
        name: Name,
        enabled: bool,
    ) -> PyResult<Task> {
        let inner = self.inner.clone();
        completions.submit(py, future, async move { inner.set_enabled(&name.0, enabled).await }, object)
    }

    /// Sets how long it lives from now on, waiting.
    fn set_ttl(&self, py: Python<'_>, name: Name, days: &Bound<'_, PyAny>) -> PyResult<()> {
        self.interrupt.wait(py, self.inner.set_ttl(&name.0, whole_days("days", days)?))
    }

    /// Sets how long it lives from now on; `future` gets None.
    fn set_ttl_async(
        &self,
        py: Python<'_>,
        completions: &Completions,
        future: Py<PyAny>,
        name: Name,
        days: &Bound<'_, PyAny>,
    ) -> PyResult<Task> {
        let (inner, days) = (self.inner.clone(), whole_days("days", days)?);
        completions.submit(py, future, async move { inner.set_ttl(&name.0, days).await }, object)
    }

    /// Removes it, waiting.
    fn drop(&self, py: Python<'_>, name: Name) -> PyResult<()> {
        self.interrupt.wait(py, self.inner.drop(&name.0))
    }

    /// Removes it; `future` gets None.
    fn drop_async(&self, py: Python<'_>, completions: &Completions, future: Py<PyAny>, name: Name) -> PyResult<Task> {
        let inner = self.inner.clone();
        completions.submit(py, future, async move { inner.drop(&name.0).await }, object)
    }
}

impl Tokens {
    pub(crate) fn new(connection: &tdsec::Connection, interrupt: &Interrupt) -> Self {
        Tokens { inner: tokens::Tokens::new(connection), interrupt: interrupt.clone() }
    }
}

fn new_token(
    name: Name,
    user: User,
    enabled: Enabled,
    ttl_days: Option<&Bound<'_, PyAny>>,
    provider: Option<Provider>,
    extra_info: Option<ExtraInfo>,
) -> PyResult<NewToken> {
    let mut token = NewToken::new(name.0, user.0).enable(enabled.0);
    if let Some(days) = ttl_days {
        token = token.ttl_days(whole_days("ttl_days", days)?);
    }
    if let Some(Provider(provider)) = provider {
        token = token.provider(provider);
    }
    if let Some(ExtraInfo(extra_info)) = extra_info {
        token = token.extra_info(extra_info);
    }
    Ok(token)
}

fn whole_days(name: &str, days: &Bound<'_, PyAny>) -> PyResult<u32> {
    let sentence = format!("{name} is a whole number of days, 0 for a token without end");
    days.extract().map_err(|_| raise(days.py(), ErrorCode::InvalidArgument, sentence))
}

fn rows(py: Python<'_>, listed: Vec<TokenInfo>) -> PyResult<Vec<Row>> {
    let row = |token: TokenInfo| {
        let date = |time: Option<Duration>| time.map(|time| utc(py, time).map(Bound::unbind)).transpose();
        let (created_at, expires_at) = (date(token.created_at)?, date(token.expires_at)?);
        Ok((token.name, token.user, token.provider, token.enabled, created_at, expires_at, token.extra_info))
    };
    listed.into_iter().map(row).collect()
}
