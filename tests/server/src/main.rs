//! `tdsec-testserver`: prints one JSON line when it is ready and serves until SIGTERM, SIGINT or, with
//! `--exit-with-parent`, the end of its standard input.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tdsec_testserver::accounts::TokenCodes;
use tdsec_testserver::tls::{TlsMode, TlsOptions, TlsVersion};
use tdsec_testserver::{Error, TestServer, TestServerConfig};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// Overrides the numbers of token failures, like `--token-codes`.
const TOKEN_CODES_VARIABLE: &str = "TDSEC_TESTSERVER_TOKEN_CODES";

/// A server that speaks taosAdapter's protocol, for tests.
#[derive(Parser)]
#[command(name = "tdsec-testserver")]
struct Flags {
    /// Address of the server; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// auto, off, or zoo:KIND with KIND one of wrong-host, self-signed, expired, expiring, not-yet-valid, wrong-ca, ca-leaf, cn-only-v1
    #[arg(long, default_value = "auto")]
    tls: TlsMode,
    /// Certificate chain in PEM, instead of --tls
    #[arg(long, requires = "key")]
    cert: Option<PathBuf>,
    /// Key of --cert in PEM
    #[arg(long, requires = "cert")]
    key: Option<PathBuf>,
    /// Ask clients for a certificate of this CA
    #[arg(long)]
    client_ca: Option<PathBuf>,
    /// Staple this OCSP answer (DER)
    #[arg(long)]
    ocsp: Option<PathBuf>,
    /// Lowest TLS version: 1.2 or 1.3
    #[arg(long, default_value = "1.2")]
    tls_min: TlsVersion,
    /// Highest TLS version: 1.2 or 1.3
    #[arg(long, default_value = "1.3")]
    tls_max: TlsVersion,
    /// The first token, of user root; random if not given
    #[arg(long)]
    token: Option<String>,
    /// Life of the first token: 90, 90s, 15m, 24h, 7d; 0 = for ever
    #[arg(long, default_value = "86400s", value_parser = duration)]
    token_ttl: Duration,
    /// Numbers of token failures: not_exist=0x0F01,disabled=…,expired=…,totp=…
    #[arg(long)]
    token_codes: Option<TokenCodes>,
    /// A token made by SQL works only after this time
    #[arg(long, default_value = "0", value_parser = duration)]
    token_lag: Duration,
    /// A community server, which has no tokens
    #[arg(long)]
    community: bool,
    /// Open sessions fail once their token is bad
    #[arg(long)]
    recheck_tokens: bool,
    /// The version it claims
    #[arg(long, default_value = "3.4.1.13")]
    server_version: String,
    /// An entry of list_instances (may be repeated); its own address if not given
    #[arg(long)]
    instance: Vec<String>,
    /// REST: engine errors get an HTTP status of their own
    #[arg(long)]
    http_code_server_error: bool,
    /// Address of the control API; loopback only
    #[arg(long, default_value = "127.0.0.1:0")]
    control: String,
    /// Write the ready line to this file, too
    #[arg(long)]
    ready_file: Option<PathBuf>,
    /// End when standard input ends
    #[arg(long)]
    exit_with_parent: bool,
}

fn main() -> ExitCode {
    match run(Flags::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If there is no standard error either, the exit code has to do.
            let _ = writeln!(io::stderr(), "tdsec-testserver: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(flags: Flags) -> Result<(), Box<dyn std::error::Error>> {
    let (ready_file, exit_with_parent) = (flags.ready_file.clone(), flags.exit_with_parent);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Before the ready line: who has read it may send a signal.
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let server = TestServer::start(config(flags)?)?;
        announce(&server, ready_file.as_deref())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = parent_gone(exit_with_parent) => {}
        }
        server.stop();
        Ok(())
    })
}

fn config(flags: Flags) -> Result<TestServerConfig, Box<dyn std::error::Error>> {
    let token_codes = match (flags.token_codes, std::env::var(TOKEN_CODES_VARIABLE)) {
        (Some(codes), _) => codes,
        (None, Ok(text)) => text.parse()?,
        (None, Err(_)) => TokenCodes::default(),
    };
    let mode = match (flags.cert, flags.key) {
        (Some(cert), Some(key)) => TlsMode::Files { cert, key },
        _ => flags.tls,
    };
    Ok(TestServerConfig {
        listen: flags.listen,
        control: flags.control,
        tls: TlsOptions { mode, client_ca: flags.client_ca, ocsp: flags.ocsp, min: flags.tls_min, max: flags.tls_max },
        token: flags.token,
        token_ttl: flags.token_ttl,
        token_codes,
        token_lag: flags.token_lag,
        community: flags.community,
        recheck_tokens: flags.recheck_tokens,
        server_version: flags.server_version,
        instances: flags.instance,
        http_code_server_error: flags.http_code_server_error,
        ..TestServerConfig::default()
    })
}

fn announce(server: &TestServer, ready_file: Option<&Path>) -> io::Result<()> {
    let line = format!("{}\n", server.ready_line());
    if let Some(path) = ready_file {
        // Whoever waits for the file never sees half of it.
        let draft = path.with_extension("draft");
        std::fs::write(&draft, &line)?;
        std::fs::rename(&draft, path)?;
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(line.as_bytes())?;
    stdout.flush()
}

async fn parent_gone(watched: bool) {
    let (sender, ended) = oneshot::channel();
    if watched {
        std::thread::spawn(move || {
            let mut buffer = [0u8; 256];
            while matches!(io::stdin().read(&mut buffer), Ok(1..)) {}
            // If nobody listens the program is ending anyway.
            let _ = sender.send(());
        });
        // An error cannot come: the thread always sends.
        let _ = ended.await;
    } else {
        std::future::pending().await
    }
}

fn duration(text: &str) -> Result<Duration, Error> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let scale = match &text[digits.len()..] {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        unit => return Err(Error::new("duration", format!("`{unit}` is not ms, s, m, h or d"))),
    };
    let number: f64 = digits.parse().map_err(|error| Error::new(format!("duration {text}"), error))?;
    Duration::try_from_secs_f64(number * scale).map_err(|error| Error::new(format!("duration {text}"), error))
}
