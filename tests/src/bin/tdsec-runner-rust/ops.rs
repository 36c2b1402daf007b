//! The steps.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use tdsec::column::arrow::record_batch;
use tdsec::observe::Subscription;
use tdsec::{Block, Config, Connection, Error, ErrorCode, Issued, Pool, QueryOptions, ResultSet, Secret};
use tokio::task::JoinHandle;

use crate::answer::{self, Outcome, runner_error};
use crate::pools::Callbacks;
use crate::{arrow, bench, columns, observe, tokens};

/// What is open, by the names the steps give.
#[derive(Default)]
pub(crate) struct Runner {
    pub(crate) connections: HashMap<String, (Connection, Config)>,
    results: HashMap<String, ResultSet>,
    tasks: HashMap<String, JoinHandle<Outcome>>,
    pub(crate) pools: HashMap<String, Pool>,
    pub(crate) callbacks: Callbacks,
    subscriptions: HashMap<String, Subscription>,
    issued: HashMap<String, Issued>,
}

impl Runner {
    pub(crate) async fn run(&mut self, step: &Value) -> Outcome {
        let op = step["op"].as_str().unwrap_or_default();
        match op {
            "connect" => self.connect(step).await,
            "info" => self.info(step),
            "query" => query(self.connection(step)?.clone(), step.clone()).await,
            "open" => self.open(step).await,
            "fetch" => self.fetch(step).await,
            "close_result" => {
                self.results.remove(name(step, "result")?);
                Ok(json!({}))
            }
            "start" => {
                let task = tokio::spawn(query(self.connection(step)?.clone(), step.clone()));
                self.tasks.insert(name(step, "task")?.to_owned(), task);
                Ok(json!({}))
            }
            "wait" => self.wait(step).await,
            "cancel" => {
                let task = name(step, "task")?;
                self.tasks.get(task).ok_or_else(|| runner_error(format!("no task {task}")))?.abort();
                Ok(json!({}))
            }
            "database" => {
                let name = self.connection(step)?.current_database().await.map_err(shown)?;
                Ok(json!({ "database": name }))
            }
            "status" => {
                let status = self.connection(step)?.server_status().await.map_err(shown)?;
                Ok(json!({ "status": status.status }))
            }
            "close" => {
                self.connection(step)?.close().await;
                Ok(json!({}))
            }
            "describe" => {
                let (connection, config) = &self.connections[self.connection_name(step)?];
                Ok(json!({ "text": format!("{connection:?} {connection:#?} {config:?} {config:#?}") }))
            }
            "rss" => rss(),
            "subscribe" => {
                let subscription = observe::subscribe(step).map_err(shown)?;
                self.subscriptions.insert(name(step, "subscription")?.to_owned(), subscription);
                Ok(json!({}))
            }
            "events" => {
                let name = name(step, "subscription")?;
                let found =
                    self.subscriptions.get(name).ok_or_else(|| runner_error(format!("no subscription {name}")))?;
                observe::events(found, step).await.map_err(shown)
            }
            "metrics" => Ok(observe::metrics(step)),
            "pool" | "acquire" | "pool_ready" | "pool_query" | "pool_info" | "pool_close" | "rotate" | "revoke"
            | "callback_set" => self.run_pool(op, step).await,
            "tokens" => tokens::run(&self.connection(step)?.clone(), &mut self.issued, step).await,
            "bench" if step["workload"] == "rotation-load" => bench::load(self.pool(step)?, step).await,
            "bench" => bench::run(self.connection(step).ok(), step).await,
            _ => Err(runner_error(format!("unknown op {op}"))),
        }
    }

    pub(crate) fn connection(&self, step: &Value) -> Result<&Connection, Value> {
        Ok(&self.connections[self.connection_name(step)?].0)
    }

    fn connection_name<'a>(&self, step: &'a Value) -> Result<&'a str, Value> {
        let name = name(step, "conn")?;
        match self.connections.contains_key(name) {
            true => Ok(name),
            false => Err(runner_error(format!("no connection {name}"))),
        }
    }

    async fn connect(&mut self, step: &Value) -> Outcome {
        let name = name(step, "conn")?;
        let config = config(step).map_err(shown)?;
        let connection = Connection::connect(&config).await.map_err(shown)?;
        self.connections.insert(name.to_owned(), (connection, config));
        Ok(json!({}))
    }

    fn info(&self, step: &Value) -> Outcome {
        let connection = self.connection(step)?;
        let tls = connection
            .tls()
            .map(|tls| json!({ "version": tls.version, "cipher_suite": tls.cipher_suite, "resumed": tls.resumed }));
        Ok(json!({ "server_version": connection.server_version(), "tls": tls, "closed": connection.is_closed() }))
    }

    async fn open(&mut self, step: &Value) -> Outcome {
        let connection = self.connection(step)?;
        let result = connection.query_with(sql(step)?, &options(step)).await.map_err(shown)?;
        let columns = answer::columns(result.fields());
        self.results.insert(name(step, "result")?.to_owned(), result);
        Ok(json!({ "columns": columns }))
    }

    async fn fetch(&mut self, step: &Value) -> Outcome {
        let name = name(step, "result")?;
        let result = self.results.get_mut(name).ok_or_else(|| runner_error(format!("no result {name}")))?;
        match result.next_block().await.map_err(shown)? {
            Some(block) => Ok(json!({ "rows": rows(&block).map_err(shown)? })),
            None => Ok(json!({ "end": true })),
        }
    }

    async fn wait(&mut self, step: &Value) -> Outcome {
        let name = name(step, "task")?;
        let task = self.tasks.remove(name).ok_or_else(|| runner_error(format!("no task {name}")))?;
        match task.await {
            Ok(outcome) => outcome,
            // Aborting the task is Rust's way to cancel; the code is what other languages get from their call.
            Err(error) if error.is_cancelled() => Err(answer::error(&ErrorCode::Cancelled.into())),
            Err(error) => Err(runner_error(error.to_string())),
        }
    }
}

/// The configuration a `connect` step describes.
pub(crate) fn config(step: &Value) -> tdsec::Result<Config> {
    let mut builder = Config::builder();
    if let Some(address) = step["address"].as_str() {
        builder = builder.address(address)?;
    }
    for (name, value) in step["options"].as_object().into_iter().flatten() {
        builder = match value.get("callback") {
            None => builder.set(name, value.as_str().unwrap_or_default())?,
            Some(code) => {
                let code = code.as_str().map(str::to_owned);
                builder.totp_callback(move || {
                    code.clone()
                        .map(Secret::new)
                        .ok_or_else(|| Error::from(ErrorCode::CredentialUnavailable).with_option("totp_code"))
                })?
            }
        };
    }
    builder.build()
}

async fn query(connection: Connection, step: Value) -> Outcome {
    let result = connection.query_with(sql(&step)?, &options(&step)).await.map_err(shown)?;
    read(result, &step).await
}

/// What a `query` answers.
pub(crate) async fn read(mut result: ResultSet, step: &Value) -> Outcome {
    if result.is_update() {
        return Ok(json!({ "affected": result.affected_rows() }));
    }
    let mode = step["mode"].as_str().unwrap_or("rows");
    if let Some(reading) = mode.strip_prefix("count-") {
        return count(&mut result, reading).await.map_err(shown);
    }
    let mut all = Vec::new();
    while let Some(block) = result.next_block().await.map_err(shown)? {
        let rows = match mode {
            "columns" => transposed(&block, block.column_iter().map(columns::values)),
            "arrow" => record_batch(&block)
                .and_then(|batch| transposed(&block, batch.columns().iter().map(|array| Ok(arrow::values(array))))),
            _ => rows(&block),
        };
        all.append(&mut rows.map_err(shown)?);
    }
    Ok(json!({
        "columns": answer::columns(result.fields()),
        "precision": answer::precision(result.precision()),
        "rows": all,
    }))
}

async fn count(result: &mut ResultSet, reading: &str) -> tdsec::Result<Value> {
    let (mut count, mut checksum) = (0, 0);
    while let Some(block) = result.next_block().await? {
        count += block.rows();
        checksum ^= match reading {
            "columns" => columns::checksum(block.column(0)),
            "arrow" => arrow::checksum(record_batch(&block)?.column(0)),
            _ => checksum_of_rows(&block)?,
        };
    }
    Ok(json!({ "rows": count, "checksum": format!("{checksum:016x}") }))
}

/// Reads every value of every row, as a user of the row API does.
fn checksum_of_rows(block: &Block) -> tdsec::Result<u64> {
    let mut sum = 0;
    for row in 0..block.rows() {
        for column in block.column_iter() {
            let value = column.value(row)?;
            if column.index() == 0 {
                sum ^= answer::bits(&value);
            }
        }
    }
    Ok(sum)
}

fn rows(block: &Block) -> tdsec::Result<Vec<Value>> {
    (0..block.rows())
        .map(|row| block.column_iter().map(|column| Ok(answer::value(&column.value(row)?))).collect())
        .collect()
}

/// Columns of values to rows of values.
fn transposed(block: &Block, columns: impl Iterator<Item = tdsec::Result<Vec<Value>>>) -> tdsec::Result<Vec<Value>> {
    let mut rows = vec![Vec::new(); block.rows()];
    for column in columns {
        for (row, value) in rows.iter_mut().zip(column?) {
            row.push(value);
        }
    }
    Ok(rows.into_iter().map(Value::from).collect())
}

pub(crate) fn options(step: &Value) -> QueryOptions {
    let mut options = QueryOptions::new().idempotent(step["idempotent"] == true);
    if let Some(ms) = step["timeout_ms"].as_u64() {
        options = options.timeout(Duration::from_millis(ms));
    }
    if let Some(id) = step["req_id"].as_u64() {
        options = options.req_id(id);
    }
    options
}

pub(crate) fn name<'a>(step: &'a Value, field: &str) -> Result<&'a str, Value> {
    step[field].as_str().ok_or_else(|| runner_error(format!("the step has no {field}")))
}

pub(crate) fn sql(step: &Value) -> Result<&str, Value> {
    name(step, "sql")
}

pub(crate) fn shown(error: Error) -> Value {
    answer::error(&error)
}

fn rss() -> Outcome {
    let text = std::fs::read_to_string("/proc/self/statm").map_err(|error| runner_error(error.to_string()))?;
    let pages: u64 = text.split_ascii_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    // SAFETY: asks a constant of the system.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    Ok(json!({ "kib": pages * u64::try_from(page).unwrap_or(4096) / 1024 }))
}
