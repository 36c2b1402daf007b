//! What a hundred pools leave behind in their process, which is why this test has one of its own (OPS-5, SRC-4).
#![allow(missing_docs, clippy::unwrap_used)]

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tdsec::source;
use tdsec::{Config, ErrorCode, Issued, Pool, TokenSource};
use tdsec_testserver::tls::{TlsMode, TlsOptions};
use tdsec_testserver::{TestServer, TestServerConfig};

const TOKEN: &str = "LeftLeftLeftLeftLeftLeftLeftLeftLeftLeftLeftLeftLeftLeftLeftLef";

/// Accepts connections and never answers.
struct Silent {
    port: u16,
    accepted: Arc<Mutex<Vec<TcpStream>>>,
}

impl Silent {
    fn start() -> Silent {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let accepted: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let kept = Arc::clone(&accepted);
        std::thread::spawn(move || listener.incoming().for_each(|stream| kept.lock().unwrap().push(stream.unwrap())));
        Silent { port, accepted }
    }

    fn count(&self) -> usize {
        self.accepted.lock().unwrap().len()
    }

    /// Reads each to its end, which comes when the other side closes it.
    fn all_end(&self) {
        for mut stream in self.accepted.lock().unwrap().drain(..) {
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            stream.read_to_end(&mut Vec::new()).unwrap();
        }
    }
}

/// Asks a callback, and listens in every way there is: to a file, to Nacos and to Kubernetes, which never answer.
fn listening(silent: &Silent, file: &Path, asked: &Arc<AtomicUsize>) -> Arc<dyn TokenSource> {
    let (port, file, asked) = (silent.port, file.display(), Arc::clone(asked));
    let give = move || {
        asked.fetch_add(1, Ordering::Relaxed);
        Ok(Issued::new(TOKEN))
    };
    let kubernetes = format!("kubernetes:secret=s;namespace=n;api_server=http://127.0.0.1:{port};token_file={file}");
    let sources = vec![
        source::callback(Duration::from_secs(10), give),
        source::parse(&format!("file:{file}")).unwrap(),
        source::parse(&format!("nacos:server_addr=127.0.0.1:{port};api=v1")).unwrap(),
        source::parse(&kubernetes).unwrap(),
    ];
    source::chain(sources).unwrap()
}

#[derive(Debug, PartialEq)]
struct Held {
    threads: usize,
    files: usize,
    resident_kib: usize,
}

impl Held {
    fn now() -> Held {
        let entries = |path: &str| std::fs::read_dir(path).unwrap().count();
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        let pages: usize = pages.split(' ').nth(1).unwrap().parse().unwrap();
        Held { threads: entries("/proc/self/task"), files: entries("/proc/self/fd"), resident_kib: pages * 4 }
    }
}

/// Waits for what must come soon: a thread that may wait ends when it has had nothing to do for ten seconds.
async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let patience = tokio::time::Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(tokio::time::Instant::now() < patience, "{what}: {:?}", Held::now());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn use_pools(count: usize, server: &TestServer, silent: &Silent, file: &Path, asked: &Arc<AtomicUsize>) {
    let config = Config::builder().address(&format!("ws://{}", server.address())).unwrap();
    let config = config.set("token_jitter", "1ms").unwrap().set("min_idle", "1").unwrap().build().unwrap();
    for number in 0..count {
        let pool = Pool::new(&config, Some(listening(silent, file, asked))).unwrap();
        pool.query("select 1").await.unwrap();
        until("Nacos and Kubernetes are listened to", || silent.count() >= 2).await;
        if number % 2 == 0 {
            pool.close(Duration::from_secs(5)).await;
            pool.close(Duration::from_secs(5)).await;
            assert_eq!(pool.acquire().await.unwrap_err().code(), ErrorCode::Closed);
        }
        drop(pool);
        silent.all_end();
    }
    until("every connection is closed", || server.stats()["connections_open"] == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_pools_with_every_listener_leave_no_thread_file_socket_or_memory() {
    let tls = TlsOptions { mode: TlsMode::Off, ..TlsOptions::default() };
    let config = TestServerConfig { tls, token: Some(TOKEN.into()), ..TestServerConfig::default() };
    let server = TestServer::start(config).unwrap();
    let (silent, asked) = (Silent::start(), Arc::new(AtomicUsize::new(0)));
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("leftovers-token");
    std::fs::write(&file, TOKEN).unwrap();

    // What is kept for good is there after the first ones.
    use_pools(20, &server, &silent, &file, &asked).await;
    let before = Held::now();
    use_pools(100, &server, &silent, &file, &asked).await;

    until("no file is left", || Held::now().files <= before.files).await;
    until("no thread is left", || Held::now().threads <= before.threads).await;
    let grown = Held::now().resident_kib.saturating_sub(before.resident_kib);
    assert!(grown < 8 * 1024, "{grown} KiB more");

    // And nobody listens any more.
    let before = asked.load(Ordering::Relaxed);
    std::fs::write(&file, "another").unwrap();
    assert_eq!((asked.load(Ordering::Relaxed), silent.count()), (before, 0));
    std::fs::remove_file(file).unwrap();
}
