//! Text for people, JSON for programs, and exit codes.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Value, json};
use tdsec::{Certificate, Error};

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

/// Prints and chooses the exit code. An error is a wrong command line or file.
pub(crate) fn finish(outcome: Result<Report, Error>, as_json: bool) -> ExitCode {
    let (text, json, code) = match outcome {
        Ok(report) => (report.text, report.json, if report.well { 0 } else { WRONG }),
        Err(error) => (error_text(&error), json!({ "error": error_json(&error) }), UNUSABLE),
    };
    let printed = if as_json { format!("{json:#}\n") } else { text };
    // A reader that has gone away is no failure of the command.
    let _ = if code == UNUSABLE && !as_json {
        io::stderr().write_all(printed.as_bytes())
    } else {
        io::stdout().write_all(printed.as_bytes())
    };
    ExitCode::from(code)
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
