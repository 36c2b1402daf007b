//! Servers that die under load: where new work goes, what is told of the work under way, and what the servers really did (NET-1,
//! NET-2).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use tdsec::{Connection, QueryOptions};

use super::*;

const WORKERS: usize = 8;
const KILLS: usize = 6;

/// A write, and what its caller was told.
struct Write {
    number: i64,
    idempotent: bool,
    outcome: Result<()>,
}

#[derive(Default)]
struct Load {
    ends: AtomicBool,
    next: AtomicU64,
    writes: Mutex<Vec<Write>>,
    reads: AtomicU64,
    /// With whether rows had come.
    failed_reads: Mutex<Vec<(bool, Error)>>,
    /// Begin and end of everything that succeeded.
    successes: Mutex<Vec<(Instant, Instant)>>,
}

impl Load {
    async fn work(&self, pool: &Pool, worker: usize) {
        while !self.ends.load(Ordering::Relaxed) {
            let number = i64::try_from(self.next.fetch_add(1, Ordering::Relaxed)).unwrap();
            let idempotent = number % 4 == 0;
            // A repetition of the others would be seen: at its own nanosecond it is a row of its own.
            let ts = if idempotent { (1_700_000_000_000_000_000 + number).to_string() } else { "now".to_owned() };
            let sql = format!("insert into d.t{worker} values ({ts}, {number})");
            let began = Instant::now();
            let outcome = pool.query_with(&sql, &QueryOptions::new().idempotent(idempotent)).await.map(drop);
            if outcome.is_ok() {
                self.successes.lock().unwrap().push((began, Instant::now()));
            }
            self.writes.lock().unwrap().push(Write { number, idempotent, outcome });

            let began = Instant::now();
            match read(pool, worker).await {
                Ok(()) => self.successes.lock().unwrap().push((began, Instant::now())),
                Err(error) => self.failed_reads.lock().unwrap().push(error),
            }
            self.reads.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn done(&self) -> usize {
        self.successes.lock().unwrap().len()
    }

    /// From `kill` until the first work that began afterwards was done.
    fn outage(&self, kill: Instant) -> Duration {
        let successes = self.successes.lock().unwrap();
        let later = successes.iter().filter(|(began, _)| *began >= kill).map(|(_, ended)| *ended - kill);
        later.min().expect("work went on")
    }
}

/// To the end; an error with whether rows had come.
async fn read(pool: &Pool, worker: usize) -> Result<(), (bool, Error)> {
    let mut result = pool.query(&format!("select count(*) from d.t{worker}")).await.map_err(|error| (false, error))?;
    let mut begun = false;
    while result.next_block().await.map_err(|error| (begun, error))?.is_some() {
        begun = true;
    }
    Ok(())
}

/// How often each number is in the tables of a server.
async fn written(server: &TestServer) -> HashMap<i64, usize> {
    let connection = Connection::connect(&config(&[server], &[("bearer_token", TOKEN)])).await.unwrap();
    let mut counts = HashMap::new();
    for worker in 0..WORKERS {
        let mut result = connection.query(&format!("select v from d.t{worker}")).await.unwrap();
        while let Some(block) = result.next_block().await.unwrap() {
            for row in 0..block.rows() {
                let Value::I64(number) = block.column(0).value(row).unwrap() else { panic!("no number") };
                *counts.entry(number).or_default() += 1;
            }
        }
    }
    counts
}

async fn with_tables() -> TestServer {
    let server = plain_server();
    let connection = Connection::connect(&config(&[&server], &[("bearer_token", TOKEN)])).await.unwrap();
    connection.query("create database d precision 'ns'").await.unwrap();
    for worker in 0..WORKERS {
        connection.query(&format!("create table d.t{worker} (ts timestamp, v bigint)")).await.unwrap();
    }
    // So that at every moment some have run and are not answered yet, and some have not run yet.
    let slow = json!({ "when": { "action": "query", "sql_contains": "insert", "count": 0 }, "do": { "kind": "delay", "ms": 5 } });
    server.add_fault_json(&slow).unwrap();
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the figures behind the promise")]
async fn servers_killed_under_load_cost_no_read_and_every_write_is_told_as_it_was() {
    let servers = [with_tables().await, with_tables().await];
    let options = [("bearer_token", TOKEN), ("min_idle", "4"), ("max_size", "16")];
    let pool = Pool::new(&config(&[&servers[0], &servers[1]], &options), None).unwrap();
    pool.ready().await.unwrap();
    let load = Arc::new(Load::default());
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| {
            let (load, pool) = (Arc::clone(&load), pool.clone());
            tokio::spawn(async move { load.work(&pool, worker).await })
        })
        .collect();

    let mut outages = Vec::new();
    for round in 0..KILLS {
        let (dying, other) = (&servers[round % 2], &servers[(round + 1) % 2]);
        until("work is done on both", || open_connections(dying) > 0 && open_connections(other) > 0).await;
        let before = load.done();
        until("it is under load", || load.done() >= before + 50).await;
        let kill = Instant::now();
        dying.stop_endpoint().unwrap();
        let before = load.done();
        until("work goes on", || load.done() >= before + 100).await;
        outages.push(load.outage(kill));
        dying.start_endpoint().unwrap();
    }
    load.ends.store(true, Ordering::Relaxed);
    for worker in workers {
        worker.await.unwrap();
    }
    pool.close(Duration::from_secs(5)).await;

    let (first, second) = (written(&servers[0]).await, written(&servers[1]).await);
    let failed = load.failed_reads.lock().unwrap();
    for (begun, error) in failed.iter() {
        // Rows that came cannot be taken back, so nobody repeats it behind the caller's back.
        assert!(*begun && error.code() == ErrorCode::ConnectionLost && !error.may_have_run(), "{begun} {error}");
    }
    let longest = *outages.iter().max().unwrap();
    let writes = load.writes.lock().unwrap();
    let (mut told, mut ran_untold) = (0, 0);
    for Write { number, idempotent, outcome } in writes.iter() {
        let ran = [&first, &second].map(|counts| counts.get(number).copied().unwrap_or(0)).iter().sum::<usize>();
        match outcome {
            Ok(()) if *idempotent => {
                assert!((1..=2).contains(&ran), "write {number} was done and is there {ran} times")
            }
            Ok(()) => assert_eq!(ran, 1, "write {number} was done"),
            Err(error) => {
                assert!(!idempotent, "write {number} may be repeated, and failed: {error}");
                assert_eq!(error.code(), ErrorCode::ConnectionLost, "write {number}: {error}");
                // Another server was there all the time: what was never sent has no reason to fail.
                assert!(error.may_have_run(), "write {number}: {error}");
                assert!(ran <= 1, "write {number} ran {ran} times");
                told += 1;
                ran_untold += ran;
            }
        }
    }
    println!(
        "{} writes, {} reads, {KILLS} kills: {told} writes may have run, {ran_untold} of them did; {} reads cut after \
         their rows; longest outage {longest:?}",
        writes.len(),
        load.reads.load(Ordering::Relaxed),
        failed.len(),
    );
    assert!(told > 0 && ran_untold > 0, "no server died with a write under way");
    assert!(longest < Duration::from_secs(1), "{outages:?}");
}

#[tokio::test]
async fn a_write_that_found_no_server_says_that_it_has_not_run() {
    let (first, second) = (with_tables().await, with_tables().await);
    let options = [("bearer_token", TOKEN), ("acquire_timeout", "300ms")];
    let pool = Pool::new(&config(&[&first, &second], &options), None).unwrap();
    pool.ready().await.unwrap();
    first.stop_endpoint().unwrap();
    second.stop_endpoint().unwrap();
    until("the losses are noticed", || pool.status().idle == 0).await;
    for idempotent in [false, true] {
        let marked = QueryOptions::new().idempotent(idempotent);
        let error = pool.query_with("insert into d.t0 values (now, 1)", &marked).await.map(drop).unwrap_err();
        assert!(!error.may_have_run(), "{error}");
    }
    first.start_endpoint().unwrap();
    second.start_endpoint().unwrap();
    assert!(written(&first).await.is_empty() && written(&second).await.is_empty());
}
