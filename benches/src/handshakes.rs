//! What a connection costs with each kind of key, full and resumed: `tdsec-bench handshakes`, the table of `docs/tls.md`.
//!
//! The Rust surface connects, upgrades and logs in to a server in this process, one after the other, in rounds over all
//! keys. CPU time is the clients' and the server's together and apart: it is disturbed least by what else runs.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rcgen::{KeyPair, RsaKeySize, SignatureAlgorithm};
use serde_json::{Value, json};
use tdsec_tests::certificates::{self, Ca};
use tdsec_tests::harness::{Driver, Surface};
use tdsec_testserver::tls::{TlsMode, TlsOptions};
use tdsec_testserver::{TestServer, TestServerConfig};

use crate::contender::Place;
use crate::process::Watched;
use crate::report::chart::{self, Bar, Row};

const ROUNDS: usize = 7;
const CONNECTS: u64 = 20;
const PATIENCE: Duration = Duration::from_secs(60);

/// One kind of key.
#[derive(Debug)]
pub struct Measured {
    /// `ECDSA P-256`.
    pub key: &'static str,
    /// Without a session to resume.
    pub full: Cost,
    /// With one.
    pub resumed: Cost,
}

/// Medians over the rounds, in µs for one connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// From the call to the login's answer.
    pub wall: f64,
    /// CPU time of the client.
    pub client: f64,
    /// CPU time of the server.
    pub server: f64,
}

impl Cost {
    /// Both sides.
    pub fn cpu(self) -> f64 {
        self.client + self.server
    }
}

struct Site {
    key: &'static str,
    server: TestServer,
    ca: String,
    full: Vec<Cost>,
    resumed: Vec<Cost>,
}

/// Measures all keys.
pub async fn measure(place: &Place, progress: impl Fn(&str)) -> Result<Vec<Measured>, String> {
    let work = place.root.join("target/bench-work/handshakes");
    fs::create_dir_all(&work).map_err(|error| error.to_string())?;
    let rsa = |size| KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size);
    let plain = |algorithm: &'static SignatureAlgorithm| KeyPair::generate_for(algorithm);
    let keys = [
        ("ECDSA P-256", plain(&rcgen::PKCS_ECDSA_P256_SHA256)),
        ("ECDSA P-384", plain(&rcgen::PKCS_ECDSA_P384_SHA384)),
        ("Ed25519", plain(&rcgen::PKCS_ED25519)),
        ("RSA 2048", rsa(RsaKeySize::_2048)),
        ("RSA 4096", rsa(RsaKeySize::_4096)),
    ];
    let mut sites = Vec::new();
    for (key, pair) in keys {
        sites.push(site(&work, key, pair.map_err(|error| error.to_string())?)?);
    }
    let mut driver = Driver::launch(Surface::Rust.command(&place.root, &place.programs), &place.root)?;
    let client = Watched::new(driver.process_id().unwrap_or_default());
    let mut copies = 0;
    for round in 1..=ROUNDS {
        for site in &mut sites {
            let mut fresh = Vec::new();
            for _ in 0..CONNECTS {
                copies += 1;
                // A CA file that has not been seen before: no session of it can be resumed.
                let path = work.join(format!("ca-{copies}.pem"));
                fs::write(&path, &site.ca).map_err(|error| error.to_string())?;
                fresh.push(options(&site.server, &path));
            }
            let full = connects(&mut driver, client, &site.server, fresh, 0).await?;
            let known = work.join(format!("{}.pem", site.server.address().port()));
            fs::write(&known, &site.ca).map_err(|error| error.to_string())?;
            let again = vec![options(&site.server, &known); CONNECTS as usize];
            // The first of all makes the session that the others resume.
            connects(&mut driver, client, &site.server, again[..1].to_vec(), 0).await.map(drop)?;
            let resumed = connects(&mut driver, client, &site.server, again, CONNECTS).await?;
            site.full.push(full);
            site.resumed.push(resumed);
        }
        progress(&format!("round {round} of {ROUNDS}"));
    }
    driver.quit().await?;
    let _ = fs::remove_dir_all(&work);
    Ok(sites
        .into_iter()
        .map(|site| Measured { key: site.key, full: middle(&site.full), resumed: middle(&site.resumed) })
        .collect())
}

/// A server with this key, certified by a CA with the same kind of key, as a site that chose it would have it.
fn site(work: &Path, key: &'static str, pair: KeyPair) -> Result<Site, String> {
    let ca: Ca = certificates::ca("handshakes");
    let leaf = certificates::leaf_with(&ca, pair, |params| {
        params.subject_alt_names = vec![certificates::dns("localhost")];
    });
    let (cert, file) = (work.join("server.pem"), work.join("server.key"));
    fs::write(&cert, &leaf.certificates).map_err(|error| error.to_string())?;
    // Of a throw-away CA that nothing else trusts.
    fs::write(&file, &leaf.key).map_err(|error| error.to_string())?;
    let tls = TlsOptions { mode: TlsMode::Files { cert, key: file }, ..TlsOptions::default() };
    let config = TestServerConfig { tls, ..TestServerConfig::default() };
    let server = TestServer::start(config).map_err(|error| error.to_string())?;
    Ok(Site { key, server, ca: ca.pem(), full: Vec::new(), resumed: Vec::new() })
}

fn options(server: &TestServer, ca: &Path) -> Value {
    json!({ "tls_ca": ca, "bearerToken": server.token() })
}

/// The cost of each of these connections. `resumed`: how many the server must have seen resume; the rest must be full.
async fn connects(
    driver: &mut Driver,
    client: Watched,
    server: &TestServer,
    each: Vec<Value>,
    resumed: u64,
) -> Result<Cost, String> {
    let (here, count) = (Watched::new(std::process::id()), each.len());
    let address = format!("wss://localhost:{}", server.address().port());
    let step = json!({ "op": "bench", "conn": "none", "workload": "connect", "address": address, "each": each });
    let seen = || server.stats()["tls"]["resumed"].as_u64().unwrap_or_default();
    let (before, server_before, client_before) = (seen(), here.cpu(), client.cpu());
    let (answer, text) = driver.ask(&step, PATIENCE).await?;
    let (server_cpu, client_cpu) = (here.cpu() - server_before, client.cpu() - client_before);
    let ns: Vec<f64> = answer["ok"]["ns"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    if ns.len() != count {
        return Err(format!("the driver did not connect: {text}"));
    }
    if resumed > 0 && seen() - before != resumed || resumed == 0 && count > 1 && seen() != before {
        return Err(format!("{} of {count} handshakes resumed where {resumed} should have", seen() - before));
    }
    let each = |total: Duration| total.as_secs_f64() * 1e6 / count as f64;
    Ok(Cost { wall: median(ns) / 1000.0, client: each(client_cpu), server: each(server_cpu) })
}

fn middle(costs: &[Cost]) -> Cost {
    let of = |part: fn(&Cost) -> f64| median(costs.iter().map(part).collect());
    Cost { wall: of(|cost| cost.wall), client: of(|cost| cost.client), server: of(|cost| cost.server) }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Where the table stands in `docs/tls.md`.
pub const SECTION: &str = "measured by tdsec-bench handshakes";

/// The Markdown table, and what follows from it.
pub fn table(measured: &[Measured], machine: &str) -> String {
    let of = |key: &str| measured.iter().find(|row| row.key == key);
    let Some((small, large)) = of("ECDSA P-256").zip(of("RSA 4096")) else { return String::new() };
    let mut text = format!(
        "{machine}; connect, upgrade and login on loopback, TLS 1.3, one after the other; medians of {ROUNDS} rounds of {CONNECTS}.\n\n\
         | Server's key | full a second | resumed a second | full: CPU of client | of server | of both, RSA 4096 = 1 | time, RSA 4096 = 1 | resumed: CPU of both, full = 1 | time, full = 1 |\n\
         |---|---|---|---|---|---|---|---|---|\n"
    );
    for row in measured {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {:.0} | {:.0} | {:.0} µs | {:.0} µs | {:.2} | {:.2} | {:.2} | {:.2} |",
            row.key,
            1e6 / row.full.wall,
            1e6 / row.resumed.wall,
            row.full.client,
            row.full.server,
            row.full.cpu() / large.full.cpu(),
            row.full.wall / large.full.wall,
            row.resumed.cpu() / row.full.cpu(),
            row.resumed.wall / row.full.wall,
        );
    }
    let less = |part: f64, whole: f64| (1.0 - part / whole) * 100.0;
    let _ = write!(
        text,
        "\n| The guide says | Measured here |\n|---|---|\n\
         | P-256 takes 50 to 70 % less time than RSA 4096 | {:.0} % less time, {:.0} % less CPU for a whole connection |\n\
         | resumption saves about 90 % | {:.0} % of the CPU of a full connection with RSA 4096, {:.0} % with P-256 |\n",
        less(small.full.wall, large.full.wall),
        less(small.full.cpu(), large.full.cpu()),
        less(large.resumed.cpu(), large.full.cpu()),
        less(small.resumed.cpu(), small.full.cpu()),
    );
    text
}

/// Bars of CPU time, full and resumed.
pub fn svg(measured: &[Measured]) -> String {
    let title = "CPU of client and server for one connection, full and resumed: shorter is better";
    let bar = |cost: Cost, colour| Bar { value: cost.cpu(), text: format!("{:.0} µs", cost.cpu()), colour };
    let rows: Vec<_> = measured
        .iter()
        .map(|row| Row { label: row.key.to_owned(), bars: vec![bar(row.full, "#0969da"), bar(row.resumed, "#1a7f37")] })
        .collect();
    chart::svg(title, 120.0, &rows)
}
