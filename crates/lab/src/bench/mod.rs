//! Measures how fast this machine trains, and how close that is to its measured limit.
//!
//! The limit is the maximum throughput of a core: fused multiply-adds and sigmoids on values in registers, and reads from a
//! cache as large as the working memory of a tile. The work of each kind is counted from a workload's plans.

mod measure;
mod table;
mod workload;

pub use measure::{Bench, Measured, OfKernel, OfLevel, measure};
pub use workload::{Timing, Workbench, Workload};
