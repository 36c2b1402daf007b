//! Statements on a connection and on a pool: their options, and times in milliseconds.

use std::future::Future;
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{BigInt, Either, PromiseRaw};
use tdsec::{ErrorCode, QueryOptions, ResultSet};

use crate::cancel::{Cancel, Watch};
use crate::error::to_napi;
use crate::result::ResultHandle;

/// Starts a statement on what `run` gives it to.
pub(crate) fn start<'env, F>(
    env: &'env Env,
    options: tdsec::Result<QueryOptions>,
    cancel: Option<&Cancel>,
    run: impl FnOnce(QueryOptions) -> F + Send + 'static,
) -> napi::Result<PromiseRaw<'env, ResultHandle>>
where
    F: Future<Output = tdsec::Result<ResultSet>> + Send + 'static,
{
    let watch = Watch::of(cancel);
    env.spawn_future(async move {
        let query = async { run(options?).await };
        let result = watch.clone().run(ErrorCode::Cancelled, query).await;
        result.map(|result| ResultHandle::new(result, watch)).map_err(to_napi)
    })
}

/// The core's options.
///
/// # Errors
/// `INVALID_ARGUMENT` for what is out of range.
pub(crate) fn query_options(
    timeout_ms: Option<f64>,
    req_id: Option<Either<f64, BigInt>>,
    idempotent: Option<bool>,
) -> tdsec::Result<QueryOptions> {
    let mut options = QueryOptions::new().idempotent(idempotent.unwrap_or(false));
    if let Some(number) = timeout_ms {
        options = options.timeout(positive_milliseconds("timeoutMs", number)?);
    }
    if let Some(number) = req_id {
        options = options.req_id(request_id(number)?);
    }
    Ok(options)
}

/// A time that is not negative.
///
/// # Errors
/// `INVALID_ARGUMENT` for what is none.
pub(crate) fn milliseconds(option: &str, number: f64) -> tdsec::Result<Duration> {
    Duration::try_from_secs_f64(number / 1000.0)
        .map_err(|_| invalid(option, &format!("{option} is not a number of milliseconds from 0 on")))
}

/// A time that is longer than 0.
///
/// # Errors
/// `INVALID_ARGUMENT` for what is none.
pub(crate) fn positive_milliseconds(option: &str, number: f64) -> tdsec::Result<Duration> {
    let time = milliseconds(option, number).ok().filter(|time| !time.is_zero());
    time.ok_or_else(|| invalid(option, &format!("{option} is not a positive number of milliseconds")))
}

fn request_id(number: Either<f64, BigInt>) -> tdsec::Result<u64> {
    const SAFE: f64 = 9_007_199_254_740_991.0;
    let number = match number {
        Either::A(number) if number.fract() == 0.0 && (0.0..=SAFE).contains(&number) => Some(number as u64),
        Either::A(_) => None,
        Either::B(number) => {
            let (negative, value, lossless) = number.get_u64();
            (lossless && !negative).then_some(value)
        }
    };
    number.ok_or_else(|| invalid("reqId", "reqId is not a whole number of 64 bits without sign"))
}

/// What a caller gave is none of what can be.
pub(crate) fn invalid(option: &str, sentence: &str) -> tdsec::Error {
    tdsec::Error::new(ErrorCode::InvalidArgument, sentence).with_option(option)
}
