//! The server of a command, and the credential: never on the command line, where other users of the machine could read it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use tdsec::{Config, Error, ErrorCode, Secret, source};

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
            builder = builder.set("bearer_token", token.expose())?;
        }
        builder.build()
    }

    /// The same server for somebody with this token.
    pub(crate) fn config_with(&self, token: Secret) -> Result<Config, Error> {
        self.config()?.with_token(token)
    }
}

/// Read as a token source reads it: what is published to a file is good for a login.
fn token(login: &Login) -> Result<Option<Secret>, Error> {
    const MOST: u64 = 64 << 10;
    let unreadable = |what: String| Error::new(ErrorCode::FileUnreadable, what).with_option("bearer_token");
    let (content, place) = match (&login.token_env, &login.token_file) {
        (Some(name), _) => {
            let value = std::env::var(name);
            let value = value.map_err(|_| unreadable(format!("the environment has no variable {name}")))?;
            (value.into_bytes(), format!("the environment variable {name}"))
        }
        (None, Some(path)) => {
            // One byte more shows that it is too long.
            let mut content = Vec::new();
            let is_stdin = path == Path::new("-");
            let read = match is_stdin {
                true => io::stdin().take(MOST + 1).read_to_end(&mut content),
                false => File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut content)),
            };
            read.map_err(|error| unreadable(format!("cannot read {}: {error}", path.display())).with_source(error))?;
            let place = if is_stdin { "the standard input".to_owned() } else { format!("the file {}", path.display()) };
            (content, place)
        }
        (None, None) => return Ok(None),
    };
    match source::parse_content(&content, &place) {
        Ok(issued) => Ok(Some(issued.token)),
        // A wrong file, not a wrong server: it is found before anybody is asked.
        Err(error) => Err(Error::new(ErrorCode::OptionInvalid, error.message()).with_option("bearer_token")),
    }
}
