//! The core's result as a class: description, and one packed block after the other.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{BigUint64Array, PromiseRaw};
use napi_derive::napi;
use tdsec::{ErrorCode, Precision, ResultSet};
use tokio::sync::Mutex;

use crate::cancel::{Cancel, Watch};
use crate::error::to_napi;
use crate::pack::pack;

/// A result of the core.
#[napi]
#[derive(Debug)]
pub struct ResultHandle {
    result: Arc<Mutex<ResultSet>>,
    /// Of the query's `AbortSignal`: it ends reading too.
    cancelled: Watch,
    closed: Cancel,
    columns: Vec<ColumnInfo>,
    precision: Precision,
    is_update: bool,
    affected_rows: u64,
}

/// Description of a column.
#[napi(object, object_from_js = false)]
#[derive(Debug, Clone)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// Name of its type, as SQL says it.
    #[napi(js_name = "type")]
    pub data_type: &'static str,
    /// Declared length.
    pub length: u32,
    /// Digits of a decimal.
    pub precision: u8,
    /// Digits of a decimal after the point.
    pub scale: u8,
}

impl ResultHandle {
    pub(crate) fn new(result: ResultSet, cancelled: Watch) -> ResultHandle {
        let column = |field: &tdsec::Field| ColumnInfo {
            name: field.name().to_owned(),
            data_type: field.data_type().name(),
            length: field.length(),
            precision: field.precision(),
            scale: field.scale(),
        };
        ResultHandle {
            columns: result.fields().iter().map(column).collect(),
            precision: result.precision(),
            is_update: result.is_update(),
            affected_rows: result.affected_rows(),
            result: Arc::new(Mutex::new(result)),
            cancelled,
            closed: Cancel::new(),
        }
    }
}

#[napi]
impl ResultHandle {
    /// The columns.
    #[napi(getter, catch_unwind)]
    pub fn columns(&self) -> Vec<ColumnInfo> {
        self.columns.clone()
    }

    /// `ms`, `us` or `ns`.
    #[napi(getter, catch_unwind)]
    pub fn precision(&self) -> &'static str {
        match self.precision {
            Precision::Millisecond => "ms",
            Precision::Microsecond => "us",
            Precision::Nanosecond => "ns",
        }
    }

    /// True for a statement without rows.
    #[napi(getter, catch_unwind)]
    pub fn is_update(&self) -> bool {
        self.is_update
    }

    /// Rows changed. Exact below 2^53.
    #[napi(getter, catch_unwind)]
    pub fn affected_rows(&self) -> f64 {
        self.affected_rows as f64
    }

    /// The next block, packed; null at the end.
    #[napi(catch_unwind, ts_return_type = "Promise<BigUint64Array | null>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, Option<BigUint64Array>>> {
        let result = Arc::clone(&self.result);
        let (cancelled, closed) = (self.cancelled.clone(), self.closed.watch());
        env.spawn_future(async move {
            let block = async { result.lock().await.next_block().await };
            let block = cancelled.run(ErrorCode::Cancelled, closed.run(ErrorCode::Closed, block)).await;
            let block = block.map_err(to_napi)?;
            block.map(|block| pack(&block).map(BigUint64Array::new)).transpose().map_err(to_napi)
        })
    }

    /// Frees what was not read, and ends a wait for a block. Idempotent; does not wait.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.closed.cancel();
        match self.result.try_lock() {
            Ok(mut result) => result.close(),
            // A wait for a block is about to be dropped; what comes after it is freed with the handle.
            Err(_) => {
                let result = Arc::clone(&self.result);
                napi::bindgen_prelude::spawn(async move { result.lock().await.close() });
            }
        }
    }
}
