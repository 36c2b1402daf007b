//! What people read: a Markdown table and a plot for each workload, and the numbers that had to be reached.

pub mod check;
pub mod markdown;
pub mod plot;
pub mod readme;
