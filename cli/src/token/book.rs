//! The tokens a server has.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tdsec::Error;
use tdsec::tokens::{NewToken, TokenInfo, Tokens};

use crate::files::{self, Output};
use crate::output::{Report, date};

pub(super) async fn list(tokens: &Tokens) -> Result<Report, Error> {
    let tokens = tokens.list().await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let width = tokens.iter().map(|token| token.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for token in &tokens {
        let state = match (token.enabled, token.expires_at) {
            (false, _) => "disabled",
            (true, Some(end)) if end <= now => "ended",
            (true, _) => "good",
        };
        let end = token.expires_at.map_or_else(|| "never ends".to_owned(), |end| format!("ends {}", moment(end)));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:width$}  {state:8}  {end:25}  {}  {}", token.name, token.user, token.provider);
    }
    let json: Vec<Value> = tokens.iter().map(|token| facts(token, now)).collect();
    Ok(Report { text, json: json!({ "tokens": json }), well: true })
}

pub(super) async fn create(tokens: &Tokens, token: &NewToken, out: Option<&Path>) -> Result<Report, Error> {
    // Before there is a token that nobody would know.
    if let Some(path) = out {
        files::may_write(path)?;
    }
    let issued = tokens.create(token).await?;
    let fingerprint = issued.token.fingerprint();
    let mut json = json!({ "name": token.name(), "fingerprint": fingerprint });
    let text = match out {
        Some(path) => {
            let content = format!("{}\n", issued.token.expose());
            if let Err(error) = files::write(&[Output { path: path.to_owned(), content, private: true }], false) {
                // Nobody knows it: nothing of it may stay.
                let _ = tokens.drop(token.name()).await;
                return Err(error);
            }
            json["file"] = path.display().to_string().into();
            format!("made {} ({fingerprint}), written to {}\n", token.name(), path.display())
        }
        None => {
            json["token"] = issued.token.expose().into();
            format!("{}\n", issued.token.expose())
        }
    };
    Ok(Report { text, json, well: true })
}

fn facts(token: &TokenInfo, now: Duration) -> Value {
    json!({
        "name": token.name,
        "user": token.user,
        "enabled": token.enabled,
        "provider": token.provider,
        "created_at": token.created_at.map(moment),
        "expires_at": token.expires_at.map(moment),
        "seconds_left": token.expires_at.map(|end| end.as_secs_f64() - now.as_secs_f64()),
        "extra_info": token.extra_info,
    })
}

fn moment(wall: Duration) -> String {
    date(i64::try_from(wall.as_secs()).unwrap_or(i64::MAX))
}
