//! Any address and any options are accepted or refused: no panic, and no error repeats what it was given.
//!
//! Input: the address on the first line, `name=value` on each further one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tdsec::{Config, Result};

/// Longer than any name that an error may repeat.
const LONG: usize = 48;

fuzz_target!(|text: &str| {
    let mut lines = text.split('\n');
    let address = lines.next().unwrap_or_default();
    let pairs: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once('=')).collect();

    match build(address, &pairs) {
        Ok(config) => {
            assert!(!config.endpoints().is_empty());
            let _ = (config.redacted(), format!("{config:?}"));
        }
        Err(error) => {
            let shown = format!("{error} {error:?}");
            for (_, value) in pairs.iter().filter(|(_, value)| value.len() >= LONG) {
                assert!(!shown.contains(value), "a value is repeated: {shown}");
            }
            let repeats = |window: &[u8]| std::str::from_utf8(window).is_ok_and(|window| shown.contains(window));
            assert!(!address.as_bytes().windows(LONG).any(repeats), "the address is repeated: {shown}");
        }
    }
});

fn build(address: &str, pairs: &[(&str, &str)]) -> Result<Config> {
    let mut builder = Config::builder();
    if !address.is_empty() {
        builder = builder.address(address)?;
    }
    for (name, value) in pairs {
        builder = builder.set(name, value)?;
    }
    builder.build()
}
