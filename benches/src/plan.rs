//! What is measured, and how often.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// One piece of work, under the name that the results use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// A result read column by column, every value added up.
    FetchColumns,
    /// A result read row by row.
    FetchRows,
    /// A result turned into a pandas data frame.
    FetchDataframe,
    /// A statement with one value, from call to value.
    #[serde(rename = "select-1")]
    Select1,
    /// Connecting and logging in with a full TLS handshake.
    ConnectFull,
    /// The same, resuming an earlier TLS session.
    ConnectResumed,
}

impl Workload {
    /// All of them, in the order of the report.
    pub const ALL: [Workload; 6] = [
        Workload::FetchColumns,
        Workload::FetchRows,
        Workload::FetchDataframe,
        Workload::Select1,
        Workload::ConnectFull,
        Workload::ConnectResumed,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Workload::FetchColumns => "fetch-columns",
            Workload::FetchRows => "fetch-rows",
            Workload::FetchDataframe => "fetch-dataframe",
            Workload::Select1 => "select-1",
            Workload::ConnectFull => "connect-full",
            Workload::ConnectResumed => "connect-resumed",
        }
    }

    /// What a step calls it.
    pub const fn step(self) -> &'static str {
        match self {
            Workload::ConnectFull | Workload::ConnectResumed => "connect",
            other => other.name(),
        }
    }

    /// Whether rows are what counts.
    pub const fn is_fetch(self) -> bool {
        matches!(self, Workload::FetchColumns | Workload::FetchRows | Workload::FetchDataframe)
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How much of everything.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Rows of a fetch.
    pub rows: u64,
    /// Rows of the fetch by which everybody proves to read every value, before the rounds.
    pub proved: u64,
    /// Rounds: in each, every contender does every workload once.
    pub rounds: usize,
    /// Fetches by columns in a round; their median counts.
    pub fetches: u64,
    /// Small statements in a round.
    pub selects: u64,
    /// Connections in a round.
    pub connects: u64,
    /// Rows streamed while memory is watched.
    pub streamed: u64,
    /// Statements while the token of their pool rotates.
    pub rotation: Windows,
}

/// Windows of time in which a token rotates, each after a calm one that is as long.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    /// How many of each kind.
    pub count: u32,
    /// How long each is.
    pub each: Duration,
}

impl Plan {
    /// A few minutes.
    pub const FULL: Plan = Plan {
        rows: 1_000_000,
        proved: 200_000,
        rounds: 5,
        fetches: 3,
        selects: 500,
        connects: 20,
        streamed: 100_000_000,
        rotation: Windows { count: 3, each: Duration::from_secs(6) },
    };
    /// Less than a minute.
    pub const QUICK: Plan = Plan {
        rows: 200_000,
        proved: 100_000,
        rounds: 3,
        fetches: 3,
        selects: 200,
        connects: 10,
        streamed: 4_000_000,
        rotation: Windows { count: 1, each: Duration::from_secs(1) },
    };

    /// The statement of a fetch: the columns of the meters table, as the test server makes them.
    pub fn sql(rows: u64) -> String {
        format!("select ts, current, voltage, phase, name from tdsec_gen({rows}, 6)")
    }
}
