//! Runs scenarios against surfaces.
//!
//! ```text
//! scenario file --> scenario --> run --(JSON lines)--> driver of a surface --(WebSocket)--> tdsec-testserver
//!                                 |                                                              ^
//!                                 +-- template, judge, leak ---+------- control API -------------+
//!                                                              v
//!                     suite: all scenarios × surfaces, compare between surfaces --> report
//! ```

mod compare;
mod control;
mod driver;
mod expect;
mod judge;
mod leak;
mod report;
mod run;
mod scenario;
mod server;
mod stage;
mod suite;
mod surface;
mod target;
mod template;

pub use driver::Driver;
pub use report::Report;
pub use run::{Cell, State};
pub use scenario::{Scenario, Step, load_all, scenarios_folder};
pub use suite::{Options, run_suite};
pub use surface::{Command, Surface};
pub use target::Foreign;
