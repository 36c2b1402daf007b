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
use crate::statement::{milliseconds, positive_milliseconds};

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

/// What came of asking: a token with what is known of its life, in milliseconds, or why there is none.
#[napi(object, object_to_js = false)]
#[derive(Default)]
#[allow(missing_docs)]
pub struct AskedToken {
    pub token: Option<String>,
    pub expires_at: Option<f64>,
    pub ttl_ms: Option<f64>,
    pub issued_at: Option<f64>,
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
        AskedToken { token: Some(token), expires_at, ttl_ms, issued_at, .. } => {
            let time = |name, given: Option<f64>| match given.map(|number| milliseconds(name, number)) {
                Some(Err(flaw)) => {
                    Err(Error::new(ErrorCode::SourceInvalid, format!("the callback: {}", flaw.message())))
                }
                Some(Ok(time)) => Ok(Some(time)),
                None => Ok(None),
            };
            let mut issued = Issued::new(token);
            issued.expires_at = time("expiresAt", expires_at)?;
            issued.ttl = time("ttlMs", ttl_ms)?;
            issued.issued_at = time("issuedAt", issued_at)?;
            Ok(issued)
        }
        AskedToken { token: None, .. } => Err(Error::new(ErrorCode::SourceInvalid, "the callback gave no token")),
    }
}

/// One kind of the core's registry of sources.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct SourceKind {
    /// Its name.
    pub name: &'static str,
    /// What it is, Markdown.
    pub doc: &'static str,
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
