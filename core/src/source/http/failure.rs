//! Why a server could not be asked, told as our own errors tell it; no URL, which may hold a secret in its query.

use std::error::Error as StdError;
use std::io;

use crate::error::{Error, ErrorCode};
use crate::tls;

pub(super) fn unusable(error: Error) -> Error {
    let text = error.message().to_owned();
    Error::new(ErrorCode::SourceUnavailable, text).with_source(error)
}

pub(super) fn failed(server: &str, error: reqwest::Error, identified: bool) -> Error {
    // A URL may hold a secret in its query.
    let error = error.without_url();
    if let Some(tls) = chain(&error).find_map(|cause| handshake_error(cause, identified)) {
        let text = format!("{server} is not trusted: {}", tls.message());
        return Error::new(ErrorCode::SourceUnavailable, text).with_source(tls);
    }
    let cause = chain(&error).last().map(ToString::to_string).unwrap_or_default();
    Error::new(ErrorCode::SourceUnavailable, format!("{server} cannot be asked: {cause}")).with_source(error)
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| {
        let error: &'a (dyn StdError + 'static) = *error;
        match error.downcast_ref::<io::Error>() {
            // The source of an I/O error passes over the error it wraps.
            Some(wrapping) => wrapping.get_ref().map(|inner| inner as _),
            None => error.source(),
        }
    })
}

fn handshake_error(cause: &(dyn StdError + 'static), identified: bool) -> Option<Error> {
    tls::handshake_error(cause.downcast_ref::<io::Error>()?, identified)
}
