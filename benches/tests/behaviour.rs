//! That the benchmark measures what it says.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use tdsec::{Config, Connection};
use tdsec_benches::limit::wire::Reader;
use tdsec_benches::limit::{Client, Fetched};
use tdsec_benches::plan::Plan;
use tdsec_benches::results::Entry;
use tdsec_benches::server::Server;

/// More than two blocks, and a last one that is not full.
const ROWS: u64 = 10_000;

fn server(test: &str) -> Server {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    Server::start(&folder).unwrap()
}

/// The blocks' sizes.
async fn fetch_with_tdsec(server: &Server) -> Vec<u64> {
    let builder = Config::builder().address(server.url()).unwrap();
    let builder = builder.set("tls_ca", server.ca().to_str().unwrap()).unwrap();
    let config = builder.set("bearerToken", server.test.token()).unwrap().build().unwrap();
    let connection = Connection::connect(&config).await.unwrap();
    server.test.reset_stats();
    let mut result = connection.query(&Plan::sql(ROWS)).await.unwrap();
    let mut sizes = Vec::new();
    while let Some(block) = result.next_block().await.unwrap() {
        sizes.push(block.bytes().len() as u64);
    }
    sizes
}

fn fetch_with_limit(server: &Server) -> Fetched {
    let mut client = Client::connect(&server.test.address().to_string(), server.ca(), server.test.token()).unwrap();
    server.test.reset_stats();
    client.fetch(&Plan::sql(ROWS)).unwrap()
}

/// Queries and fetches. What belongs to the login may still be counted after the statistics were reset.
fn requests(server: &Server) -> [u64; 2] {
    let stats = server.test.stats();
    ["query", "fetch"].map(|name| stats["requests"][name].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_sends_the_requests_and_reads_the_bytes_of_a_clients_fetch() {
    let server = server("same-bytes");
    let blocks = fetch_with_tdsec(&server).await;
    let of_client = requests(&server);
    let fetched = fetch_with_limit(&server);
    let of_limit = requests(&server);
    assert_eq!(of_limit, of_client);
    assert_eq!(fetched.requests, of_limit.iter().sum::<u64>());
    // In front of a block are 55 bytes; the end is 51 without a block.
    let of_blocks: u64 = blocks.iter().map(|size| size + 55).sum();
    assert_eq!(fetched.payload, of_blocks + 51);
    // Every value of every row has come over: 8 + 4 + 4 + 4 bytes and a text of 8 with its length.
    assert!(fetched.payload > ROWS * 30, "{fetched:?}");
}

#[test]
fn the_stream_carries_the_frames_of_the_same_fetch() {
    let server = server("stream");
    let fetched = fetch_with_limit(&server);
    let mut stream = Reader::prepare(server.wire(), server.ca(), &Plan::sql(ROWS)).unwrap();
    let length = stream.read().unwrap();
    // Frames have heads of 2 to 10 bytes.
    let heads = (2 * fetched.requests)..=(10 * fetched.requests + 20);
    assert!(heads.contains(&(length - fetched.payload - fetched.reply)), "{length} {fetched:?}");
    assert_eq!(stream.read().unwrap(), length, "a second time");
}

#[test]
fn a_line_of_the_results_has_the_fields_of_the_contract() {
    let line = serde_json::to_value(Entry::plain("fetch-rows", "node", "rows_per_s", 1.0, "rows/s")).unwrap();
    let mut names: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["metric", "surface", "unit", "value", "vs_limit", "vs_peer", "workload"]);
}

#[test]
fn the_committed_results_have_the_contracts_shape() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/latest.json");
    let entries: Vec<Entry> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for surface in ["rust", "c", "python", "python-asyncio", "node", "limit", "wire"] {
        assert!(entries.iter().any(|entry| entry.surface == surface && entry.value.is_some()), "{surface}");
    }
    assert!(entries.iter().all(|entry| entry.value.is_some() == entry.note.is_none()), "a number or a reason");
}

#[test]
fn a_peer_whose_tools_are_missing_gives_a_reason() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/prepare.sh");
    let tools = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("few-tools");
    std::fs::create_dir_all(&tools).unwrap();
    for tool in ["dirname", "mkdir"] {
        let path = std::env::var_os("PATH").unwrap();
        let found = std::env::split_paths(&path).map(|folder| folder.join(tool)).find(|path| path.exists()).unwrap();
        // It may be there from the last time.
        let _ = std::os::unix::fs::symlink(found, tools.join(tool));
    }
    for (kind, tool) in [("python", "python3"), ("go", "go"), ("java", "mvn")] {
        let run = Command::new("/bin/bash").arg(&script).args([kind, "ca.pem"]).env("PATH", &tools).output().unwrap();
        assert!(!run.status.success());
        assert_eq!(String::from_utf8_lossy(&run.stderr).trim(), format!("{tool} is not installed"));
    }
}
