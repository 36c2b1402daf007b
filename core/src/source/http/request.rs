//! A request, as a value that can be sent to one server after the other.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::Value;

use super::super::content;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// What is asked. Text and form values are secrets, whatever they are: nobody has to think about it.
#[derive(Debug, Clone)]
pub(in crate::source) struct Request {
    method: Method,
    pub(super) path: String,
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, Secret)>,
    form: Vec<(&'static str, Secret)>,
    body: Option<(&'static str, Secret)>,
    pub(super) patience: Option<Duration>,
    pub(super) limit: usize,
    pub(super) writes: bool,
}

impl Request {
    pub(in crate::source) fn new(method: Method, path: impl Into<String>) -> Self {
        Request {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            form: Vec::new(),
            body: None,
            patience: None,
            limit: content::MAX_BYTES,
            writes: false,
        }
    }

    pub(in crate::source) fn get(path: impl Into<String>) -> Self {
        Request::new(Method::GET, path)
    }

    pub(in crate::source) fn post(path: impl Into<String>) -> Self {
        Request::new(Method::POST, path)
    }

    pub(in crate::source) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(in crate::source) fn header(mut self, name: &'static str, value: impl Into<Secret>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(in crate::source) fn form(mut self, name: &'static str, value: impl Into<Secret>) -> Self {
        self.form.push((name, value.into()));
        self
    }

    /// An object of texts.
    pub(in crate::source) fn json(self, pairs: &[(&str, &str)]) -> Self {
        let object: serde_json::Map<String, Value> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
        self.body("application/json", content::written(Value::Object(object)))
    }

    /// A document of this type.
    pub(in crate::source) fn body(mut self, media_type: &'static str, document: Secret) -> Self {
        self.body = Some((media_type, document));
        self
    }

    /// Another limit than the source's.
    pub(in crate::source) fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// It changes what stands at the place: without an answer nobody knows whether it did, and [`Error::may_have_run`] says so. A
    /// login and a long poll change nothing that matters, whatever their method is.
    pub(in crate::source) fn writes(mut self) -> Self {
        self.writes = true;
        self
    }

    /// A longer answer than [`content::MAX_BYTES`].
    pub(in crate::source) fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    pub(super) fn send(
        &self,
        client: &Client,
        url: &str,
    ) -> Result<impl Future<Output = reqwest::Result<reqwest::Response>> + use<>> {
        let mut building = client.request(self.method.clone(), url);
        if !self.query.is_empty() {
            building = building.query(&self.query);
        }
        for (name, value) in &self.headers {
            let mut value = HeaderValue::from_str(value.expose()).map_err(|_| {
                Error::new(
                    ErrorCode::SourceUnavailable,
                    format!("what belongs into the header {name} holds control characters"),
                )
            })?;
            value.set_sensitive(true);
            building = building.header(HeaderName::from_static(name), value);
        }
        if !self.form.is_empty() {
            let form: Vec<(&str, &str)> = self.form.iter().map(|(name, value)| (*name, value.expose())).collect();
            building = building.form(&form);
        }
        if let Some((media_type, document)) = &self.body {
            building = building.header("content-type", *media_type).body(document.expose().to_owned());
        }
        Ok(building.send())
    }
}

/// A part of a path: nothing in it separates or ends anything.
pub(in crate::source) fn segment(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
