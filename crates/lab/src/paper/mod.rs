//! The paper's experiments and further ones. Each is a set of independent trials and a table of their results.
//!
//! A [`Trial`] is a pure function of its specification, its seed and the version of this program; its id is their hash. A
//! finished trial is a file and is never run again. An interrupted experiment therefore continues where it stopped, and several
//! machines can run parts of it in folders that are merged afterwards.
//!
//! Imports go one way: `trials` <- `tables` <- `experiments` <- `summary`.

mod experiments;
mod results;
mod summary;
mod tables;
mod trials;

pub use experiments::{Experiment, Scale};
pub use results::Results;
pub use summary::Summary;
pub use tables::Comparison;
pub use trials::{FreshEves, Group, PaperError, Progress, Row, Shard, Specification, Trial, fresh_eves, merge, run};

#[cfg(test)]
mod tests;
