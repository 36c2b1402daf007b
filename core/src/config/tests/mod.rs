#![allow(clippy::unwrap_used)]

mod arbitrary;
mod bad_input;
mod documentation;
mod safety;
mod spelling;
mod values;

use super::{Config, ConfigBuilder};
use crate::{Error, ErrorCode};

fn ok(address: &str) -> Config {
    Config::parse(address).unwrap_or_else(|error| panic!("{address}: {error}"))
}

fn refused(address: &str) -> Error {
    match Config::parse(address) {
        Ok(config) => panic!("{address} was accepted as {config:?}"),
        Err(error) => error,
    }
}

fn code(address: &str) -> ErrorCode {
    refused(address).code()
}

fn keywords(pairs: &[(&str, &str)]) -> Result<Config, Error> {
    pairs.iter().try_fold(ConfigBuilder::default(), |builder, (name, value)| builder.set(name, value))?.build()
}
