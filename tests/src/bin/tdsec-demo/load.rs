//! Loads the readings through the core, a few INSERT statements in flight at a time.

use std::fmt::Write as _;
use std::time::Instant;

use tdsec::{Connection, Error};
use tokio::task::JoinSet;

use crate::Failure;
use crate::meters::{Meter, Reading, Readings};
use crate::progress::Progress;

/// TDengine takes statements up to 1 MiB.
const STATEMENT_BYTES: usize = 1_000_000;
const IN_FLIGHT: usize = 4;

/// Creates the database and inserts everything; the number of rows the server took.
pub(crate) async fn load(connection: &Connection, readings: &Readings) -> Result<u64, Failure> {
    let started = Instant::now();
    connection.execute("DROP DATABASE IF EXISTS tdsec_demo").await?;
    connection.execute("CREATE DATABASE tdsec_demo PRECISION 'ms'").await?;
    connection
        .execute(
            "CREATE STABLE tdsec_demo.meters (ts TIMESTAMP, current FLOAT, voltage INT, phase FLOAT) \
             TAGS (location VARCHAR(64), groupid INT)",
        )
        .await?;
    let mut progress = Progress::new("load", readings.rows());
    let mut running: JoinSet<Result<u64, Error>> = JoinSet::new();
    let mut loaded = 0;
    for statement in readings.meters().flat_map(|(meter, readings)| statements(&meter, &readings)) {
        if running.len() == IN_FLIGHT
            && let Some(done) = running.join_next().await
        {
            loaded += done??;
            progress.at(loaded);
        }
        let connection = connection.clone();
        running.spawn(async move { connection.execute(&statement).await });
    }
    while let Some(done) = running.join_next().await {
        loaded += done??;
        progress.at(loaded);
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("loaded     {loaded} rows in {seconds:.1} s through the core");
    Ok(loaded)
}

fn statements(meter: &Meter, readings: &[Reading]) -> Vec<String> {
    let location = meter.location.replace('\\', "\\\\").replace('\'', "\\'");
    let head = format!(
        "INSERT INTO tdsec_demo.{} USING tdsec_demo.meters TAGS ('{location}', {}) VALUES",
        meter.name, meter.groupid
    );
    let mut all = Vec::new();
    let mut statement = head.clone();
    for reading in readings {
        if statement.len() > STATEMENT_BYTES - 200 {
            all.push(std::mem::replace(&mut statement, head.clone()));
        }
        let Reading { ts, current, voltage, phase } = reading;
        let _ = write!(statement, " ({ts}, {current}, {voltage}, {phase})");
    }
    if statement.len() > head.len() {
        all.push(statement);
    }
    all
}
