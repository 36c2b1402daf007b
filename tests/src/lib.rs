//! The conformance suite of tdsec: one set of scenarios, run by every language surface, with identical answers.
//!
//! Scenario files lie in `tests/scenarios` (format: its README); [`harness`] runs them. The binary is
//! `tdsec-conformance`; `tdsec-runner-rust` is the reference driver.

pub mod certificates;
pub mod harness;
pub mod relay;
