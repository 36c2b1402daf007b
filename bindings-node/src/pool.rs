//! The core's pool as a class. Making one waits for nothing; every method that waits is a promise.

use napi::Env;
use napi::bindgen_prelude::{BigInt, Either, PromiseRaw, within_runtime_if_available};
use napi_derive::napi;
use tdsec::{ErrorCode, Pool};

use crate::cancel::{Cancel, Watch};
use crate::connection::ConnectionHandle;
use crate::error::to_napi;
use crate::options::{AskCode, OptionValue, config};
use crate::result::ResultHandle;
use crate::source::SourceHandle;
use crate::statement::{milliseconds, query_options, start};

/// Makes a pool and starts to fill it.
#[napi(catch_unwind)]
pub fn open_pool(
    options: Vec<OptionValue>,
    source: Option<&SourceHandle>,
    one_time_code: Option<AskCode>,
) -> napi::Result<PoolHandle> {
    let config = config(&options, one_time_code).map_err(to_napi)?;
    let source = source.map(SourceHandle::core);
    within_runtime_if_available(|| Pool::new(&config, source)).map(PoolHandle).map_err(to_napi)
}

/// A pool of the core.
#[napi]
#[derive(Debug)]
pub struct PoolHandle(Pool);

/// What a pool has at the moment.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
#[allow(missing_docs)]
pub struct PoolCounts {
    pub idle: u32,
    pub in_use: u32,
    pub opening: u32,
    pub stale: u32,
    pub waiting: u32,
    pub max_size: u32,
    pub generation: f64,
}

#[napi]
impl PoolHandle {
    /// Lends a connection.
    #[napi(catch_unwind, ts_return_type = "Promise<ConnectionHandle>")]
    pub fn acquire<'env>(
        &self,
        env: &'env Env,
        timeout_ms: Option<f64>,
        cancel: Option<&Cancel>,
    ) -> napi::Result<PromiseRaw<'env, ConnectionHandle>> {
        let pool = self.0.clone();
        let watch = Watch::of(cancel);
        let patience = timeout_ms.map(|number| milliseconds("timeoutMs", number)).transpose();
        env.spawn_future(async move {
            let lent = async {
                match patience? {
                    Some(patience) => pool.acquire_within(patience).await,
                    None => pool.acquire().await,
                }
            };
            watch.run(ErrorCode::Cancelled, lent).await.map(ConnectionHandle::new).map_err(to_napi)
        })
    }

    /// Starts a statement on some connection.
    #[napi(catch_unwind, ts_return_type = "Promise<ResultHandle>")]
    pub fn query<'env>(
        &self,
        env: &'env Env,
        sql: String,
        timeout_ms: Option<f64>,
        req_id: Option<Either<f64, BigInt>>,
        idempotent: Option<bool>,
        cancel: Option<&Cancel>,
    ) -> napi::Result<PromiseRaw<'env, ResultHandle>> {
        let pool = self.0.clone();
        let options = query_options(timeout_ms, req_id, idempotent);
        start(env, options, cancel, move |options| async move { pool.query_with(&sql, &options).await })
    }

    /// Waits until a connection is there.
    #[napi(catch_unwind)]
    pub fn ready<'env>(
        &self,
        env: &'env Env,
        timeout_ms: Option<f64>,
        cancel: Option<&Cancel>,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        let pool = self.0.clone();
        let watch = Watch::of(cancel);
        let patience = timeout_ms.map(|number| milliseconds("timeoutMs", number)).transpose();
        env.spawn_future(async move {
            let ready = async {
                match patience? {
                    Some(patience) => pool.ready_within(patience).await,
                    None => pool.ready().await,
                }
            };
            watch.run(ErrorCode::Cancelled, ready).await.map_err(to_napi)
        })
    }

    /// Asks for the next token.
    #[napi(catch_unwind)]
    pub fn rotate(&self) {
        self.0.rotate();
    }

    /// Takes every connection off the token in use.
    #[napi(catch_unwind)]
    pub fn revoke(&self) {
        self.0.revoke();
    }

    /// What there is at the moment.
    #[napi(catch_unwind)]
    pub fn status(&self) -> PoolCounts {
        let status = self.0.status();
        // There are never more than the option max_size allows; callers are fewer than bytes of memory.
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        PoolCounts {
            idle: count(status.idle),
            in_use: count(status.in_use),
            opening: count(status.opening),
            stale: count(status.stale),
            waiting: count(status.waiting),
            max_size: count(status.max_size),
            generation: status.generation as f64,
        }
    }

    /// Closes everything, after waiting for what is lent.
    #[napi(catch_unwind)]
    pub fn close<'env>(&self, env: &'env Env, timeout_ms: Option<f64>) -> napi::Result<PromiseRaw<'env, ()>> {
        let pool = self.0.clone();
        let patience = timeout_ms.map_or(Ok(Pool::CLOSE_TIMEOUT), |number| milliseconds("timeoutMs", number));
        env.spawn_future(async move {
            pool.close(patience.map_err(to_napi)?).await;
            Ok(())
        })
    }

    /// Name in events and metrics.
    #[napi(getter, catch_unwind)]
    pub fn name(&self) -> String {
        self.0.name().to_owned()
    }

    /// True once it was closed.
    #[napi(getter, catch_unwind)]
    pub fn closed(&self) -> bool {
        self.0.is_closed()
    }

    /// How long the token in use still lives.
    #[napi(getter, catch_unwind)]
    pub fn token_seconds_left(&self) -> Option<f64> {
        self.0.token_time_left().map(|left| left.as_secs_f64())
    }
}
