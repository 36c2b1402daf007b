//! Whatever a server sends, in whatever order: no panic, no request answered twice.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| tdsec::fuzzing::messages(input));
