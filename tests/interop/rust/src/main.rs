//! The official Rust connector (crate taos) against the server of a DSN.
//!
//! connect DSN     logs in and asks for one value
//! run DSN FILE    executes the statements of a file, one a line, on one connection
//! metadata DSN    what the connector tells of columns
//! exec DSN SQL    executes one statement

use futures::TryStreamExt;
use taos::{AsyncFetchable, AsyncQueryable, AsyncTBuilder, Error, Taos, TaosBuilder};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["connect", dsn] => connect(dsn).await,
        ["run", dsn, path] => run(dsn, path).await,
        ["metadata", dsn] => metadata(dsn).await,
        ["exec", dsn, sql] => execute_at(dsn, sql).await,
        _ => panic!("connect DSN | run DSN FILE | metadata DSN | exec DSN SQL"),
    };
    if let Err(error) = outcome {
        print_error(&error);
    }
}

async fn open(dsn: &str) -> Result<Taos, Error> {
    TaosBuilder::from_dsn(dsn)?.build().await
}

async fn connect(dsn: &str) -> Result<(), Error> {
    query(&open(dsn).await?, "select 1").await
}

async fn execute_at(dsn: &str, sql: &str) -> Result<(), Error> {
    execute(&open(dsn).await?, sql).await
}

async fn run(dsn: &str, path: &str) -> Result<(), Error> {
    let taos = open(dsn).await?;
    let statements = std::fs::read_to_string(path).expect("the file of the statements");
    for sql in statements.lines() {
        println!("> {}", sql.chars().take(60).collect::<String>());
        let outcome = match sql.split(' ').next() {
            Some("select" | "selec" | "show" | "describe") => query(&taos, sql).await,
            _ => execute(&taos, sql).await,
        };
        if let Err(error) = outcome {
            print_error(&error);
        }
    }
    Ok(())
}

async fn metadata(dsn: &str) -> Result<(), Error> {
    let taos = open(dsn).await?;
    let result = taos.query("select * from interop.meters").await?;
    for field in result.fields() {
        println!("{} {} {}", field.name(), field.ty(), field.bytes());
    }
    println!("precision {:?}", result.precision());
    println!("server version {}", taos.server_version().await?);
    Ok(())
}

async fn execute(taos: &Taos, sql: &str) -> Result<(), Error> {
    println!("affected {}", taos.exec(sql).await?);
    Ok(())
}

async fn query(taos: &Taos, sql: &str) -> Result<(), Error> {
    let mut result = taos.query(sql).await?;
    let mut rows = result.rows();
    while let Some(row) = rows.try_next().await? {
        let values: Vec<String> = row.map(|(_, value)| format!("{value:?}")).collect();
        println!("{}", values.join(" | "));
    }
    Ok(())
}

fn print_error(error: &Error) {
    println!("error {:#06x}: {}", error.code(), error.message());
}
