//! Errors on their way to JavaScript: the core's error as JSON in the text of a napi error. `lib/error.js` reads it.
//!
//! napi gives every error the code `GenericFailure`; the real one cannot be set from here.

use std::error::Error as _;

use napi_derive::napi;
use serde_json::json;
use tdsec::ErrorCode;

/// The core's error for JavaScript.
pub(crate) fn to_napi(error: tdsec::Error) -> napi::Error {
    let code = error.code();
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    let payload = json!({
        "code": code.name(),
        "number": code.number(),
        "kind": code.kind().name(),
        "retry": code.retry().name(),
        "remedy": code.remedy(),
        "option": error.option(),
        "serverCode": error.server_code(),
        "serverMessage": error.server_message(),
        "mayHaveRun": error.may_have_run(),
        "message": error.to_string(),
        "causes": causes,
    });
    napi::Error::from_reason(payload.to_string())
}

/// One row of the core's table of codes.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct CodeInfo {
    /// Stable name.
    pub code: &'static str,
    /// Stable number.
    pub number: u32,
    /// What the failure is about.
    pub kind: &'static str,
    /// Whether trying again makes sense.
    pub retry: &'static str,
    /// The likely cause.
    pub likely_cause: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// The core's table of codes, for errors that JavaScript finds by itself and for tests.
#[napi(catch_unwind)]
pub fn error_codes() -> Vec<CodeInfo> {
    let row = |code: &ErrorCode| CodeInfo {
        code: code.name(),
        number: code.number(),
        kind: code.kind().name(),
        retry: code.retry().name(),
        likely_cause: code.cause(),
        remedy: code.remedy(),
    };
    ErrorCode::ALL.iter().map(row).collect()
}
