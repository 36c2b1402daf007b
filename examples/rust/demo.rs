//! The demo's Rust program: connects as the environment says, runs the demo's queries, prints their rows.
//!
//! `TDSEC_URL`, `TDSEC_TOKEN` and `TDSEC_TLS_CA` name the server; the arguments are the statements.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use tdsec::column::decimal_text;
use tdsec::{Config, Connection, Error, Value};

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}: {}", error.code().name(), error.message());
            ExitCode::from(3)
        }
    }
}

async fn run() -> Result<(), Error> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let mut config = Config::builder().address(&variable("TDSEC_URL"))?.set("bearerToken", &variable("TDSEC_TOKEN"))?;
    if !variable("TDSEC_TLS_CA").is_empty() {
        config = config.set("tls_ca", &variable("TDSEC_TLS_CA"))?;
    }
    let connection = Connection::connect(&config.build()?).await?;
    for sql in std::env::args().skip(1) {
        let mut result = connection.query(&sql).await?;
        let names: Vec<&str> = result.fields().iter().map(|field| field.name()).collect();
        println!("{}", names.join(" | "));
        while let Some(block) = result.next_block().await? {
            for row in 0..block.rows() {
                let cells: Result<Vec<String>, Error> =
                    (0..block.columns()).map(|column| block.column(column).value(row).map(text)).collect();
                println!("{}", cells?.join(" | "));
            }
        }
    }
    connection.close().await;
    Ok(())
}

/// One spelling of each value for all languages: six digits for floating point, milliseconds since 1970 for times.
fn text(value: Value<'_>) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Bool(value) => value.to_string(),
        Value::I8(value) => value.to_string(),
        Value::I16(value) => value.to_string(),
        Value::I32(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        Value::U8(value) => value.to_string(),
        Value::U16(value) => value.to_string(),
        Value::U32(value) => value.to_string(),
        Value::U64(value) => value.to_string(),
        Value::F32(value) => format!("{value:.6}"),
        Value::F64(value) => format!("{value:.6}"),
        Value::Timestamp(value) => value.to_string(),
        Value::Text(value) => value.into_owned(),
        Value::Decimal { unscaled, scale } => decimal_text(unscaled, scale),
        other => format!("{other:?}"),
    }
}
