//! `tdsec token`.

mod book;
mod rotate;
mod watch;

use std::time::Duration;

use serde_json::json;
use tdsec::tokens::{NewToken, Tokens};
use tdsec::{Connection, Error, ErrorCode, blocking};

use crate::args::{MakingToken, Server, Token};
use crate::output::Report;

/// Who makes the tokens, as SHOW TOKENS tells.
const PROVIDER: &str = "tdsec";

pub(crate) fn run(command: &Token, as_json: bool) -> Result<Report, Error> {
    match command {
        Token::List { server } => with(server, book::list),
        Token::Create { server, making, name, out } => {
            with(server, async |tokens| book::create(tokens, &making.token(name), out.as_deref()).await)
        }
        Token::Disable { server, name } => with(server, async |tokens| {
            tokens.find(name).await?;
            tokens.set_enabled(name, false).await.map(|()| done("disabled", name))
        }),
        Token::Enable { server, name } => with(server, async |tokens| {
            tokens.find(name).await?;
            tokens.set_enabled(name, true).await.map(|()| done("enabled", name))
        }),
        // Who drops a token that leaked must not take a slip for a success.
        Token::Drop { server, name } => with(server, async |tokens| {
            tokens.find(name).await?;
            tokens.drop(name).await.map(|()| done("dropped", name))
        }),
        Token::Rotate { server, rotating, grace, dry_run } => {
            let grace = duration("grace", grace)?;
            with(server, async |tokens| rotate::rotate(tokens, server, rotating, Some(grace), *dry_run).await)
        }
        Token::Revoke { server, rotating, now } => {
            with(server, async |tokens| rotate::rotate(tokens, server, rotating, None, !*now).await)
        }
        Token::Watch { server, source, span } => {
            let span = span.as_deref().map(|text| duration("for", text)).transpose()?;
            watch::watch(&server.config()?, source, span, as_json)
        }
    }
}

impl MakingToken {
    fn token(&self, name: &str) -> NewToken {
        let token = NewToken::new(name, &self.user).ttl_days(self.ttl_days).provider(PROVIDER);
        match &self.info {
            Some(text) => token.extra_info(text),
            None => token,
        }
    }
}

/// Does something with the tokens of a server, over one connection. The default password of the connectors is not tried.
fn with(server: &Server, work: impl AsyncFnOnce(&Tokens) -> Result<Report, Error>) -> Result<Report, Error> {
    let config = server.config()?;
    if !config.has_given_credential() {
        let text = "no credential to log in with: give --token-file or --token-env, or -o with user and password";
        return Err(Error::new(ErrorCode::CredentialMissing, text));
    }
    blocking::wait(async {
        let connection = Connection::connect(&config).await?;
        let report = work(&Tokens::new(&connection)).await;
        connection.close().await;
        report
    })
}

fn done(what: &str, name: &str) -> Report {
    Report { text: format!("{what} {name}\n"), json: json!({ "name": name, "done": what }), well: true }
}

/// As in the options of a connection: `90`, `30s`, `5m`.
fn duration(option: &'static str, text: &str) -> Result<Duration, Error> {
    tdsec::config::duration(text)
        .ok_or_else(|| Error::new(ErrorCode::OptionInvalid, format!("--{option} is a duration such as 30s or 5m")))
}
