//! Shared ways to present rows: statistics, comparisons, the common table, CSV.

mod comparison;
mod rows;
mod statistics;
mod wrong_bits;

pub use comparison::Comparison;
pub(super) use comparison::{comparison_table, proportion};
pub(super) use rows::{from_csv, to_csv};
pub(super) use statistics::{counted, mean_interval, means, shown};
pub(super) use wrong_bits::{median_rounds, table, trained};
