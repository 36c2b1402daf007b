//! Somebody with a self-signed certificate for another name listens where the server should be.

use std::path::Path;

use crate::Failure;
use crate::server::{Access, Server};
use crate::surfaces::{self, Outcome};

/// The token the programs would betray.
const BAIT: &str = "this-token-must-never-reach-the-impostor";

/// Lets all five programs meet it. Returns how many tokens reached it, by its own log.
///
/// # Errors
/// A program was not refused, or the programs were refused with different codes.
pub(crate) async fn challenge(dir: &Path) -> Result<u64, Failure> {
    let impostor = Server::start(dir, &["--tls", "zoo:self-signed"])?;
    let access = Access { url: impostor.access().url.clone(), token: BAIT.into(), ca: String::new() };
    println!("\nimpostor   {} (self-signed, for another name)", access.url);
    let runs = surfaces::run_all(dir, &access, &["SELECT 1"]).await;
    surfaces::show(&runs);
    let codes: Vec<Option<&str>> = runs
        .iter()
        .map(|run| match &run.outcome {
            Outcome::Refused(code) => Some(code.as_str()),
            Outcome::Table(_) | Outcome::Broken(_) => None,
        })
        .collect();
    let stats = impostor.stats()?;
    let number = |name: &str| stats[name].as_u64().ok_or_else(|| format!("the impostor's log has no {name}"));
    let met = number("connections_total")?;
    let received = number("bytes_received")?;
    let logins = stats["logins"].as_array().ok_or("the impostor's log has no logins")?.len() as u64;
    println!("its log    {met} connections, {received} bytes after the handshake, {logins} logins");
    if codes.iter().any(|code| code.is_none() || *code != codes[0]) {
        return Err(format!("the surfaces answered the impostor differently: {codes:?}").into());
    }
    if met < runs.len() as u64 {
        return Err(format!("only {met} of {} programs reached the impostor, which proves nothing", runs.len()).into());
    }
    // No byte after the handshake: not even an encrypted request could have carried a token.
    Ok(if received == 0 { logins } else { logins.max(1) })
}
