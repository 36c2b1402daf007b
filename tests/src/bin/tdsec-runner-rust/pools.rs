//! Steps on pools and token sources.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tdsec::{Error, ErrorCode, Issued, Pool, TokenSource, source};

use crate::answer::{Outcome, runner_error};
use crate::ops::{Runner, config, name, options, read, shown, sql};

/// What the callbacks of the steps give, by their names.
#[derive(Clone, Default)]
pub(crate) struct Callbacks(Arc<Mutex<HashMap<String, Value>>>);

impl Callbacks {
    fn give(&self, name: &str) -> tdsec::Result<Issued> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let value = held.get(name).cloned().unwrap_or_default();
        let Some(token) = value["token"].as_str() else {
            return Err(Error::new(ErrorCode::SourceUnavailable, "the callback has no token"));
        };
        let mut issued = Issued::new(token);
        if let Some(fingerprints) = value["revoked"].as_str() {
            issued.revoked = source::revoked(fingerprints)?;
        }
        Ok(match value["ttl_s"].as_u64() {
            Some(seconds) => issued.ttl(Duration::from_secs(seconds)),
            None => issued,
        })
    }
}

impl Runner {
    pub(crate) async fn run_pool(&mut self, op: &str, step: &Value) -> Outcome {
        match op {
            "callback_set" => {
                let mut held = self.callbacks.0.lock().unwrap_or_else(PoisonError::into_inner);
                held.insert(name(step, "callback")?.to_owned(), step.clone());
                Ok(json!({}))
            }
            "pool" => {
                let config = config(step).map_err(shown)?;
                let source = self.source(&step["source"]).map_err(shown)?;
                let pool = Pool::new(&config, source).map_err(shown)?;
                self.pools.insert(name(step, "pool")?.to_owned(), pool);
                Ok(json!({}))
            }
            "acquire" => {
                let pool = self.pool(step)?;
                let connection = match step["timeout_ms"].as_u64() {
                    Some(ms) => pool.acquire_within(Duration::from_millis(ms)).await,
                    None => pool.acquire().await,
                };
                let opened = (connection.map_err(shown)?, pool.config().clone());
                self.connections.insert(name(step, "conn")?.to_owned(), opened);
                Ok(json!({}))
            }
            "pool_ready" => {
                let pool = self.pool(step)?;
                let ready = match step["timeout_ms"].as_u64() {
                    Some(ms) => pool.ready_within(Duration::from_millis(ms)).await,
                    None => pool.ready().await,
                };
                ready.map_err(shown).map(|()| json!({}))
            }
            "pool_query" => {
                let result = self.pool(step)?.query_with(sql(step)?, &options(step)).await.map_err(shown)?;
                read(result, step).await
            }
            "pool_info" => {
                let pool = self.pool(step)?;
                let status = pool.status();
                Ok(json!({
                    "name": pool.name(), "closed": pool.is_closed(), "idle": status.idle, "in_use": status.in_use,
                    "opening": status.opening, "stale": status.stale, "waiting": status.waiting,
                    "max_size": status.max_size, "generation": status.generation,
                    "token_seconds_left": pool.token_time_left().map(|left| left.as_secs()),
                    "text": format!("{pool:?} {pool:#?}"),
                }))
            }
            "pool_close" => {
                let patience = Duration::from_millis(step["timeout_ms"].as_u64().unwrap_or(5000));
                let pool = self.pool(step)?.clone();
                pool.close(patience).await;
                Ok(json!({}))
            }
            "rotate" => {
                self.pool(step)?.rotate();
                Ok(json!({}))
            }
            _ => {
                self.pool(step)?.revoke();
                Ok(json!({}))
            }
        }
    }

    pub(crate) fn pool(&self, step: &Value) -> Result<&Pool, Value> {
        let name = name(step, "pool")?;
        self.pools.get(name).ok_or_else(|| runner_error(format!("no pool {name}")))
    }

    /// `{"callback": name}`, `{"chain": [source, …]}`, or a kind with its options: `{"kind": "file", "path": …}`.
    fn source(&self, description: &Value) -> tdsec::Result<Option<Arc<dyn TokenSource>>> {
        if description.is_null() {
            return Ok(None);
        }
        if let Some(name) = description["callback"].as_str() {
            let (callbacks, name) = (self.callbacks.clone(), name.to_owned());
            return Ok(Some(source::callback(Duration::from_secs(10), move || callbacks.give(&name))));
        }
        if let Some(links) = description["chain"].as_array() {
            let links = links.iter().map(|link| self.source(link).map(Option::into_iter));
            let links = links.collect::<tdsec::Result<Vec<_>>>()?;
            return source::chain(links.into_iter().flatten().collect()).map(Some);
        }
        let mut builder = source::Builder::new(description["kind"].as_str().unwrap_or_default())?;
        for (option, value) in description.as_object().into_iter().flatten().filter(|(option, _)| *option != "kind") {
            builder = builder.set(option, value.as_str().unwrap_or_default())?;
        }
        builder.build().map(Some)
    }
}
