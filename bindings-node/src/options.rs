//! Options of JavaScript to a `Config`, and the registry as JavaScript sees it.

use napi::Status;
use napi::bindgen_prelude::{Either, Promise, Uint8Array, block_on};
use napi::threadsafe_function::ThreadsafeFunction;
use napi_derive::napi;
use tdsec::config::{self, Effect};
use tdsec::{Config, Error, ErrorCode, Result, Secret};

/// One option: name in any spelling, value as text, or a certificate, key or list as bytes.
#[napi(object, object_to_js = false)]
pub struct OptionValue {
    /// Name in any spelling.
    pub name: String,
    /// Nothing for an undefined or null value; text, or bytes (PEM, DER or PKCS#12) for an option that takes them.
    pub value: Option<Either<String, Uint8Array>>,
}

/// JavaScript that is asked for a one-time code; it never rejects. Weak: a pool at rest does not keep the process alive.
pub type AskCode = ThreadsafeFunction<(), Promise<AskedCode>, (), Status, false, true>;

/// What came of asking.
#[napi(object, object_to_js = false)]
pub struct AskedCode {
    /// The code.
    pub code: Option<String>,
    /// Why there is none.
    pub problem: Option<String>,
}

/// The configuration that the options make.
pub(crate) fn config(options: &[OptionValue], one_time_code: Option<AskCode>) -> Result<Config> {
    let mut builder = Config::builder();
    if let Some(ask) = one_time_code {
        builder = builder.totp_callback(move || code_of(&ask))?;
    }
    for option in options {
        builder = match &option.value {
            None => builder.set_missing(&option.name),
            Some(Either::A(text)) => builder.set(&option.name, text)?,
            Some(Either::B(bytes)) => builder.set_bytes(&option.name, bytes.to_vec())?,
        };
    }
    builder.build()
}

/// On a thread of the core's that may wait.
fn code_of(ask: &AskCode) -> Result<Secret> {
    let asked = block_on(async { ask.call_async_catch(()).await?.await });
    let problem = match asked {
        Ok(AskedCode { code: Some(code), .. }) => return Ok(Secret::new(code)),
        Ok(AskedCode { problem, .. }) => {
            problem.unwrap_or_else(|| "the callback for the one-time code gave none".into())
        }
        Err(_) => "the callback for the one-time code cannot be called".into(),
    };
    Err(Error::new(ErrorCode::CredentialUnavailable, problem).with_option("totp_code"))
}

/// One option of the core's registry.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct OptionInfo {
    /// Canonical name, in snake case.
    pub name: &'static str,
    /// Further spellings.
    pub aliases: Vec<&'static str>,
    /// Kind of value.
    pub kind: &'static str,
    /// Default, in words if it is not a value.
    pub default_value: &'static str,
    /// The value may be bytes: a certificate, key or list.
    pub takes_bytes: bool,
    /// The value is never shown.
    pub secret: bool,
    /// Lowers the security of the connection.
    pub dangerous: bool,
    /// Does what its description says; the others are ignored or refused.
    pub applied: bool,
    /// What it does, Markdown.
    pub doc: &'static str,
}

/// The core's registry of options: the TypeScript types are generated from it.
#[napi(catch_unwind)]
pub fn options() -> Vec<OptionInfo> {
    config::options().iter().map(info).collect()
}

/// The option with this name in any spelling.
#[napi(catch_unwind)]
pub fn find_option(name: String) -> Option<OptionInfo> {
    config::find_option(&name).map(info)
}

pub(crate) fn info(option: &config::OptionInfo) -> OptionInfo {
    OptionInfo {
        name: option.name,
        aliases: option.aliases.iter().map(|alias| alias.name).collect(),
        kind: option.kind.name(),
        default_value: option.default,
        takes_bytes: option.takes_bytes(),
        secret: option.secret,
        dangerous: option.dangerous,
        applied: option.effect == Effect::Applied,
        doc: option.doc,
    }
}
