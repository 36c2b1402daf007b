//! Whatever stands where a token should be: no panic, and a token that is one.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| tdsec::fuzzing::contents(input));
