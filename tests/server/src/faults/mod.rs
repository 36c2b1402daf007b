//! The fault injector: rules that say when, and what goes wrong then.

mod rule;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use rule::decode_hex;
pub use rule::{Fault, Rule, When};
pub(crate) use table::{Faults, Subject};
