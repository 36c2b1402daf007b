//! `tokens`: tokens made, listed, changed and dropped by the typed functions.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use tdsec::tokens::{NewToken, TokenInfo, Tokens};
use tdsec::{Connection, Issued};

use crate::answer::{Outcome, runner_error};
use crate::ops::{name, shown};

pub(crate) async fn run(connection: &Connection, issued: &mut HashMap<String, Issued>, step: &Value) -> Outcome {
    let tokens = Tokens::new(connection);
    let done = match name(step, "do")? {
        "create" => {
            let made = tokens.create(&new_token(step)?).await.map_err(shown)?;
            let answer = json!({
                "token": made.token.expose(),
                "fingerprint": made.token.fingerprint(),
                "issued_at": made.issued_at.map(milliseconds),
                "expires_at": made.end().map(milliseconds),
            });
            issued.insert(step["issued"].as_str().unwrap_or_default().to_owned(), made);
            return Ok(answer);
        }
        "describe" => {
            let name = name(step, "issued")?;
            let made = issued.get(name).ok_or_else(|| runner_error(format!("no token {name}")))?;
            return Ok(json!({ "text": format!("{made:?} {made:#?}") }));
        }
        "list" => {
            let listed = tokens.list().await.map_err(shown)?;
            return Ok(json!({ "tokens": listed.iter().map(row).collect::<Vec<_>>() }));
        }
        "enable" => tokens.set_enabled(name(step, "name")?, true).await,
        "disable" => tokens.set_enabled(name(step, "name")?, false).await,
        "ttl" => tokens.set_ttl(name(step, "name")?, days(step).unwrap_or_default()).await,
        "drop" => tokens.drop(name(step, "name")?).await,
        other => return Err(runner_error(format!("nobody can {other} tokens"))),
    };
    done.map(|()| json!({})).map_err(shown)
}

fn new_token(step: &Value) -> Result<NewToken, Value> {
    let mut token = NewToken::new(name(step, "name")?, name(step, "user")?);
    if let Some(days) = days(step) {
        token = token.ttl_days(days);
    }
    if let Some(enabled) = step["enabled"].as_bool() {
        token = token.enable(enabled);
    }
    if let Some(provider) = step["provider"].as_str() {
        token = token.provider(provider);
    }
    if let Some(extra_info) = step["extra_info"].as_str() {
        token = token.extra_info(extra_info);
    }
    Ok(token)
}

fn days(step: &Value) -> Option<u32> {
    u32::try_from(step["ttl_days"].as_u64()?).ok()
}

fn row(token: &TokenInfo) -> Value {
    json!({
        "name": token.name,
        "user": token.user,
        "provider": token.provider,
        "enabled": token.enabled,
        "created_at": token.created_at.map(milliseconds),
        "expires_at": token.expires_at.map(milliseconds),
        "extra_info": token.extra_info,
    })
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
