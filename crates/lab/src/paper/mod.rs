//! The paper's experiments, and the questions that it left open: each one a set of independent trials and a table made of them.
//!
//! A [`Trial`] is a pure function of its specification, its seed and the version of this program; its id is their hash. A finished
//! trial is a file, and is never run again: an interrupted experiment goes on where it was, and any number of machines may run
//! shares of it into folders that are put together afterwards.
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
pub use trials::{FreshEves, Group, PaperError, Row, Shard, Specification, Trial, fresh_eves, merge, run};

#[cfg(test)]
mod tests;
