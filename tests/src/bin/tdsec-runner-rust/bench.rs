//! The step `bench`: work done several times, each time by the clock. Its answers are described in `benches/README.md`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tdsec::{Block, Column, Connection, DataType, Pool, Value as Cell};

use crate::answer::{Outcome, runner_error};
use crate::ops::{config, name, shown, sql};

/// What reading a result came to.
#[derive(Default, PartialEq)]
struct Read {
    rows: u64,
    checksum: u64,
}

pub(crate) async fn run(connection: Option<&Connection>, step: &Value) -> Outcome {
    // The WebSocket library describes every frame, which would be most of the time.
    log::set_max_level(log::LevelFilter::Off);
    let connection = || connection.ok_or_else(|| runner_error("no such connection"));
    match name(step, "workload")? {
        "fetch-columns" | "stream" => fetch(connection()?, step, columns).await,
        "fetch-rows" => fetch(connection()?, step, rows).await,
        "select-1" => select(connection()?, step).await,
        "connect" => connect(step).await,
        other => Err(runner_error(format!("the crate has no {other}"))),
    }
}

fn times(step: &Value) -> u64 {
    step["times"].as_u64().unwrap_or(1)
}

async fn fetch(connection: &Connection, step: &Value, add: fn(&Block) -> tdsec::Result<u64>) -> Outcome {
    let mut ns = Vec::new();
    let mut last = Read::default();
    for _ in 0..times(step) {
        let mut read = Read::default();
        let start = Instant::now();
        let mut result = connection.query(sql(step)?).await.map_err(shown)?;
        while let Some(block) = result.next_block().await.map_err(shown)? {
            read.rows += block.rows() as u64;
            read.checksum = read.checksum.wrapping_add(add(&block).map_err(shown)?);
        }
        ns.push(nanoseconds(start));
        last = read;
    }
    Ok(json!({ "ns": ns, "rows": last.rows, "checksum": format!("{:016x}", last.checksum) }))
}

/// Column by column, in bulk.
fn columns(block: &Block) -> tdsec::Result<u64> {
    let mut total: u64 = 0;
    for (weight, column) in (1..).zip(block.column_iter()) {
        total = total.wrapping_add(column_sum(&column).wrapping_mul(weight));
    }
    Ok(total)
}

fn column_sum(column: &Column<'_>) -> u64 {
    match column.data_type() {
        DataType::Timestamp | DataType::BigInt => {
            column.fixed::<i64>().into_iter().flatten().fold(0, |sum, value| sum.wrapping_add(value as u64))
        }
        DataType::Int => column.fixed::<i32>().into_iter().flatten().map(i64::from).sum::<i64>() as u64,
        DataType::Float => (column.fixed::<f32>().into_iter().flatten().map(f64::from).sum::<f64>() * 8.0) as u64,
        _ => (0..column.rows()).filter_map(|row| column.value_bytes(row)).map(byte_sum).sum(),
    }
}

/// Row by row, value by value.
fn rows(block: &Block) -> tdsec::Result<u64> {
    let mut total: u64 = 0;
    for row in 0..block.rows() {
        for (weight, column) in (1..).zip(block.column_iter()) {
            let value = match column.value(row)? {
                Cell::Timestamp(value) | Cell::I64(value) => value as u64,
                Cell::I32(value) => i64::from(value) as u64,
                Cell::F32(value) => (value * 8.0) as u64,
                Cell::Text(text) => byte_sum(text.as_bytes()),
                _ => 0,
            };
            total = total.wrapping_add(value.wrapping_mul(weight));
        }
    }
    Ok(total)
}

fn byte_sum(bytes: &[u8]) -> u64 {
    bytes.iter().copied().map(u64::from).sum()
}

async fn select(connection: &Connection, step: &Value) -> Outcome {
    let mut ns = Vec::new();
    for _ in 0..times(step) {
        let start = Instant::now();
        let mut result = connection.query(sql(step)?).await.map_err(shown)?;
        while let Some(block) = result.next_block().await.map_err(shown)? {
            std::hint::black_box(block.column(0).value(0).map_err(shown)?);
        }
        ns.push(nanoseconds(start));
    }
    Ok(json!({ "ns": ns }))
}

/// Workers that run statements on a pool until the time is over: how many, how many failed, how long they took.
pub(crate) async fn load(pool: &Pool, step: &Value) -> Outcome {
    log::set_max_level(log::LevelFilter::Off);
    let end = Instant::now() + Duration::from_millis(step["ms"].as_u64().unwrap_or(1000));
    let statement = sql(step)?.to_owned();
    let workers = (0..step["workers"].as_u64().unwrap_or(1)).map(|_| {
        let (pool, statement) = (pool.clone(), statement.clone());
        tokio::spawn(async move {
            let (mut ns, mut errors) = (Vec::new(), Vec::new());
            while Instant::now() < end {
                let start = Instant::now();
                match small(&pool, &statement).await {
                    Ok(()) => ns.push(nanoseconds(start)),
                    Err(error) => errors.push(error.to_string()),
                }
            }
            (ns, errors)
        })
    });
    let (mut ns, mut errors) = (Vec::new(), Vec::new());
    for worker in workers.collect::<Vec<_>>() {
        let (mut some, mut wrong) = worker.await.map_err(|error| runner_error(error.to_string()))?;
        ns.append(&mut some);
        errors.append(&mut wrong);
    }
    ns.sort_unstable();
    // Nearest rank.
    let rank = |share: f64| ns.get(((ns.len() as f64 * share).ceil() as usize).saturating_sub(1)).copied().unwrap_or(0);
    let microseconds = |ns: u64| ns as f64 / 1000.0;
    Ok(json!({
        "statements": ns.len() + errors.len(),
        "failed": errors.len(),
        "errors": errors.iter().take(3).collect::<Vec<_>>(),
        "p50_us": microseconds(rank(0.5)),
        "p99_us": microseconds(rank(0.99)),
    }))
}

async fn small(pool: &Pool, statement: &str) -> tdsec::Result<()> {
    let mut result = pool.query(statement).await?;
    while let Some(block) = result.next_block().await? {
        std::hint::black_box(block.column(0).value(0)?);
    }
    Ok(())
}

async fn connect(step: &Value) -> Outcome {
    let mut ns = Vec::new();
    for options in step["each"].as_array().into_iter().flatten() {
        let start = Instant::now();
        let config = config(&json!({ "address": step["address"], "options": options })).map_err(shown)?;
        let connection = Connection::connect(&config).await.map_err(shown)?;
        if let Some(sql) = step["sql"].as_str() {
            let first = connection.query(sql).await.map_err(shown)?.next_block().await.map_err(shown)?;
            first.ok_or_else(|| runner_error("no row"))?;
        }
        ns.push(nanoseconds(start));
        connection.close().await;
    }
    Ok(json!({ "ns": ns }))
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
