//! Every surface through HAProxy and nginx that end TLS in front of a plain server (NET-3): verification, client
//! certificates, resumption, and connections that stay open although they are silent.

mod checks;
mod proxy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rcgen::ExtendedKeyUsagePurpose;
use tdsec_tests::certificates::{self, Workshop};
use tdsec_tests::harness::{Driver, Surface};
use tdsec_testserver::tls::{TlsMode, TlsOptions};
use tdsec_testserver::{TestServer, TestServerConfig};

use checks::Site;
use proxy::Kind;

/// The server's token; it must not reach a proxy that is not trusted.
const TOKEN: &str = "ProxyTokenProxyTokenProxyTokenProxyTokenProxyTokenProxyTokenProx";

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]
async fn main() -> ExitCode {
    match run().await {
        Ok((lines, failed)) => {
            lines.iter().for_each(|line| println!("{line}"));
            println!("proxies: {} checks, {failed} failed", lines.len());
            if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(problem) => {
            eprintln!("tdsec-proxies: {problem}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<(Vec<String>, usize), String> {
    let root =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().map_err(|error| error.to_string())?;
    let programs = std::env::current_exe().map_err(|error| error.to_string())?;
    let programs = programs.parent().unwrap_or(Path::new(".")).to_owned();
    let tls = TlsOptions { mode: TlsMode::Off, ..TlsOptions::default() };
    let config = TestServerConfig { tls, token: Some(TOKEN.into()), ..TestServerConfig::default() };
    let server = TestServer::start(config).map_err(|error| error.to_string())?;
    let (workshop, ca, clients) = (Workshop::new(), certificates::ca("proxy ca"), certificates::ca("clients"));
    let leaf = certificates::leaf(&ca, |params| params.subject_alt_names = vec![certificates::dns("localhost")]);
    let client = certificates::leaf(&clients, |params| {
        params.subject_alt_names.clear();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    workshop.write("server.pem", &leaf.certificates);
    workshop.write("server.key", &leaf.key);
    workshop.write("proxy.pem", leaf.certificates.clone() + &leaf.key);
    workshop.write("clients.pem", clients.pem());
    let (mut lines, mut failed) = (Vec::new(), 0);
    for kind in [Kind::HaProxy, Kind::Nginx] {
        let proxy = kind.start(&root, workshop.folder(), server.address().port()).await?;
        let site = Site { proxy: &proxy, ca: ca.pem(), other_ca: clients.pem(), client: &client, token: TOKEN };
        for surface in Surface::ALL {
            let mut driver = Driver::launch(surface.command(&root, &programs), &root)?;
            for (check, outcome) in checks::all(&site, &mut driver).await? {
                failed += usize::from(outcome.is_err());
                let told = outcome.err().map_or_else(|| "ok".into(), |why| format!("FAILED: {why}"));
                lines.push(format!("{:8} {:15} {check:55} {told}", kind.name(), surface.name()));
            }
            driver.quit().await?;
        }
    }
    server.stop();
    Ok((lines, failed))
}
