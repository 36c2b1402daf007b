//! The next token: make, publish, verify, retire (OPS-6 without the grace period).

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use tdsec::tokens::{TokenInfo, Tokens};
use tdsec::{Connection, Error, ErrorCode, Issued, TokenSource, source};

use super::PROVIDER;
use crate::args::{Rotating, Server};
use crate::output::Report;

/// In a cluster a new token is not good at once everywhere.
const VISIBLE_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Without `grace` the earlier tokens are revoked: named in what is published, and dropped at once.
pub(super) async fn rotate(
    tokens: &Tokens,
    server: &Server,
    rotating: &Rotating,
    grace: Option<Duration>,
    dry: bool,
) -> Result<Report, Error> {
    let place = source::parse(&rotating.to)?;
    let known = tokens.list().await?;
    let earlier: Vec<&TokenInfo> = known.iter().filter(|token| is_ours(token, &rotating.prefix)).collect();
    let name = next_name(&earlier, &rotating.prefix);
    let mut steps = Steps::default();
    if dry {
        steps.say(format!("would make {name} for {}", rotating.making.user));
        steps.say(format!("would log in with it, then publish it to the source {}", place.name()));
        for token in &earlier {
            steps.say(match grace {
                Some(grace) => format!("would disable and drop {} after {} s", token.name, grace.as_secs_f64()),
                None => format!("would drop {} at once, and name it as revoked", token.name),
            });
        }
        return Ok(steps.report(&name, None));
    }
    // What leaked is what clients have now.
    let leaked = if grace.is_none() { place.fetch().await.ok() } else { None };
    let mut issued = tokens.create(&rotating.making.token(&name)).await?;
    steps.say(format!("made {name} ({})", issued.token.fingerprint()));
    if let Err(error) = verify(server, &issued).await {
        // Nobody knows it: nothing of it may stay.
        let _ = tokens.drop(&name).await;
        return Err(error);
    }
    steps.say("logged in with it".to_owned());
    if let Some(leaked) = &leaked {
        issued = issued.revokes(leaked.token.fingerprint());
    }
    if let Err(error) = publish(&*place, &issued).await {
        if error.may_have_run() {
            let text = format!("{}; {name} was not dropped, because clients may read it by now", error.message());
            return Err(Error::new(error.code(), text).with_source(error));
        }
        let _ = tokens.drop(&name).await;
        return Err(error);
    }
    steps.say(format!("published it to the source {}, which gives it now", place.name()));
    if let Some(grace) = grace.filter(|_| !earlier.is_empty()) {
        steps.say(format!("waiting {} s for clients that have not heard yet", grace.as_secs_f64()));
        tokio::time::sleep(grace).await;
    }
    for token in earlier {
        tokens.set_enabled(&token.name, false).await?;
        tokens.drop(&token.name).await?;
        steps.say(format!("dropped {}", token.name));
    }
    Ok(steps.report(&name, Some(&issued)))
}

fn is_ours(token: &TokenInfo, prefix: &str) -> bool {
    token.provider == PROVIDER && number(&token.name, prefix).is_some()
}

fn number(name: &str, prefix: &str) -> Option<u64> {
    name.strip_prefix(prefix)?.strip_prefix('_')?.parse().ok()
}

fn next_name(earlier: &[&TokenInfo], prefix: &str) -> String {
    let last = earlier.iter().filter_map(|token| number(&token.name, prefix)).max().unwrap_or(0);
    format!("{prefix}_{}", last + 1)
}

/// To its end: the source gives it. Of an error `may_have_run` is true if that is not known.
async fn publish(place: &dyn TokenSource, issued: &Issued) -> Result<(), Error> {
    if let Err(error) = place.publish(issued).await {
        // The answer may be lost, or say of the second attempt that somebody has written meanwhile.
        return match place.fetch().await {
            Ok(now) if now.token == issued.token => Ok(()),
            Ok(_) => Err(error.with_may_have_run(false)),
            Err(_) => Err(error),
        };
    }
    let began = tokio::time::Instant::now();
    loop {
        let now = place.fetch().await;
        if now.as_ref().is_ok_and(|now| now.token == issued.token) {
            return Ok(());
        }
        if began.elapsed() >= VISIBLE_WITHIN {
            let text = format!("the source {} accepted the token but does not give it", place.name());
            let error = Error::new(ErrorCode::SourceUnavailable, text).with_may_have_run(true);
            return Err(now.err().map_or(error.clone(), |cause| error.with_source(cause)));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Logs in with it, as clients will.
async fn verify(server: &Server, issued: &Issued) -> Result<(), Error> {
    let config = server.config_with(issued.token.clone())?;
    let began = tokio::time::Instant::now();
    loop {
        match Connection::connect(&config).await {
            Ok(connection) => {
                connection.close().await;
                return Ok(());
            }
            Err(error) if error.is_refused_credential() && began.elapsed() < VISIBLE_WITHIN => {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            Err(error) => return Err(error),
        }
    }
}

#[derive(Default)]
struct Steps(Vec<String>);

impl Steps {
    fn say(&mut self, step: String) {
        self.0.push(step);
    }

    fn report(self, name: &str, issued: Option<&Issued>) -> Report {
        let mut text = String::new();
        for step in &self.0 {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{step}");
        }
        let fingerprint: Value = issued.map(|issued| issued.token.fingerprint()).into();
        let json = json!({ "name": name, "fingerprint": fingerprint, "done": issued.is_some(), "steps": self.0 });
        Report { text, json, well: true }
    }
}
