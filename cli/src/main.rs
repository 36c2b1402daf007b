//! `tdsec`: what the security guide does with `openssl` and `curl`, in one command, with the library's own eyes.
//!
//! ```text
//! args     what can be typed
//! probe    one look at a server              -> core::probe
//! cert     make, show and check certificates -> rcgen; core::Certificate, core::verify_chain
//! output   text for people, JSON for programs, exit codes
//! ```

mod args;
mod cert;
mod output;
mod probe;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

fn main() -> ExitCode {
    let Arguments { json, command } = Arguments::parse();
    let outcome = match &command {
        Command::Probe(arguments) => probe::run(arguments),
        Command::Cert { command } => cert::run(command),
    };
    output::finish(outcome, json)
}
