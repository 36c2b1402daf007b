//! Token sources: made of texts by the core, or functions of JavaScript.

use std::sync::Arc;

use napi::Status;
use napi::bindgen_prelude::{ClassInstance, Either, Promise};
use napi::threadsafe_function::ThreadsafeFunction;
use napi_derive::napi;
use tdsec::source::{self, Builder};
use tdsec::{Error, ErrorCode, Issued, Result, TokenSource};

use crate::error::to_napi;
use crate::options::{OptionInfo, OptionValue, info};
use crate::statement::positive_milliseconds;

/// A source of the core.
#[napi]
#[derive(Debug)]
pub struct SourceHandle(Arc<dyn TokenSource>);

impl SourceHandle {
    pub(crate) fn core(&self) -> Arc<dyn TokenSource> {
        Arc::clone(&self.0)
    }
}

#[napi]
impl SourceHandle {
    /// Its kind.
    #[napi(getter, catch_unwind)]
    pub fn kind(&self) -> String {
        self.0.name().to_owned()
    }
}

/// Makes a source of a kind of the registry.
#[napi(catch_unwind)]
pub fn source(kind: String, options: Vec<OptionValue>) -> napi::Result<SourceHandle> {
    made(build(&kind, &options))
}

fn build(kind: &str, options: &[OptionValue]) -> Result<Arc<dyn TokenSource>> {
    let mut builder = Builder::new(kind)?;
    for option in options {
        builder = match &option.value {
            None => builder,
            Some(Either::A(text)) => builder.set(&option.name, text)?,
            Some(Either::B(bytes)) => builder.set_bytes(&option.name, bytes.to_vec())?,
        };
    }
    builder.build()
}

/// Makes a source of one text.
#[napi(catch_unwind)]
pub fn parse_source(text: String) -> napi::Result<SourceHandle> {
    made(source::parse(&text))
}

/// Makes a source of several.
#[napi(catch_unwind)]
pub fn chain_sources(sources: Vec<ClassInstance<'_, SourceHandle>>) -> napi::Result<SourceHandle> {
    made(source::chain(sources.iter().map(|source| source.core()).collect()))
}

/// Makes a source of a function of JavaScript.
#[napi(catch_unwind)]
pub fn callback_source(ask: AskToken, timeout_ms: Option<f64>) -> napi::Result<SourceHandle> {
    let timeout = match timeout_ms {
        Some(number) => positive_milliseconds("timeoutMs", number).map_err(to_napi)?,
        None => source::CALLBACK_TIMEOUT,
    };
    let ask = Arc::new(ask);
    made(Ok(source::async_callback(timeout, move || token_of(Arc::clone(&ask)))))
}

fn made(source: Result<Arc<dyn TokenSource>>) -> napi::Result<SourceHandle> {
    source.map(SourceHandle).map_err(to_napi)
}

/// JavaScript that is asked for a token; it never rejects. Weak: a pool at rest does not keep the process alive.
pub type AskToken = ThreadsafeFunction<(), Promise<AskedToken>, (), Status, false, true>;

/// One property of what a callback gave.
#[napi(object, object_to_js = false)]
#[allow(missing_docs)]
pub struct AskedField {
    pub name: String,
    /// None if it is of another type.
    pub value: Option<Either<String, f64>>,
    /// It is neither null nor undefined.
    pub is_given: bool,
}

/// What came of asking: a token with what is known of its life, or why there is none.
#[napi(object, object_to_js = false)]
#[derive(Default)]
#[allow(missing_docs)]
pub struct AskedToken {
    pub fields: Option<Vec<AskedField>>,
    /// There is none now.
    pub unavailable: Option<String>,
    /// What was given is none.
    pub invalid: Option<String>,
}

async fn token_of(ask: Arc<AskToken>) -> Result<Issued> {
    let asked = async { ask.call_async_catch(()).await?.await }.await;
    let asked = asked.unwrap_or_else(|_| AskedToken {
        unavailable: Some("the callback cannot be called".into()),
        ..AskedToken::default()
    });
    match asked {
        AskedToken { unavailable: Some(text), .. } => Err(Error::new(ErrorCode::SourceUnavailable, text)),
        AskedToken { invalid: Some(text), .. } => Err(Error::new(ErrorCode::SourceInvalid, text)),
        AskedToken { fields, .. } => issued(&fields.unwrap_or_default())
            .map_err(|flaw| Error::new(ErrorCode::SourceInvalid, format!("the callback: {}", flaw.message()))),
    }
}

/// The token of properties whose names the core knows.
fn issued(fields: &[AskedField]) -> Result<Issued> {
    let invalid = |text: String| Error::new(ErrorCode::SourceInvalid, text);
    let mut texts = Vec::new();
    let mut has_token = false;
    for AskedField { name, value, is_given } in fields {
        let text = match (source::token_key(name)?, value) {
            (None, _) => continue,
            (Some("token"), Some(Either::A(text))) => {
                has_token = true;
                text.clone()
            }
            (Some("token"), _) => continue,
            (Some(_), Some(Either::A(text))) => text.clone(),
            (Some(_), Some(Either::B(number))) => number.to_string(),
            (Some(key), None) if *is_given => return Err(invalid(format!("{key} is neither text nor number"))),
            (Some(_), None) => continue,
        };
        texts.push((name.as_str(), text));
    }
    if !has_token {
        return Err(invalid("it gave an object whose token is no string".into()));
    }
    source::issued(texts.iter().map(|(name, text)| (*name, text.as_str())))
}

/// One kind of the core's registry of sources.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct SourceKind {
    /// Its name.
    pub name: &'static str,
    /// What it is, Markdown.
    pub doc: &'static str,
    /// The option that a text alone is.
    pub main_option: Option<&'static str>,
    /// As one text.
    pub example: &'static str,
    /// What it takes.
    pub options: Vec<OptionInfo>,
}

/// The core's registry of sources: functions and types are generated from it.
#[napi(catch_unwind)]
pub fn source_kinds() -> Vec<SourceKind> {
    let kind = |kind: &source::SourceKind| SourceKind {
        name: kind.name,
        doc: kind.doc,
        main_option: kind.main_option(),
        example: kind.example,
        options: kind.options().map(info).collect(),
    };
    source::kinds().iter().map(kind).collect()
}

/// The option with this name in any spelling, of a kind.
#[napi(catch_unwind)]
pub fn find_source_option(kind: String, name: String) -> Option<OptionInfo> {
    source::kinds().iter().find(|known| known.name == kind)?.find(&name).map(info)
}
