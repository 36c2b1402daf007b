//! The benchmark: every surface of tdsec and every peer that can be had, over TLS against one server, in one run.
//!
//! ```text
//!  this process, first CPU                        second CPU, one process each
//!  +-------------------------------+              +----------------------------------------+
//!  | rounds: workload × contender  |--JSON lines->| drivers of the conformance suite       |
//!  | test server   stream (`wire`) |<----TLS------| drivers of the peers   limit (rustls)  |
//!  +-------------------------------+              +----------------------------------------+
//!        |
//!        +--> results (ratios) --> latest.json, latest.md, one SVG for each workload --> check
//! ```
//!
//! What the figures mean and how the drivers answer: `benches/README.md`.

pub mod contender;
pub mod first_row;
pub mod guest;
pub mod handshakes;
pub mod limit;
pub mod measure;
pub mod plan;
pub mod process;
pub mod report;
pub mod results;
pub mod rotation;
pub mod server;
