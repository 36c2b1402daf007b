//! What people read: a Markdown table and a plot for each workload, and the numbers that had to be reached.

pub mod chart;
pub mod check;
pub mod markdown;
pub mod plot;
pub mod readme;
pub mod section;
