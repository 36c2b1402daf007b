//! Results as columns: TDengine's types, raw blocks as typed column views, single values, Arrow.
//!
//! A block arrives as bytes and stays so. [`Block::parse`] checks it once, completely; afterwards a [`Column`] is a
//! view into these bytes whose readers are a load or a slice and cannot leave the block, whatever the peer sent.
//! Rows, Arrow arrays and the arrays of a language are made from the views at the edge.
//!
//! ```text
//!   Bytes + [Field] + Precision --Block::parse--> Block --column(i)--> Column --value(row)--> Value
//!                                                   |                    +----fixed::<T>()--> numbers in bulk
//!                                                   +--arrow::record_batch--> RecordBatch
//! ```
//!
//! This room knows nothing of messages, connections or time.

#[cfg(feature = "arrow")]
pub mod arrow;
mod block;
mod decimal;
mod fixed;
mod layout;
mod text;
mod types;
mod value;
mod view;

#[cfg(test)]
mod tests;

pub use block::Block;
pub use decimal::{decimal_text, write_decimal};
pub use fixed::Fixed;
pub use types::{DataType, Field, Precision};
pub use value::Value;
pub use view::Column;
