//! `tdsec`: what the security guide does with `openssl` and `curl`, in one command, with the library's own eyes.
//!
//! ```text
//! args     what can be typed
//! probe    one look at a server              -> core::probe
//! cert     make, show and check certificates -> rcgen; core::Certificate, core::verify_chain
//! token    make, rotate, revoke, watch       -> core::tokens, core::source, core::Pool
//! server   address and credential
//! output   text for people, JSON for programs, exit codes
//! ```

mod args;
mod cert;
mod files;
mod output;
mod probe;
mod server;
mod token;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use output::Form;

fn main() -> ExitCode {
    let Arguments { json, command } = Arguments::parse();
    let outcome = match &command {
        Command::Probe(arguments) => probe::run(arguments),
        Command::Cert { command } => cert::run(command),
        Command::Token { command } => token::run(command, json),
    };
    let form = match (json, &command) {
        (false, _) => Form::Text,
        (true, Command::Token { command: args::Token::Watch { .. } }) => Form::JsonLines,
        (true, _) => Form::Json,
    };
    output::finish(outcome, form)
}
