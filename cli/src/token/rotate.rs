//! The next token: make, publish, verify, retire (OPS-6 without the grace period).

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tdsec::tokens::{TokenInfo, Tokens};
use tdsec::{Connection, Error, ErrorCode, Issued, Secret, TokenSource, source};

use super::PROVIDER;
use crate::args::{Rotating, Server};
use crate::output::Report;

/// In a cluster a new token is not good at once everywhere.
const VISIBLE_WITHIN: Duration = Duration::from_secs(30);
/// Most leaked tokens that a place names.
const NAMED: usize = 16;
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A token that was made otherwise is not this command's to drop.
const NOTHING_DROPPED: &str = "dropping nothing";

/// Without `grace` the earlier tokens are revoked: named in what is published, and dropped at once.
pub(super) async fn rotate(
    tokens: &Tokens,
    server: &Server,
    rotating: &Rotating,
    grace: Option<Duration>,
    dry: bool,
) -> Result<Report, Error> {
    let place = source::parse(&rotating.to)?;
    let mark = mark(&rotating.to);
    let known = tokens.list().await?;
    let (earlier, others): (Vec<&TokenInfo>, Vec<_>) =
        known.iter().filter(|token| is_ours(token, rotating)).partition(|token| is_marked(token, &mark));
    let name = next_name(&known, &rotating.prefix);
    let mut steps = Steps::default();
    // Before there is a token that would have to be taken back.
    place.check_publish().await?;
    let now = given_now(&*place).await?;
    for token in others {
        steps.say(format!("leaving {}, which was made for another place", token.name));
    }
    if dry {
        steps.say(format!("would make {name} for {}", rotating.making.user));
        steps.say(format!(
            "would log in with it, then publish it to the source {}, which can be written as far as it tells",
            place.name()
        ));
        for token in &earlier {
            steps.say(match grace {
                Some(grace) => format!("would disable and drop {} after {} s", token.name, grace.as_secs_f64()),
                None => format!("would drop {} at once", token.name),
            });
        }
        if let Some(now) = now.filter(|_| grace.is_none()) {
            steps.say(format!("would name {} as leaked", now.token.fingerprint()));
            if earlier.is_empty() {
                steps.say(format!("{NOTHING_DROPPED}: none was made by this command for this user and place"));
            }
        }
        return Ok(steps.report(&name, None));
    }
    let info = rotating.making.info.as_ref().map_or_else(|| mark.clone(), |info| format!("{info} {mark}"));
    let mut issued = tokens.create(&rotating.making.token(&name).extra_info(info)).await?;
    steps.say(format!("made {name} ({})", issued.token.fingerprint()));
    if let Err(error) = verify(server, &issued).await {
        // Nobody knows it: nothing of it may stay.
        let _ = tokens.drop(&name).await;
        return Err(error);
    }
    steps.say("logged in with it".to_owned());
    // What leaked is what clients have now.
    let leaked = now.as_ref().map(|now| now.token.fingerprint()).filter(|_| grace.is_none());
    match &leaked {
        Some(fingerprint) => steps.say(format!("naming {fingerprint} as leaked")),
        None if grace.is_none() => steps.say("naming nothing as leaked, because nothing was published".to_owned()),
        None => {}
    }
    let leaked_is_known = leaked.is_some();
    issued.revoked = named(now.map_or_else(Vec::new, |now| now.revoked), leaked);
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
    if leaked_is_known && earlier.is_empty() {
        steps.say(format!("{NOTHING_DROPPED}: the leaked token still logs in until it is dropped (tdsec token drop)"));
    }
    for token in earlier {
        tokens.set_enabled(&token.name, false).await?;
        tokens.drop(&token.name).await?;
        steps.say(format!("dropped {}", token.name));
    }
    Ok(steps.report(&name, Some(&issued)))
}

/// What the place gives now; `None` if nothing is there.
async fn given_now(place: &dyn TokenSource) -> Result<Option<Issued>, Error> {
    match place.fetch().await {
        Ok(issued) => Ok(Some(issued)),
        Err(error) if error.code() == ErrorCode::SourceInvalid || is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_missing(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(this) = cause {
        if this.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return true;
        }
        cause = this.source();
    }
    false
}

/// The leaked tokens of before stay named, for pools that were away; as many of them as matter.
fn named(before: Vec<String>, leaked: Option<String>) -> Vec<String> {
    let mut named: Vec<String> = before.into_iter().filter(|known| Some(known) != leaked.as_ref()).collect();
    named.extend(leaked);
    named.split_off(named.len().saturating_sub(NAMED))
}

/// Made by this command for this user.
fn is_ours(token: &TokenInfo, rotating: &Rotating) -> bool {
    token.provider == PROVIDER
        && token.user.eq_ignore_ascii_case(&rotating.making.user)
        && number(&token.name, &rotating.prefix).is_some()
}

/// And for this place.
fn is_marked(token: &TokenInfo, mark: &str) -> bool {
    token.extra_info.split(' ').next_back() == Some(mark)
}

/// The last word of a token's `extra_info`: for which place it was made. A digest, because options may hold passwords.
fn mark(to: &str) -> String {
    // A path means another file in another folder.
    let file = to.strip_prefix("file:").filter(|rest| !rest.contains('='));
    let whole = file.and_then(|path| std::path::absolute(path).ok()).map(|path| format!("file:{}", path.display()));
    format!("to:{}", Secret::new(whole.as_deref().unwrap_or(to)).fingerprint())
}

fn number(name: &str, prefix: &str) -> Option<u64> {
    name.strip_prefix(prefix)?.strip_prefix('_')?.parse().ok()
}

/// Names are unique in the cluster, whoever made the tokens.
fn next_name(known: &[TokenInfo], prefix: &str) -> String {
    let last = known.iter().filter_map(|token| number(&token.name, prefix)).max().unwrap_or(0);
    format!("{prefix}_{}", last.saturating_add(1))
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
