//! Opening connections: for the table, for a new token on trial, for an endpoint that may serve again.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::inner::{Inner, Opened};
use super::work::Work;
use crate::client::{Connection, Origin, Time};
use crate::config::{Config, Endpoint};
use crate::credential::Generation;
use crate::error::{Error, ErrorCode, Result};
use crate::pool::SlotId;

/// Why connections of a failed candidate are closed.
pub(super) const TOKEN_FAILED: &str = "its token failed";

/// For the table. An endpoint that cannot be reached is left for another one at once.
pub(super) async fn open(inner: Arc<Inner>, slot: SlotId, generation: Generation, config: Config, first: Endpoint) {
    let outcome = open_somewhere(&inner, generation, &config, first).await;
    let refused = inner.drive(|machines, now| match outcome {
        Ok(opened) => {
            if machines.table.handle_opened(slot, now) {
                machines.open.insert(slot, opened.clone());
                Some(Work::Watch { slot, opened })
            } else {
                machines.endpoints.handle_closed(&opened.endpoint);
                Some(Work::Close { opened, reason: "not needed", error: None })
            }
        }
        Err(error) => {
            if let Some(rotation) = machines.rotation.as_mut().filter(|_| error.is_refused_credential()) {
                rotation.handle_refused(generation, error.clone(), now);
            }
            machines.table.handle_open_failed(slot, error, now);
            None
        }
    });
    if let Some(work) = refused {
        inner.perform(work);
    }
}

/// For a new token: each connection must log in, answer a round trip and, if there is one, the user's statement.
pub(super) async fn canary(inner: Arc<Inner>, generation: Generation, config: Config, connections: usize) {
    let (mut passed, mut failure) = (Vec::new(), None);
    // One first: a bad token is shown once, not by all of them. Then the others to their end, so that none is left half open.
    for count in [1, connections.saturating_sub(1)] {
        let trials = (0..count).filter(|_| failure.is_none()).map(|_| trial(&inner, generation, &config));
        for outcome in join_all(trials.collect::<Vec<_>>()).await {
            match outcome {
                Ok(opened) => passed.push(opened),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
    }
    let unwanted = inner.drive(|machines, now| {
        let Some(rotation) = &mut machines.rotation else { return passed };
        if let Some(error) = failure {
            rotation.handle_canary(generation, Err(error), now);
        } else if machines.configs.contains_key(&generation) {
            machines.candidates.insert(generation, passed);
            rotation.handle_canary(generation, Ok(()), now);
            return Vec::new();
        }
        passed.iter().for_each(|opened| machines.endpoints.handle_closed(&opened.endpoint));
        passed
    });
    for opened in unwanted {
        inner.perform(Work::Close { opened, reason: TOKEN_FAILED, error: None });
    }
}

async fn trial(inner: &Arc<Inner>, generation: Generation, config: &Config) -> Result<Opened> {
    let first = inner.drive(|machines, now| machines.endpoints.pick(&[], now))?;
    let opened = open_somewhere(inner, generation, config, first).await?;
    let statement = config.pool().canary_query.as_deref();
    let patience = config.connect_timeout();
    match within(patience, round_trips(&opened.connection, statement)).await {
        Ok(()) => Ok(opened),
        Err(error) => {
            inner.drive(|machines, _| machines.endpoints.handle_closed(&opened.endpoint));
            inner.perform(Work::Close { opened, reason: TOKEN_FAILED, error: None });
            Err(error)
        }
    }
}

/// For an endpoint that failed; if it serves, the connection joins the pool.
pub(super) async fn probe(inner: Arc<Inner>, generation: Generation, config: Config, endpoint: Endpoint) {
    let outcome = attempt(&inner, generation, &config, &endpoint, Time::of(&config), 1).await;
    let work = inner.drive(|machines, now| {
        let mut work = Vec::new();
        match outcome {
            Ok(opened) => {
                machines.endpoints.handle_connected(&endpoint, now);
                machines.join(opened, &mut work, now);
            }
            Err(error) => {
                machines.endpoints.handle_failed(&endpoint, &error, false, now);
            }
        }
        work
    });
    for item in work {
        inner.perform(item);
    }
}

async fn round_trips(connection: &Connection, statement: Option<&str>) -> Result<()> {
    connection.server_status().await?;
    let Some(sql) = statement else { return Ok(()) };
    let mut result = connection.query(sql).await?;
    while result.next_block().await?.is_some() {}
    Ok(())
}

/// Tries the endpoint and, if it cannot be reached, the others; all of it within `connect_timeout`.
async fn open_somewhere(
    inner: &Arc<Inner>,
    generation: Generation,
    config: &Config,
    first: Endpoint,
) -> Result<Opened> {
    let mut endpoint = first;
    let mut failed = Vec::new();
    let time = Time::of(config);
    loop {
        let left = inner.drive(|machines, _| {
            machines.endpoints.states().filter(|(other, is_up, _)| *is_up && !failed.contains(*other)).count()
        });
        let error = match attempt(inner, generation, config, &endpoint, time, left).await {
            Ok(opened) => {
                inner.drive(|machines, now| {
                    machines.endpoints.handle_connected(&opened.endpoint, now);
                    if config.pool().discover {
                        machines.endpoints.handle_discovered(opened.connection.instances().to_vec(), now);
                    }
                });
                return Ok(opened);
            }
            Err(error) => error,
        };
        failed.push(endpoint.clone());
        let elsewhere = inner.drive(|machines, now| {
            machines.endpoints.handle_failed(&endpoint, &error, false, now);
            // Without time nobody is asked: who is not asked has not failed.
            let goes_on = error.is_endpoints_fault() && !time.is_over();
            let other = if goes_on { machines.endpoints.pick(&failed, now).ok() } else { None };
            match other {
                Some(again) if failed.contains(&again) => {
                    machines.endpoints.handle_failed(&again, &ErrorCode::Cancelled.into(), false, now);
                    None
                }
                other => other,
            }
        });
        match elsewhere {
            Some(other) => endpoint = other,
            None => return Err(error),
        }
    }
}

async fn attempt(
    inner: &Arc<Inner>,
    generation: Generation,
    config: &Config,
    endpoint: &Endpoint,
    time: Time,
    left: usize,
) -> Result<Opened> {
    let reconnect = inner.drive(|machines, _| {
        let lost = machines.lost > 0;
        machines.lost = machines.lost.saturating_sub(1);
        lost
    });
    let origin = Origin::of(config).in_pool(Arc::clone(&inner.name), generation).reconnect(reconnect);
    let connection = Connection::attempt(config, endpoint, &origin, time, left).await?;
    Ok(Opened { connection, endpoint: endpoint.clone(), generation })
}

async fn within<T>(patience: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(patience, work).await.unwrap_or_else(|_| {
        let text = format!("a connection on trial gave no answer within {} s", patience.as_secs_f64());
        Err(Error::new(ErrorCode::RequestTimeout, text))
    })
}
