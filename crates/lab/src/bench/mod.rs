//! How fast this machine trains, and how near its own measured limit that is.
//!
//! The limit is what a core does at most: fused multiply-adds and sigmoids on values at hand, and reading from a cache as large
//! as the working memory of a tile. What a workload needs of each is counted from its plans.

mod measure;
mod table;
mod workload;

pub use measure::{Bench, Measured, OfKernel, OfLevel, measure};
pub use workload::{Timing, Workbench, Workload};
