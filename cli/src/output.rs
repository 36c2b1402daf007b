//! Text for people, JSON for programs, and exit codes.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Value, json};
use tdsec::{Certificate, Error, Kind};

/// What a command found.
pub(crate) struct Report {
    /// For people.
    pub(crate) text: String,
    /// For programs.
    pub(crate) json: Value,
    /// Nothing is wrong with what was looked at.
    pub(crate) well: bool,
}

const WRONG: u8 = 1;
const UNUSABLE: u8 = 2;

/// How a report is printed.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    Text,
    /// One object.
    Json,
    /// An object per line: this is the last one of several.
    JsonLines,
}

/// Prints and chooses the exit code.
pub(crate) fn finish(outcome: Result<Report, Error>, form: Form) -> ExitCode {
    let (text, json, code, failed) = match outcome {
        Ok(report) => (report.text, report.json, if report.well { 0 } else { WRONG }, false),
        Err(error) => (error_text(&error), json!({ "error": error_json(&error) }), exit_code(&error), true),
    };
    let printed = match form {
        Form::Text => text,
        Form::Json => format!("{json:#}\n"),
        Form::JsonLines => format!("{json}\n"),
    };
    // A reader that has gone away is no failure of the command.
    let _ = if failed && form == Form::Text {
        io::stderr().write_all(printed.as_bytes())
    } else {
        io::stdout().write_all(printed.as_bytes())
    };
    ExitCode::from(code)
}

/// What is wrong with the command line or a file is found before anything is looked at; all else came of looking.
fn exit_code(error: &Error) -> u8 {
    match error.kind() {
        Kind::Config | Kind::Usage | Kind::Internal => UNUSABLE,
        _ => WRONG,
    }
}

pub(crate) fn error_text(error: &Error) -> String {
    format!("{error}\n  cause:  {}\n  remedy: {}\n", error.code().cause(), error.code().remedy())
}

pub(crate) fn error_json(error: &Error) -> Value {
    json!({
        "code": error.code().name(),
        "number": error.code().number(),
        "message": error.message(),
        "cause": error.code().cause(),
        "remedy": error.code().remedy(),
        "option": error.option(),
        "server_code": error.server_code(),
        "server_message": error.server_message(),
    })
}

pub(crate) fn certificate_json(certificate: &Certificate, now: std::time::SystemTime) -> Value {
    json!({
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "names": certificate.names,
        "serial": certificate.serial,
        "not_before": date(certificate.not_before),
        "not_after": date(certificate.not_after),
        "days_left": certificate.days_left(now),
        "key": certificate.key,
        "signature": certificate.signature,
        "version": certificate.version,
        "is_ca": certificate.is_ca,
        "pin": certificate.pin,
        "fingerprint": certificate.fingerprint,
    })
}

pub(crate) fn certificate_text(certificate: &Certificate, now: std::time::SystemTime) -> String {
    let names = if certificate.names.is_empty() { "none".to_owned() } else { certificate.names.join(", ") };
    let kind = if certificate.is_ca { ", CA" } else { "" };
    format!(
        "  subject    {}\n  issuer     {}\n  names      {names}\n  validity   {} to {} ({} days left)\n  \
         key        {}, {}, X.509 version {}{kind}\n  serial     {}\n  pin        {}\n",
        certificate.subject,
        certificate.issuer,
        date(certificate.not_before),
        date(certificate.not_after),
        certificate.days_left(now),
        certificate.key,
        certificate.signature,
        certificate.version,
        certificate.serial,
        certificate.pin,
    )
}

/// `2026-01-31T12:00:00Z`.
pub(crate) fn date(seconds: i64) -> String {
    match time::OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(at) => format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        ),
        Err(_) => format!("{seconds} s since 1970"),
    }
}
