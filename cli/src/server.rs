//! The server of a command, and the credential: never on the command line, where other users of the machine could read it.

use std::io::{self, Read as _};
use std::path::Path;

use tdsec::{Config, Error, ErrorCode, Secret};

use crate::args::{Login, Server};

impl Server {
    pub(crate) fn config(&self) -> Result<Config, Error> {
        let mut builder = Config::builder().address(&self.address)?;
        for option in &self.login.options {
            let (name, value) = option.split_once('=').ok_or_else(|| {
                Error::new(ErrorCode::OptionInvalid, "an option is written as NAME=VALUE").with_option("option")
            })?;
            builder = builder.set(name, value)?;
        }
        if let Some(ca) = &self.login.ca {
            builder = builder.set("tls_ca", &ca.to_string_lossy())?;
        }
        if let Some(token) = token(&self.login)? {
            builder = builder.set("bearer_token", &token)?;
        }
        builder.build()
    }

    /// The same server for somebody with this token.
    pub(crate) fn config_with(&self, token: Secret) -> Result<Config, Error> {
        self.config()?.with_token(token)
    }
}

fn token(login: &Login) -> Result<Option<String>, Error> {
    const MOST: u64 = 64 << 10;
    let unreadable = |what: String| Error::new(ErrorCode::FileUnreadable, what).with_option("bearer_token");
    if let Some(name) = &login.token_env {
        let token = std::env::var(name);
        return token.map(Some).map_err(|_| unreadable(format!("the environment has no variable {name}")));
    }
    let Some(path) = &login.token_file else { return Ok(None) };
    let mut text = String::new();
    let read = if path == Path::new("-") {
        io::stdin().take(MOST).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST).read_to_string(&mut text))
    };
    read.map_err(|error| unreadable(format!("cannot read {}: {error}", path.display())).with_source(error))?;
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}
